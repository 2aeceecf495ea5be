/**
 * Cuts an index into slices by `_seq_no`. Pure: documents are counted by whoever calls.
 *
 * Every write takes the next number of its shard, so ranges of numbers are disjoint and exhaustive without knowledge
 * of the fields. All shards share one number space, so a range covers its part of each of them; after updates and
 * deletes the numbers are sparse, and between shards unequal, so that equal ranges do not hold equal numbers of
 * documents: ranges are counted, the full ones split and neighbours merged.
 */

import type { SequenceRange } from './slice-range.js';

export type { SequenceRange } from './slice-range.js';

export interface CountedRange extends SequenceRange {
  readonly documents: number;
}

/** Counts each of the ranges, in order. */
export type CountRanges = (ranges: readonly SequenceRange[]) => Promise<readonly number[]>;

/** A slice may be this much larger than asked for before it is split again. */
const TOLERANCE = 1.5;

/** First cut at most into so many, and a range into so many at once. */
const MAX_PARTS = 1_000;

/**
 * Disjoint ranges, in order, that together are `[from, to)`; none of them holds more than about `sliceDocuments`
 * documents, unless they all have one number (one in each shard).
 *
 * @param documents about how many there are in all; only decides how finely the first cut is
 */
export async function cutSlices(
  range: SequenceRange,
  documents: number,
  sliceDocuments: number,
  countRanges: CountRanges,
): Promise<CountedRange[]> {
  if (range.to <= range.from) return [];
  let open: readonly SequenceRange[] = divide(range, Math.ceil(documents / sliceDocuments));
  const done: CountedRange[] = [];
  while (open.length > 0) {
    const counts = await countRanges(open);
    const next: SequenceRange[] = [];
    for (const [at, part] of open.entries()) {
      const count = counts[at] ?? 0;
      if (count > sliceDocuments * TOLERANCE && part.to - part.from > 1) next.push(...divide(part, Math.max(2, Math.ceil(count / sliceDocuments))));
      else done.push({ ...part, documents: count });
    }
    open = next;
  }
  return merge(done.sort((a, b) => a.from - b.from), sliceDocuments);
}

/** Parts of about equal width. */
function divide({ from, to }: SequenceRange, parts: number): SequenceRange[] {
  const number = Math.max(1, Math.min(parts, to - from, MAX_PARTS));
  const at = (part: number): number => (part === number ? to : from + Math.floor(((to - from) * part) / number));
  return Array.from({ length: number }, (_, part) => ({ from: at(part), to: at(part + 1) }));
}

/** Joins neighbours while they stay within the size; empty ones go to a neighbour, so that nothing is left out. */
function merge(ranges: readonly CountedRange[], sliceDocuments: number): CountedRange[] {
  const merged: CountedRange[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && last.documents + range.documents <= sliceDocuments) {
      merged[merged.length - 1] = { from: last.from, to: range.to, documents: last.documents + range.documents };
    } else merged.push(range);
  }
  return merged;
}

/** Highest sequence number up to which nothing is missing, by shard; -1 for a shard that was never written. */
export type Checkpoints = Readonly<Record<string, number>>;

/**
 * The range in which everything lies that was written between two readings of the checkpoints, or null if nothing was.
 *
 * A query cannot choose a shard, so the range begins at the lowest shard that moved on; what it covers of the others
 * is copied again, which changes nothing.
 */
export function rangeSince(before: Checkpoints, now: Checkpoints): SequenceRange | null {
  let from = Infinity;
  let to = 0;
  for (const [shard, highest] of Object.entries(now)) {
    const known = before[shard] ?? -1;
    if (highest <= known) continue;
    from = Math.min(from, known + 1);
    to = Math.max(to, highest + 1);
  }
  return to === 0 ? null : { from, to };
}

/** Writes, updates and deletes between two readings. */
export function operationsBetween(before: Checkpoints, now: Checkpoints): number {
  return Object.entries(now).reduce((sum, [shard, highest]) => sum + Math.max(0, highest - (before[shard] ?? -1)), 0);
}
