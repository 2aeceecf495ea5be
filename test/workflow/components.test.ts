/** The workflow of components alone, with fake activities: the order of kinds, what is stuck, cancel, long histories. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ComponentActivities } from '../../src/activities/components.js';
import type { RowKey, RowTrouble } from '../../src/activities/rows.js';
import { ComponentsRequestSchema } from '../../src/contracts/requests.js';
import type { SliceStatus } from '../../src/contracts/names.js';
import { compareComponentIds } from '../../src/domain/components/kinds.js';
import { fakeActivities, refusal, type Fake } from './fake-activities.js';
import { withMigration, type MigrationRun } from './migration-runs.js';
import { startWorkflowServer, type WorkflowServer } from './workflow-server.js';

let server: WorkflowServer;

beforeAll(async () => {
  server = await startWorkflowServer(200);
});
afterAll(() => server.stop());

type Everything = Fake['activities'] & ComponentActivities;

interface Options {
  readonly components: readonly string[];
  /** Components that cannot be written, or that differ. */
  readonly broken?: Map<string, 'write' | 'verify'>;
  /** Steps in which the attempt that parks dies before it says so; the next one has nothing left to do. */
  readonly deaf?: ReadonlySet<'write' | 'verify'>;
  readonly change?: Partial<Everything>;
}

interface Fakes {
  readonly calls: string[];
  readonly rows: Map<string, SliceStatus>;
  /** In the order in which they were written. */
  readonly written: string[];
  readonly saved: Fake['saved'];
}

const refused = (index: string): RowTrouble => ({ subject: index, code: 'ElasticsearchRejected', message: `${index} was refused`, remedy: 'Mend it.', isTransient: false });

async function withRun({ components, broken = new Map(), deaf = new Set(), change = {} }: Options, test: (run: MigrationRun & Fakes) => Promise<void>): Promise<void> {
  const fake = fakeActivities([]);
  const calls: string[] = [];
  const written: string[] = [];
  const rows = new Map<string, SliceStatus>();
  const set = (keys: readonly RowKey[], status: SliceStatus): void => {
    for (const { index } of keys) rows.set(index, status);
  };
  const through = (keys: readonly RowKey[], step: 'write' | 'verify', from: SliceStatus, to: SliceStatus): RowTrouble[] => {
    const open = keys.filter(({ index }) => rows.get(index) === from);
    const bad = open.filter(({ index }) => broken.get(index) === step);
    set(open.filter((key) => !bad.includes(key)), to);
    set(bad, 'needs-attention');
    if (step === 'write') written.push(...open.filter((key) => !bad.includes(key)).map(({ index }) => index));
    return deaf.has(step) ? [] : bad.map(({ index }) => refused(index));
  };
  const activities: Everything = {
    ...fake.activities,
    markRows: async ({ rows: keys, status }) => set(keys, status),
    preflightComponents: async ({ excluded }) => {
      set(components.filter((index) => !excluded.includes(index)).map((index) => ({ index, slice: 0 })), 'pending');
      return { errors: [], isHopeless: false, plan: { indices: 0, dataStreams: 0, documents: 0, bytes: 0 }, summary: 'fine' };
    },
    nextComponents: async ({ after, limit, statuses, orParked }) => {
      const waiting = [...rows].filter(([index, status]) => statuses.includes(status) && (after === null || compareComponentIds(index, after.index) > 0));
      const parked = [...rows].filter(([, status]) => status === 'needs-attention');
      return (waiting.length === 0 && orParked === true ? parked : waiting)
        .map(([index]) => ({ index, slice: 0 }))
        .sort((a, b) => compareComponentIds(a.index, b.index))
        .slice(0, limit);
    },
    parkedRows: async () => [...rows].filter(([, status]) => status === 'needs-attention').map(([index]) => refused(index)),
    holdLifecycles: async () => ({ stopped: ['ilm'] }),
    writeComponents: async ({ rows: keys }) => through(keys, 'write', 'pending', 'completed'),
    verifyComponents: async ({ rows: keys }) => through(keys, 'verify', 'completed', 'verified'),
    cleanUpComponents: async () => ({ detail: 'clean' }),
    ...change,
  };
  const recorded = Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (...args: unknown[]) => {
        calls.push(name);
        return (run as (...given: unknown[]) => Promise<unknown>)(...args);
      },
    ]),
  );
  const request = ComponentsRequestSchema.parse({ type: 'components', source: 'old', target: 'new' });
  await withMigration(server, 'componentsWorkflow', request, recorded, (run) => test({ ...run, calls, rows, written, saved: fake.saved }));
}

