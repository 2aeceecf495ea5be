/**
 * Documents by their ids: which of them an index has, and deleting them only as they were seen.
 *
 * A document is known by its id together with its routing: with custom routing two shards may hold the same id.
 */
import { z } from 'zod';
import { GodwitError } from '../domain/errors.js';
import { call } from './calls.js';
import type { Cluster } from './cluster.js';
import { chunkNames } from './names.js';

export interface DocumentKey {
  readonly id: string;
  readonly routing: string | null;
}

export interface FoundDocument extends DocumentKey {
  readonly index: string;
  readonly version: number;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** As text, to find it in a map or set. */
export function keyText({ id, routing }: DocumentKey): string {
  return routing === null ? id : `${id}\u0000${routing}`;
}

/** Hits in one answer: `index.max_result_window` allows no more. */
const MAX_HITS = 10_000;
const TIMEOUT_MS = 120_000;

const SearchSchema = z.object({
  timed_out: z.boolean(),
  _shards: z.object({ failed: z.number() }),
  hits: z.object({
    hits: z.array(z.object({ _index: z.string(), _id: z.string(), _routing: z.string().optional(), _version: z.number(), _seq_no: z.number(), _primary_term: z.number() })),
  }),
});

/**
 * The documents of some indices that have one of the ids, as the last refresh shows them. Read-only.
 * @throws IndexUnhealthy if a shard did not answer, IndexNotFound if an index is gone: then nothing is known of its documents
 */
export async function findByIds(cluster: Cluster, indices: readonly string[], ids: readonly string[], signal?: AbortSignal): Promise<FoundDocument[]> {
  const found: FoundDocument[] = [];
  for (const chunk of chunkNames(indices)) found.push(...(await findIn(cluster, chunk, ids, signal)));
  return found;
}

async function findIn(cluster: Cluster, indices: readonly string[], ids: readonly string[], signal?: AbortSignal): Promise<FoundDocument[]> {
  const [subject = ''] = indices;
  const answer = await call(cluster, { action: `look for documents of ${subject}`, subject }, () =>
    cluster.client.transport.request(
      {
        method: 'POST',
        path: `/${indices.map(encodeURIComponent).join(',')}/_search`,
        body: { size: MAX_HITS, query: { ids: { values: ids } }, _source: false, version: true, seq_no_primary_term: true, sort: ['_doc'] },
      },
      { requestTimeout: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
    ),
  );
  const { timed_out: timedOut, _shards: shards, hits } = SearchSchema.parse(answer);
  if (timedOut || shards.failed > 0) throw new GodwitError('IndexUnhealthy', `looking for documents of ${subject} missed shards at ${cluster.connection}`, { subject });
  // Ids that many indices or shards have: the answer may be cut off.
  if (hits.hits.length >= MAX_HITS && ids.length > 1) {
    const middle = Math.ceil(ids.length / 2);
    return [...(await findIn(cluster, indices, ids.slice(0, middle), signal)), ...(await findIn(cluster, indices, ids.slice(middle), signal))];
  }
  return hits.hits.map((hit) => ({ id: hit._id, routing: hit._routing ?? null, index: hit._index, version: hit._version, seqNo: hit._seq_no, primaryTerm: hit._primary_term }));
}

const GetSchema = z.object({ docs: z.array(z.object({ found: z.boolean().optional(), error: z.object({ type: z.string() }).optional() })) });

/**
 * Those of the documents that none of the indices has at this moment, whatever has been refreshed. Read-only.
 * @throws IndexUnhealthy if that cannot be told of one
 */
export async function absentNow(cluster: Cluster, indices: readonly string[], documents: readonly DocumentKey[], signal?: AbortSignal): Promise<DocumentKey[]> {
  let left = [...documents];
  for (const index of indices) {
    if (left.length === 0) break;
    const answer = await call(cluster, { action: `look for documents of ${index}`, subject: index }, () =>
      cluster.client.transport.request(
        {
          method: 'POST',
          path: `/${encodeURIComponent(index)}/_mget`,
          querystring: { filter_path: 'docs.found,docs.error.type' },
          body: { docs: left.map(({ id, routing }) => ({ _id: id, _source: false, ...(routing === null ? {} : { routing }) })) },
        },
        { requestTimeout: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
      ),
    );
    const { docs } = GetSchema.parse(answer);
    const failed = docs.find(({ error }) => error !== undefined)?.error;
    if (failed !== undefined || docs.length !== left.length) {
      throw new GodwitError('IndexUnhealthy', `looking for documents of ${index} failed at ${cluster.connection}: ${failed?.type ?? 'the answer is incomplete'}`, { subject: index });
    }
    left = left.filter((_, at) => docs[at]?.found !== true);
  }
  return left;
}

/** Deletes in one request. */
const DELETES_AT_ONCE = 1_000;

const BulkSchema = z.object({
  items: z.array(z.object({ delete: z.object({ status: z.number(), result: z.string().optional(), error: z.object({ type: z.string(), reason: z.string().nullish() }).optional() }) })),
});

/**
 * Deletes documents, each only if it is still the one that was seen (`if_seq_no`). Safe to repeat: what is gone or has
 * changed meanwhile is left alone.
 *
 * @returns how many were deleted
 * @throws Unavailable if the cluster has no room for writes now, ElasticsearchRejected if it refuses them
 */
export async function deleteAsSeen(cluster: Cluster, documents: readonly FoundDocument[], signal?: AbortSignal): Promise<number> {
  let deleted = 0;
  for (let from = 0; from < documents.length; from += DELETES_AT_ONCE) {
    const some = documents.slice(from, from + DELETES_AT_ONCE);
    const lines = some.map(({ index, id, routing, seqNo, primaryTerm }) =>
      JSON.stringify({ delete: { _index: index, _id: id, if_seq_no: seqNo, if_primary_term: primaryTerm, ...(routing === null ? {} : { routing }) } }),
    );
    const answer = await call(cluster, { action: 'delete documents' }, () =>
      cluster.client.transport.request(
        { method: 'POST', path: '/_bulk', querystring: { filter_path: 'items.delete.status,items.delete.result,items.delete.error.type,items.delete.error.reason' }, bulkBody: `${lines.join('\n')}\n` },
        { requestTimeout: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
      ),
    );
    for (const { delete: item } of BulkSchema.parse(answer).items) {
      if (item.result === 'deleted') deleted += 1;
      else if (item.status !== 404 && item.status !== 409) {
        const reason = `${cluster.connection}: a delete was refused: ${item.error?.type ?? ''} ${item.error?.reason ?? ''}`.slice(0, 500);
        throw new GodwitError(item.status === 429 || item.status >= 500 ? 'Unavailable' : 'ElasticsearchRejected', reason);
      }
    }
  }
  return deleted;
}
