/**
 * Makes the target itself try to read from the source: a reindex of nothing, which writes nothing and makes no index.
 *
 * Whether Godwit reaches both says nothing about the way between them: allowlist, trust, names and network are those of
 * the target's nodes.
 */
import { errors } from '@elastic/elasticsearch';
import type { ClusterKind } from '../contracts/names.js';
import { GodwitError, boundedMessage } from '../domain/errors.js';
import type { Cluster } from './cluster.js';
import { readErrorBody } from './error-body.js';
import { chunkNames } from './names.js';
import { reindexBody } from './reindex-tasks.js';
import { classifyRemote } from './remote-failures.js';
import type { RemoteSource } from './remote-source.js';
import { describeChain, lookAtCertificates } from './tls-look.js';

/**
 * Matches nothing, as no document has two ids. Not `match_none`: shards that are known to have nothing are left out of
 * the search, and with all of them left out the next page fails with 503 "no nodes to search on".
 */
const NOTHING = { bool: { filter: [{ ids: { values: ['godwit-probe-1'] } }, { ids: { values: ['godwit-probe-2'] } }] } };

/** Never made: no document is written. */
const PROBE_INDEX = 'godwit-probe';

export interface Probe {
  readonly remote: RemoteSource;
  readonly names: readonly string[];
}

/**
 * @param probe concrete names at the source, so that privileges on each are tried too
 * @returns what stands in the way, or null
 * @throws the codes of a target that cannot be asked
 */
export async function probeRemote(source: Cluster, target: Cluster, { remote, names }: Probe, signal: AbortSignal): Promise<GodwitError | null> {
  for (const index of chunkNames(names)) {
    const body = reindexBody({ remote, index, query: NOTHING, size: 1, target: PROBE_INDEX, isCreateOnly: false, requestsPerSecond: null }, await target.identity(signal));
    try {
      await target.client.transport.request({ method: 'POST', path: '/_reindex', querystring: { wait_for_completion: true }, body }, { requestTimeout: 60_000, signal });
    } catch (error) {
      const failure = await remoteFailure(source, target, remote.host, error);
      if (failure === null) throw target.translate(error, { action: 'try to read from the source' });
      return failure;
    }
  }
  return null;
}

async function remoteFailure(source: Cluster, target: Cluster, host: string, error: unknown): Promise<GodwitError | null> {
  if (!(error instanceof errors.ResponseError)) return null;
  const { types, reasons } = readErrorBody(error.body);
  // The target's own answers about its own caller have these types on the outside.
  if (types[0] === 'security_exception') return null;
  return remoteError(source, target, host, types, reasons.join('; '));
}

/** What to do about it at each kind of target. @returns null if the failure says nothing about the remote */
export async function remoteError(source: Cluster, target: Cluster, host: string, types: readonly string[], text: string): Promise<GodwitError | null> {
  const failure = classifyRemote(types, text);
  if (failure === null) return null;
  const reason = target.translate(new Error(boundedMessage(text, 300)), { action: 'read from the source' }).message;
  const base = `${target.connection} cannot read from ${source.connection} at ${host}: ${failure.what}`;
  const { hostname, port } = new URL(host);
  switch (failure.code) {
    case 'RemoteNotAllowed':
      return new GodwitError(failure.code, base, { subject: target.connection, remedy: allowRemedy(target.kind, `${hostname}:${port}`) });
    case 'RemoteTlsUntrusted':
    case 'RemoteTlsWrongName': {
      const chain = (await lookAtCertificates(host)) ?? [];
      const presented = chain.length === 0 ? '' : `. Seen from Godwit it presents: ${describeChain(chain)}, for ${chain[0]?.names.join(', ') ?? ''}`;
      const remedy = failure.code === 'RemoteTlsUntrusted' ? trustRemedy(target.kind) : undefined;
      return new GodwitError(failure.code, `${base}${presented}`, { subject: target.connection, ...(remedy === undefined ? {} : { remedy }) });
    }
    case 'PrivilegeMissing':
      return new GodwitError(failure.code, `${base} (${reason})`, { subject: source.connection, remedy: 'Give the user or API key of the source connection the cluster privilege monitor and the index privilege read.' });
    default:
      return new GodwitError(failure.code, `${base} (${reason})`, { subject: target.connection });
  }
}

function allowRemedy(kind: ClusterKind, address: string): string {
  const setting = `reindex.remote.whitelist: ["${address}"]`;
  switch (kind) {
    case 'hosted':
    case 'ece':
      return `Add ${setting} to the user settings of Elasticsearch in the deployment of the target (it replaces the default list), save, wait for the restart, then retry.`;
    case 'eck':
      return `Add ${setting} to config of every nodeSet of the target's Elasticsearch resource, wait for the restart, then retry.`;
    case 'serverless':
      return 'A serverless project reads from the own addresses of deployments and projects of Elastic Cloud only, and its list cannot be changed: give such an address of the source with remote.host, or use type "copy".';
    default:
      return `Add ${setting} to elasticsearch.yml of every node of the target, restart them, then retry.`;
  }
}

function trustRemedy(kind: ClusterKind): string {
  switch (kind) {
    case 'hosted':
      return 'Upload the CA as an extension (type bundle: a zip of a folder with the PEM), enable it, and add reindex.ssl.certificate_authorities: "/app/config/<folder>/<file>" to the user settings of Elasticsearch; the deployment restarts. Then retry.';
    case 'ece':
      return 'Add the CA to the trusted certificates of the deployment, or as a bundle with reindex.ssl.certificate_authorities in the user settings; then retry.';
    case 'serverless':
      return 'A serverless project trusts public certificates only: give an address of the source that has one with remote.host, or use type "copy".';
    case 'eck':
      return 'Mount a secret with the CA by the podTemplate and set reindex.ssl.certificate_authorities to its path in config of every nodeSet; then retry.';
    default:
      return 'Copy the certificate of the CA to the config folder of every node of the target, set reindex.ssl.certificate_authorities: ["<file>"] in elasticsearch.yml, restart them, then retry.';
  }
}
