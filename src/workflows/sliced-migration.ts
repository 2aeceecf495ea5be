/**
 * What `reindex` and `copy` have in common: indices cut into slices, which are moved one by one.
 *
 * Reads as a runbook: preflight, prepare the targets and cut the slices, move them, catch up, compare, settle settings
 * and aliases, clean up. What a failure costs is the slices in flight; what was done is recorded with its undo.
 */
import { CancellationScope, condition, continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { StepName } from '../contracts/names.js';
import type { SlicedRequest } from '../contracts/requests.js';
import { SLICE_METHODS, UNIT_METHODS } from '../domain/reindex/methods.js';
import { longPoll, startOperation, storeCall } from './activity-options.js';
import { compareContents } from './compare-contents.js';
import type { MigrationInput } from './contract.js';
import { catchUp, isCatchUpPosition, type CatchUpPosition } from './catch-up.js';
import { Control, initialState } from './control.js';
import { driveLedger, isAfterInTurns, type LedgerStage, type RowKey, type RowTrouble } from './ledger-loop.js';
import { runMigration } from './migration-run.js';
import { takeNewTransform, withTransform } from './new-transform.js';
import { preflightStep } from './preflight-step.js';
import { tellVerified } from './verified.js';

/** Indices prepared or compared by one activity. */
const PREPARE_BATCH = 25;
const VERIFY_BATCH = 50;
/** Slices looked up at once. */
const SLICE_PAGE = 50;

const store = proxyActivities<Activities>(storeCall);
const start = proxyActivities<Activities>(startOperation);
const wait = proxyActivities<Activities>(longPoll);

/** How a type moves its slices. */
export interface SliceMover {
  /** Before slices are moved, in every pass. */
  readonly begin: (control: Control) => Promise<void>;
  /** @param share documents a second for this slice; null: no limit. @returns what a person has to know about the slice */
  readonly move: (control: Control, row: RowKey, share: number | null) => Promise<readonly RowTrouble[]>;
  /** Changes the speed of the slices that run. */
  readonly changeSpeed: (control: Control, share: number | null) => Promise<void>;
}

interface Input extends MigrationInput<SlicedRequest> {
  readonly mover: SliceMover;
}

export async function runSlicedMigration(started: MigrationInput<SlicedRequest>, mover: SliceMover): Promise<{ status: string }> {
  const { concurrency, requestsPerSecond, catchUp: plan } = started.request;
  const steps: readonly StepName[] = ['preflight', 'prepare', 'transfer', ...(plan === undefined ? [] : ['catch-up' as const]), 'verify', 'cutover', 'cleanup'];
  const control = new Control(initialState(started, { steps, concurrency, requestsPerSecond }), { throttleable: ['concurrency', 'requestsPerSecond'] });
  const input: Input = {
    ...started,
    mover,
    get request() {
      return withTransform(control, started.request);
    },
  };
  return runMigration(control, input, async () => {
    await control.step('preflight', () => preflight(control, input));
    await control.step('prepare', () => prepare(control, input));
    await control.step('transfer', () => transfer(control, input));
    if (plan !== undefined) await control.step('catch-up', () => catchUpWith(control, input, plan));
    await control.step('verify', () => verify(control, input));
    await control.step('cutover', () => settle(control, input));
    await control.step('cleanup', () => cleanUp(control, input));
  });
}

async function preflight(control: Control, input: Input): Promise<void> {
  const { id, createdAt } = input;
  await preflightStep(control, (excluded) => wait.preflightSliced({ id, request: input.request, createdAt, excluded }), ({ documents, bytes }) => ({ documents, bytes }));
  await control.busy(() => store.saveState(control.snapshot()));
}

/** Makes the target of every index and cuts the index into slices. */
async function prepare(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  await drive(control, input, null, {
    step: 'prepare',
    batchSize: PREPARE_BATCH,
    next: (page) => store.nextRows({ id, statuses: ['pending'], methods: UNIT_METHODS, ...page }),
    process: (rows) => start.prepareTargets({ id, request, rows }),
    requeue: (rows) => store.markRows({ id, rows, status: 'pending' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  });
  control.detail('prepare', null);
}

async function transfer(control: Control, input: Input): Promise<void> {
  await moveSlices(control, input, 'transfer', null);
  control.detail('transfer', null);
}

/** Carries over what was written meanwhile; with a gate, up to the last write. */
async function catchUpWith(control: Control, input: Input, plan: NonNullable<SlicedRequest['catchUp']>): Promise<void> {
  const { id, request, carried } = input;
  await catchUp({
    control,
    id,
    request,
    plan,
    carried: isCatchUpPosition(carried?.position) ? carried.position : null,
    moveSlices: (position) => moveSlices(control, input, 'catch-up', position),
    beginAnew: (position) => beginAnew(control, input, position),
  });
}

/**
 * Works off the slices that wait, while the speed of those that run follows the throttle.
 * @returns whether a whole index (slice 0) that was parked is to be tried again
 */
async function moveSlices(control: Control, input: Input, step: StepName, position: CatchUpPosition | null): Promise<boolean> {
  const { id, mover } = input;
  let hasRetriedUnits = false;
  const stage: LedgerStage = {
    step,
    batchSize: 1,
    pageSize: SLICE_PAGE,
    // No index waits for another to be done with all of its slices.
    isAhead: isAfterInTurns,
    next: (page) => store.nextRows({ id, statuses: ['pending', 'running'], methods: SLICE_METHODS, order: 'turn', ...page }),
    process: async ([row]) => (row === undefined || row.slice === 0 ? [] : mover.move(control, row, shareOf(control))),
    requeue: async (rows) => {
      const [units, slices] = [rows.filter(({ slice }) => slice === 0), rows.filter(({ slice }) => slice > 0)];
      hasRetriedUnits ||= units.length > 0;
      if (units.length > 0) await store.markRows({ id, rows: units, status: 'running' });
      if (slices.length > 0) await store.markRows({ id, rows: slices, status: 'pending' });
    },
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  };
  const throttling = new CancellationScope();
  const following = throttling.run(() => followThrottle(control, input)).catch(() => undefined);
  try {
    await control.busy(() => mover.begin(control));
    await drive(control, input, position, stage);
    return hasRetriedUnits;
  } finally {
    throttling.cancel();
    await following;
  }
}

/** A slice's share of the speed: all that may run at once get the same. */
export function shareOf(control: Control): number | null {
  const { requestsPerSecond, concurrency } = control.state.throttle;
  return requestsPerSecond === null ? null : requestsPerSecond / (concurrency ?? 1);
}

async function followThrottle(control: Control, { mover }: Input): Promise<void> {
  for (let known = shareOf(control); ; ) {
    await condition(() => shareOf(control) !== known);
    known = shareOf(control);
    await mover.changeSpeed(control, known);
  }
}

/** Adds what has arrived to the progress. */
export function fold(control: Control, documents: number, bytes: number): void {
  const { progress } = control.state;
  control.state.progress = {
    documents: { done: progress.documents.done + documents, total: progress.documents.total },
    bytes: { done: progress.bytes.done + bytes, total: progress.bytes.total },
  };
}

/** Compares every index with its source; a difference parks until a person compares again or accepts it. */
async function verify(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  control.state.verification = { ...control.state.verification, status: 'running' };
  await drive(control, input, null, {
    step: 'verify',
    batchSize: request.verify === 'counts' ? VERIFY_BATCH : 1,
    next: (page) => store.nextRows({ id, statuses: ['running'], methods: UNIT_METHODS, ...page }),
    process: async (rows) => {
      const { troubles } = await compareContents(control, input, rows);
      return [...troubles, ...(await wait.verifyTargets({ id, request: input.request, rows }))];
    },
    requeue: (rows) => store.markRows({ id, rows, status: 'running' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  });
  await tellVerified(control, id);
}

/** Settings as at the source, then the aliases: from here on applications may use the target. */
async function settle(control: Control, { id, request }: Input): Promise<void> {
  await control.attempt('cutover', 'settings', () => start.settleSettings({ id }));
  if (!request.includeAliases) return;
  const { aliases } = await control.attempt('cutover', 'aliases', () => start.addAliases({ id, request }));
  control.detail('cutover', `${String(aliases)} alias(es) added`);
}

async function cleanUp(control: Control, { id, request }: Input): Promise<void> {
  if (request.catchUp?.gate === true && !request.catchUp.keepBlock) await control.attempt('cleanup', 'cleanup', () => start.liftWriteBlocks({ id }));
  await control.attempt('cleanup', 'cleanup', () => start.cleanUpReindex({ id }));
}

async function drive(control: Control, input: Input, position: CatchUpPosition | null, stage: LedgerStage): Promise<void> {
  const isWhole = stage.step === 'prepare' || (stage.step === 'verify' && input.request.verify === 'counts');
  const requeue = async (rows: readonly RowKey[]): Promise<void> => {
    if (await takeNewTransform(control, stage.step, input.id, input.request, rows)) await stage.requeue(rows);
  };
  const ended = await driveLedger(control, { ...stage, requeue }, () => (isWhole ? 1 : (control.state.throttle.concurrency ?? 1)));
  await control.busy(() => store.saveState(control.snapshot()));
  if (ended === 'continue-as-new') await beginAnew(control, input, position);
}

function beginAnew(control: Control, { id, request, requestedBy, createdAt }: Input, position: CatchUpPosition | null): Promise<never> {
  return continueAsNew<(next: MigrationInput<SlicedRequest>) => Promise<unknown>>({ id, request, requestedBy, createdAt, carried: { state: control.handOver(), position } });
}
