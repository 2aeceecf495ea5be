import { describe, expect, it } from 'vitest';
import { cutSlices, operationsBetween, rangeSince, type CountRanges } from '../../../../src/domain/reindex/slices.js';
import { random } from './random.js';

/** Documents by their sequence numbers, over all shards. */
function counter(numbers: readonly number[]): CountRanges {
  return async (ranges) => ranges.map(({ from, to }) => numbers.filter((number) => number >= from && number < to).length);
}

describe('cutting by sequence number', () => {
  it('one small index is one slice', async () => {
    expect(await cutSlices({ from: 0, to: 10 }, 7, 100, counter([0, 1, 2, 5, 6, 8, 9]))).toEqual([{ from: 0, to: 10, documents: 7 }]);
  });

  it('an index that was never written has no slice', async () => {
    expect(await cutSlices({ from: 0, to: 0 }, 0, 100, counter([]))).toEqual([]);
  });

  it('three shards: one number holds up to three documents', async () => {
    const slices = await cutSlices({ from: 0, to: 4 }, 12, 1, counter([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]));
    expect(slices).toEqual([0, 1, 2, 3].map((from) => ({ from, to: from + 1, documents: 3 })));
  });

  it('sparse numbers: what updates left at the end is split, the empty part merged', async () => {
    const numbers = Array.from({ length: 1_000 }, (_, at) => 999_000 + at);
    const slices = await cutSlices({ from: 0, to: 1_000_000 }, 1_000, 100, counter(numbers));
    expect(Math.max(...slices.map(({ documents }) => documents))).toBeLessThanOrEqual(150);
    expect(slices.length).toBeLessThan(25);
  });

  it('is disjoint and exhaustive, and no slice is too large, whatever the numbers', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const next = random(seed);
      const shards = 1 + Math.floor(next() * 5);
      const numbers: number[] = [];
      let to = 0;
      for (let shard = 0; shard < shards; shard += 1) {
        const written = Math.floor(next() ** 3 * 5_000);
        const kept = next();
        for (let at = 0; at < written; at += 1) if (next() < kept) numbers.push(at);
        to = Math.max(to, written);
      }
      const size = 1 + Math.floor(next() * 400);
      const slices = await cutSlices({ from: 0, to }, Math.floor(numbers.length * next() * 2), size, counter(numbers));
      let position = 0;
      for (const slice of slices) {
        expect(slice.from).toBe(position);
        expect(slice.to).toBeGreaterThan(slice.from);
        expect(slice.documents <= size * 1.5 || slice.to - slice.from === 1).toBe(true);
        position = slice.to;
      }
      expect(position).toBe(to);
      expect(slices.reduce((sum, { documents }) => sum + documents, 0)).toBe(numbers.length);
      // About as many as needed: two neighbours never fit into one.
      for (const [at, slice] of slices.entries()) expect(slice.documents + (slices[at + 1]?.documents ?? size)).toBeGreaterThanOrEqual(Math.min(size, numbers.length));
    }
  });
});

describe('what was written since', () => {
  it('begins at the lowest shard that moved on', () => {
    expect(rangeSince({ 'a/0': 100, 'a/1': 5, 'a/2': -1 }, { 'a/0': 120, 'a/1': 5, 'a/2': -1 })).toEqual({ from: 101, to: 121 });
    expect(rangeSince({ 'a/0': 100, 'a/1': 5 }, { 'a/0': 120, 'a/1': 7 })).toEqual({ from: 6, to: 121 });
  });

  it('is nothing when no shard moved on', () => {
    expect(rangeSince({ 'a/0': 3 }, { 'a/0': 3 })).toBeNull();
  });

  it('a shard that was not there counts from its beginning', () => {
    expect(rangeSince({}, { 'b/0': 2 })).toEqual({ from: 0, to: 3 });
    expect(operationsBetween({ 'a/0': 1 }, { 'a/0': 4, 'b/0': 2 })).toBe(6);
  });
});
