/** verify alone, on a real Temporal server with fake activities: the gate, the repair behind it, what parks. */
import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ComparingActivities } from '../../src/activities/index.js';
import { VerifyRequestSchema } from '../../src/contracts/requests.js';
import type { SliceStatus } from '../../src/contracts/names.js';
import type { MigrationState, UpdateInput } from '../../src/workflows/contract.js';
import { fakeActivities } from './fake-activities.js';
import { startWorkflowServer, type WorkflowServer } from './workflow-server.js';

let server: WorkflowServer;

beforeAll(async () => {
  server = await startWorkflowServer();
});
afterAll(() => server.stop());

interface Run {
  readonly handle: WorkflowHandle;
  readonly calls: string[];
  readonly rows: Map<string, SliceStatus>;
  /** Indices that differ; a repair mends them. */
  readonly differing: Set<string>;
  readonly update: (name: string, input?: Partial<UpdateInput>) => Promise<MigrationState>;
  readonly until: (condition: (state: MigrationState) => boolean) => Promise<MigrationState>;
}

async function withRun(repair: boolean, differing: Set<string>, test: (run: Run) => Promise<void>): Promise<void> {
  const id = `m${randomBytes(6).toString('hex')}`;
  const { activities, rows, calls } = fakeActivities([]);
  /** Windows that each index takes to be compared. */
  const windows = new Map<string, number>();
  const comparing: ComparingActivities = {
    preflightVerify: async () => {
      for (const index of ['a', 'b', 'c']) rows.set(index, 'pending');
      return { errors: [], isHopeless: false, plan: { indices: 3, dataStreams: 0, documents: 30, bytes: 3 }, summary: 'fine' };
    },
    compareContents: async ({ rows: keys, mend }) => {
      calls.push(mend ? 'mend' : 'compare');
      const waiting = keys.filter(({ index }) => (windows.get(index) ?? 0) < 1);
      for (const { index } of keys) windows.set(index, (windows.get(index) ?? 0) + 1);
      if (waiting.length > 0) return { waiting, troubles: [], documents: 5 * keys.length };
      if (mend) {
        for (const { index } of keys) {
          differing.delete(index);
          rows.set(index, 'pending');
        }
      }
      return { waiting: [], troubles: [], documents: 10 * keys.length };
    },
    judgeCompared: async ({ rows: keys, isRepairNext }) => {
      const wrong = keys.filter(({ index }) => differing.has(index));
      for (const { index } of keys) rows.set(index, !differing.has(index) ? 'verified' : isRepairNext ? 'completed' : 'needs-attention');
      return isRepairNext ? [] : wrong.map(({ index }) => ({ subject: index, code: 'VerificationMismatch', message: 'differs', remedy: 'Mend it.', isTransient: false }));
    },
    repairPlan: async () => {
      const count = [...rows.values()].filter((status) => status === 'completed').length;
      return { question: count === 0 ? null : `mend ${String(count)}?` };
    },
    cleanUpVerify: async () => undefined,
  };
  const request = VerifyRequestSchema.parse({ type: 'verify', source: 'old', target: 'new', repair });
  const worker = await Worker.create({ connection: server.native, taskQueue: id, workflowBundle: server.workflowBundle, activities: { ...activities, ...comparing } });
  const handle = await server.client.workflow.start('verifyWorkflow', { workflowId: id, taskQueue: id, args: [{ id, request, requestedBy: 'test', createdAt: new Date().toISOString() }] });
  const run: Run = {
    handle: server.client.workflow.getHandle(id),
    calls,
    rows,
    differing,
    update: (name, input = {}) => handle.executeUpdate<MigrationState, [UpdateInput]>(name, { args: [{ actor: 'test', ...input }] }),
    until: async (condition) => {
      let last = await handle.query<MigrationState>('state');
      await expect.poll(async () => condition((last = await handle.query<MigrationState>('state'))), { timeout: 30_000, interval: 50 }).toBe(true);
      return last;
    },
  };
  await worker.runUntil(async () => {
    await test(run);
    await handle.terminate().catch(() => undefined);
  });
}

it('compares window by window, asks before it repairs, and compares again', async () => {
  await withRun(true, new Set(['b']), async ({ handle, calls, until, update, rows }) => {
    const waiting = await until(({ status }) => status === 'awaiting-approval');
    expect(waiting.gates).toEqual([{ name: 'repair', question: 'mend 1?' }]);
    expect(calls.filter((call) => call === 'compare')).toHaveLength(6);
    expect(calls).not.toContain('mend');
    await update('approve', { gate: 'repair' });
    expect(await handle.result()).toEqual({ status: 'completed' });
    expect(calls.filter((call) => call === 'mend')).toHaveLength(1);
    expect(calls.lastIndexOf('compare')).toBeGreaterThan(calls.indexOf('mend'));
    expect([...rows.values()]).toEqual(['verified', 'verified', 'verified']);
    const state = await handle.query<MigrationState>('state');
    expect(state).toMatchObject({ verification: { status: 'verified', mode: 'full' }, progress: { documents: { done: 30, total: 30 } } });
  });
});

it('with nothing to repair it asks nothing', async () => {
  await withRun(true, new Set(), async ({ handle, calls }) => {
    expect(await handle.result()).toEqual({ status: 'completed' });
    expect(calls).not.toContain('mend');
  });
});

it('without repair a difference needs attention; retry compares again', async () => {
  await withRun(false, new Set(['c']), async ({ handle, differing, until, update }) => {
    const parked = await until(({ status }) => status === 'needs-attention');
    expect(parked.attention).toMatchObject([{ subject: 'c', code: 'VerificationMismatch', skippable: true, step: 'verify' }]);
    differing.delete('c');
    await update('retry', { subject: 'c' });
    expect(await handle.result()).toEqual({ status: 'completed' });
  });
});
