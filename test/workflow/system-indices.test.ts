/** The workflow of system-indices alone, with fake activities: the gate, the order, the wait for a credential. */
import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SystemStateActivities } from '../../src/activities/index.js';
import { SystemIndicesRequestSchema } from '../../src/contracts/requests.js';
import type { MigrationState, UpdateInput } from '../../src/workflows/contract.js';
import { fakeActivities, type Fake } from './fake-activities.js';
import { startWorkflowServer, type WorkflowServer } from './workflow-server.js';

let server: WorkflowServer;

beforeAll(async () => {
  server = await startWorkflowServer();
});
afterAll(() => server.stop());

const request = SystemIndicesRequestSchema.parse({ type: 'system-indices', source: 'old', target: 'new', repository: { name: 'r' }, backupRepository: 'kept', featureStates: ['*', 'security'] });

type Fakes = Partial<Fake['activities'] & SystemStateActivities>;

/** What was called, with the state where there is one. */
function recorded(change: Fakes): { activities: object; calls: string[] } {
  const calls: string[] = [];
  const fake = fakeActivities([]).activities;
  const activities: Fake['activities'] & SystemStateActivities = {
    ...fake,
    preflightStates: async () => ({ states: ['kibana', 'security'], errors: [], isHopeless: false, plan: null, summary: 'fine' }),
    recordStates: async () => undefined,
    noteArrival: async () => ({ documents: 2 }),
    verifyStates: async () => [],
    ...change,
  };
  const entries = Object.entries(activities).map(([name, run]) => [
    name,
    async (...args: { state?: string }[]) => {
      calls.push(args[0]?.state === undefined || typeof args[0].state !== 'string' ? name : `${name} ${args[0].state}`);
      return (run as (...given: unknown[]) => Promise<unknown>)(...args);
    },
  ]);
  return { activities: Object.fromEntries(entries) as object, calls };
}

interface Run {
  readonly result: () => Promise<unknown>;
  readonly until: (condition: (state: MigrationState) => boolean) => Promise<MigrationState>;
  readonly update: (name: string, input?: Partial<UpdateInput>) => Promise<unknown>;
}

async function withRun(activities: object, test: (run: Run) => Promise<void>): Promise<void> {
  const id = `m${randomBytes(6).toString('hex')}`;
  const worker = await Worker.create({ connection: server.native, taskQueue: id, workflowBundle: server.workflowBundle, activities });
  const handle = await server.client.workflow.start('systemIndicesWorkflow', { workflowId: id, taskQueue: id, args: [{ id, request, requestedBy: 'test', createdAt: new Date().toISOString() }] });
  await worker.runUntil(async () => {
    await test({
      result: () => handle.result(),
      until: async (condition) => {
        let last = await handle.query<MigrationState>('state');
        await expect.poll(async () => condition((last = await handle.query<MigrationState>('state'))), { timeout: 30_000, interval: 50 }).toBe(true);
        return last;
      },
      update: (name, input = {}) => handle.executeUpdate<MigrationState, [UpdateInput]>(name, { args: [{ actor: 'test', ...input }] }),
    });
    await handle.terminate().catch(() => undefined);
  });
}

const atGate = ({ gates }: MigrationState): boolean => gates.length > 0;
const gate = { gate: 'restore-feature-states' };

it('asks before anything is replaced, keeps what is there first, and restores security last', async () => {
  const { activities, calls } = recorded({});
  await withRun(activities, async ({ until, update, result }) => {
    expect(await until(atGate)).toMatchObject({ status: 'awaiting-approval', gates: [{ name: gate.gate, question: 'Replace?' }] });
    expect(calls.filter((name) => /^(backUp|restore)/.test(name))).toEqual([]);
    await update('approve', gate);
    expect(await result()).toEqual({ status: 'completed' });
  });
  const steps = calls.filter((name) => /^(startSnapshot|inspect|backUp|restoreState|waitForCredential|noteArrival|verify|cleanUp)/.test(name));
  expect(steps).toEqual(['startSnapshot', 'inspectStates', 'backUpStates', 'restoreState kibana', 'noteArrival kibana', 'restoreState security', 'waitForCredential', 'noteArrival security', 'cleanUp']);
});

it('canceled at the gate, replaces nothing and undoes the rest', async () => {
  const { activities, calls } = recorded({});
  await withRun(activities, async ({ until, update, result }) => {
    await until(atGate);
    await update('cancel');
    expect(await result()).toEqual({ status: 'canceled' });
  });
  expect(calls.filter((name) => /^(backUp|restore)/.test(name))).toEqual([]);
  expect(calls).toContain('undoEffects');
});

it('nothing in the snapshot: asks nobody and ends', async () => {
  const { activities } = recorded({ inspectStates: async () => ({ present: [], absent: ['kibana', 'security'], question: '' }) });
  await withRun(activities, async ({ result }) => {
    expect(await result()).toEqual({ status: 'completed' });
  });
});

it('locked out, it waits for a credential, takes a retry, and goes on by itself', async () => {
  let isLockedOut = true;
  const { activities, calls } = recorded({
    waitForCredential: async ({ windowMs }) => {
      const problem = { message: 'the target no longer takes it', remedy: 'Put in another.' };
      // A long window looks on until it may log in.
      const until = Date.now() + (windowMs > 60_000 ? 20_000 : 0);
      while (isLockedOut && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
      return { problem: isLockedOut ? problem : null };
    },
  });
  await withRun(activities, async ({ until, update, result }) => {
    await until(atGate);
    await update('approve', gate);
    const locked = await until(({ status }) => status === 'needs-attention');
    expect(locked.attention).toEqual([expect.objectContaining({ subject: 'credential', code: 'CredentialLost', error: 'the target no longer takes it', skippable: false })]);
    const looks = calls.filter((name) => name === 'waitForCredential').length;
    await update('retry', { subject: 'credential' });
    await until(({ status, attentionTotal }) => status === 'needs-attention' && attentionTotal === 1 && calls.filter((name) => name === 'waitForCredential').length >= looks + 2);
    isLockedOut = false;
    expect(await result()).toEqual({ status: 'completed' });
  });
});

it('where the credential was lost before the restore of security could say that it is done, it is asked again afterwards', async () => {
  let asked = 0;
  const { activities, calls } = recorded({ restoreState: async ({ state }) => ({ isDone: state !== 'security' || (asked += 1) > 1 }) });
  await withRun(activities, async ({ until, update, result }) => {
    await until(atGate);
    await update('approve', gate);
    expect(await result()).toEqual({ status: 'completed' });
  });
  expect(calls.filter((name) => /^(restoreState security|waitForCredential)/.test(name))).toEqual(['restoreState security', 'waitForCredential', 'restoreState security', 'waitForCredential']);
});
