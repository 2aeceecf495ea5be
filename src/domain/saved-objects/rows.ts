/**
 * How saved objects stand in the ledger. Pure.
 *
 * A space is a row under its id, slice 0; its batches are its slices from 1 on; an object is a row of its own, under
 * `space/type:id`. Batches are worked off in order, objects carry the outcome.
 */

export const SPACE_METHOD = 'space';
export const BATCH_METHOD = 'batch';
export const OBJECT_METHOD = 'object';
/** A batch or an object that a person has told to be tried again. */
export const RETRY_METHOD = 'retry';

export interface ObjectName {
  readonly space: string;
  readonly type: string;
  readonly id: string;
}

/** Attention reads `name#3` as slice 3, so an id keeps no `#`. */
export function rowName({ space, type, id }: ObjectName): string {
  return `${space}/${type}:${id.replaceAll('#', '%23')}`;
}

export function isObjectRow(index: string): boolean {
  return index.includes('/');
}

/** What became of an object. */
export const OUTCOMES = ['created', 'unchanged', 'overwritten', 'copied', 'kept', 'gone'] as const;
export type Outcome = (typeof OUTCOMES)[number];
