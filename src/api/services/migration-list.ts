/**
 * Lists migrations, newest first: by Temporal visibility, with what only the store remembers after Temporal's
 * retention, and with the states that the store keeps, so that a page never asks a workflow.
 */
import type { Migration } from '../../contracts/migration.js';
import type { MigrationRecord } from '../../store/store.js';
import type { MigrationState } from '../../workflows/contract.js';
import type { AppDeps } from '../deps.js';
import { type MigrationCursor, encodeMigrationCursor } from './cursor.js';
import { inBatches } from './in-batches.js';
import { isFinal, lostState, stateOfRecord, stateOfSummary, toMigration } from './migration-view.js';
import { type Listed, isBefore, newerFirst, newestRuns } from './newest-runs.js';
import type { RunFilter, RunSummary } from './runs.js';

type ListDeps = Pick<AppDeps, 'runs' | 'store' | 'log'>;

export interface MigrationPage {
  readonly items: Migration[];
  readonly cursor: string | null;
}

interface Entry extends Listed {
  state(): Promise<MigrationState>;
}

/** Lookups in flight at once. */
const CONCURRENCY = 8;

/** @throws TemporalUnavailable; without the store the page comes from visibility alone */
export async function listMigrations(
  deps: ListDeps,
  filter: RunFilter,
  before: MigrationCursor | null,
  limit: number,
): Promise<MigrationPage> {
  // One more than asked for tells whether there is a next page.
  const [runs, records] = await Promise.all([
    newestRuns(deps.runs, filter, before, limit + 1, Date.now()),
    newestRecords(deps, filter, before, limit + 1),
  ]);
  const recordOf = new Map(records.map((record) => [record.id, record]));
  const forgotten = await forgottenByTemporal(deps, filter, runs, records);
  const entries: Entry[] = [
    ...runs.map((run) => ({ id: run.id, startedAt: run.startedAt, state: () => stateOfRun(deps, run, recordOf.get(run.id)) })),
    ...forgotten.map((state) => ({ id: state.id, startedAt: state.createdAt, state: () => Promise.resolve(state) })),
  ].sort(newerFirst);
  const shown = entries.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = entries.length > limit && last !== undefined;
  const states = await inBatches(shown, CONCURRENCY, (entry) => entry.state());
  return {
    items: states.map((state) => toMigration(state)),
    cursor: hasMore ? encodeMigrationCursor({ startedAtMs: Date.parse(last.startedAt), id: last.id }) : null,
  };
}

async function newestRecords(
  deps: ListDeps,
  filter: RunFilter,
  before: MigrationCursor | null,
  limit: number,
): Promise<MigrationRecord[]> {
  const { status, type, source, target } = filter;
  try {
    const records = await deps.store.migrations.list({
      ...(status === undefined ? {} : { status }),
      ...(type === undefined ? {} : { type }),
      ...(source === undefined ? {} : { source }),
      ...(target === undefined ? {} : { target }),
      // One millisecond later than the cursor: those as old as it with a smaller id belong to this page.
      ...(before === null ? {} : { createdBefore: new Date(before.startedAtMs + 1).toISOString() }),
      limit: before === null ? limit : limit + 1,
    });
    return records.filter((record) => isBefore(before, { id: record.id, startedAt: record.createdAt }));
  } catch (error) {
    deps.log.warn({ err: error }, 'the store does not answer; listing what Temporal knows');
    return [];
  }
}

/** States of records that visibility does not know (any more), if they fit the filter once that is taken into account. */
async function forgottenByTemporal(
  deps: ListDeps,
  filter: RunFilter,
  runs: readonly RunSummary[],
  records: readonly MigrationRecord[],
): Promise<MigrationState[]> {
  const listed = new Set(runs.map((run) => run.id));
  const candidates = records.filter((record) => !listed.has(record.id));
  const known = await deps.runs.known(candidates.map((record) => record.id));
  const unknown = candidates.filter((record) => !known.has(record.id));
  const states = await inBatches(unknown, CONCURRENCY, async (record) => {
    const state = stateOfRecord(record);
    // Visibility lags behind by a moment; only describing tells a new migration from a lost one.
    const isLost = !isFinal(state.status) && (await deps.runs.describe(record.id)) === null;
    return isLost ? lostState(record) : state;
  });
  return states.filter((state) => filter.status === undefined || state.status === filter.status);
}

async function stateOfRun(deps: ListDeps, run: RunSummary, record: MigrationRecord | undefined): Promise<MigrationState> {
  return stateOfSummary(run, record ?? (await deps.store.migrations.find(run.id).catch(() => null)));
}