const stepsOf = (calls: readonly string[]): string[] => calls.filter((name) => !/^(next|save|markRows|summarize)/.test(name));

it('stops what acts by itself first, writes kind after kind, compares, cleans up', async () => {
  await withRun({ components: ['role/z', 'role-mapping/a', 'script/m', 'index-template/b', 'component-template/c'] }, async ({ result, calls, written, saved }) => {
    expect(await result()).toEqual({ status: 'completed' });
    expect(stepsOf(calls)).toEqual(['preflightComponents', 'holdLifecycles', 'writeComponents', 'verifyComponents', 'cleanUpComponents']);
    expect(written).toEqual(['script/m', 'component-template/c', 'index-template/b', 'role/z', 'role-mapping/a']);
    expect(saved.at(-1)).toMatchObject({ status: 'completed', verification: { status: 'verified' } });
    expect(saved.at(-1)?.steps.find(({ name }) => name === 'prepare')?.detail).toBe('stopped at the target: ILM');
  });
});

it('one that is refused stops no other; it is retried, whatever its place in the order, and another is skipped', async () => {
  const broken = new Map<string, 'write' | 'verify'>([['script/a', 'write'], ['role/b', 'write']]);
  await withRun({ components: ['script/a', 'ingest-pipeline/x', 'role/b', 'watch/c'], broken }, async ({ until, update, result, rows, written, calls }) => {
    const parked = await until(({ status, attention }) => status === 'needs-attention' && attention.length === 2);
    expect(parked.attention.map(({ subject }) => subject).sort()).toEqual(['role/b', 'script/a']);
    expect(written).toEqual(['ingest-pipeline/x', 'watch/c']);
    expect(calls).not.toContain('verifyComponents');
    broken.delete('script/a');
    await update('retry', { subject: 'script/a' });
    await until(({ attention }) => attention.length === 1);
    await update('skip', { subject: 'role/b' });
    expect(await result()).toEqual({ status: 'completed' });
    expect([...rows]).toEqual([['script/a', 'verified'], ['ingest-pipeline/x', 'verified'], ['role/b', 'skipped'], ['watch/c', 'verified']]);
    expect(written).toEqual(['ingest-pipeline/x', 'watch/c', 'script/a']);
  });
});

it('one that differs afterwards parks before it says completed; a retry compares again', async () => {
  const broken = new Map<string, 'write' | 'verify'>([['role/b', 'verify']]);
  await withRun({ components: ['role/b', 'role/c'], broken }, async ({ until, update, result, written }) => {
    expect((await until(({ status }) => status === 'needs-attention')).attention).toMatchObject([{ subject: 'role/b', step: 'verify', skippable: true }]);
    broken.clear();
    await update('retry');
    expect(await result()).toEqual({ status: 'completed' });
    expect(written).toEqual(['role/b', 'role/c']);
  });
});

