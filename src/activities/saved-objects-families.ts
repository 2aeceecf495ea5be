/**
 * Advanced settings, value lists, exception lists, timelines and detection rules of a batch: moved one by one, each with its outcome.
 *
 * Safe to repeat: what is at the target and the same is not written again.
 */
import { GodwitError } from '../domain/errors.js';
import { objectDetailOf, type ObjectDetail } from '../domain/saved-objects/details.js';
import type { FamilyType } from '../domain/saved-objects/families.js';
import { OBJECT_METHOD, type Outcome } from '../domain/saved-objects/rows.js';
import { FAMILY, isSame, type FamilyItem } from '../kibana/families.js';
import type { LedgerChange, LedgerRow } from '../store/store.js';
import { cancellationSignal } from './context.js';
import { describeFailure, troubleOf } from './rows.js';
import { keepFamilyBefore } from './saved-object-backups.js';
import type { BatchResult } from './saved-objects-batch.js';
import type { BatchContext } from './saved-objects-item.js';

const byId = (items: readonly FamilyItem[]): Map<string, FamilyItem> => new Map(items.map((item) => [item.id, item]));

/** @param rows rows of that family, of one space */
export async function moveFamily(context: BatchContext, type: FamilyType, rows: readonly LedgerRow[]): Promise<BatchResult> {
  const { id, space, store, source, target } = context;
  const open = rows.filter(({ status }) => status === 'pending' || status === 'running');
  if (open.length === 0) return { troubles: [], documents: 0, bytes: 0 };
  const family = FAMILY[type];
  const here = byId(await family.list(source, space, cancellationSignal()));
  const there = byId(await family.list(target, space, cancellationSignal()));
  const result = { troubles: [] as BatchResult['troubles'], documents: 0, bytes: 0 };
  for (const row of open) {
    const detail = objectDetailOf(row.detail);
    const item = here.get(detail.id);
    const existed = detail.existed ?? there.has(detail.id);
    const done = (outcome: Outcome, status: 'completed' | 'skipped', note: string | null = null): LedgerChange => ({ index: row.index, slice: 0, method: OBJECT_METHOD, status, verdict: status === 'skipped' ? 'skipped' : null, error: null, detail: { outcome, existed, targetId: detail.id, note } });
    let change: LedgerChange;
    try {
      // Noted before it is written, for the undo.
      if (detail.existed === undefined) await store.ledger.change(id, [{ index: row.index, slice: 0, status: 'running', countAttempt: true, detail: { existed } }]);
      change = item === undefined ? done('gone', 'skipped', 'deleted at the source since preflight') : await moveOne(context, type, { row, detail, item, existed, done }, there.get(detail.id));
    } catch (error) {
      if (!(error instanceof GodwitError) || error.retryable || error.code === 'AuthenticationRejected') throw error;
      const stuck = new GodwitError(error.code === 'KibanaRejected' ? 'ObjectRejected' : error.code, `${row.index}: ${error.message}`, { remedy: error.remedy });
      await store.ledger.change(id, [{ index: row.index, slice: 0, status: 'needs-attention', error: describeFailure(stuck) }]);
      result.troubles.push(troubleOf(row, stuck));
      continue;
    }
    await store.ledger.change(id, [change]);
    result.documents += 1;
    result.bytes += row.bytes ?? 0;
  }
  return result;
}

type Done = (outcome: Outcome, status: 'completed' | 'skipped', note?: string | null) => LedgerChange;

interface OnItsWay {
  readonly row: LedgerRow;
  readonly detail: ObjectDetail;
  readonly item: FamilyItem;
  readonly existed: boolean;
  readonly done: Done;
}

async function moveOne(context: BatchContext, type: FamilyType, { row, detail, item, existed, done }: OnItsWay, known: FamilyItem | undefined): Promise<LedgerChange> {
  const { request, target, space } = context;
  const family = FAMILY[type];
  if (known === undefined) {
    await family.write(target, space, item, false);
    return done('created', 'completed');
  }
  if (isSame(type, item, known)) return done(detail.overwrites !== undefined ? 'overwritten' : existed ? 'unchanged' : 'created', 'completed');
  // An attempt that was cut off has begun it.
  if (!existed) {
    await family.write(target, space, item, true);
    return done('created', 'completed');
  }
  switch (request.onConflict) {
    case 'skip':
      return done('kept', 'skipped', 'the target has another version of it, which was left');
    case 'overwrite':
      await keepFamilyBefore(context, row, detail, known, item.mark);
      await family.write(target, space, item, true);
      return done('overwritten', 'completed', type === 'value-list' ? 'values that were missing were added; others stay' : null);
    case 'copy':
    case 'fail':
      throw new GodwitError('ObjectConflict', 'the target has another version of it', request.onConflict === 'copy' ? { remedy: 'No copies are made of this type. Mend or delete it at the target and retry, or skip it.' } : {});
  }
}

/** What became of those that were moved: the same on both sides, or a reason why not. Read-only. */
export async function compareFamily({ source, target, space }: Pick<BatchContext, 'source' | 'target' | 'space'>, type: FamilyType, rows: readonly LedgerRow[]): Promise<Map<LedgerRow, string | null>> {
  const here = byId(await FAMILY[type].list(source, space, cancellationSignal()));
  const there = byId(await FAMILY[type].list(target, space, cancellationSignal()));
  return new Map(
    rows.map((row) => {
      const detail = objectDetailOf(row.detail);
      const [wanted, arrived] = [here.get(detail.id), there.get(detail.id)];
      if (arrived === undefined) return [row, 'it is not at the target any more'];
      const isAdded = type === 'value-list' && detail.outcome === 'overwritten';
      return [row, wanted === undefined || isSame(type, wanted, arrived) || isAdded ? null : 'it differs from the source'];
    }),
  );
}
