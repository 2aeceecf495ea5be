/** The ledger as workflows see it: keys of rows, their states, what failed. */
import { GodwitError, boundedMessage, type ErrorCode } from '../domain/errors.js';
import type { SliceStatus } from '../contracts/names.js';
import type { LedgerOrder, LedgerRow, Store } from '../store/store.js';
import { withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';

export interface RowKey {
  readonly index: string;
  readonly slice: number;
}

/** What a person has to know about a row that is stuck. */
export interface RowTrouble {
  readonly subject: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly isTransient: boolean;
}

const PAGE = 1_000;

/** Every row of a migration; for what has to name them all in one request. */
export async function allRows(store: Store, id: string): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const page = await store.ledger.page(id, { limit: PAGE, ...(last === undefined ? {} : { after: { index: last.index, slice: last.slice } }) });
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

/** @throws Internal if the ledger lacks it */
export async function sliceOf(store: Store, id: string, row: RowKey): Promise<LedgerRow> {
  const [found] = await store.ledger.page(id, { index: row.index, after: { index: row.index, slice: row.slice - 1 }, limit: 1 });
  if (found?.slice !== row.slice) throw new GodwitError('Internal', `the ledger has no slice ${String(row.slice)} of ${row.index}`, { retryable: false });
  return found;
}

/** Average size of a document of a row, bytes; null: not known. */
export function documentBytesOf({ documents, bytes }: Pick<LedgerRow, 'documents' | 'bytes'>): number | null {
  return documents === null || bytes === null || documents === 0 || bytes === 0 ? null : bytes / documents;
}

/** As attention names a row. */
export function subjectOf(row: RowKey): string {
  return row.slice === 0 ? row.index : `${row.index}#${String(row.slice)}`;
}

export function describeFailure(error: GodwitError): { code: string; message: string; remedy: string } {
  return { code: error.code, message: boundedMessage(error.message), remedy: error.remedy };
}

export function troubleOf(row: RowKey, error: GodwitError): RowTrouble {
  return { subject: subjectOf(row), isTransient: false, ...describeFailure(error) };
}

/** Of a row that was parked before. */
export function troubleOfParked(row: LedgerRow): RowTrouble {
  return {
    subject: subjectOf(row),
    isTransient: false,
    code: row.error?.code ?? 'Internal',
    message: row.error?.message ?? 'stuck for an unknown reason',
    remedy: row.error?.remedy ?? 'Retry it.',
  };
}

/** Parks rows with their reason and returns it for the attention of a person. */
export async function parkRows(store: Store, id: string, parked: readonly { readonly row: RowKey; readonly error: GodwitError }[]): Promise<RowTrouble[]> {
  await store.ledger.change(
    id,
    parked.map(({ row, error }) => ({ index: row.index, slice: row.slice, status: 'needs-attention' as const, error: describeFailure(error) })),
  );
  return parked.map(({ row, error }) => troubleOf(row, error));
}

/** Keys of rows that are parked, whatever their method. */
export async function parkedKeys(store: Store, id: string, limit: number): Promise<RowKey[]> {
  const rows = await store.ledger.page(id, { statuses: ['needs-attention'], limit });
  return rows.map(({ index, slice }) => ({ index, slice }));
}

export function createRowActivities({ store }: ActivityDeps) {
  return {
    /** Keys of the next rows in one of the statuses, in order; with `orParked` those that are parked, if there is none. Read-only. */
    nextRows: withPulse(
      async (input: { id: string; statuses: readonly SliceStatus[]; methods?: readonly string[]; order?: LedgerOrder; after: RowKey | null; limit: number; orParked?: boolean }): Promise<RowKey[]> => {
        const rows = await store.ledger.page(input.id, {
          statuses: input.statuses,
          limit: input.limit,
          ...(input.methods === undefined ? {} : { methods: input.methods }),
          ...(input.order === undefined ? {} : { order: input.order }),
          ...(input.after === null ? {} : { after: input.after }),
        });
        if (rows.length === 0 && input.orParked === true) return parkedKeys(store, input.id, input.limit);
        return rows.map(({ index, slice }) => ({ index, slice }));
      },
    ),

    /** Sets the status that a person decided on; the last error stays for the report. */
    markRows: withPulse(async (input: { id: string; rows: readonly RowKey[]; status: SliceStatus }): Promise<void> => {
      await store.ledger.change(
        input.id,
        input.rows.map(({ index, slice }) => ({ index, slice, status: input.status })),
      );
    }),

    /** Parks rows that were tried often enough. */
    giveUpRows: withPulse((input: { id: string; rows: readonly RowKey[]; reason: string; code?: ErrorCode }): Promise<RowTrouble[]> =>
      parkRows(
        store,
        input.id,
        input.rows.map((row) => ({ row, error: new GodwitError(input.code ?? 'RestoreFailed', `${row.index}: ${input.reason}`) })),
      ),
    ),

    /** Rows that are parked already, e.g. because the snapshot lacks them or by an activity that died before it could say so, for the attention of a person. */
    parkedRows: withPulse(async (input: { id: string }): Promise<RowTrouble[]> => {
      const rows = await store.ledger.page(input.id, { statuses: ['needs-attention'], limit: PAGE });
      return rows.map(troubleOfParked);
    }),
  };
}
