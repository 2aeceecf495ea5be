/**
 * snapshot-restore: moves indices and data streams through a snapshot repository that both clusters reach.
 *
 * Reads as a runbook: preflight, prepare the repository, snapshot and restore, verify, clean up. Every effect is
 * recorded with its undo by the activity that makes it; on cancel they are undone in reverse.
 */
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { StepName } from '../contracts/names.js';
import type { SnapshotRestoreRequest } from '../contracts/requests.js';
import { longPoll, startOperation, storeCall, WAIT_WINDOW_MS } from './activity-options.js';
import { compareContents } from './compare-contents.js';
import type { MigrationInput } from './contract.js';
import { Control, initialState } from './control.js';
import { replaceStates } from './feature-states.js';
import { driveLedger, type LedgerStage, type RowKey, type RowTrouble } from './ledger-loop.js';
import { runMigration } from './migration-run.js';
import { preflightStep } from './preflight-step.js';
import { tellVerified } from './verified.js';

const STEPS: readonly StepName[] = ['preflight', 'prepare', 'transfer', 'verify', 'cleanup'];

/** Indices in one restore request: few enough to isolate trouble quickly, many enough to keep requests and history few. */
const RESTORE_BATCH = 100;

/** Indices compared by one activity. */
const VERIFY_BATCH = 100;

/** How often an index whose restore vanished (its node went down) is restored again before a person is asked. */
const MAX_RESTORE_ROUNDS = 5;

const store = proxyActivities<Activities>(storeCall);
const start = proxyActivities<Activities>(startOperation);
const wait = proxyActivities<Activities>(longPoll);

type Input = MigrationInput<SnapshotRestoreRequest>;

export async function snapshotRestoreWorkflow(input: Input): Promise<{ status: string }> {
  const control = new Control(initialState(input, { steps: STEPS, concurrency: input.request.concurrency }), {
    throttleable: ['concurrency'],
  });
  return runMigration(control, input, async () => {
    await control.step('preflight', () => preflight(control, input));
    await control.step('prepare', () => prepare(control, input));
    await control.step('transfer', () => transfer(control, input));
    await control.step('verify', () => verify(control, input));
    await control.step('cleanup', () => cleanUp(control, input));
  });
}

/** Looks at both sides before anything is touched. */
async function preflight(control: Control, { id, request, createdAt }: Input): Promise<void> {
  await preflightStep(control, (excluded) => wait.preflight({ id, request, createdAt, excluded }), ({ documents, bytes }) => ({ documents, bytes: bytes * (request.snapshot === undefined ? 2 : 1) }));
}

/** Registers the repository where it is missing and proves that both sides see the same place. */
async function prepare(control: Control, { id, request }: Input): Promise<void> {
  const { detail } = await control.attempt('prepare', request.repository.name, () => start.prepareRepositories({ id, request }));
  control.detail('prepare', detail);
  await store.saveState(control.snapshot());
}

async function transfer(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  // A run that continues as new comes from behind the snapshot.
  if (input.carried === undefined) await control.attempt('transfer', 'snapshot', () => makeSnapshot(control, input));
  const stage: LedgerStage = {
    step: 'transfer',
    batchSize: RESTORE_BATCH,
    next: (page) => store.nextRows({ id, statuses: ['pending', 'running'], ...page }),
    process: (rows) => restore(control, input, rows),
    requeue: (rows) => store.markRows({ id, rows, status: 'pending' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  };
  await drive(control, input, stage);
  if (request.featureStates.length > 0 || request.includeGlobalState) {
    await replaceStates(control, { id, request });
  }
  control.detail('transfer', `${String(control.state.progress.documents.done)} documents restored`);
}

/** Makes the snapshot, or finds the one that an earlier attempt made. */
async function makeSnapshot(control: Control, { id, request }: Input): Promise<void> {
  await start.startSnapshot({ id, request });
  for (;;) {
    const seen = await wait.waitForSnapshot({ id, request, windowMs: WAIT_WINDOW_MS });
    if (!seen.isDone) continue;
    const folded = control.state.progress;
    control.state.progress = {
      ...folded,
      bytes: { done: folded.bytes.done + seen.snapshotBytes, total: seen.snapshotBytes + seen.restoreBytes },
    };
    control.detail('transfer', seen.detail);
    // What the snapshot lacks is parked by now, each by itself.
    for (const trouble of await store.parkedRows({ id })) control.raise('transfer', { ...trouble, isSkippable: true });
    return;
  }
}

/** Restores a batch; an index whose restore vanished with its node is restored again. */
async function restore(control: Control, { id, request }: Input, rows: readonly RowKey[]): Promise<RowTrouble[]> {
  const troubles: RowTrouble[] = [];
  let remaining = rows;
  for (let round = 0; remaining.length > 0; round += 1) {
    if (round === MAX_RESTORE_ROUNDS) {
      troubles.push(...(await store.giveUpRows({ id, rows: remaining, reason: `the restore vanished ${String(round)} times` })));
      break;
    }
    const started = await start.startRestores({ id, request, rows: remaining });
    troubles.push(...started.troubles);
    let waiting = started.rows;
    remaining = [];
    while (waiting.length > 0) {
      const seen = await wait.waitForRestores({ id, request, rows: waiting, windowMs: WAIT_WINDOW_MS });
      const { documents, bytes } = control.state.progress;
      control.state.progress = {
        documents: { ...documents, done: documents.done + seen.documents },
        bytes: { ...bytes, done: bytes.done + seen.bytes },
      };
      troubles.push(...seen.troubles);
      remaining = [...remaining, ...seen.lost];
      waiting = seen.waiting;
    }
  }
  return troubles;
}

/** Compares every restored index with its source; a difference parks until a person compares again or accepts it. */
async function verify(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  control.state.verification = { ...control.state.verification, status: 'running' };
  const stage: LedgerStage = {
    step: 'verify',
    batchSize: request.verify === 'counts' ? VERIFY_BATCH : 1,
    next: (page) => store.nextRows({ id, statuses: ['completed'], ...page }),
    process: async (rows) => {
      const { troubles } = await compareContents(control, input, rows);
      return [...troubles, ...(await wait.verifyRows({ id, request, rows }))];
    },
    requeue: (rows) => store.markRows({ id, rows, status: 'completed' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  };
  await drive(control, input, stage);
  await tellVerified(control, id);
}

async function drive(control: Control, input: Input, stage: LedgerStage): Promise<void> {
  const ended = await driveLedger(control, stage, () => control.state.throttle.concurrency ?? 1);
  await control.busy(() => store.saveState(control.snapshot()));
  if (ended === 'continue-as-new') {
    await continueAsNew<typeof snapshotRestoreWorkflow>({ ...input, carried: { state: control.handOver(), position: null } });
  }
}

/** Removes what was only needed on the way: Godwit's own snapshot and registrations. */
async function cleanUp(control: Control, { id, request }: Input): Promise<void> {
  const { detail } = await control.attempt('cleanup', 'cleanup', () => start.cleanUp({ id, keepSnapshotAt: request.keepSnapshot ? request.source : null }));
  control.detail('cleanup', detail);
}
