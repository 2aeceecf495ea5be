/**
 * Activities of snapshot-restore over a ledger in memory: what workflow tests run against instead of clusters.
 *
 * They have the types of the real ones. A test changes single ones, or makes rows fail.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { Activities as AllActivities, ComparingActivities, SavedObjectsActivities, SlicedActivities, SystemStateActivities } from '../../src/activities/index.js';
import type { ComponentActivities } from '../../src/activities/components.js';
import type { RowKey, RowTrouble } from '../../src/activities/rows.js';
import type { SliceStatus } from '../../src/contracts/names.js';
import type { MigrationState } from '../../src/workflows/contract.js';

type Activities = Omit<AllActivities, keyof SlicedActivities | keyof SavedObjectsActivities | keyof ComponentActivities | keyof SystemStateActivities | keyof ComparingActivities>;

export interface Fake {
  readonly activities: Activities;
  readonly rows: Map<string, SliceStatus>;
  /** Names of the activities in the order in which they were called. */
  readonly calls: string[];
  /** Rows that fail to be restored, with a reason; remove one and it succeeds. */
  readonly broken: Map<string, string>;
  readonly saved: MigrationState[];
  /** How often each row was restored. */
  readonly restored: Map<string, number>;
}

export function fakeActivities(names: readonly string[], change: Partial<Activities> = {}): Fake {
  const rows = new Map<string, SliceStatus>();
  const calls: string[] = [];
  const broken = new Map<string, string>();
  const saved: MigrationState[] = [];
  const restored = new Map<string, number>();
  const set = (keys: readonly RowKey[], status: SliceStatus): void => {
    for (const { index } of keys) rows.set(index, status);
  };
  const trouble = (index: string): RowTrouble => ({ subject: index, code: 'RestoreRefused', message: broken.get(index) ?? '', remedy: 'Mend it.', isTransient: false });
  const activities: Activities = {
    preflight: async () => {
      for (const name of names) if (!rows.has(name)) rows.set(name, 'pending');
      return { errors: [], isHopeless: false, plan: { indices: names.length, dataStreams: 0, documents: names.length, bytes: names.length }, summary: 'fine' };
    },
    prepareRepositories: async () => ({ detail: 'prepared' }),
    startSnapshot: async () => undefined,
    waitForSnapshot: async () => ({ isDone: true, snapshotBytes: 10, restoreBytes: 10, detail: 'snapshot made' }),
    nextRows: async ({ statuses, after, limit, orParked }) => {
      const waiting = [...rows].filter(([index, status]) => statuses.includes(status) && (after === null || index > after.index));
      const parked = [...rows].filter(([, status]) => status === 'needs-attention');
      return (waiting.length === 0 && orParked === true ? parked : waiting)
        .map(([index]) => ({ index, slice: 0 }))
        .sort((a, b) => (a.index < b.index ? -1 : 1))
        .slice(0, limit);
    },
    parkedRows: async () => [...rows].filter(([, status]) => status === 'needs-attention').map(([index]) => trouble(index)),
    markRows: async ({ rows: keys, status }) => {
      set(keys, status);
    },
    giveUpRows: async () => [],
    startRestores: async ({ rows: keys }) => {
      const bad = keys.filter(({ index }) => broken.has(index));
      const good = keys.filter(({ index }) => !broken.has(index));
      set(bad, 'needs-attention');
      set(good, 'running');
      for (const { index } of good) restored.set(index, (restored.get(index) ?? 0) + 1);
      return { rows: good, troubles: bad.map(({ index }) => trouble(index)) };
    },
    waitForRestores: async ({ rows: keys }) => {
      set(keys, 'completed');
      return { waiting: [], lost: [], troubles: [], documents: keys.length, bytes: keys.length };
    },
    inspectStates: async ({ request }) => ({ present: request.featureStates, absent: [], question: 'Replace?' }),
    backUpStates: async ({ states }) => ({ kept: states }),
    restoreState: async () => ({ isDone: true }),
    waitForCredential: async () => ({ problem: null }),
    verifyRows: async ({ rows: keys }) => {
      set(keys, 'verified');
      return [];
    },
    summarizeVerification: async () => ({ mismatches: 0, detail: 'compared' }),
    undoEffects: async () => ({ undone: 0, left: 0 }),
    cleanUp: async () => ({ detail: 'clean' }),
    saveState: async (state) => {
      saved.push(state);
    },
    saveOutcome: async (state) => {
      saved.push(state);
    },
    ...change,
  };
  const recorded = Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (...args: Parameters<typeof run>) => {
        calls.push(name);
        return (run as (...given: unknown[]) => Promise<unknown>)(...args);
      },
    ]),
  ) as unknown as Activities;
  return { activities: recorded, rows, calls, broken, saved, restored };
}

/** What an activity fails with for good. */
export function refusal(code: string, message: string, subject?: string): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [{ subject, remedy: 'Mend it.' }] });
}
