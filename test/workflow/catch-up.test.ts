/** The catch-up of a sliced migration alone, on a real Temporal server: activities over a source in memory that goes on being written to. */
import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Context } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activities } from '../../src/activities/index.js';
import { CopyRequestSchema } from '../../src/contracts/copy-request.js';
import type { MigrationState, UpdateInput, UpdateName } from '../../src/workflows/contract.js';
import { refusal } from './fake-activities.js';
import { startWorkflowServer, type WorkflowServer } from './workflow-server.js';

let server: WorkflowServer;

beforeAll(async () => {
  // Long histories are a matter of days elsewhere; here they begin early.
  server = await startWorkflowServer(500);
});
afterAll(() => server.stop());

type Used = Pick<
  Activities,
  | 'preflightSliced' | 'prepareTargets' | 'nextRows' | 'markRows' | 'copySlice' | 'planCatchUp' | 'reconcilePass' | 'applyDeletes' | 'describeSource' | 'watchSource' | 'blockWrites' | 'liftWriteBlocks'
  | 'verifyTargets' | 'summarizeVerification' | 'settleSettings' | 'addAliases' | 'cleanUpReindex' | 'undoEffects' | 'saveState' | 'saveOutcome'
>;

interface Source {
  /** Operations that no pass has seen. */
  pending: number;
  isBlocked: boolean;
  /** One slice of the pass that waits, or none. */
  slice: number | null;
  /** Documents that reconcile finds, round after round. */
  stale: number[];
  /** How often the gate was watched until something changed. */
  watched: number;
  readonly calls: string[];
  readonly saved: MigrationState[];
}

/** One index; a pass is one slice. While the gate is watched `writes` operations come in each time, at most `rounds` times, then it waits. */
function fake({ writes = 0, rounds = 0 }: { writes?: number; rounds?: number } = {}, change: Partial<Used> = {}): { source: Source; activities: Used } {
  const source: Source = { pending: 0, isBlocked: false, slice: null, stale: [], watched: 0, calls: [], saved: [] };
  const nothing = async (): Promise<void> => undefined;
  const activities: Used = {
    preflightSliced: async () => ({ errors: [], isHopeless: false, plan: { indices: 1, dataStreams: 0, documents: 1, bytes: 1 }, summary: 'fine' }),
    prepareTargets: async () => [],
    nextRows: async ({ after }) => (source.slice === null || after !== null ? [] : [{ index: 'a', slice: source.slice }]),
    markRows: nothing,
    copySlice: async () => {
      source.slice = null;
      return { documents: 1, bytes: 1, troubles: [] };
    },
    planCatchUp: async ({ pass }) => {
      source.calls.push(`pass ${String(pass)}${source.isBlocked ? ' blocked' : ''}`);
      const documents = source.pending;
      source.pending = 0;
      source.slice = documents > 0 ? pass : null;
      return { documents, troubles: [] };
    },
    reconcilePass: async ({ pass }) => {
      const documents = source.stale.shift() ?? 0;
      if (documents > 0) source.slice = 1_000 + pass;
      return { isDone: true, documents };
    },
    applyDeletes: async ({ isBlocked, position }) => ({ position: position === null ? { index: 'a', from: 1 } : null, deleted: isBlocked ? 1 : 2, left: 0 }),
    describeSource: async () => ({ names: ['a'], total: 1, hasStreams: false }),
    watchSource: async ({ windowMs }) => {
      if (windowMs === 0) return { operations: source.pending, hasOpen: false };
      source.watched += 1;
      if (source.watched > rounds) await Context.current().cancelled;
      source.pending += writes;
      return { operations: source.pending, hasOpen: true };
    },
    blockWrites: async () => {
      source.calls.push('block');
      source.isBlocked = true;
      return { indices: 1 };
    },
    liftWriteBlocks: async () => {
      source.calls.push('lift');
      return { undone: 1, left: 0 };
    },
    verifyTargets: async () => [],
    summarizeVerification: async () => ({ mismatches: 0, detail: 'compared' }),
    settleSettings: async () => ({ undone: 0, left: 0 }),
    addAliases: async () => ({ aliases: 0 }),
    cleanUpReindex: nothing,
    undoEffects: async () => {
      source.calls.push('undo');
      return { undone: 0, left: 0 };
    },
    saveState: async (state) => {
      source.saved.push(state);
    },
    saveOutcome: async (state) => {
      source.saved.push(state);
    },
    ...change,
  };
  return { source, activities };
}

interface Run {
  readonly handle: WorkflowHandle;
  readonly update: (name: UpdateName, input?: Partial<UpdateInput>) => Promise<MigrationState>;
  readonly until: (condition: (state: MigrationState) => boolean, timeoutMs?: number) => Promise<MigrationState>;
}

