/** Rows of saved-objects in the ledger, as activities read and park them. */
import type { GodwitError } from '../domain/errors.js';
import { batchDetailOf } from '../domain/saved-objects/details.js';
import { rowName } from '../domain/saved-objects/rows.js';
import type { LedgerRow, Store } from '../store/store.js';
import { describeFailure, troubleOf, type RowTrouble } from './rows.js';

/** An activity hands back after about this long, so that the state of the workflow stays fresh and a pause soon counts. */
export const WINDOW_MS = 20_000;
/** More of one batch than this are told as one: a person decides about them together. */
const MAX_SINGLE_TROUBLES = 10;

/** Rows of the objects of a batch, in the order of the batch. */
export async function objectsOf(store: Store, id: string, batch: LedgerRow): Promise<LedgerRow[]> {
  const names = batchDetailOf(batch.detail).objects.map((key) => {
    const colon = key.indexOf(':');
    return rowName({ space: batch.index, type: key.slice(0, colon), id: key.slice(colon + 1) });
  });
  const rows = new Map((await store.ledger.byIndex(id, names)).map((row) => [row.index, row]));
  return names.flatMap((name) => rows.get(name) ?? []);
}

/** One by one, or together if many of a batch are stuck. */
export function troublesOfBatch(batch: LedgerRow, troubles: readonly RowTrouble[]): RowTrouble[] {
  const [first] = troubles;
  if (first === undefined || troubles.length <= MAX_SINGLE_TROUBLES) return [...troubles];
  const codes = [...new Set(troubles.map(({ code }) => code))].join(', ');
  return [{ ...first, subject: `${batch.index}#${String(batch.slice)}`, message: `${String(troubles.length)} objects of batch ${String(batch.slice)} of space ${batch.index} are stuck (${codes}), e.g. ${first.message}`, remedy: `${first.remedy} Each is in the slices of the migration, with its reason.` }];
}

/** Parks objects with their reason. */
export async function parkObjects(store: Store, id: string, parked: readonly { readonly row: LedgerRow; readonly error: GodwitError }[]): Promise<RowTrouble[]> {
  await store.ledger.change(id, parked.map(({ row, error }) => ({ index: row.index, slice: 0, status: 'needs-attention' as const, verdict: 'mismatch' as const, error: describeFailure(error) })));
  return parked.map(({ row, error }) => troubleOf(row, error));
}
