/**
 * Checks a connection as a person would who wants to know what is wrong with it, and says what to do about it.
 *
 * From the outside in: route, port, TLS, HTTP, product, version, kind, credentials, privileges. The first problem
 * is reported; each URL of the connection is checked by itself. Changes nothing at the cluster.
 */
import type { Client } from '@elastic/elasticsearch';
import type { ConnectionConfig } from '../config/connection-config.js';
import type { Redactor } from '../config/redact.js';
import type { ConnectionCheck } from '../contracts/connections.js';
import { boundedMessage } from '../domain/errors.js';
import { type CheckProblem, badCredentials, diagnose, notElasticsearch, problemOf } from './check-problems.js';
import { createClient } from './client.js';
import type { ClusterIdentity } from './cluster.js';
import { isSupported, parseIdentity } from './identity.js';
import { authenticatedUser, missingPrivileges } from './privileges.js';
import { translateError } from './translate-error.js';

/** A healthy cluster answers in milliseconds; a person waits for this. */
const CHECK_TIMEOUT_MS = 10_000;

/** Of Elasticsearch; what is said of Kibana stands beside it. */
export type ClusterCheck = Omit<ConnectionCheck, 'kibana'>;

type Answer = Omit<ClusterCheck, 'name' | 'kind' | 'ok' | 'problem' | 'message' | 'remedy'> & { readonly found: CheckProblem | undefined };

const UNREACHED: Answer = {
  reachable: false,
  version: null,
  clusterName: null,
  clusterUuid: null,
  user: null,
  missingPrivileges: [],
  found: undefined,
};

function known(identity: ClusterIdentity): Answer {
  return { ...UNREACHED, reachable: true, version: identity.version, clusterName: identity.name, clusterUuid: identity.uuid };
}

function wrongKind(config: ConnectionConfig, identity: ClusterIdentity): CheckProblem | undefined {
  const isServerless = identity.flavor === 'serverless';
  if (isServerless === (config.kind === 'serverless')) return undefined;
  const message = isServerless
    ? `The connection says ${config.kind}, but the cluster is a serverless project.`
    : 'The connection says serverless, but the cluster is an ordinary one.';
  return { problem: 'wrong-kind', message, remedy: `Set kind of the connection to ${isServerless ? 'serverless' : 'self-managed, hosted, ece or eck'}.` };
}

function hiddenProduct(url: string, identity: ClusterIdentity): CheckProblem {
  return {
    problem: 'not-elasticsearch',
    message: `${url} answers like Elasticsearch ${identity.version}, but without the header X-Elastic-Product that every supported version sends.`,
    remedy: 'Let the proxy in between pass that header on.',
  };
}

async function checkAccess(client: Client, config: ConnectionConfig, base: Answer, signal?: AbortSignal): Promise<Answer> {
  const user = await authenticatedUser(client, signal);
  if (user === null) return base;
  const missing = await missingPrivileges(client, config.kind, signal);
  const found: CheckProblem | undefined =
    missing.length === 0
      ? undefined
      : {
          problem: 'missing-privilege',
          message: `The user ${user} lacks privileges that migrations need: ${missing.join('; ')}.`,
          remedy: 'Give its role these cluster privileges, and the index privileges on "*", or on the indices to be moved.',
        };
  return { ...base, user, missingPrivileges: missing, found };
}

async function checkUrl(url: string, config: ConnectionConfig, redact: Redactor, signal?: AbortSignal): Promise<Answer> {
  const client = createClient({ ...config.elasticsearch, urls: [url] }, config.kind, 'any');
  const options = { requestTimeout: CHECK_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  let answer = UNREACHED;
  try {
    const hello = await client.transport.request({ method: 'GET', path: '/' }, { ...options, meta: true, ignore: [401, 403] });
    const status = hello.statusCode;
    answer = { ...UNREACHED, reachable: true };
    if (status === 401) return { ...answer, found: badCredentials(url, config.elasticsearch.auth, hello.headers, hello.body) };
    if (status === 403) {
      // It may not even ask who the cluster is, but it may ask what it may do.
      const access = await checkAccess(client, config, answer, signal);
      if (access.found !== undefined) return access;
    }
    const identity = parseIdentity(hello.body);
    if (identity === undefined) return { ...answer, found: notElasticsearch(url, status, hello.headers, hello.body) };
    answer = known(identity);
    if (!isSupported(identity)) {
      return { ...answer, found: { problem: 'unsupported-version', message: `Elasticsearch ${identity.version} is too old.`, remedy: 'Upgrade the cluster to 7.17 or newer.' } };
    }
    if (hello.headers['x-elastic-product'] !== 'Elasticsearch') return { ...answer, found: hiddenProduct(url, identity) };
    const kind = wrongKind(config, identity);
    return kind === undefined ? await checkAccess(client, config, answer, signal) : { ...answer, found: kind };
  } catch (error) {
    signal?.throwIfAborted();
    const translated = translateError(error, { connection: config.name, action: `reach ${url}` }, redact);
    const found = (await diagnose(url, error, translated, signal)) ?? problemOf(translated);
    return { ...answer, reachable: answer.reachable || found.isReachable === true, found };
  } finally {
    // Not awaited: a request that was given up may still hold its socket.
    client.close().catch(() => undefined);
  }
}

/**
 * Checks a connection. Never throws for what is wrong with the cluster: that is the answer.
 *
 * @param redact takes secrets out of the texts
 * @throws the signal's reason when it is aborted
 */
export async function checkConnection(config: ConnectionConfig, redact: Redactor, signal?: AbortSignal): Promise<ClusterCheck> {
  let answer = UNREACHED;
  for (const url of config.elasticsearch.urls) {
    answer = await checkUrl(url, config, redact, signal);
    if (answer.found !== undefined) break;
  }
  const { found, ...facts } = answer;
  return {
    name: config.name,
    kind: config.kind,
    ok: found === undefined,
    ...facts,
    problem: found?.problem ?? null,
    message: found === undefined ? null : boundedMessage(redact(found.message)),
    remedy: found === undefined ? null : boundedMessage(redact(found.remedy)),
  };
}
