/** The system indices of a cluster, and how many documents are in them. Read-only. */
import { z } from 'zod';
import { call, tryCall } from './calls.js';
import type { Cluster } from './cluster.js';
import { mustBeWhole } from './count-documents.js';

const ResolveSchema = z.object({ indices: z.array(z.object({ name: z.string(), attributes: z.array(z.string()).default([]) })) });

/** Names of the system indices; which feature each belongs to no API tells. */
export async function listSystemIndices(cluster: Cluster, signal?: AbortSignal): Promise<string[]> {
  const body = await call(cluster, { action: 'list the system indices' }, () =>
    cluster.client.transport.request({ method: 'GET', path: '/_resolve/index/*', querystring: { expand_wildcards: 'all' } }, signal === undefined ? {} : { signal }),
  );
  return ResolveSchema.parse(body)
    .indices.filter(({ attributes }) => attributes.includes('system'))
    .map(({ name }) => name);
}

/** Documents in all of the indices together; null where one is gone, or the credential may not read system indices. */
export async function countSystemDocuments(cluster: Cluster, indices: readonly string[], signal?: AbortSignal): Promise<number | null> {
  let total = 0;
  for (const index of indices) {
    const answer = await tryCall(
      cluster,
      { action: `count documents of ${index}`, subject: index },
      () => cluster.client.count({ index }, signal === undefined ? {} : { signal }),
      (error) => error.statusCode === 403 || error.statusCode === 404,
    );
    if (answer === null) return null;
    mustBeWhole(cluster, index, answer._shards.failed);
    total += answer.count;
  }
  return total;
}

const RecoverySchema = z.record(
  z.string(),
  z.object({
    shards: z.array(
      z.object({ primary: z.boolean(), type: z.string(), stage: z.string(), source: z.object({ repository: z.string().optional(), snapshot: z.string().optional() }).default({}) }),
    ),
  }),
);

/**
 * Whether indices came out of a snapshot: how a restore that an earlier attempt asked for is found again.
 *
 * @returns `done` or `running` only if every primary of every index comes from that snapshot; a node that was
 *   restarted since has forgotten it, which gives `no`
 */
export async function comesFrom(cluster: Cluster, indices: readonly string[], repository: string, snapshot: string): Promise<'done' | 'running' | 'no'> {
  if (indices.length === 0) return 'no';
  const body = await tryCall(
    cluster,
    { action: 'read recoveries' },
    () => cluster.client.transport.request({ method: 'GET', path: `/${indices.map(encodeURIComponent).join(',')}/_recovery` }),
    (error) => error.statusCode === 404 || error.statusCode === 403,
  );
  const found = body === null ? {} : RecoverySchema.parse(body);
  const primaries = indices.map((index) => (found[index]?.shards ?? []).filter((shard) => shard.primary));
  const isOurs = primaries.every((shards) => shards.length > 0 && shards.every(({ type, source }) => type === 'SNAPSHOT' && source.repository === repository && source.snapshot === snapshot));
  if (!isOurs) return 'no';
  return primaries.flat().every(({ stage }) => stage === 'DONE') ? 'done' : 'running';
}
