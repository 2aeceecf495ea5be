/** Who a cluster is: `GET /` read with care, since whatever listens at the address may answer. */
import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { GodwitError } from '../domain/errors.js';
import type { ClusterIdentity } from './cluster.js';

/** Oldest version that is supported: the first whose API and security are close enough to 8.x. */
export const OLDEST_VERSION = { major: 7, minor: 17 } as const;

const RootSchema = z.object({
  cluster_name: z.string(),
  cluster_uuid: z.string(),
  version: z.object({
    number: z.string(),
    build_flavor: z.string().optional(),
    distribution: z.string().optional().describe('Only forks have it: opensearch'),
  }),
});

/**
 * Parses the answer to `GET /`.
 *
 * @returns undefined if it is not an answer of Elasticsearch (a fork is not)
 */
export function parseIdentity(body: unknown): ClusterIdentity | undefined {
  const parsed = RootSchema.safeParse(body);
  if (!parsed.success || parsed.data.version.distribution !== undefined) return undefined;
  const { cluster_name: name, cluster_uuid: uuid, version } = parsed.data;
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version.number);
  if (match === null) return undefined;
  return Object.freeze({
    name,
    uuid,
    version: version.number,
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3]),
    flavor: version.build_flavor === 'serverless' ? 'serverless' : 'default',
  });
}

/** Whether Godwit works with that version. On Serverless the number says nothing, and it is always new. */
export function isSupported(identity: ClusterIdentity): boolean {
  if (identity.flavor === 'serverless' || identity.major > OLDEST_VERSION.major) return true;
  return identity.major === OLDEST_VERSION.major && identity.minor >= OLDEST_VERSION.minor;
}

/**
 * Asks a cluster who it is.
 *
 * @throws NotElasticsearch, UnsupportedVersion; and whatever the client throws, not translated
 */
export async function fetchIdentity(client: Client, connection: string, signal?: AbortSignal): Promise<ClusterIdentity> {
  const body = await client.transport.request({ method: 'GET', path: '/' }, signal === undefined ? {} : { signal });
  const identity = parseIdentity(body);
  if (identity === undefined) {
    throw new GodwitError('NotElasticsearch', `${connection}: the answer to GET / is not that of Elasticsearch`, { subject: connection });
  }
  if (!isSupported(identity)) {
    throw new GodwitError('UnsupportedVersion', `${connection}: Elasticsearch ${identity.version} is too old`, { subject: connection });
  }
  return identity;
}
