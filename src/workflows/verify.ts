/**
 * verify: compares the documents of two clusters and, if asked to and approved, mends the target.
 *
 * Reads as a runbook: preflight, compare, and with `repair` a gate, the repair, another comparison; clean up. Without
 * `repair` it reads only.
 */
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { StepName } from '../contracts/names.js';
import type { VerifyRequest } from '../contracts/requests.js';
import { longPoll, startOperation, storeCall } from './activity-options.js';
import { compareContents } from './compare-contents.js';
import type { MigrationInput } from './contract.js';
import { Control, initialState } from './control.js';
import { driveLedger, type LedgerStage, type RowKey, type RowTrouble } from './ledger-loop.js';
import { runMigration } from './migration-run.js';
import { withTransform } from './new-transform.js';
import { preflightStep } from './preflight-step.js';
import { tellVerified } from './verified.js';

export const REPAIR_GATE = 'repair';

const store = proxyActivities<Activities>(storeCall);
const start = proxyActivities<Activities>(startOperation);
const wait = proxyActivities<Activities>(longPoll);

type Input = MigrationInput<VerifyRequest>;

export async function verifyWorkflow(started: Input): Promise<{ status: string }> {
  const { concurrency, requestsPerSecond, repair } = started.request;
  const steps: readonly StepName[] = ['preflight', 'verify', ...(repair ? ['repair' as const] : []), 'cleanup'];
  const control = new Control(initialState(started, { steps, concurrency, requestsPerSecond }), { throttleable: ['concurrency', 'requestsPerSecond'] });
  const input: Input = {
    ...started,
    get request() {
      return withTransform(control, started.request);
    },
  };
  return runMigration(control, input, async () => {
    await control.step('preflight', () => preflight(control, input));
    await control.step('verify', () => compare(control, input));
    if (repair) await control.step('repair', () => mend(control, input));
    await control.step('cleanup', () => conclude(control, input));
  });
}

async function preflight(control: Control, { id, request, createdAt }: Input): Promise<void> {
  await preflightStep(control, (excluded) => wait.preflightVerify({ id, request, createdAt, excluded }), ({ documents }) => ({ documents, bytes: 0 }));
  await control.busy(() => store.saveState(control.snapshot()));
}

/** Compares every index; a difference parks, or waits for its repair if one was asked for. */
async function compare(control: Control, input: Input): Promise<void> {
  const { id } = input;
  control.state.verification = { ...control.state.verification, status: 'running' };
  await drive(control, input, {
    step: 'verify',
    batchSize: 1,
    next: (page) => store.nextRows({ id, statuses: ['pending'], ...page }),
    process: (rows) => compareRows(control, input, rows, input.request.repair),
    requeue: (rows) => store.markRows({ id, rows, status: 'pending' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  });
}

async function compareRows(control: Control, input: Input, rows: readonly RowKey[], isRepairNext: boolean): Promise<RowTrouble[]> {
  const { id, request } = input;
  const { troubles, documents } = await compareContents(control, input, rows);
  const { progress } = control.state;
  control.state.progress = { ...progress, documents: { ...progress.documents, done: Math.min(progress.documents.done + documents, progress.documents.total ?? Infinity) } };
  return [...troubles, ...(await wait.judgeCompared({ id, request, rows, isRepairNext }))];
}

/** Mends what differs, once a person has approved of the numbers, and compares it again. */
async function mend(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  if (!isApproved(input)) {
    const { question } = await control.busy(() => store.repairPlan({ id, request }));
    if (question === null) {
      control.detail('repair', 'nothing to repair');
      return;
    }
    await control.gate(REPAIR_GATE, question);
  }
  await drive(control, input, {
    step: 'repair',
    batchSize: 1,
    next: (page) => store.nextRows({ id, statuses: ['completed'], ...page }),
    process: async (rows) => {
      const { troubles } = await compareContents(control, input, rows, true);
      return troubles.length > 0 ? [...troubles] : compareRows(control, input, rows, false);
    },
    requeue: (rows) => store.markRows({ id, rows, status: 'completed' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  });
}

/** Approved in a run before this one, which had to begin anew. */
function isApproved({ carried }: Input): boolean {
  const position = carried?.position;
  return typeof position === 'object' && position !== null && 'isRepairApproved' in position && position.isRepairApproved === true;
}

async function conclude(control: Control, { id }: Input): Promise<void> {
  await tellVerified(control, id);
  await control.attempt('cleanup', 'cleanup', () => start.cleanUpVerify({ id }));
}

async function drive(control: Control, input: Input, stage: LedgerStage): Promise<void> {
  const ended = await driveLedger(control, stage, () => control.state.throttle.concurrency ?? 1);
  await control.busy(() => store.saveState(control.snapshot()));
  if (ended === 'continue-as-new') {
    await continueAsNew<typeof verifyWorkflow>({ ...input, carried: { state: control.handOver(), position: { isRepairApproved: stage.step === 'repair' } } });
  }
}
