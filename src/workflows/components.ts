/**
 * components: what a cluster holds beside documents, compared and written in the order in which it depends on itself.
 *
 * Reads as a runbook: preflight, hold what would act by itself, write, compare, clean up. One component that fails
 * stops no other; what is there already and the same is left alone.
 */
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { ComponentsRequest } from '../contracts/requests.js';
import { compareComponentIds } from '../domain/components/kinds.js';
import { longPoll, startOperation, storeCall } from './activity-options.js';
import type { MigrationInput } from './contract.js';
import { Control, initialState } from './control.js';
import { driveLedger, type LedgerStage } from './ledger-loop.js';
import { runMigration } from './migration-run.js';
import { preflightStep } from './preflight-step.js';
import { tellVerified } from './verified.js';

/** Components that one activity writes or compares. */
const WRITE_BATCH = 50;
const VERIFY_BATCH = 200;

const store = proxyActivities<Activities>(storeCall);
const start = proxyActivities<Activities>(startOperation);
const wait = proxyActivities<Activities>(longPoll);

type Input = MigrationInput<ComponentsRequest>;

export async function componentsWorkflow(input: Input): Promise<{ status: string }> {
  const control = new Control(initialState(input, { steps: ['preflight', 'prepare', 'transfer', 'verify', 'cleanup'], concurrency: input.request.concurrency }), { throttleable: ['concurrency'] });
  return runMigration(control, input, async () => {
    await control.step('preflight', () => preflight(control, input));
    await control.step('prepare', () => hold(control, input));
    await control.step('transfer', () => write(control, input));
    await control.step('verify', () => verify(control, input));
    await control.step('cleanup', () => cleanUp(control, input));
  });
}

async function preflight(control: Control, { id, request, createdAt }: Input): Promise<void> {
  await preflightStep(control, (excluded) => wait.preflightComponents({ id, request, createdAt, excluded }), ({ documents, bytes }) => ({ documents, bytes }));
  await control.busy(() => store.saveState(control.snapshot()));
}

/** ILM and SLM of the target are not to act before the data is there. */
async function hold(control: Control, { id, request }: Input): Promise<void> {
  await control.checkpoint();
  const { stopped } = await control.attempt('prepare', 'lifecycles', () => start.holdLifecycles({ id, request }));
  control.detail('prepare', stopped.length === 0 ? null : `stopped at the target: ${stopped.map((which) => which.toUpperCase()).join(', ')}`);
}

async function write(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  await drive(control, input, {
    step: 'transfer',
    batchSize: WRITE_BATCH,
    next: (page) => store.nextComponents({ id, statuses: ['pending'], ...page }),
    process: (rows) => start.writeComponents({ id, request, rows, concurrency: control.state.throttle.concurrency ?? 1 }),
    requeue: (rows) => store.markRows({ id, rows, status: 'pending' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
    isAhead: (row, position) => compareComponentIds(row.index, position.index) > 0,
  });
  control.detail('transfer', null);
}

/** A difference parks until a person compares again or accepts it. */
async function verify(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  control.state.verification = { ...control.state.verification, status: 'running' };
  await drive(control, input, {
    step: 'verify',
    batchSize: VERIFY_BATCH,
    next: (page) => store.nextComponents({ id, statuses: ['completed'], ...page }),
    process: (rows) => wait.verifyComponents({ id, request, rows }),
    requeue: (rows) => store.markRows({ id, rows, status: 'completed' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
    isAhead: (row, position) => compareComponentIds(row.index, position.index) > 0,
  });
  await tellVerified(control, id);
}

async function cleanUp(control: Control, { id }: Input): Promise<void> {
  const { detail } = await control.attempt('cleanup', 'cleanup', () => start.cleanUpComponents({ id }));
  control.detail('cleanup', detail);
}

/** One batch at a time: a kind is written whole before the next, which may refer to it. */
async function drive(control: Control, input: Input, stage: LedgerStage): Promise<void> {
  const ended = await driveLedger(control, stage, () => 1);
  await control.busy(() => store.saveState(control.snapshot()));
  if (ended === 'continue-as-new') {
    await continueAsNew<typeof componentsWorkflow>({ ...input, carried: { state: control.handOver(), position: null } });
  }
}
