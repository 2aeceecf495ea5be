import { describe, expect, it } from 'vitest';
import { combinedState, stateOf, type ObservedIndex } from '../../../src/domain/restored.js';

const expected = { name: 'orders', created: 1000, createdBefore: null };
const seen = (change: Partial<ObservedIndex>): ObservedIndex => ({ created: 1000, primaries: 2, activePrimaries: 0, unassigned: [], recoveredBytes: 0, ...change });
const unassigned = (reason: string, hasCopy = true, isBlocked = false): ObservedIndex['unassigned'] => [{ reason, details: null, hasCopy, isBlocked }];

describe('what became of a restore', () => {
  it('accepted is not done: the index exists from the first moment', () => {
    expect(stateOf(expected, seen({ activePrimaries: 1 }))).toBe('running');
    expect(stateOf(expected, seen({ activePrimaries: 2 }))).toBe('done');
  });

  it('an index with another creation date is somebody else\'s, complete or not', () => {
    expect(stateOf(expected, seen({ created: 2000, activePrimaries: 2 }))).toBe('foreign');
  });

  it('where the date is not known, only something younger than the snapshot is foreign', () => {
    const old = { name: 'orders', created: null, createdBefore: 5000 };
    expect(stateOf(old, seen({ created: 4000, activePrimaries: 2 }))).toBe('done');
    expect(stateOf(old, seen({ created: 5001, activePrimaries: 2 }))).toBe('foreign');
  });

  it('a shard in the queue is running, one that failed is failed, one that its node took with it is lost', () => {
    expect(stateOf(expected, seen({ unassigned: unassigned('NEW_INDEX_RESTORED') }))).toBe('running');
    expect(stateOf(expected, seen({ unassigned: unassigned('ALLOCATION_FAILED') }))).toBe('failed');
    expect(stateOf(expected, seen({ unassigned: unassigned('CLUSTER_RECOVERED', false) }))).toBe('lost');
  });

  it('a shard that no node may take is blocked, not queued', () => {
    expect(stateOf(expected, seen({ unassigned: unassigned('NEW_INDEX_RESTORED', true, true) }))).toBe('blocked');
  });

  it('a finished restore that comes back from the disk of a restarted node is not lost', () => {
    expect(stateOf(expected, seen({ unassigned: unassigned('CLUSTER_RECOVERED', true) }))).toBe('running');
  });

  it('a data stream is done only when all its indices are', () => {
    expect(combinedState(['done', 'done'])).toBe('done');
    expect(combinedState(['done', 'running'])).toBe('running');
    expect(combinedState(['absent', 'absent'])).toBe('absent');
    expect(combinedState(['done', 'absent'])).toBe('lost');
    expect(combinedState(['done', 'foreign', 'lost'])).toBe('foreign');
  });
});