async function withRun(catchUp: object, activities: Used, test: (run: Run) => Promise<void>): Promise<void> {
  const id = `m${randomBytes(6).toString('hex')}`;
  const worker = await Worker.create({ connection: server.native, taskQueue: id, workflowBundle: server.workflowBundle, activities });
  const request = CopyRequestSchema.parse({ type: 'copy', source: 'old', target: 'new', catchUp });
  await server.client.workflow.start('copyWorkflow', { workflowId: id, taskQueue: id, args: [{ id, request, requestedBy: 'test', createdAt: new Date().toISOString() }] });
  const handle = server.client.workflow.getHandle(id);
  const run: Run = {
    handle,
    update: (name, input = {}) => handle.executeUpdate<MigrationState, [UpdateInput]>(name, { args: [{ actor: 'test', ...input }] }),
    until: async (condition, timeout = 30_000) => {
      let last = await handle.query<MigrationState>('state');
      await expect.poll(async () => condition((last = await handle.query<MigrationState>('state'))), { timeout, interval: 50 }).toBe(true);
      return last;
    },
  };
  await worker.runUntil(async () => {
    await test(run);
    await handle.terminate().catch(() => undefined);
  });
}

const atGate = (state: MigrationState): boolean => state.gates.some(({ name }) => name === 'cutover');
const detailOf = (state: MigrationState | undefined): string | null | undefined => state?.steps.find(({ name }) => name === 'catch-up')?.detail;

