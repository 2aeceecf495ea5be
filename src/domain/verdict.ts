/**
 * Whether an index that was restored from a snapshot has what the source had. Pure.
 *
 * The source may have been written to since. Sequence numbers say by how much: every write, update and delete takes a
 * new one, and a restored shard keeps the highest of the snapshot. So the source's count may differ by at most the
 * number of operations after the cut-off; a larger difference is a loss.
 */
import type { Verdict } from '../contracts/report.js';

export interface Comparison {
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  /** Operations at the source with a sequence number beyond the cut-off. */
  readonly operationsAfterCutoff: number;
}

export function verdictOf({ sourceDocuments, targetDocuments, operationsAfterCutoff }: Comparison): Verdict {
  if (sourceDocuments === targetDocuments) return 'equal';
  return Math.abs(sourceDocuments - targetDocuments) <= operationsAfterCutoff ? 'within-cutoff' : 'mismatch';
}

/** Highest sequence number by shard; the key is anything that names the same shard on both sides. */
export type ShardSequences = Readonly<Record<string, number>>;

/** Operations that the source has and the copy lacks. A shard that the copy does not have counts whole (a stream that rolled over). */
export function operationsAfter(source: ShardSequences, copy: ShardSequences): number {
  let operations = 0;
  for (const [shard, highest] of Object.entries(source)) operations += Math.max(0, highest - (copy[shard] ?? -1));
  return operations;
}
