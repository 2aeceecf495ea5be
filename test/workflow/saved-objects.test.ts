/** The workflow of saved-objects alone, with fake activities: spaces side by side, what is stuck, the gate, cancel, long histories. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SavedObjectsActivities } from '../../src/activities/index.js';
import type { RowKey, RowTrouble } from '../../src/activities/rows.js';
import { SavedObjectsRequestSchema } from '../../src/contracts/requests.js';
import type { SliceStatus } from '../../src/contracts/names.js';
import { isObjectRow } from '../../src/domain/saved-objects/rows.js';
import { fakeActivities, refusal, type Fake } from './fake-activities.js';
import { withMigration, type MigrationRun } from './migration-runs.js';
import { startWorkflowServer, type WorkflowServer } from './workflow-server.js';

let server: WorkflowServer;

beforeAll(async () => {
  // Soon too long, so that runs hand over.
  server = await startWorkflowServer(400);
});
afterAll(() => server.stop());

type Everything = Fake['activities'] & SavedObjectsActivities;

interface Options {
  readonly spaces: readonly string[];
  /** Stays that a space takes to be moved and to be compared; default 1. */
  readonly stays?: number;
  /** Objects that are stuck in their space; removed when they are retried. */
  readonly stuck?: Map<string, string>;
  /** Connectors that lack their secrets. */
  readonly missing?: Set<string>;
  /** Stays end only once so many have been under way together. */
  readonly together?: number;
  readonly request?: object;
  readonly change?: Partial<Everything>;
}

interface Fakes {
  readonly calls: string[];
  readonly rows: Map<string, SliceStatus>;
  /** Most spaces that were moved at once. */
  readonly atOnce: () => number;
  readonly saved: Fake['saved'];
}

const inOrder = (rows: ReadonlyMap<string, SliceStatus>, statuses: readonly SliceStatus[], after: RowKey | null): RowKey[] =>
  [...rows]
    .filter(([index, status]) => statuses.includes(status) && (after === null || index > after.index))
    .map(([index]) => ({ index, slice: 0 }))
    .sort((a, b) => (a.index < b.index ? -1 : 1));

async function withRun({ spaces, stays = 1, together = 1, stuck = new Map(), missing = new Set(), request = {}, change = {} }: Options, test: (run: MigrationRun & Fakes) => Promise<void>): Promise<void> {
  const fake = fakeActivities([]);
  const calls: string[] = [];
  const rows = new Map<string, SliceStatus>();
  const moved = new Map<string, number>();
  const compared = new Map<string, number>();
  let [running, most] = [0, 0];
  let arrived: () => void = () => undefined;
  const gathered = new Promise<void>((resolve) => (arrived = resolve));
  const count = (map: Map<string, number>, name: string): number => {
    map.set(name, (map.get(name) ?? 0) + 1);
    return map.get(name) ?? 0;
  };
  const set = (keys: readonly RowKey[], status: SliceStatus): void => {
    for (const { index } of keys) rows.set(index, status);
  };
  const trouble = (index: string): RowTrouble => ({ subject: index, code: 'ObjectRejected', message: stuck.get(index) ?? '', remedy: 'Mend it.', isTransient: false });
  const activities: Everything = {
    ...fake.activities,
    nextRows: async ({ statuses, after, limit }) => inOrder(rows, statuses, after).slice(0, limit),
    markRows: async ({ rows: keys, status }) => set(keys, status),
    preflightSavedObjects: async () => {
      set(spaces.map((index) => ({ index, slice: 0 })), 'pending');
      return { errors: [], isHopeless: false, plan: { indices: 0, dataStreams: 0, documents: spaces.length, bytes: spaces.length }, summary: 'fine' };
    },
    prepareSpaces: async ({ rows: keys }) => {
      set(keys, 'running');
      return [];
    },
    moveSpace: async ({ space }) => {
      running += 1;
      most = Math.max(most, running);
      if (running >= together) arrived();
      await gathered;
      running -= 1;
      const isDone = count(moved, space) >= stays;
      if (isDone) rows.set(space, 'completed');
      const mine = [...stuck.keys()].filter((index) => index.startsWith(`${space}/`));
      if (isDone) for (const index of mine) rows.set(index, 'needs-attention');
      return { isDone, troubles: isDone ? mine.map(trouble) : [], documents: isDone ? 1 : 0, bytes: isDone ? 1 : 0 };
    },
    moveRetried: async ({ rows: keys }) => {
      const bad = keys.filter(({ index }) => stuck.has(index));
      for (const { index } of keys) rows.set(index, stuck.has(index) ? 'needs-attention' : 'completed');
      return { troubles: bad.map(({ index }) => trouble(index)), documents: keys.length - bad.length, bytes: 0 };
    },
    decideObjects: async ({ rows: keys, status }) => set(keys, status),
    verifySpace: async ({ space }) => {
      const isDone = count(compared, space) >= stays;
      if (isDone) rows.set(space, 'verified');
      return { isDone, troubles: [] };
    },
    verifyRetried: async ({ rows: keys }) => {
      set(keys, 'verified');
      return [];
    },
    completeConnectors: async () => ({ completed: 1, missing: [...missing], missingTotal: missing.size }),
    enableArrivedRules: async () => ({ enabled: 2, refused: [], refusedTotal: 0 }),
    syncSpaces: async () => undefined,
    keepSavedObjects: async () => undefined,
    ...change,
  };
  const recorded = Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (...args: { space?: string }[]) => {
        calls.push(args[0]?.space === undefined ? name : `${name} ${args[0].space}`);
        return (run as (...given: unknown[]) => Promise<unknown>)(...args);
      },
    ]),
  );
  const asked = SavedObjectsRequestSchema.parse({ type: 'saved-objects', source: 'old', target: 'new', ...request });
  await withMigration(server, 'savedObjectsWorkflow', asked, recorded, (run) => test({ ...run, calls, rows, atOnce: () => most, saved: fake.saved }));
}

