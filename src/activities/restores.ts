/**
 * Restores at the target: start a batch, watch it, tell what became of each index.
 *
 * Before a restore is asked for, its undo and the attempt are recorded; afterwards an index is known to be ours by that
 * record and by its creation date, which a restore takes over from the source. So a retry adopts what is there.
 */
import type { SnapshotRestoreRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { combinedState, stateOf, type ObservedIndex, type RestoreState } from '../domain/restored.js';
import { restoreDetailOf, type RestoreDetail } from '../domain/restore-detail.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { call } from '../elasticsearch/calls.js';
import { observeIndices } from '../elasticsearch/restored-indices.js';
import { readSequences } from '../elasticsearch/sequence.js';
import type { LedgerRow, Store } from '../store/store.js';
import { pause, pollDelays, report, throwIfCanceled, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT, type EffectKey } from './effects.js';
import { deleteTarget, prepareToReplace } from './restored-index.js';
import { parkRows, type RowKey, type RowTrouble } from './rows.js';
import { snapshotOf } from './snapshots.js';

interface RestoreInput {
  readonly id: string;
  readonly request: SnapshotRestoreRequest;
  readonly rows: readonly RowKey[];
}

interface Observed {
  readonly row: LedgerRow;
  readonly detail: RestoreDetail;
  readonly state: RestoreState;
  readonly bytes: number;
  readonly reason: string | null;
}

async function observe(cluster: Cluster, rows: readonly LedgerRow[], thoroughly = false): Promise<Observed[]> {
  const details = rows.map((row) => ({ row, detail: restoreDetailOf(row.detail) }));
  const found = await observeIndices(
    cluster,
    details.flatMap(({ detail }) => detail.indices.map((index) => index.name)),
    thoroughly,
  );
  return details.map(({ row, detail }) => {
    const observed = detail.indices.map((index) => ({ index, seen: found.get(index.name) }));
    return {
      row,
      detail,
      state: combinedState(observed.map(({ index, seen }) => stateOf(index, seen))),
      bytes: observed.reduce((sum, { seen }) => sum + (seen?.recoveredBytes ?? 0), 0),
      reason: firstReason(observed.flatMap(({ seen }) => (seen === undefined ? [] : [seen]))),
    };
  });
}

function firstReason(observed: readonly ObservedIndex[]): string | null {
  for (const { unassigned } of observed) for (const shard of unassigned) if (shard.details !== null) return shard.details;
  return null;
}

function effectOf(input: RestoreInput, row: LedgerRow): EffectKey {
  return { kind: EFFECT.restore, connection: input.request.target, subject: row.target };
}

/**
 * Makes sure that every row is being restored or has been; returns at once. What is already there and ours is adopted,
 * what a lost node left incomplete is deleted and restored again, what is somebody else's is never touched.
 *
 * @returns rows to wait for, and what is wrong with the others
 */
async function startRestores({ clusters, store }: ActivityDeps, input: RestoreInput): Promise<{ rows: RowKey[]; troubles: RowTrouble[] }> {
  const cluster = clusters.get(input.request.target);
  const rows = await rowsOf(store, input);
  const adopted: LedgerRow[] = [];
  const toRestore: LedgerRow[] = [];
  const parked: { row: RowKey; error: GodwitError }[] = [];
  for (const { row, detail, state } of await observe(cluster, rows)) {
    const wasBegun = row.attempts > 0;
    if (state === 'absent') toRestore.push(row);
    else if (wasBegun && (state === 'done' || state === 'running')) adopted.push(row);
    else if (wasBegun && state !== 'foreign') {
      await deleteTarget(cluster, row.target, detail.kind);
      toRestore.push(row);
    } else if (input.request.onExisting === 'replace') {
      const error = await replace(cluster, store, input, row, detail);
      if (error === null) toRestore.push(row);
      else parked.push({ row, error });
    } else parked.push({ row, error: alreadyThere(row) });
  }
  const refused: { row: RowKey; error: GodwitError }[] = [];
  if (toRestore.length > 0) {
    await store.effects.beginAll(
      input.id,
      toRestore.map((row) => ({ ...effectOf(input, row), undo: { index: row.index, slice: row.slice } })),
    );
    await store.ledger.change(
      input.id,
      toRestore.map(({ index, slice }) => ({ index, slice, status: 'running' as const, countAttempt: true, error: null })),
    );
    refused.push(...(await restoreOrSplit(cluster, input, toRestore)));
    await store.effects.settleAll(
      input.id,
      toRestore.filter((row) => refused.some((item) => item.row.index === row.index)).map((row) => effectOf(input, row)),
      'undone',
    );
  }
  const isRefused = new Set(refused.map(({ row }) => row.index));
  return {
    rows: [...adopted, ...toRestore.filter((row) => !isRefused.has(row.index))].map(({ index, slice }) => ({ index, slice })),
    troubles: await parkRows(store, input.id, [...parked, ...refused]),
  };
}

async function rowsOf(store: Store, input: RestoreInput): Promise<LedgerRow[]> {
  return store.ledger.byIndex(
    input.id,
    input.rows.map((row) => row.index),
  );
}

function alreadyThere(row: LedgerRow): GodwitError {
  return new GodwitError('IndexAlreadyExists', `${row.target} exists at the target and is not of this migration`, {
    subject: row.index,
    remedy: `Delete or rename ${row.target} at the target, then retry; or skip it.`,
  });
}

async function replace(cluster: Cluster, store: Store, input: RestoreInput, row: LedgerRow, detail: RestoreDetail): Promise<GodwitError | null> {
  await store.effects.begin(input.id, { kind: EFFECT.replace, connection: input.request.target, subject: row.target, undo: {} });
  try {
    await prepareToReplace(cluster, row.target, detail);
    return null;
  } catch (error) {
    if (error instanceof GodwitError && !error.retryable) return error;
    throw error;
  }
}

/**
 * Asks for one restore of all rows; if it is refused, halves the batch until the refusal belongs to single rows, so that
 * one bad index never stops the others.
 */
async function restoreOrSplit(cluster: Cluster, input: RestoreInput, rows: readonly LedgerRow[]): Promise<{ row: RowKey; error: GodwitError }[]> {
  throwIfCanceled();
  const { request } = input;
  try {
    await call(cluster, { action: `restore ${rows.length === 1 ? (rows[0]?.index ?? '') : `${String(rows.length)} indices`}` }, () =>
      cluster.client.snapshot.restore(
        {
          repository: request.repository.name,
          snapshot: snapshotOf(input),
          wait_for_completion: false,
          indices: rows.map((row) => row.index),
          ignore_unavailable: false,
          include_aliases: request.includeAliases,
          include_global_state: false,
          feature_states: ['none'],
          partial: request.partial,
          ...(request.rename === undefined ? {} : { rename_pattern: request.rename.pattern, rename_replacement: request.rename.replacement }),
          ...(Object.keys(request.indexSettings).length === 0 ? {} : { index_settings: request.indexSettings }),
          ...(request.ignoreIndexSettings.length === 0 ? {} : { ignore_index_settings: [...request.ignoreIndexSettings] }),
        },
        { requestTimeout: 5 * 60_000 },
      ),
    );
    return [];
  } catch (error) {
    if (!(error instanceof GodwitError) || error.retryable) throw error;
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) return [{ row: only, error }];
    const middle = Math.ceil(rows.length / 2);
    return [...(await restoreOrSplit(cluster, input, rows.slice(0, middle))), ...(await restoreOrSplit(cluster, input, rows.slice(middle)))];
  }
}

