/** The workflow alone, on a real Temporal server with fake activities: control, isolation, continue as new. */
import { randomBytes } from 'node:crypto';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SnapshotRestoreRequestSchema } from '../../src/contracts/requests.js';
import type { MigrationState, UpdateInput, UpdateName } from '../../src/workflows/contract.js';
import { fakeActivities, refusal, type Fake } from './fake-activities.js';
import { startWorkflowServer, type WorkflowServer } from './workflow-server.js';

let server: WorkflowServer;

beforeAll(async () => {
  // Long histories are a matter of size elsewhere; here they begin early.
  server = await startWorkflowServer(150);
});
afterAll(() => server.stop());

const request = SnapshotRestoreRequestSchema.parse({ type: 'snapshot-restore', source: 'old', target: 'new', repository: { name: 'r' } });

interface Run {
  readonly handle: WorkflowHandle;
  readonly state: () => Promise<MigrationState>;
  readonly update: (name: UpdateName, input?: Partial<UpdateInput>) => Promise<MigrationState>;
  /** Waits until the state satisfies the condition. */
  readonly until: (condition: (state: MigrationState) => boolean) => Promise<MigrationState>;
}

async function withRun(fake: Fake, test: (run: Run) => Promise<void>): Promise<void> {
  const id = `m${randomBytes(6).toString('hex')}`;
  const worker = await Worker.create({ connection: server.native, taskQueue: id, workflowBundle: server.workflowBundle, activities: fake.activities });
  const handle = await server.client.workflow.start('snapshotRestoreWorkflow', {
    workflowId: id,
    taskQueue: id,
    args: [{ id, request, requestedBy: 'test', createdAt: new Date().toISOString() }],
  });
  const state = (): Promise<MigrationState> => server.client.workflow.getHandle(id).query<MigrationState>('state');
  const run: Run = {
    handle: server.client.workflow.getHandle(id),
    state,
    update: (name, input = {}) => server.client.workflow.getHandle(id).executeUpdate<MigrationState, [UpdateInput]>(name, { args: [{ actor: 'test', ...input }] }),
    until: async (condition) => {
      let last = await state();
      await expect.poll(async () => condition((last = await state())), { timeout: 30_000, interval: 50 }).toBe(true);
      return last;
    },
  };
  await worker.runUntil(async () => {
    await test(run);
    await handle.terminate().catch(() => undefined);
  });
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : error;
  return typeof cause === 'object' && cause !== null && 'type' in cause ? String(cause.type) : 'not refused';
};

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `i${String(at).padStart(5, '0')}`);

