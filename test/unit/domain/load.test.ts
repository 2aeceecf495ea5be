import { describe, expect, it } from 'vitest';
import { pressureOn, searchMs, type ClusterLoad, type NodeLoad, type Pool } from '../../../src/domain/load.js';

const pool = (over: Partial<Pool> = {}): Pool => ({ threads: 8, queue: 0, capacity: 200, rejected: 10, ...over });
const load = (node: Partial<NodeLoad> = {}, searches: Partial<ClusterLoad> = {}): ClusterLoad => ({
  nodes: [{ id: 'a', name: 'node-a', write: pool(), search: pool(), heapPercent: 50, breakerTrips: 3, indexingRejections: 4, indexingMemory: 0, ...node }],
  searches: 0,
  searchMillis: 0,
  ...searches,
});
const calm = load();

describe('the target', () => {
  it.each<[string, Partial<NodeLoad>, string | null]>([
    ['nothing new', {}, null],
    ['old rejections and trips', { write: pool({ rejected: 10 }), breakerTrips: 3 }, null],
    ['a queue that is half full', { write: pool({ queue: 100 }) }, 'target write queue 100/200'],
    ['a long queue without an end', { write: pool({ queue: 160, capacity: null }) }, 'target write queue 160'],
    ['a short one', { write: pool({ queue: 99 }) }, null],
    ['a long one of a large capacity', { write: pool({ queue: 200, capacity: 10_000 }) }, 'target write queue 200/10000'],
    ['a new rejection', { write: pool({ queue: 3, rejected: 12 }) }, 'target write queue 3/200, 2 rejected'],
    ['indexing pressure that rejects', { indexingRejections: 9 }, 'target indexing pressure: 5 rejected on node-a'],
    ['indexing pressure that is about to', { indexingMemory: 0.85 }, 'target indexing pressure 85% on node-a'],
    ['a breaker', { breakerTrips: 4 }, 'target circuit breaker tripped on node-a'],
    ['heap for a moment', { heapPercent: 97 }, null],
    ['searches that wait, which are not its matter', { search: pool({ queue: 199 }) }, null],
  ])('%s', (_what, node, expected) => {
    expect(pressureOn('target', calm, load(node), null)).toBe(expected);
  });

  it('heap that stays full', () => {
    expect(pressureOn('target', load({ heapPercent: 93 }), load({ heapPercent: 95 }), null)).toBe('target heap 95% on node-a');
  });

  it('a node that has just joined is judged by what it has now', () => {
    expect(pressureOn('target', calm, load({ id: 'b', write: pool({ rejected: 99 }), breakerTrips: 99, indexingRejections: 99 }), null)).toBeNull();
    expect(pressureOn('target', calm, load({ id: 'b', write: pool({ queue: 150 }) }), null)).toBe('target write queue 150/200');
  });

  it('a tiny queue is full with one', () => {
    expect(pressureOn('target', calm, load({ write: pool({ queue: 1, capacity: 1 }) }), null)).toBe('target write queue 1/1');
    expect(pressureOn('target', calm, load({ write: pool({ queue: 0, capacity: 1 }) }), null)).toBeNull();
  });
});

describe('the source', () => {
  it('searches that wait or are rejected; writes are not its matter', () => {
    expect(pressureOn('source', calm, load({ search: pool({ queue: 120 }) }), null)).toBe('source search queue 120/200');
    expect(pressureOn('source', calm, load({ search: pool({ rejected: 11 }) }), null)).toBe('source search queue 0/200, 1 rejected');
    expect(pressureOn('source', calm, load({ write: pool({ queue: 199 }) }), null)).toBeNull();
  });

  it('searches that take four times as long as usual, if that is long', () => {
    const slow = load({}, { searches: 100, searchMillis: 25_000 });
    expect(searchMs(calm, slow)).toBe(250);
    expect(pressureOn('source', calm, slow, 50)).toBe('source searches take 250 ms, usually 50 ms');
    expect(pressureOn('source', calm, slow, 100)).toBeNull();
    expect(pressureOn('source', calm, slow, null)).toBeNull();
    expect(pressureOn('source', calm, load({}, { searches: 100, searchMillis: 10_000 }), 5)).toBeNull();
    // Too few to say.
    expect(pressureOn('source', calm, load({}, { searches: 5, searchMillis: 25_000 }), 50)).toBeNull();
  });
});
