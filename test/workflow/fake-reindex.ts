/** Activities of reindex and copy over slices in memory, with the types of the real ones: what its workflow tests run against. */
import type { Activities } from '../../src/activities/index.js';
import type { RowKey } from '../../src/activities/rows.js';
import type { SliceStatus } from '../../src/contracts/names.js';
import { SLICE_METHOD } from '../../src/domain/reindex/methods.js';
import type { MigrationState } from '../../src/workflows/contract.js';

/** Those without a catch-up. */
type Used =
  | 'preflightSliced' | 'prepareTargets' | 'beginTasks' | 'startSlice' | 'waitForSlice' | 'throttleTasks' | 'copySlice' | 'verifyTargets' | 'settleSettings' | 'addAliases' | 'cleanUpReindex'
  | 'nextRows' | 'markRows' | 'giveUpRows' | 'saveState' | 'saveOutcome' | 'summarizeVerification' | 'undoEffects';

export interface FakeReindex {
  readonly activities: Pick<Activities, Used>;
  /** Slices in the order in which they were started. */
  readonly started: RowKey[];
  readonly saved: MigrationState[];
  /** How often each activity was called. */
  readonly calls: Map<string, number>;
}

/** @param indices how many slices each has, by name; a slice has one document */
export function fakeReindex(indices: ReadonlyMap<string, number>, change: Partial<FakeReindex['activities']> = {}): FakeReindex {
  const units = new Map<string, SliceStatus>([...indices.keys()].map((index) => [index, 'pending']));
  const slices = new Map<string, { readonly row: RowKey; status: SliceStatus }>();
  const turns = [...indices].flatMap(([index, count]) => Array.from({ length: count }, (_, at) => ({ index, slice: at + 1 }))).sort((a, b) => a.slice - b.slice || (a.index < b.index ? -1 : 1));
  for (const row of turns) slices.set(keyOf(row), { row, status: 'pending' });
  const position = new Map(turns.map((row, at) => [keyOf(row), at]));
  const started: RowKey[] = [];
  const saved: MigrationState[] = [];
  const calls = new Map<string, number>();
  const documents = turns.length;
  const activities: FakeReindex['activities'] = {
    preflightSliced: async () => ({ errors: [], isHopeless: false, plan: { indices: indices.size, dataStreams: 0, documents, bytes: documents }, summary: 'fine' }),
    prepareTargets: async ({ rows }) => {
      for (const { index } of rows) units.set(index, 'running');
      return [];
    },
    beginTasks: async () => undefined,
    startSlice: async ({ row }) => {
      started.push(row);
      const slice = slices.get(keyOf(row));
      if (slice !== undefined) slice.status = 'completed';
      return { kind: 'finished', documents: 1, bytes: 1, troubles: [] };
    },
    waitForSlice: async () => ({ kind: 'finished', documents: 1, bytes: 1, troubles: [] }),
    throttleTasks: async () => undefined,
    copySlice: async ({ row }) => {
      started.push(row);
      const slice = slices.get(keyOf(row));
      if (slice !== undefined) slice.status = 'completed';
      return { documents: 1, bytes: 1, troubles: [] };
    },
    verifyTargets: async ({ rows }) => {
      for (const { index } of rows) units.set(index, 'verified');
      return [];
    },
    settleSettings: async () => ({ undone: 0, left: 0 }),
    addAliases: async () => ({ aliases: 0 }),
    cleanUpReindex: async () => undefined,
    nextRows: async ({ statuses, methods, after, limit }) => {
      if (methods?.includes(SLICE_METHOD.reindex) === true) {
        const from = after === null ? 0 : (position.get(keyOf(after)) ?? 0) + 1;
        const found: RowKey[] = [];
        for (let at = from; at < turns.length && found.length < limit; at += 1) {
          const row = turns[at];
          if (row !== undefined && statuses.includes(slices.get(keyOf(row))?.status ?? 'completed')) found.push(row);
        }
        return found;
      }
      return [...units]
        .filter(([index, status]) => statuses.includes(status) && (after === null || index > after.index))
        .map(([index]) => ({ index, slice: 0 }))
        .sort((a, b) => (a.index < b.index ? -1 : 1))
        .slice(0, limit);
    },
    markRows: async ({ rows, status }) => {
      for (const row of rows) {
        const slice = slices.get(keyOf(row));
        if (slice !== undefined) slice.status = status;
      }
    },
    giveUpRows: async () => [],
    summarizeVerification: async () => ({ mismatches: 0, detail: 'compared' }),
    undoEffects: async () => ({ undone: 0, left: 0 }),
    saveState: async (state) => {
      saved.push(state);
    },
    saveOutcome: async (state) => {
      saved.push(state);
    },
    ...change,
  };
  const counted = Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (...args: unknown[]) => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return (run as (...given: unknown[]) => Promise<unknown>)(...args);
      },
    ]),
  ) as unknown as FakeReindex['activities'];
  return { activities: counted, started, saved, calls };
}

function keyOf({ index, slice }: RowKey): string {
  return `${index}#${String(slice)}`;
}