const stepsOf = (calls: readonly string[]): string[] => calls.filter((name) => !/^(nextRows|save|markRows|summarize)/.test(name));

it('makes the spaces, moves, compares, gives connectors their secrets before rules are enabled', async () => {
  await withRun({ spaces: ['a'], request: { enableRules: true } }, async ({ result, calls, saved }) => {
    expect(await result()).toEqual({ status: 'completed' });
    expect(stepsOf(calls)).toEqual(['preflightSavedObjects', 'prepareSpaces', 'moveSpace a', 'verifySpace a', 'completeConnectors', 'enableArrivedRules', 'syncSpaces', 'keepSavedObjects']);
    expect(saved.at(-1)?.steps.find(({ name }) => name === 'cutover')?.detail).toBe('1 connector(s) got their secrets; 2 rule(s) enabled');
  });
});

it('rules stay off unless asked, spaces go side by side within the concurrency', async () => {
  await withRun({ spaces: Array.from({ length: 12 }, (_, at) => `s${String(at)}`), stays: 3, together: 3, request: { concurrency: 3 } }, async ({ result, calls, atOnce, saved }) => {
    expect(await result()).toEqual({ status: 'completed' });
    expect(calls).not.toContain('enableArrivedRules');
    expect(calls.filter((name) => name.startsWith('moveSpace'))).toHaveLength(36);
    expect(atOnce()).toBe(3);
    expect(saved.at(-1)?.progress.documents).toEqual({ done: 12, total: 12 });
  });
});

it('what is stuck holds up neither its space nor the others; one is retried, one skipped', async () => {
  const stuck = new Map([['a/dashboard:x', 'does not fit'], ['a/dashboard:y', 'does not fit either']]);
  await withRun({ spaces: ['a', 'b'], stuck }, async ({ until, update, result, calls, rows }) => {
    const parked = await until(({ status, attention }) => status === 'needs-attention' && attention.length === 2);
    expect(parked.attention).toMatchObject([{ subject: 'a/dashboard:x', code: 'ObjectRejected', error: 'does not fit', skippable: true }, { subject: 'a/dashboard:y' }]);
    expect(calls).toContain('moveSpace b');
    expect(calls.some((name) => name.startsWith('verify'))).toBe(false);
    stuck.delete('a/dashboard:x');
    await update('retry', { subject: 'a/dashboard:x' });
    await until(({ attention }) => attention.length === 1);
    await update('skip', { subject: 'a/dashboard:y' });
    expect(await result()).toEqual({ status: 'completed' });
    expect([...rows].filter(([index]) => isObjectRow(index))).toEqual([['a/dashboard:x', 'verified'], ['a/dashboard:y', 'skipped']]);
  });
});

it('waits at the gate while connectors lack secrets, and looks again once it is approved', async () => {
  const missing = new Set(['a/slack (Slack)']);
  await withRun({ spaces: ['a'], missing, request: { enableRules: true } }, async ({ until, update, result, calls, saved }) => {
    const waiting = await until(({ gates }) => gates.length > 0);
    expect(waiting).toMatchObject({ status: 'awaiting-approval', gates: [{ name: 'connector-secrets', question: expect.stringContaining('a/slack (Slack)') }] });
    expect(calls).not.toContain('enableArrivedRules');
    missing.clear();
    await update('approve', { gate: 'connector-secrets' });
    expect(await result()).toEqual({ status: 'completed' });
    expect(calls.filter((name) => name === 'completeConnectors')).toHaveLength(2);
    expect(saved.at(-1)?.steps.find(({ name }) => name === 'cutover')?.detail).toBe('2 connector(s) got their secrets; 2 rule(s) enabled');
  });
  await withRun({ spaces: ['a'], missing: new Set(['a/slack']), request: { connectorGate: false } }, async ({ result, saved }) => {
    expect(await result()).toEqual({ status: 'completed' });
    expect(saved.at(-1)?.steps.find(({ name }) => name === 'cutover')?.detail).toContain('1 still miss them: a/slack');
  });
});

