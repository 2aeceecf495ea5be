/**
 * What became of a restore, judged from what the target shows. Pure.
 *
 * Accepting a restore request makes the indices at once, so "the index is there" proves nothing: its creation date tells
 * whose it is (a restore keeps the source's), its primaries whether it is complete.
 */

/** An index at the target as a restore should make it. */
export interface ConcreteIndex {
  /** Name at the target. */
  readonly name: string;
  /** Creation date of the source index, epoch milliseconds; a restored index has the same. null: not known. */
  readonly created: number | null;
  /** Where the date is not known: the end of the snapshot, epoch milliseconds; whatever is younger did not come from it. */
  readonly createdBefore: number | null;
}

export interface ObservedIndex {
  readonly created: number;
  readonly primaries: number;
  readonly activePrimaries: number;
  /** Why primaries are unassigned, if some are. */
  readonly unassigned: readonly { readonly reason: string; readonly details: string | null; readonly hasCopy: boolean; readonly isBlocked: boolean }[];
  readonly recoveredBytes: number;
}

export type RestoreState = 'absent' | 'foreign' | 'done' | 'running' | 'blocked' | 'lost' | 'failed';

/** Reasons of an unassigned shard that is still waiting for its turn to be restored. */
const QUEUED = new Set(['NEW_INDEX_RESTORED', 'EXISTING_INDEX_RESTORED']);

export function stateOf(expected: ConcreteIndex, observed: ObservedIndex | undefined): RestoreState {
  if (observed === undefined) return 'absent';
  if (!isSame(expected, observed)) return 'foreign';
  if (observed.activePrimaries >= observed.primaries) return 'done';
  if (observed.unassigned.some((shard) => shard.reason === 'ALLOCATION_FAILED')) return 'failed';
  // A node that went down took an unfinished restore with it; a finished one comes back from the node's disk.
  if (observed.unassigned.some((shard) => !QUEUED.has(shard.reason) && !shard.hasCopy)) return 'lost';
  // Elasticsearch does not try such a shard again, whatever is mended.
  if (observed.unassigned.some((shard) => shard.isBlocked)) return 'blocked';
  return 'running';
}

/** Whether an index at the target can be the one that was restored. */
export function isSame(expected: Pick<ConcreteIndex, 'created' | 'createdBefore'>, observed: Pick<ObservedIndex, 'created'>): boolean {
  if (expected.created !== null) return observed.created === expected.created;
  return expected.createdBefore !== null && observed.created <= expected.createdBefore;
}

/** State of a row that consists of several indices (a data stream): the one that needs most doing about. */
export function combinedState(states: readonly RestoreState[]): RestoreState {
  if (states.length === 0) return 'done';
  for (const state of ['foreign', 'failed', 'lost', 'blocked'] as const) if (states.includes(state)) return state;
  if (states.every((state) => state === 'absent')) return 'absent';
  if (states.includes('absent')) return 'lost';
  return states.includes('running') ? 'running' : 'done';
}
