/** What the ledger remembers of an index or data stream that goes through a snapshot. */
import { z } from 'zod';
import type { JsonObject } from './json.js';

export const RestoreDetailSchema = z.object({
  kind: z.enum(['index', 'data-stream']),
  /** The indices that the restore makes: itself, or the backing indices of a data stream. */
  indices: z.array(
    z.object({
      /** Name at the target. */
      name: z.string(),
      /** Name at the source. */
      source: z.string(),
      /** Creation date, epoch milliseconds: the same on both sides. */
      created: z.number().nullable(),
      /** Where that is not known: the end of the snapshot, epoch milliseconds. */
      createdBefore: z.number().nullable(),
      primaries: z.number().int(),
    }),
  ),
  /** Highest sequence numbers at the target when the restore had finished, by `index/shard`: the cut-off. */
  sequences: z.record(z.string(), z.number()).optional(),
});
export type RestoreDetail = z.infer<typeof RestoreDetailSchema>;

export function restoreDetailOf(detail: JsonObject): RestoreDetail {
  return RestoreDetailSchema.parse(detail);
}
