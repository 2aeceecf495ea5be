/** Size and activity of an index, from the statistics of its shards. */
import { z } from 'zod';

export interface ShardTotals {
  /** Bytes of the primaries; null: cannot be told (Serverless, or no primary is there). */
  readonly storeBytes: number | null;
  /** Lucene documents of the primaries: nested ones count for themselves, so it can exceed `_count`. */
  readonly luceneDocuments: number | null;
  /**
   * Writes and deletes since the index was made: the sum of `max_seq_no + 1` over the primaries. Two readings that
   * differ mean that somebody writes to it.
   */
  readonly operations: number | null;
}

const ShardSchema = z.object({
  routing: z.object({ primary: z.boolean() }),
  docs: z.object({ count: z.number() }).optional(),
  store: z.object({ size_in_bytes: z.number(), total_data_set_size_in_bytes: z.number().optional() }).optional(),
  seq_no: z.object({ max_seq_no: z.number() }).optional(),
});

type Shards = Readonly<Record<string, readonly z.infer<typeof ShardSchema>[]>>;

/** Under a `filter_path` an empty result has no `indices` at all. */
export const StatsSchema = z.object({
  indices: z.record(z.string(), z.object({ shards: z.record(z.string(), z.array(ShardSchema)).default({}) })).default({}),
});

/** Adds up the primaries of an index. */
export function totalsOf(shards: Shards | undefined): ShardTotals {
  const primaries = Object.values(shards ?? {}).flatMap((copies) => copies.filter((copy) => copy.routing.primary));
  if (primaries.length === 0) return { storeBytes: null, luceneDocuments: null, operations: null };
  const sum = (value: (shard: z.infer<typeof ShardSchema>) => number): number => primaries.reduce((total, shard) => total + value(shard), 0);
  return {
    // A searchable snapshot has little or nothing on disk; the data set is what it stands for.
    storeBytes: sum((shard) => shard.store?.total_data_set_size_in_bytes ?? shard.store?.size_in_bytes ?? 0),
    luceneDocuments: sum((shard) => shard.docs?.count ?? 0),
    operations: sum((shard) => (shard.seq_no === undefined ? 0 : shard.seq_no.max_seq_no + 1)),
  };
}
