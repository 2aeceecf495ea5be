/** How the documents of an index have certain fields: how many have it, its values, the least and the greatest. */
import { z } from 'zod';
import type { CutField, FieldFacts } from '../domain/reindex/field-slices.js';
import type { JsonObject } from '../domain/json.js';
import { call } from './calls.js';
import type { Cluster } from './cluster.js';
import { mustBeWhole } from './count-documents.js';

const ValueSchema = z.object({ value: z.number().nullable() });
const FactsSchema = z.object({
  _shards: z.object({ failed: z.number() }),
  aggregations: z.record(z.string(), z.object({ doc_count: z.number(), values: ValueSchema, min: ValueSchema, max: ValueSchema })),
});

/** Read-only, one request. Of fields that no document has nothing is said. */
export async function readFieldFacts(cluster: Cluster, index: string, query: JsonObject | undefined, fields: readonly CutField[], signal?: AbortSignal): Promise<FieldFacts[]> {
  if (fields.length === 0) return [];
  const aggs = Object.fromEntries(
    fields.map(({ field }, at) => [String(at), { filter: { exists: { field } }, aggs: { values: { value_count: { field } }, min: { min: { field } }, max: { max: { field } } } }]),
  );
  const answer = await call(cluster, { action: `read fields of ${index}`, subject: index }, () =>
    cluster.client.transport.request(
      { method: 'POST', path: `/${encodeURIComponent(index)}/_search`, body: { size: 0, ...(query === undefined ? {} : { query }), aggs } },
      { requestTimeout: 120_000, ...(signal === undefined ? {} : { signal }) },
    ),
  );
  const { _shards: shards, aggregations } = FactsSchema.parse(answer);
  mustBeWhole(cluster, index, shards.failed);
  return fields.flatMap((field, at) => {
    const found = aggregations[String(at)];
    if (found === undefined || found.min.value === null || found.max.value === null) return [];
    return [{ ...field, present: found.doc_count, values: found.values.value ?? 0, min: found.min.value, max: found.max.value }];
  });
}
