/** The workflow of reindex alone, on a real Temporal server with fake activities: many slices, fairness, history. */
import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ReindexRequestSchema } from '../../src/contracts/requests.js';
import { fakeReindex } from './fake-reindex.js';
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