it('canceled between two stays, undoes and moves no more', async () => {
  let stop: (() => void) | undefined;
  const begun = new Promise<void>((resolve) => (stop = resolve));
  let release: () => void = () => undefined;
  const change: Partial<Everything> = {
    moveSpace: async () => {
      stop?.();
      await new Promise<void>((resolve) => (release = resolve));
      return { isDone: false, troubles: [], documents: 0, bytes: 0 };
    },
  };
  await withRun({ spaces: ['a', 'b'], request: { concurrency: 1 }, change }, async ({ update, result, calls }) => {
    await begun;
    await update('cancel');
    release();
    expect(await result()).toEqual({ status: 'canceled' });
    expect(calls).toContain('undoEffects');
    expect(calls.filter((name) => name.startsWith('moveSpace'))).toHaveLength(1);
    expect(calls).not.toContain('keepSavedObjects');
  });
});

it('paused in the middle, goes on where it was; a worker that knows nothing of it takes over', async () => {
  const waiting: (() => void)[] = [];
  let isHeld = true;
  const done = new Set<string>();
  const change: Partial<Everything> = {
    moveSpace: async ({ space }) => {
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
      done.add(space);
      return { isDone: false, troubles: [], documents: 1, bytes: 1 };
    },
  };
  await withRun({ spaces: ['a'], change }, async ({ until, update, calls, restartWorker }) => {
    await expect.poll(() => waiting.length, { timeout: 10_000 }).toBe(1);
    await update('pause');
    isHeld = false;
    waiting.splice(0).forEach((go) => go());
    await expect.poll(() => done.size, { timeout: 10_000 }).toBe(1);
    await until(({ status }) => status === 'paused');
    const before = calls.filter((name) => name.startsWith('moveSpace')).length;
    await restartWorker();
    expect((await until(({ status }) => status === 'paused')).progress.documents.done).toBe(1);
    expect(calls.filter((name) => name.startsWith('moveSpace'))).toHaveLength(before);
    await update('resume');
    await expect.poll(() => calls.filter((name) => name.startsWith('moveSpace')).length, { timeout: 10_000 }).toBeGreaterThan(before);
    await update('cancel');
  });
});

it('a space of many stays: runs hand over, nothing is moved or counted twice', async () => {
  await withRun({ spaces: ['a', 'b'], stays: 60 }, async ({ id, result, calls, saved }) => {
    expect(await result()).toEqual({ status: 'completed' });
    expect(calls.filter((name) => name === 'preflightSavedObjects')).toHaveLength(1);
    expect(calls.filter((name) => name.startsWith('moveSpace'))).toHaveLength(120);
    expect(saved.at(-1)?.progress.documents).toEqual({ done: 2, total: 2 });
    const first = (await server.client.workflow.getHandle(id).describe()).raw.workflowExecutionInfo?.firstRunId ?? '';
    const { events = [] } = await server.client.workflow.getHandle(id, first).fetchHistory();
    expect(events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
    // Although no space had come to its end.
    expect(events?.length).toBeLessThan(500);
  });
});

it('rules that cannot be enabled park that step and nothing else; a preflight that finds errors parks before anything is done', async () => {
  let isBroken = true;
  const change: Partial<Everything> = {
    enableArrivedRules: async () => {
      if (isBroken) throw refusal('AuthenticationRejected', 'not let in', 'rules');
      return { enabled: 1, refused: ['rule x'], refusedTotal: 1 };
    },
  };
  await withRun({ spaces: ['a'], request: { enableRules: true }, change }, async ({ until, update, result, calls, saved }) => {
    expect((await until(({ status }) => status === 'needs-attention')).attention).toMatchObject([{ subject: 'rules', code: 'AuthenticationRejected' }]);
    isBroken = false;
    await update('retry', { subject: 'rules' });
    expect(await result()).toEqual({ status: 'completed' });
    expect(calls.filter((name) => name.startsWith('moveSpace'))).toHaveLength(1);
    expect(saved.at(-1)?.steps.find(({ name }) => name === 'cutover')?.detail).toContain('1 could not be: rule x');
  });
  const conflict = { severity: 'error' as const, subject: 'a', code: 'ObjectConflict', message: '1 object differs', remedy: 'Skip.', isSkippable: false };
  await withRun({ spaces: ['a'], change: { preflightSavedObjects: async () => ({ errors: [conflict], isHopeless: false, plan: null, summary: '' }) } }, async ({ until, update, result, calls }) => {
    expect((await until(({ status }) => status === 'needs-attention')).attention).toMatchObject([{ subject: 'a', code: 'ObjectConflict', step: 'preflight' }]);
    await update('cancel');
    expect(await result()).toEqual({ status: 'canceled' });
    expect(calls).not.toContain('prepareSpaces');
  });
});
