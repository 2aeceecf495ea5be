/** Spaces at the target: made with their settings, each recorded with its undo before it is made. */
import type { SavedObjectsRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { spaceDetailOf } from '../domain/saved-objects/details.js';
import { createSpace } from '../kibana/spaces.js';
import { report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { parkRows, type RowKey, type RowTrouble } from './rows.js';
import { OBJECT_EFFECT } from './saved-object-effects.js';

export interface SpacesInput {
  readonly id: string;
  readonly request: SavedObjectsRequest;
  readonly rows: readonly RowKey[];
}

/**
 * Safe to repeat: a space that is there stays as it is. One that was not there in preflight is ours, or that of somebody who
 * made it meanwhile; the undo deletes it only while nothing but our objects is in it.
 */
async function prepareSpaces({ kibanas, store }: ActivityDeps, { id, request, rows }: SpacesInput): Promise<RowTrouble[]> {
  const target = kibanas.get(request.target);
  const parked: { row: RowKey; error: GodwitError }[] = [];
  for (const row of (await store.ledger.byIndex(id, rows.map(({ index }) => index))).filter(({ slice, status }) => slice === 0 && status === 'pending')) {
    report({ step: 'prepare', detail: `making space ${row.index}` });
    const { isAtTarget, settings } = spaceDetailOf(row.detail);
    try {
      if (!isAtTarget) {
        const key = { kind: OBJECT_EFFECT.createSpace, connection: request.target, subject: row.index };
        await store.effects.begin(id, { ...key, undo: {} });
        await createSpace(target, settings, row.index);
        await store.effects.settle(id, key, 'done');
      }
      await store.ledger.change(id, [{ index: row.index, slice: 0, status: 'running', error: null }]);
    } catch (error) {
      if (!(error instanceof GodwitError) || error.code !== 'KibanaRejected') throw error;
      parked.push({ row, error });
    }
  }
  return parkRows(store, id, parked);
}

export function createSavedObjectsSpaceActivities(deps: ActivityDeps) {
  return { prepareSpaces: withPulse((input: SpacesInput) => prepareSpaces(deps, input)) };
}
