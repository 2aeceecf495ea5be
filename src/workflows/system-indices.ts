/**
 * system-indices: feature states of the source replace those of the target, through a snapshot repository.
 *
 * Reads as a runbook: preflight, prepare the repository, snapshot, approval, keep what the target has, restore, compare,
 * clean up. On cancel what was replaced comes back from what was kept.
 */
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { StepName } from '../contracts/names.js';
import type { StatesRequest, SystemIndicesRequest } from '../contracts/requests.js';
import { longPoll, startOperation, storeCall, WAIT_WINDOW_MS } from './activity-options.js';
import type { MigrationInput } from './contract.js';
import { Control, initialState } from './control.js';
import { replaceStates } from './feature-states.js';
import { driveLedger, type LedgerStage } from './ledger-loop.js';
import { runMigration } from './migration-run.js';
import { preflightStep } from './preflight-step.js';
import { tellVerified } from './verified.js';

const STEPS: readonly StepName[] = ['preflight', 'prepare', 'transfer', 'verify', 'cleanup'];

/** Feature states compared by one activity: there are a dozen or two in all. */
const VERIFY_BATCH = 25;

const store = proxyActivities<Activities>(storeCall);
const start = proxyActivities<Activities>(startOperation);
const wait = proxyActivities<Activities>(longPoll);

type Input = MigrationInput<SystemIndicesRequest>;

export async function systemIndicesWorkflow(input: Input): Promise<{ status: string }> {
  const { request } = input;
  const control = new Control(initialState(input, { steps: STEPS, concurrency: null }), { throttleable: [] });
  let states: readonly string[] = [];
  return runMigration(control, input, async () => {
    await control.step('preflight', async () => {
      states = await preflight(control, input);
    });
    const wanted: StatesRequest = { ...request, featureStates: [...states], partial: false };
    await control.step('prepare', () => prepare(control, input, wanted));
    await control.step('transfer', () => transfer(control, input, wanted));
    await control.step('verify', () => verify(control, input));
    await control.step('cleanup', () => cleanUp(control, input));
  });
}

/** @returns the states that are meant, as they are from here on whatever the clusters add */
async function preflight(control: Control, { id, request, createdAt }: Input): Promise<readonly string[]> {
  let states: readonly string[] = [];
  const look = async (excluded: readonly string[]): ReturnType<typeof wait.preflightStates> => {
    const outcome = await wait.preflightStates({ id, request, createdAt, excluded });
    states = outcome.states;
    return outcome;
  };
  await preflightStep(control, look, ({ documents }) => ({ documents, bytes: 0 }));
  return states;
}

async function prepare(control: Control, { id }: Input, request: StatesRequest): Promise<void> {
  const { detail } = await control.attempt('prepare', request.repository.name, () => start.prepareRepositories({ id, request }));
  control.detail('prepare', detail);
  await store.saveState(control.snapshot());
}

async function transfer(control: Control, { id, request: asked }: Input, request: StatesRequest): Promise<void> {
  await control.attempt('transfer', 'snapshot', async () => {
    await start.startSnapshot({ id, request });
    while (!(await wait.waitForSnapshot({ id, request, windowMs: WAIT_WINDOW_MS })).isDone);
  });
  const replaced = await replaceStates(
    control,
    { id, request },
    {
      onInspected: async (present, absent) => {
        await control.attempt('transfer', 'feature states', () => wait.recordStates({ id, request: asked, present, absent }));
        await store.saveState(control.snapshot());
      },
      onRestored: async (state) => {
        const { documents } = await control.attempt('transfer', state, () => wait.noteArrival({ id, request: asked, state }));
        control.state.progress = { ...control.state.progress, documents: { ...control.state.progress.documents, done: control.state.progress.documents.done + documents } };
      },
    },
  );
  control.detail('transfer', replaced.length === 0 ? 'the source has nothing of what was asked for' : `replaced ${replaced.join(', ')}`);
}

/** Compares every state with the source; a difference parks until a person compares again or accepts it. */
async function verify(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  control.state.verification = { ...control.state.verification, status: 'running' };
  const stage: LedgerStage = {
    step: 'verify',
    batchSize: VERIFY_BATCH,
    next: (page) => store.nextRows({ id, statuses: ['completed'], ...page }),
    process: (rows) => wait.verifyStates({ id, request, rows }),
    requeue: (rows) => store.markRows({ id, rows, status: 'completed' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  };
  const ended = await driveLedger(control, stage, () => 1);
  await control.busy(() => store.saveState(control.snapshot()));
  if (ended === 'continue-as-new') await continueAsNew<typeof systemIndicesWorkflow>({ ...input, carried: { state: control.handOver(), position: null } });
  await tellVerified(control, id);
}

/** Removes what was only needed on the way; what was kept of the target stays. */
async function cleanUp(control: Control, { id, request }: Input): Promise<void> {
  const { detail } = await control.attempt('cleanup', 'cleanup', () => start.cleanUp({ id, keepSnapshotAt: request.keepSnapshot ? request.source : null }));
  control.detail('cleanup', detail);
}
