/** The workflow of reindex alone, on a real Temporal server with fake activities: many slices, fairness, history. */
import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReindexRequestSchema } from '../../src/contracts/requests.js';
import type { SeenSlice } from '../../src/activities/reindex-slices.js';
import { fakeReindex } from './fake-reindex.js';
import { withMigration } from './migration-runs.js';
import { HURRIED } from './short-timers.js';
import { startWorkflowServer, type WorkflowServer } from './workflow-server.js';

let server: WorkflowServer;

beforeAll(async () => {
  // With the limits that Temporal has by itself.
  server = await startWorkflowServer();
});
afterAll(() => server.stop());

/** History length of every run of a migration, the first one first, and what the last was handed over. */
async function runsOf(id: string): Promise<{ readonly lengths: number[]; readonly carriedBytes: number }> {
  const lengths: number[] = [];
  let carriedBytes = 0;
  let runId: string | undefined = (await server.client.workflow.getHandle(id).describe()).raw.workflowExecutionInfo?.firstRunId ?? undefined;
  while (runId !== undefined) {
    const { events = [] } = await server.client.workflow.getHandle(id, runId).fetchHistory();
    lengths.push(events?.length ?? 0);
    carriedBytes = Math.max(carriedBytes, events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data?.length ?? 0);
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return { lengths, carriedBytes };
}

/** What the timers of a run were set to, milliseconds, in order; those that were not waited for are left out. */
async function timersOf(id: string): Promise<number[]> {
  const { events = [] } = await server.client.workflow.getHandle(id).fetchHistory();
  const started = new Map<string, number>();
  const fired: number[] = [];
  for (const { timerStartedEventAttributes: start, timerFiredEventAttributes: end } of events ?? []) {
    if (start) started.set(start.timerId ?? '', Number(start.startToFireTimeout?.seconds ?? 0) * 1_000 + Math.round((start.startToFireTimeout?.nanos ?? 0) / 1_000_000));
    if (end) fired.push(started.get(end.timerId ?? '') ?? 0);
  }
  return fired;
}

describe('a slice that is issued again', () => {
  const again = (code: 'Unavailable' | 'TaskLost', reason: string): SeenSlice => ({ kind: 'again', code, reason, isFree: false });
  const request = ReindexRequestSchema.parse({ type: 'reindex', source: 'old', target: 'new', concurrency: 1 });

  it('by a target that has too much to do: after the sixth time the step waits, tries again by itself, and goes on', async () => {
    let [issued, isOverloaded] = [0, true];
    const fake = fakeReindex(new Map([['a', 1]]));
    const startSlice: typeof fake.activities.startSlice = async (input) => {
      issued += 1;
      return isOverloaded ? again('Unavailable', 'new (the target) has too much to do: rejected execution') : fake.activities.startSlice(input);
    };
    await withMigration(server, 'reindexWorkflow', request, { ...fake.activities, startSlice }, async ({ id, until, result }) => {
      const parked = await until(({ status }) => status === 'needs-attention');
      expect(parked.attention).toEqual([expect.objectContaining({ subject: 'transfer', step: 'transfer', code: 'Unavailable', error: 'new (the target) has too much to do: rejected execution', skippable: false, retryAt: expect.any(String) })]);
      await until(() => issued >= 12);
      isOverloaded = false;
      expect(await result()).toEqual({ status: 'completed' });
      // The rest of five minutes, and then from the beginning.
      const timers = await timersOf(id);
      expect(timers).toContain(300);
      expect(timers.filter((ms) => ms > 1 && ms < 300).slice(0, 10)).toEqual([5, 10, 20, 40, 60, 5, 10, 20, 40, 60]);
    }, HURRIED);
    expect(fake.calls.get('giveUpRows') ?? 0).toBe(0);
  });

  it('by its own fault: after the sixth time it alone waits for a person, the others go on', async () => {
    const issued = new Map<string, number>();
    let isLost = true;
    const fake = fakeReindex(new Map([['a', 1], ['b', 2]]), {
      giveUpRows: async ({ rows, code, reason }) => rows.map(({ index }) => ({ subject: `${index}#1`, code: code ?? '', message: reason, remedy: 'Retry.', isTransient: false })),
    });
    const startSlice: typeof fake.activities.startSlice = async (input) => {
      issued.set(input.row.index, (issued.get(input.row.index) ?? 0) + 1);
      return isLost && input.row.index === 'a' ? again('TaskLost', 'its task vanished with its node') : fake.activities.startSlice(input);
    };
    await withMigration(server, 'reindexWorkflow', request, { ...fake.activities, startSlice }, async ({ id, until, update, result }) => {
      const parked = await until(({ status }) => status === 'needs-attention' && issued.get('b') === 2);
      expect(parked.attention).toEqual([expect.objectContaining({ subject: 'a#1', code: 'TaskLost', error: 'slice 1 was issued 6 times: its task vanished with its node', skippable: true })]);
      expect([...issued]).toEqual([['a', 6], ['b', 2]]);
      isLost = false;
      await update('retry');
      expect(await result()).toEqual({ status: 'completed' });
      expect((await timersOf(id)).filter((ms) => ms < 300)).toEqual([1, 2, 4, 8, 16]);
    }, HURRIED);
  });
});

/** 10,000 take 100 s and more: `SLICES=10000`. What one run of the workflow holds does not depend on it. */
const SLICES = Number(process.env['SLICES'] ?? 3_000);

it('thousands of slices of many indices: in turns of the indices, each once, no history beyond 10,000 events, little carried', async () => {
  // One index has a fifth of all.
  const [others, each] = [SLICES / 10, 8];
  const indices = new Map(Array.from({ length: others + 1 }, (_, at) => [`i${String(at).padStart(4, '0')}`, at === 0 ? SLICES - others * each : each]));
  const fake = fakeReindex(indices);
  const id = `m${randomBytes(6).toString('hex')}`;
  const request = ReindexRequestSchema.parse({ type: 'reindex', source: 'old', target: 'new', concurrency: 32 });
  const worker = await Worker.create({ connection: server.native, taskQueue: id, workflowBundle: server.workflowBundle, activities: fake.activities });
  const began = performance.now();
  await worker.runUntil(server.client.workflow.execute('reindexWorkflow', { workflowId: id, taskQueue: id, args: [{ id, request, requestedBy: 'test', createdAt: new Date().toISOString() }] }));
  const { lengths, carriedBytes } = await runsOf(id);
  const seconds = (performance.now() - began) / 1_000;
  const events = lengths.reduce((sum, length) => sum + length, 0);
  console.log(`${String(SLICES)} slices: ${String(events)} events in ${String(lengths.length)} runs, at most ${String(Math.max(...lengths))}, ${String(carriedBytes)} bytes carried, ${seconds.toFixed(0)} s`);

  expect(fake.saved.at(-1)).toMatchObject({ status: 'completed', progress: { documents: { done: SLICES, total: SLICES } } });
  expect(new Set(fake.started.map(({ index, slice }) => `${index}#${String(slice)}`)).size).toBe(SLICES);
  expect(fake.started).toHaveLength(SLICES);
  // Every index had its first slice begun before any had its third.
  expect(fake.started.findIndex(({ slice }) => slice === 3)).toBeGreaterThan(fake.started.findLastIndex(({ slice }) => slice === 1));
  expect(lengths.length).toBeGreaterThan(1);
  expect(Math.max(...lengths)).toBeLessThan(10_000);
  expect(events / SLICES).toBeLessThan(6);
  expect(carriedBytes).toBeLessThan(20_000);
}, 180_000);