/** Nothing having moved for this long, milliseconds, it is asked why; more often would cost a request a shard at every poll. */
const STALL_MS = 10_000;

/** Notices when what is watched stays the same. */
class Stall {
  #last = '';
  #since = Date.now();

  note(state: string): void {
    if (state === this.#last) return;
    this.#last = state;
    this.#since = Date.now();
  }

  isLong(): boolean {
    return Date.now() - this.#since > STALL_MS;
  }
}

interface WaitResult {
  readonly waiting: RowKey[];
  /** Rows whose restore vanished with a node; to be started again. */
  readonly lost: RowKey[];
  readonly troubles: RowTrouble[];
  /** Of the rows that have arrived. */
  readonly documents: number;
  readonly bytes: number;
}

/**
 * Waits until every row has arrived, vanished or failed, at most for `windowMs`; bytes per shard go into heartbeats.
 * Read-only at the cluster. A row that has arrived is written into the ledger with the sequence numbers of its shards.
 */
async function waitForRestores({ clusters, store }: ActivityDeps, input: RestoreInput & { readonly windowMs: number }): Promise<WaitResult> {
  const cluster = clusters.get(input.request.target);
  const until = Date.now() + input.windowMs;
  const rows = await rowsOf(store, input);
  const arrived = rows.filter((row) => row.status === 'completed');
  let open = rows.filter((row) => row.status !== 'completed');
  const lost: RowKey[] = [];
  const failed: { row: RowKey; error: GodwitError }[] = [];
  const stall = new Stall();
  for (const delay of pollDelays(100, 3_000)) {
    const observed = await observe(cluster, open, stall.isLong());
    stall.note(`${String(open.length)} ${String(observed.reduce((sum, item) => sum + item.bytes, 0))}`);
    const done = observed.filter(({ state }) => state === 'done');
    await markArrived(cluster, store, input, done);
    arrived.push(...done.map(({ row }) => row));
    for (const { row, state, reason } of observed) {
      if (state === 'lost' || state === 'absent') lost.push(keyOf(row));
      else if (state === 'foreign') failed.push({ row, error: alreadyThere(row) });
      else if (state === 'failed') {
        failed.push({ row, error: new GodwitError('RestoreFailed', `${row.target} could not be restored whole: ${reason ?? 'see the allocation explanation'}`, { subject: row.index }) });
      }
    }
    for (const { row, reason } of observed.filter(({ state }) => state === 'blocked')) {
      failed.push({ row, error: new GodwitError('AllocationBlocked', `no node of the target may take a shard of ${row.target}: ${reason ?? 'see the allocation explanation'}`, { subject: row.index }) });
    }
    const running = observed.filter(({ state }) => state === 'running');
    open = running.map(({ row }) => row);
    report({
      step: 'transfer',
      detail: `restoring ${open.map((row) => row.target).slice(0, 3).join(', ')}${open.length > 3 ? ` and ${String(open.length - 3)} more` : ''}`,
      progress: { bytes: totalOf(arrived, 'bytes') + running.reduce((sum, item) => sum + Math.min(item.bytes, item.row.bytes ?? item.bytes), 0), documents: totalOf(arrived, 'documents') },
    });
    if (open.length === 0 || Date.now() >= until) break;
    await pause(delay);
  }
  return {
    waiting: open.map(keyOf),
    lost,
    troubles: await parkRows(store, input.id, failed),
    documents: totalOf(arrived, 'documents'),
    bytes: totalOf(arrived, 'bytes'),
  };
}

async function markArrived(cluster: Cluster, store: Store, input: RestoreInput, done: readonly Observed[]): Promise<void> {
  if (done.length === 0) return;
  const sequences = await readSequences(cluster, done.flatMap(({ detail }) => detail.indices.map((index) => index.name)));
  await store.ledger.change(
    input.id,
    done.map(({ row, detail }) => ({
      index: row.index,
      slice: row.slice,
      status: 'completed' as const,
      error: null,
      detail: { sequences: Object.fromEntries(Object.entries(sequences).filter(([shard]) => detail.indices.some((index) => shard.startsWith(`${index.name}/`)))) },
    })),
  );
  await store.effects.settleAll(
    input.id,
    done.map(({ row }) => effectOf(input, row)),
    'done',
  );
}

function keyOf({ index, slice }: RowKey): RowKey {
  return { index, slice };
}

function totalOf(rows: readonly LedgerRow[], field: 'documents' | 'bytes'): number {
  return rows.reduce((sum, row) => sum + (row[field] ?? 0), 0);
}

export function createRestoreActivities(deps: ActivityDeps) {
  return {
    startRestores: withPulse((input: RestoreInput) => startRestores(deps, input)),
    waitForRestores: withPulse((input: RestoreInput & { readonly windowMs: number }) => waitForRestores(deps, input)),
  };
}
