/** The workflow of copy alone, on a real Temporal server with fake activities: slices and their speed, what parks, pause, cancel. */
import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CopiedSlice, CopySliceInput } from '../../src/activities/copy-slices.js';
import { CopyRequestSchema, type CopyRequest } from '../../src/contracts/copy-request.js';
import type { Transform } from '../../src/contracts/transform.js';
import { fakeReindex, type FakeReindex } from './fake-reindex.js';
import { withMigration } from './migration-runs.js';
import { startWorkflowServer, type WorkflowServer } from './workflow-server.js';

let server: WorkflowServer;
beforeAll(async () => {
  server = await startWorkflowServer(150);
});
afterAll(() => server.stop());

const INDICES = new Map([['a', 3], ['b', 2]]);
const NAMES = ['a#1', 'b#1', 'a#2', 'b#2', 'a#3'];
const nameOf = ({ index, slice }: CopySliceInput['row']): string => `${index}#${String(slice)}`;
const requestOf = (more: object = {}): CopyRequest => CopyRequestSchema.parse({ type: 'copy', source: 'old', target: 'new', concurrency: 2, ...more });

/** A door that is opened once. */
function door(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** The usual fake, but each slice is copied as told, and after it as usual. */
function copying(copy: (input: CopySliceInput, fake: FakeReindex) => Promise<void>): FakeReindex {
  const usual = fakeReindex(INDICES);
  const fake = fakeReindex(INDICES, {
    ...usual.activities,
    copySlice: async (input) => {
      await copy(input, usual);
      return usual.activities.copySlice(input);
    },
  });
  return { ...usual, activities: fake.activities };
}

it('slices go in turns of the indices, no more at once than asked for, each with its share of the speed, which a throttle changes', async () => {
  const [first, rest] = [door(), door()];
  const shares: (number | null)[] = [];
  let [open, mostOpen] = [0, 0];
  const fake = copying(async ({ requestsPerSecond }, { saved }) => {
    // Slices that run look for their speed there, so it is there before the first one begins.
    expect(saved.length).toBeGreaterThan(0);
    shares.push(requestsPerSecond);
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    if (shares.length === 2) first.open();
    await rest.opened;
    open -= 1;
  });
  await withMigration(server, 'copyWorkflow', requestOf({ requestsPerSecond: 100 }), fake.activities, async ({ result, update }) => {
    await first.opened;
    await update('throttle', { requestsPerSecond: 30 });
    await expect.poll(() => fake.saved.at(-1)?.throttle.requestsPerSecond, { timeout: 20_000 }).toBe(30);
    rest.open();
    expect(await result()).toEqual({ status: 'completed' });
  });
  expect(shares).toEqual([50, 50, 15, 15, 15]);
  expect(mostOpen).toBe(2);
  expect(fake.started.map(nameOf).sort()).toEqual([...NAMES].sort());
  expect(fake.saved.at(-1)).toMatchObject({ status: 'completed', progress: { documents: { done: 5, total: 5 } } });
});

it('a slice whose documents are rejected waits for a person, the others go on; retry copies it again', async () => {
  const usual = fakeReindex(INDICES);
  let isMended = false;
  const activities: FakeReindex['activities'] = {
    ...usual.activities,
    copySlice: async (input) => {
      const answer = await usual.activities.copySlice(input);
      if (nameOf(input.row) !== 'b#1' || isMended) return answer;
      return { ...answer, troubles: [{ subject: 'b#1', code: 'DocumentsRejected', message: 'the target rejected 1 document(s)', remedy: 'Mend it.', isTransient: false }] };
    },
  };
  await withMigration(server, 'copyWorkflow', requestOf(), activities, async ({ result, until, update }) => {
    const parked = await until(({ status }) => status === 'needs-attention');
    expect(parked.attention).toMatchObject([{ subject: 'b#1', code: 'DocumentsRejected', step: 'transfer', skippable: true }]);
    expect(usual.started.map(nameOf).sort()).toEqual([...NAMES].sort());
    isMended = true;
    await update('retry', { subject: 'b#1' });
    expect(await result()).toEqual({ status: 'completed' });
    expect(usual.started.map(nameOf).filter((name) => name === 'b#1')).toHaveLength(2);
  });
});

it('the transform of a retry is looked at once, and holds for all that is moved after it, also when the migration continues as new', async () => {
  const slices = 60;
  const usual = fakeReindex(new Map([['a', slices]]));
  const [retried, first] = [door(), { isRejected: true }];
  const before: Transform = [{ op: 'remove', field: 'x' }];
  const brought: Transform = [{ op: 'module', name: 'mended.js' }];
  const taken: Transform = [{ op: 'module', name: 'mended.js', sha256: 'a'.repeat(64) }];
  const moved: { readonly run: string; readonly slice: number; readonly transform: Transform | undefined }[] = [];
  const looked: Transform[] = [];
  const activities = {
    ...usual.activities,
    copySlice: async (input: CopySliceInput): Promise<CopiedSlice> => {
      const { slice } = input.row;
      if (slice > 1) await retried.opened;
      moved.push({ run: Context.current().info.workflowExecution?.runId ?? '', slice, transform: input.request.transform });
      const answer = await usual.activities.copySlice(input);
      if (!first.isRejected) return answer;
      first.isRejected = false;
      return { ...answer, troubles: [{ subject: 'a#1', code: 'DocumentsRejected', message: 'the transform could not change 1 document(s)', remedy: 'Retry.', isTransient: false }] };
    },
    takeTransform: async ({ transform }: { transform: Transform }): Promise<Transform> => {
      looked.push(transform);
      return taken;
    },
  };
  await withMigration(server, 'copyWorkflow', requestOf({ transform: before }), activities, async ({ id, result, until, update }) => {
    await until(({ attention }) => attention.length === 1);
    await update('retry', { subject: 'a#1', transform: brought });
    await expect.poll(() => looked.length, { timeout: 10_000 }).toBe(1);
    retried.open();
    expect(await result()).toEqual({ status: 'completed' });
    const { firstRunId } = (await server.client.workflow.getHandle(id).describe()).raw.workflowExecutionInfo ?? {};
    const later = moved.filter(({ run }) => run !== firstRunId);
    expect(later.length).toBeGreaterThan(0);
    expect(later.map(({ transform }) => transform)).toEqual(later.map(() => taken));
  });
  expect(looked).toEqual([brought]);
  expect(moved.filter(({ slice }) => slice === 1).map(({ transform }) => transform)).toEqual([before, taken]);
  expect(new Set(moved.map(({ slice }) => slice)).size).toBe(slices);
});

it('a pause lets the slices in flight end and begins no other, until it is lifted', async () => {
  const [begun, rest] = [door(), door()];
  const fake = copying(async (_input, { started }) => {
    if (started.length === 0) begun.open();
    await rest.opened;
  });
  await withMigration(server, 'copyWorkflow', requestOf(), fake.activities, async ({ result, until, update, restartWorker }) => {
    await begun.opened;
    await update('pause');
    rest.open();
    await until(({ progress }) => progress.documents.done === 2);
    // Whatever a worker that has forgotten all would begin, it has begun by the end of its replay.
    await restartWorker();
    expect((await until(({ status }) => status === 'paused')).progress.documents.done).toBe(2);
    expect(fake.started).toHaveLength(2);
    await update('resume');
    expect(await result()).toEqual({ status: 'completed' });
  });
  expect(fake.started).toHaveLength(5);
});

it('a cancel stops the slices in flight and waits for them before anything is undone', async () => {
  const begun = door();
  const order: string[] = [];
  const fake = copying(async ({ row }) => {
    begun.open();
    const pulse = setInterval(() => Context.current().heartbeat(), 200);
    try {
      await Context.current().cancelled;
    } finally {
      clearInterval(pulse);
      order.push(`stopped ${nameOf(row)}`);
    }
  });
  const activities: FakeReindex['activities'] = {
    ...fake.activities,
    undoEffects: async () => {
      order.push('undone');
      return { undone: 1, left: 0 };
    },
  };
  await withMigration(server, 'copyWorkflow', requestOf(), activities, async ({ result, update }) => {
    await begun.opened;
    await update('cancel');
    expect(await result()).toEqual({ status: 'canceled' });
  });
  expect(order.at(-1)).toBe('undone');
  expect(order.slice(0, -1).length).toBeGreaterThan(0);
  expect(order.filter((entry) => entry === 'undone')).toHaveLength(1);
});