it('parked by a worker that died before it could say so: a person is told why, before the step is through', async () => {
  const broken = new Map<string, 'write' | 'verify'>([['role/b', 'write'], ['script/d', 'write'], ['watch/c', 'verify']]);
  await withRun({ components: ['role/a', 'role/b', 'script/d', 'watch/c'], broken, deaf: new Set(['write', 'verify']) }, async ({ until, update, result, rows, calls }) => {
    const told = (subject: string, step: string) => ({ subject, code: 'ElasticsearchRejected', error: `${subject} was refused`, step, skippable: true });
    const parked = await until(({ status, attention }) => status === 'needs-attention' && attention.length === 2);
    expect(parked.attention).toMatchObject(['role/b', 'script/d'].map((subject) => told(subject, 'transfer')));
    expect(calls).not.toContain('verifyComponents');
    broken.delete('role/b');
    await update('retry', { subject: 'role/b' });
    await update('skip', { subject: 'script/d' });
    expect((await until(({ status, steps }) => status === 'needs-attention' && steps.some(({ name, status: of }) => name === 'verify' && of === 'running'))).attention).toMatchObject([told('watch/c', 'verify')]);
    expect(calls).not.toContain('cleanUpComponents');
    await update('skip', { subject: 'watch/c' });
    expect(await result()).toEqual({ status: 'completed' });
    expect([...rows]).toEqual([['role/a', 'verified'], ['role/b', 'verified'], ['script/d', 'skipped'], ['watch/c', 'skipped']]);
  });
});

it('skipped in preflight, a component is left out of the next look', async () => {
  const seen: (readonly string[])[] = [];
  const exists = { severity: 'error' as const, subject: 'role/b', code: 'ComponentExists', message: 'it differs', remedy: 'Skip it.', isSkippable: true };
  const change: Partial<Everything> = {
    preflightComponents: async ({ excluded }) => {
      seen.push(excluded);
      return { errors: excluded.includes('role/b') ? [] : [exists], isHopeless: false, plan: null, summary: 'fine' };
    },
  };
  await withRun({ components: [], change }, async ({ until, update, result, calls }) => {
    expect((await until(({ status }) => status === 'needs-attention')).attention).toMatchObject([{ subject: 'role/b', code: 'ComponentExists', step: 'preflight' }]);
    expect(calls).not.toContain('holdLifecycles');
    await update('skip', { subject: 'role/b' });
    expect(await result()).toEqual({ status: 'completed' });
    expect(seen).toEqual([[], ['role/b']]);
  });
});

it('canceled while it writes, undoes; a target that is away parks the step and nothing is lost', async () => {
  let isAway = true;
  let release: () => void = () => undefined;
  const change: Partial<Everything> = {
    writeComponents: async () => {
      if (isAway) throw refusal('AuthenticationRejected', 'not let in');
      await new Promise<void>((resolve) => (release = resolve));
      return [];
    },
  };
  await withRun({ components: ['role/b'], change }, async ({ until, update, result, calls, rows }) => {
    expect((await until(({ status }) => status === 'needs-attention')).attention).toMatchObject([{ subject: 'transfer', code: 'AuthenticationRejected', skippable: false }]);
    expect(rows.get('role/b')).toBe('pending');
    isAway = false;
    await update('retry', { subject: 'transfer' });
    await expect.poll(() => calls.filter((name) => name === 'writeComponents').length, { timeout: 10_000 }).toBe(2);
    await update('cancel');
    release();
    expect(await result()).toEqual({ status: 'canceled' });
    expect(calls).toContain('undoEffects');
    expect(calls).not.toContain('cleanUpComponents');
  });
});

it('thousands: batches, runs hand over, each is written once; a worker that knows nothing of it takes over', async () => {
  const components = Array.from({ length: 3_000 }, (_, at) => `role/r${String(at).padStart(4, '0')}`);
  await withRun({ components }, async ({ id, until, result, written, calls, restartWorker }) => {
    await until(({ steps }) => steps.some(({ name, status }) => name === 'transfer' && status === 'running'));
    await restartWorker();
    expect(await result()).toEqual({ status: 'completed' });
    expect(written).toEqual(components);
    expect(calls.filter((name) => name === 'writeComponents')).toHaveLength(60);
    const first = (await server.client.workflow.getHandle(id).describe()).raw.workflowExecutionInfo?.firstRunId ?? '';
    const { events = [] } = await server.client.workflow.getHandle(id, first).fetchHistory();
    expect(events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
  });
});
