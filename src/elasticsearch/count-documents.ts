/**
 * Counts documents of many indices with few requests, as users count them: nested documents are not counted.
 *
 * For plans and progress; a verification counts index by index.
 */
import { z } from 'zod';
import { call } from './calls.js';
import type { Cluster } from './cluster.js';
import { chunkNames } from './names.js';

const CountsSchema = z.object({
  aggregations: z.object({ indices: z.object({ buckets: z.array(z.object({ key: z.string(), doc_count: z.number() })) }) }).optional(),
});

/** @returns counts by index; an index that is closed, empty or gone is absent */
export async function countDocuments(cluster: Cluster, names: readonly string[], signal?: AbortSignal): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const group of chunkNames(names)) {
    const answer = await call(cluster, { action: 'count documents' }, () =>
      cluster.client.search(
        {
          index: group,
          size: 0,
          ignore_unavailable: true,
          allow_no_indices: true,
          aggs: { indices: { terms: { field: '_index', size: group.length } } },
        },
        signal === undefined ? {} : { signal },
      ),
    );
    for (const bucket of CountsSchema.parse(answer).aggregations?.indices.buckets ?? []) counts.set(bucket.key, bucket.doc_count);
  }
  return counts;
}
