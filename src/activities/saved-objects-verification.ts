/** Compares what has arrived with its source, object by object. Read-only at both sides. */
import { GodwitError } from '../domain/errors.js';
import { objectDetailOf } from '../domain/saved-objects/details.js';
import { isFamily } from '../domain/saved-objects/families.js';
import { compileRename } from '../domain/rename.js';
import { BATCH_METHOD, OBJECT_METHOD, isObjectRow, rowName } from '../domain/saved-objects/rows.js';
import { attributesFingerprint, fingerprint, isMigratedFrom, referencesFingerprint } from '../kibana/fingerprint.js';
import { rewriteLine } from '../kibana/lines.js';
import { exportPresent, keyText, type SavedObject } from '../kibana/saved-objects.js';
import type { LedgerChange, LedgerRow } from '../store/store.js';
import { cancellationSignal, report, throwIfCanceled, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import type { RowKey, RowTrouble } from './rows.js';
import { WINDOW_MS, objectsOf, parkObjects, troublesOfBatch } from './saved-object-rows.js';
import { compareFamily } from './saved-objects-families.js';
import type { SpaceInput } from './saved-objects-transfer.js';

interface Compared {
  readonly changes: LedgerChange[];
  readonly parked: { readonly row: LedgerRow; readonly error: GodwitError }[];
}

async function compareObjects(deps: ActivityDeps, { id, request, space }: SpaceInput, rows: readonly LedgerRow[]): Promise<Compared> {
  const { kibanas } = deps;
  const [source, target] = [kibanas.get(request.source), kibanas.get(request.target)];
  const open = rows.filter(({ status }) => status === 'completed').map((row) => ({ row, detail: objectDetailOf(row.detail) }));
  const type = open[0]?.detail.type ?? '';
  if (isFamily(type)) return comparedFamily(await compareFamily({ source, target, space }, type, open.map(({ row }) => row)));
  const keys = open.map(({ detail }) => ({ type: detail.type, id: detail.id }));
  const signal = cancellationSignal();
  const there = new Map((await exportPresent(target, space, open.map(({ detail }) => ({ type: detail.type, id: detail.targetId ?? detail.id })), signal)).map(({ object }) => [keyText(object), object]));
  const here = new Map(request.verify === 'counts' ? [] : (await exportPresent(source, space, keys, signal)).map((item) => [keyText(item.object), item]));
  const moved = await movedReferences(deps, id, space, [...here.values()].map(({ object }) => object));
  const rename = request.rename === undefined ? null : compileRename(request.rename);
  const compared: Compared = { changes: [], parked: [] };
  for (const { row, detail } of open) {
    const arrived = there.get(keyText({ type: detail.type, id: detail.targetId ?? detail.id }));
    const item = here.get(keyText(detail));
    const verified = (verdict: 'equal' | 'within-cutoff', note: string | null, digest: string | null = null): void => {
      const all = [detail.note, note].filter((text) => text !== null && text !== undefined).join('; ');
      compared.changes.push({ index: row.index, slice: 0, status: 'verified', method: OBJECT_METHOD, verdict, error: null, ...(digest === null ? {} : { digest }), detail: { sourceDocuments: 1, targetDocuments: 1, note: all === '' ? null : all } });
    };
    const differs = (what: string): void => void compared.parked.push({ row, error: new GodwitError('VerificationMismatch', `${row.index}: ${what}`) });
    if (arrived === undefined) differs('it is not at the target any more');
    else if (request.verify === 'counts') verified('equal', null);
    else if (item === undefined) verified('within-cutoff', 'deleted at the source since it was moved');
    else judge(rewriteLine(item, { moved, rename }).object, arrived, detail.outcome === 'unchanged', verified, differs);
  }
  return compared;
}

function comparedFamily(found: ReadonlyMap<LedgerRow, string | null>): Compared {
  const compared: Compared = { changes: [], parked: [] };
  for (const [row, difference] of found) {
    if (difference === null) compared.changes.push({ index: row.index, slice: 0, status: 'verified', method: OBJECT_METHOD, verdict: 'equal', error: null, detail: { sourceDocuments: 1, targetDocuments: 1 } });
    else compared.parked.push({ row, error: new GodwitError('VerificationMismatch', `${row.index}: ${difference}`) });
  }
  return compared;
}

/** @param wasEqual an earlier run, or this one, has found it to be the same already */
function judge(wanted: SavedObject, arrived: SavedObject, wasEqual: boolean, verified: (verdict: 'equal', note: string | null, digest: string) => void, differs: (what: string) => void): void {
  const digest = `${fingerprint(wanted)}:${fingerprint(arrived)}`;
  if (fingerprint(wanted) === fingerprint(arrived)) return verified('equal', null, digest);
  const [from, to] = [wanted.typeMigrationVersion ?? 'unknown', arrived.typeMigrationVersion ?? 'unknown'];
  if (wasEqual && from !== to) return verified('equal', `the target migrated it from ${from} to ${to}`, digest);
  if (isMigratedFrom(wanted, arrived)) return verified('equal', `the target migrated it from ${from} to ${to}: title and references are compared, attributes are not`, digest);
  const what = [...(attributesFingerprint(wanted) === attributesFingerprint(arrived) ? [] : ['attributes']), ...(referencesFingerprint(wanted) === referencesFingerprint(arrived) ? [] : ['references'])].join(' and ');
  return differs(`its ${what} differ`);
}

/** New ids of what the objects refer to. */
async function movedReferences({ store }: ActivityDeps, id: string, space: string, objects: readonly SavedObject[]): Promise<Map<string, string>> {
  const names = new Set(objects.flatMap((object) => object.references.map((reference) => rowName({ space, ...reference }))));
  const moved = new Map<string, string>();
  for (const row of await store.ledger.byIndex(id, [...names])) {
    const { type, id: objectId, targetId } = objectDetailOf(row.detail);
    if (targetId !== undefined && targetId !== objectId) moved.set(keyText({ type, id: objectId }), targetId);
  }
  return moved;
}

async function verifySpace(deps: ActivityDeps, input: SpaceInput): Promise<{ isDone: boolean; troubles: RowTrouble[] }> {
  const { store } = deps;
  const { id, space } = input;
  const until = Date.now() + WINDOW_MS;
  const troubles: RowTrouble[] = [];
  for (;;) {
    throwIfCanceled();
    const [batch] = await store.ledger.page(id, { index: space, methods: [BATCH_METHOD], statuses: ['completed'], limit: 1 });
    if (batch === undefined) break;
    if (Date.now() > until) return { isDone: false, troubles };
    report({ step: 'verify', detail: `space ${space}: comparing batch ${String(batch.slice)}` });
    const { changes, parked } = await compareObjects(deps, input, await objectsOf(store, id, batch));
    await store.ledger.change(id, [...changes, { index: space, slice: batch.slice, status: 'verified' }]);
    troubles.push(...troublesOfBatch(batch, await parkObjects(store, id, parked)));
  }
  await store.ledger.change(id, [{ index: space, slice: 0, status: 'verified', verdict: 'equal' }]);
  return { isDone: true, troubles };
}

async function verifyRetried(deps: ActivityDeps, { id, request, rows }: Omit<SpaceInput, 'space'> & { rows: readonly RowKey[] }): Promise<RowTrouble[]> {
  const { store } = deps;
  const troubles: RowTrouble[] = [];
  for (const { index, slice } of rows) {
    const row = (await store.ledger.byIndex(id, [index])).find((candidate) => candidate.slice === slice);
    if (row === undefined) continue;
    const space = isObjectRow(index) ? objectDetailOf(row.detail).space : index;
    const { changes, parked } = await compareObjects(deps, { id, request, space }, isObjectRow(index) ? [row] : await objectsOf(store, id, row));
    await store.ledger.change(id, [...changes, isObjectRow(index) ? { index, slice, method: OBJECT_METHOD } : { index, slice, method: BATCH_METHOD, status: 'verified' }]);
    const stuck = await parkObjects(store, id, parked);
    troubles.push(...(isObjectRow(index) ? stuck : troublesOfBatch(row, stuck)));
  }
  return troubles;
}

export function createSavedObjectsVerificationActivities(deps: ActivityDeps) {
  return {
    verifySpace: withPulse((input: SpaceInput) => verifySpace(deps, input)),
    verifyRetried: withPulse((input: Omit<SpaceInput, 'space'> & { rows: readonly RowKey[] }) => verifyRetried(deps, input)),
  };
}
