/** Saved objects on their way, space by space and batch by batch, and what a person decides about those that are stuck. */
import type { SavedObjectsRequest } from '../contracts/requests.js';
import type { SliceStatus } from '../contracts/names.js';
import { objectDetailOf } from '../domain/saved-objects/details.js';
import { BATCH_METHOD, OBJECT_METHOD, RETRY_METHOD, isObjectRow } from '../domain/saved-objects/rows.js';
import { isFamily } from '../domain/saved-objects/families.js';
import type { LedgerRow, Store } from '../store/store.js';
import { report, throwIfCanceled, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import type { RowKey, RowTrouble } from './rows.js';
import { OBJECT_EFFECT } from './saved-object-effects.js';
import { isOwnSpace } from './saved-object-strays.js';
import { WINDOW_MS, objectsOf, troublesOfBatch } from './saved-object-rows.js';
import { moveObjects, type BatchResult } from './saved-objects-batch.js';
import { moveFamily } from './saved-objects-families.js';
import type { BatchContext } from './saved-objects-item.js';

export interface SpaceInput {
  readonly id: string;
  readonly request: SavedObjectsRequest;
  readonly space: string;
}

export interface SpaceProgress extends BatchResult {
  readonly isDone: boolean;
}

/** A batch is of saved objects, or of one family. */
function moveRows(context: BatchContext, rows: readonly LedgerRow[]): Promise<BatchResult> {
  const [first] = rows;
  const type = first === undefined ? '' : objectDetailOf(first.detail).type;
  return isFamily(type) ? moveFamily(context, type, rows) : moveObjects(context, rows);
}

async function contextOf({ kibanas, store }: ActivityDeps, { id, request, space }: SpaceInput): Promise<BatchContext> {
  return { id, request, space, isOwnSpace: await isOwnSpace(store, id, space), store, source: kibanas.get(request.source), target: kibanas.get(request.target) };
}

/** Takes the next batches of a space, in order. Safe to repeat: an object that has its outcome is not touched again. */
async function moveSpace(deps: ActivityDeps, { id, request, space }: SpaceInput): Promise<SpaceProgress> {
  const { store } = deps;
  const context = await contextOf(deps, { id, request, space });
  const until = Date.now() + WINDOW_MS;
  const troubles: RowTrouble[] = [];
  let [documents, bytes] = [0, 0];
  for (;;) {
    throwIfCanceled();
    const [batch] = await store.ledger.page(id, { index: space, methods: [BATCH_METHOD], statuses: ['pending', 'running'], limit: 1 });
    if (batch === undefined) break;
    if (Date.now() > until) return { isDone: false, troubles, documents, bytes };
    const rows = await objectsOf(store, id, batch);
    report({ step: 'transfer', detail: `space ${space}: batch ${String(batch.slice)}, ${String(rows.length)} objects`, progress: { documents, bytes } });
    const key = { kind: OBJECT_EFFECT.importObjects, connection: request.target, subject: `${space}#${String(batch.slice)}` };
    await store.effects.begin(id, { ...key, undo: { space, batch: batch.slice } });
    const moved = await moveRows(context, rows);
    await store.effects.settle(id, key, 'done');
    await store.ledger.change(id, [{ index: space, slice: batch.slice, status: 'completed' }]);
    troubles.push(...troublesOfBatch(batch, moved.troubles));
    documents += moved.documents;
    bytes += moved.bytes;
  }
  await store.ledger.change(id, [{ index: space, slice: 0, status: 'completed' }]);
  return { isDone: true, troubles, documents, bytes };
}

/** Takes objects again that a person has told to retry: single ones, or those of a batch that are stuck. */
async function moveRetried(deps: ActivityDeps, { id, request, rows }: Omit<SpaceInput, 'space'> & { rows: readonly RowKey[] }): Promise<BatchResult> {
  const { store } = deps;
  const result: BatchResult & { documents: number; bytes: number } = { troubles: [], documents: 0, bytes: 0 };
  for (const { index, slice } of rows) {
    const row = (await store.ledger.byIndex(id, [index])).find((candidate) => candidate.slice === slice);
    if (row === undefined) continue;
    const space = isObjectRow(index) ? objectDetailOf(row.detail).space : index;
    const objects = isObjectRow(index) ? [row] : (await objectsOf(store, id, row)).filter(({ status }) => status === 'running');
    const moved = await moveRows(await contextOf(deps, { id, request, space }), objects);
    await store.ledger.change(id, [isObjectRow(index) ? { index, slice, method: OBJECT_METHOD } : { index, slice, method: BATCH_METHOD, status: 'completed' }]);
    result.troubles.push(...(isObjectRow(index) ? moved.troubles : troublesOfBatch(row, moved.troubles)));
    result.documents += moved.documents;
    result.bytes += moved.bytes;
  }
  return result;
}

/** Carries out what a person decided about stuck objects or batches. Safe to repeat. */
async function decideObjects(store: Store, { id, rows, action, status }: { id: string; rows: readonly RowKey[]; action: 'retry' | 'skip'; status: SliceStatus }): Promise<void> {
  for (const { index, slice } of rows) {
    const found = (await store.ledger.byIndex(id, [index])).find((candidate) => candidate.slice === slice);
    if (found === undefined) continue;
    const objects = isObjectRow(index) ? [found] : (await objectsOf(store, id, found)).filter((row) => row.status === 'needs-attention');
    if (action === 'skip') {
      await store.ledger.change(id, objects.map((row) => ({ index: row.index, slice: 0, status: 'skipped', verdict: 'skipped', method: OBJECT_METHOD })));
      continue;
    }
    await store.ledger.change(id, [
      ...objects.map((row) => ({ index: row.index, slice: 0, status, ...(isObjectRow(index) ? { method: RETRY_METHOD } : {}) })),
      ...(isObjectRow(index) ? [] : [{ index, slice, status, method: RETRY_METHOD }]),
    ]);
  }
}

export function createSavedObjectsTransferActivities(deps: ActivityDeps) {
  return {
    moveSpace: withPulse((input: SpaceInput) => moveSpace(deps, input)),
    moveRetried: withPulse((input: Omit<SpaceInput, 'space'> & { rows: readonly RowKey[] }) => moveRetried(deps, input)),
    decideObjects: withPulse((input: { id: string; rows: readonly RowKey[]; action: 'retry' | 'skip'; status: SliceStatus }) => decideObjects(deps.store, input)),
  };
}
