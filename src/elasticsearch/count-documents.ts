/**
 * Counts documents of many indices with few requests, as users count them: nested documents are not counted.
 *
 * For plans and progress; a verification counts index by index.
 */
import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { rangeQuery, type SliceRange } from '../domain/reindex/slice-range.js';
import { GodwitError } from '../domain/errors.js';
import { call } from './calls.js';
import type { Cluster } from './cluster.js';
import { chunkNames } from './names.js';

const CountsSchema = z.object({
  aggregations: z.object({ indices: z.object({ buckets: z.array(z.object({ key: z.string(), doc_count: z.number() })) }) }).optional(),
});

/** @returns counts by index; an index that is closed, empty or gone is absent */
export async function countDocuments(cluster: Cluster, names: readonly string[], signal?: AbortSignal, query?: JsonObject): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const group of chunkNames(names)) {
    const answer = await call(cluster, { action: 'count documents' }, () =>
      cluster.client.search(
        {
          index: group,
          size: 0,
          ignore_unavailable: true,
          allow_no_indices: true,
          ...(query === undefined ? {} : { query }),
          aggs: { indices: { terms: { field: '_index', size: group.length } } },
        },
        signal === undefined ? {} : { signal },
      ),
    );
    for (const bucket of CountsSchema.parse(answer).aggregations?.indices.buckets ?? []) counts.set(bucket.key, bucket.doc_count);
  }
  return counts;
}

/** Ranges in one request: each is one cheap filter. */
const RANGES_AT_ONCE = 200;

const RangesSchema = z.object({
  _shards: z.object({ failed: z.number() }),
  aggregations: z.object({ ranges: z.object({ buckets: z.array(z.object({ doc_count: z.number() })) }) }),
});

/** Documents that match a query, by parts of the index, in the order of the parts. */
export async function countRanges(cluster: Cluster, index: string, query: JsonObject | undefined, ranges: readonly SliceRange[], signal?: AbortSignal): Promise<number[]> {
  const counts: number[] = [];
  for (let from = 0; from < ranges.length; from += RANGES_AT_ONCE) {
    const some = ranges.slice(from, from + RANGES_AT_ONCE);
    const answer = await call(cluster, { action: `count documents of ${index}`, subject: index }, () =>
      cluster.client.transport.request(
        {
          method: 'POST',
          path: `/${encodeURIComponent(index)}/_search`,
          body: { size: 0, ...(query === undefined ? {} : { query }), aggs: { ranges: { filters: { filters: some.map(rangeQuery) } } } },
        },
        { requestTimeout: 120_000, ...(signal === undefined ? {} : { signal }) },
      ),
    );
    const { _shards: shards, aggregations } = RangesSchema.parse(answer);
    mustBeWhole(cluster, index, shards.failed);
    counts.push(...aggregations.ranges.buckets.map((bucket) => bucket.doc_count));
  }
  return counts;
}

/** Documents that match a query, as `_count` counts them. @throws IndexUnhealthy if a shard did not answer */
export async function countMatching(cluster: Cluster, index: string, query: JsonObject, signal?: AbortSignal): Promise<number> {
  const answer = await call(cluster, { action: `count documents of ${index}`, subject: index }, () =>
    cluster.client.count({ index, query }, { requestTimeout: 120_000, ...(signal === undefined ? {} : { signal }) }),
  );
  mustBeWhole(cluster, index, answer._shards.failed);
  return answer.count;
}

export function mustBeWhole(cluster: Cluster, index: string, failed: number): void {
  if (failed > 0) throw new GodwitError('IndexUnhealthy', `counting ${index} missed ${String(failed)} shard(s) at ${cluster.connection}`, { subject: index });
}