describe('a catch-up', () => {
  it('without a gate: passes until nothing was written, deletes, no block', async () => {
    const { source, activities } = fake();
    source.pending = 5;
    await withRun({ passes: 4 }, activities, async ({ handle }) => {
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(source.calls).toEqual(['pass 1', 'pass 2']);
    expect(detailOf(source.saved.at(-1))).toBe('2 pass(es); 4 delete(s) carried over');
  });

  it('moves again what stood in the way, until nothing does', async () => {
    const { source, activities } = fake();
    source.pending = 5;
    source.stale = [3, 1];
    await withRun({ passes: 1 }, activities, async ({ handle }) => {
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(detailOf(source.saved.at(-1))).toContain('4 document(s) that began anew moved again');
  });

  it('parks when copies keep standing in the way, and goes on after a retry', async () => {
    const { source, activities } = fake();
    source.pending = 5;
    source.stale = [1, 1, 1, 1, 1];
    await withRun({ passes: 1 }, activities, async ({ handle, until, update }) => {
      const parked = await until(({ status }) => status === 'needs-attention');
      expect(parked.attention).toEqual([expect.objectContaining({ code: 'SliceIncomplete', subject: 'catch-up', skippable: false })]);
      await update('retry');
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
  });

  it('keeps up while the gate is open, and blocks only after approval', async () => {
    const { source, activities } = fake({ writes: 7, rounds: 3 });
    await withRun({ passes: 1, gate: true }, activities, async ({ handle, until, update }) => {
      const waiting = await until((state) => atGate(state) && source.watched > 3);
      expect(waiting.status).toBe('awaiting-approval');
      expect(waiting.gates[0]?.question).toContain('a write block on a at old');
      expect(source.calls).toEqual(['pass 1', 'pass 2', 'pass 3', 'pass 4']);
      source.pending = 2;
      expect((await update('approve', { gate: 'cutover' })).gates).toEqual([]);
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(source.calls.slice(4)).toEqual(['block', 'pass 5 blocked']);
    expect(detailOf(source.saved.at(-1))).toBe('5 pass(es); 6 delete(s) carried over');
  });

  it('repeats the last pass while operations wait, and parks when they do not end', async () => {
    const { source, activities } = fake({}, {
      watchSource: async ({ windowMs }) => {
        if (windowMs > 0) await Context.current().cancelled;
        return { operations: source.calls.filter((call) => call.endsWith('blocked')).length >= 7 ? 0 : 1, hasOpen: false };
      },
    });
    await withRun({ passes: 1, gate: true, keepBlock: false }, activities, async ({ handle, until, update }) => {
      await until(atGate);
      await update('approve', { gate: 'cutover' });
      const parked = await until(({ status }) => status === 'needs-attention');
      expect(parked.attention[0]?.error).toContain('old is still written to, 1 operation(s) since the last pass');
      expect(source.calls.filter((call) => call.endsWith('blocked'))).toHaveLength(5);
      await update('retry');
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(source.calls.slice(-3)).toEqual(['pass 7 blocked', 'pass 8 blocked', 'lift']);
    // A rollover may have made an index without a block.
    expect(source.calls.filter((call) => call === 'block')).toHaveLength(2);
  });

  it('blocks what a rollover has made meanwhile, and looks once more, though nothing is written', async () => {
    let blocked = 0;
    const { source, activities } = fake({}, {
      blockWrites: async () => {
        source.calls.push('block');
        source.isBlocked = true;
        blocked += 1;
        return { indices: blocked };
      },
      watchSource: async ({ windowMs }) => {
        if (windowMs > 0) await Context.current().cancelled;
        return { operations: 0, hasOpen: blocked < 2 };
      },
    });
    await withRun({ passes: 1, gate: true }, activities, async ({ handle, until, update }) => {
      await until(atGate);
      await update('approve', { gate: 'cutover' });
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(source.calls).toEqual(['pass 1', 'block', 'pass 2 blocked', 'block', 'pass 3 blocked']);
  });

  it('an index that is gone waits for a person while the others are moved; retried, its pass is planned anew, skipped, it is left', async () => {
    const troubles = [{ subject: 'b', code: 'IndexNotFound', message: 'b is gone', remedy: 'Skip.', isTransient: false }];
    const marked: string[] = [];
    const { source, activities } = fake({}, {
      planCatchUp: async ({ pass }) => {
        source.calls.push(`pass ${String(pass)}`);
        // Of another index.
        if (source.calls.length === 1) source.slice = 1;
        return { documents: 1, troubles: marked.includes('skipped') ? [] : troubles };
      },
      markRows: async ({ rows, status }) => {
        expect(rows).toEqual([{ index: 'b', slice: 0 }]);
        marked.push(status);
      },
    });
    await withRun({ passes: 1 }, activities, async ({ handle, until, update }) => {
      const parked = await until(({ status }) => status === 'needs-attention' && source.slice === null);
      expect(parked.attention).toEqual([expect.objectContaining({ subject: 'b', code: 'IndexNotFound', step: 'catch-up', skippable: true })]);
      await update('retry', { subject: 'b' });
      await until(({ attention }) => attention.length === 1 && source.calls.length === 2);
      await update('skip', { subject: 'b' });
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(marked).toEqual(['running', 'skipped']);
    // The same pass.
    expect(source.calls).toEqual(['pass 1', 'pass 1']);
  });

  it('refused at the gate blocks nothing and takes back what was made', async () => {
    const { source, activities } = fake();
    await withRun({ passes: 1, gate: true }, activities, async ({ handle, until, update }) => {
      await until(atGate);
      await update('cancel');
      expect(await handle.result()).toEqual({ status: 'canceled' });
    });
    expect(source.calls).toEqual(['pass 1', 'undo']);
  });

  it('parks where a block may not be set, and sets it after a retry', async () => {
    let isAllowed = false;
    const { source, activities } = fake({}, {
      blockWrites: async () => {
        if (!isAllowed) throw refusal('PrivilegeMissing', 'not allowed', 'a');
        source.calls.push('block');
        return { indices: 1 };
      },
    });
    await withRun({ passes: 1, gate: true }, activities, async ({ handle, until, update }) => {
      await until(atGate);
      await update('approve', { gate: 'cutover' });
      const parked = await until(({ status }) => status === 'needs-attention');
      expect(parked.attention).toEqual([expect.objectContaining({ code: 'PrivilegeMissing', subject: 'a' })]);
      isAllowed = true;
      await update('retry');
      expect(await handle.result()).toEqual({ status: 'completed' });
    });
    expect(source.calls).toEqual(['pass 1', 'block', 'pass 2']);
  });

  it('with a gate that stays open for long continues as new, keeps the gate, and takes the approval then', async () => {
    const { source, activities } = fake({ writes: 1, rounds: 14 });
    await withRun({ passes: 1, gate: true }, activities, async ({ handle, until, update }) => {
      const waiting = await until((state) => atGate(state) && source.watched > 14, 90_000);
      expect(waiting.status).toBe('awaiting-approval');
      await update('approve', { gate: 'cutover' });
      expect(await handle.result()).toEqual({ status: 'completed' });
      const last = await handle.describe();
      expect(last.raw.workflowExecutionInfo?.firstRunId).not.toBe(last.runId);
    });
    const passes = source.calls.filter((call) => call.startsWith('pass')).map((call) => Number(/\d+/.exec(call)?.[0]));
    // In order, none left out; a run that begins anew looks once more.
    expect(passes).toEqual([...passes].sort((a, b) => a - b));
    expect(Math.max(...passes)).toBeGreaterThanOrEqual(15);
    // Set once more by a run that begins anew, which changes nothing; never before the approval.
    const last = source.calls.slice(source.calls.indexOf('block'));
    expect(last.filter((call) => call !== 'block' && !call.endsWith('blocked'))).toEqual([]);
  }, 120_000);
});