describe('a migration', () => {
  it('goes through its steps in order and tells its outcome', async () => {
    const fake = fakeActivities(names(3));
    await withRun(fake, async ({ handle }) => {
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(fake.saved.at(-1)).toMatchObject({ status: 'completed', verification: { status: 'verified' }, progress: { documents: { done: 3, total: 3 } } });
    expect(fake.saved.at(-1)?.steps.map((step) => `${step.name} ${step.status}`)).toEqual(['preflight completed', 'prepare completed', 'transfer completed', 'verify completed', 'cleanup completed']);
  });

  it('that can never work fails before anything is touched', async () => {
    const fake = fakeActivities([], {
      preflight: async () => ({ errors: [{ severity: 'error', code: 'IncompatibleVersion', subject: 'target', message: 'too old', remedy: 'Newer.', isSkippable: false }], isHopeless: true, plan: null, summary: '' }),
    });
    await withRun(fake, async ({ handle }) => {
      await expect(handle.result()).rejects.toThrow();
    });
    expect(fake.calls.filter((name) => name !== 'preflight')).toEqual(['undoEffects', 'saveOutcome']);
    expect(fake.saved.at(-1)).toMatchObject({ status: 'failed', failure: { code: 'IncompatibleVersion', message: 'too old' } });
  });

  it('with one bad index moves the others, then needs attention; retry moves the one, skip would leave it', async () => {
    const fake = fakeActivities(names(60));
    fake.broken.set('i00007', 'in the way');
    await withRun(fake, async ({ handle, until, update }) => {
      const parked = await until((state) => state.status === 'needs-attention');
      expect(parked.attention).toEqual([expect.objectContaining({ subject: 'i00007', error: 'in the way', step: 'transfer', skippable: true })]);
      expect([...fake.rows.values()].filter((status) => status === 'completed')).toHaveLength(59);
      expect(await codeOf(update('retry', { subject: 'i00008' }))).toBe('NotWaiting');
      expect(await codeOf(update('approve', { gate: 'none' }))).toBe('NotWaiting');
      fake.broken.clear();
      await update('retry', { subject: 'i00007' });
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    // Nothing that had arrived was restored again.
    expect([...fake.restored.values()].every((times) => times === 1)).toBe(true);
    expect(fake.restored.size).toBe(60);
  });

  it('a row retried in vain needs attention again; skipped, it ends without it', async () => {
    const fake = fakeActivities(names(2));
    fake.broken.set('i00001', 'still in the way');
    await withRun(fake, async ({ handle, until, update }) => {
      await until((state) => state.status === 'needs-attention');
      await update('retry');
      await until((state) => state.status === 'needs-attention' && fake.calls.filter((name) => name === 'startRestores').length === 2);
      await update('skip');
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(fake.rows.get('i00001')).toBe('skipped');
  });

  it('whose step failed for good parks there, cannot skip it, and goes on after a retry', async () => {
    let isMended = false;
    const fake = fakeActivities(names(1), {
      prepareRepositories: async () => {
        if (!isMended) throw refusal('RepositoryNotVerified', 'cannot write', 'r');
        return { detail: '' };
      },
    });
    await withRun(fake, async ({ handle, until, update }) => {
      const parked = await until((state) => state.status === 'needs-attention');
      expect(parked.attention).toEqual([expect.objectContaining({ subject: 'r', code: 'RepositoryNotVerified', remedy: 'Mend it.', retryAt: null })]);
      expect(await codeOf(update('skip'))).toBe('NotWaiting');
      isMended = true;
      await update('retry');
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
  });

  it('that is paused starts nothing new until it is resumed', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const fake = fakeActivities(names(1), {
      prepareRepositories: async () => {
        await held;
        return { detail: '' };
      },
    });
    await withRun(fake, async ({ handle, until, update }) => {
      await until((state) => state.steps.some((step) => step.name === 'prepare' && step.status === 'running'));
      expect((await update('pause')).status).toBe('paused');
      release();
      await until((state) => state.steps.some((step) => step.name === 'prepare' && step.status === 'completed'));
      expect(fake.calls).not.toContain('startSnapshot');
      expect((await update('resume')).status).toBe('running');
      expect(await codeOf(update('resume'))).not.toBe('not refused');
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
  });

  it('that is canceled while parked undoes, tells its outcome, and refuses everything after', async () => {
    const fake = fakeActivities(names(2));
    fake.broken.set('i00000', 'in the way');
    await withRun(fake, async ({ handle, until, update }) => {
      await until((state) => state.status === 'needs-attention');
      await update('cancel');
      expect(await handle.result()).toEqual({ status: 'canceled' });
    });
    expect(fake.calls.slice(-2)).toEqual(['undoEffects', 'saveOutcome']);
    expect(fake.saved.at(-1)).toMatchObject({ status: 'canceled' });
  });

  it('that is canceled by Temporal itself undoes too', async () => {
    const fake = fakeActivities(names(2));
    fake.broken.set('i00000', 'in the way');
    await withRun(fake, async ({ handle, until }) => {
      await until((state) => state.status === 'needs-attention');
      await handle.cancel();
      expect(await handle.result()).toEqual({ status: 'canceled' });
    });
    expect(fake.calls.slice(-2)).toEqual(['undoEffects', 'saveOutcome']);
  });

  it('of 2,000 indices continues as new, keeps its history short, its progress and what a person has to decide', async () => {
    const fake = fakeActivities(names(2_000));
    fake.broken.set('i00003', 'in the way');
    await withRun(fake, async ({ handle, until, update }) => {
      const parked = await until((state) => state.status === 'needs-attention');
      expect(parked.attention.map((entry) => entry.subject)).toEqual(['i00003']);
      expect(parked.progress.documents).toEqual({ done: 1_999, total: 2_000 });
      fake.broken.clear();
      await update('retry', { subject: 'i00003' });
      expect(await handle.result()).toEqual({ status: 'completed' });
      const last = await handle.describe();
      expect(last.historyLength).toBeLessThan(1_000);
      // More than one run: the first one is not the last.
      expect(last.raw.workflowExecutionInfo?.firstRunId).not.toBe(last.runId);
    });
    expect(fake.calls.filter((name) => name === 'startSnapshot')).toHaveLength(1);
    expect([...fake.restored.values()].every((times) => times === 1)).toBe(true);
    expect([...fake.rows.values()].every((status) => status === 'verified')).toBe(true);
    expect(fake.saved.at(-1)).toMatchObject({ progress: { documents: { done: 2_000 }, bytes: { done: 2_010 } } });
  }, 180_000);
});
