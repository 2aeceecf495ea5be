/**
 * saved-objects: what Kibana keeps, space by space, by Kibana's own export and import.
 *
 * Reads as a runbook: preflight, make the spaces, move the objects in batches, compare them, complete connectors, enable
 * rules, clean up. A space is worked off in order, references first; several spaces go at once.
 */
import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { StepName } from '../contracts/names.js';
import type { SavedObjectsRequest } from '../contracts/requests.js';
import { RETRY_METHOD, SPACE_METHOD, isObjectRow } from '../domain/saved-objects/rows.js';
import { longPoll, startOperation, storeCall } from './activity-options.js';
import type { MigrationInput } from './contract.js';
import { Control, initialState } from './control.js';
import { driveLedger, type LedgerStage, type RowKey, type RowTrouble } from './ledger-loop.js';
import { runMigration } from './migration-run.js';
import { preflightStep } from './preflight-step.js';
import { tellVerified } from './verified.js';

const store = proxyActivities<Activities>(storeCall);
const start = proxyActivities<Activities>(startOperation);
const wait = proxyActivities<Activities>(longPoll);

const STEPS: readonly StepName[] = ['preflight', 'prepare', 'transfer', 'verify', 'cutover', 'cleanup'];
const SPACES_AT_ONCE = 20;

type Input = MigrationInput<SavedObjectsRequest>;

export async function savedObjectsWorkflow(input: Input): Promise<{ status: string }> {
  const control = new Control(initialState(input, { steps: STEPS, concurrency: input.request.concurrency }), { throttleable: ['concurrency'] });
  return runMigration(control, input, async () => {
    await control.step('preflight', () => preflight(control, input));
    await control.step('prepare', () => prepare(control, input));
    await control.step('transfer', () => transfer(control, input));
    await control.step('verify', () => verify(control, input));
    await control.step('cutover', () => complete(control, input));
    await control.step('cleanup', () => control.attempt('cleanup', 'cleanup', () => start.keepSavedObjects({ id: input.id })));
  });
}

async function preflight(control: Control, { id, request, createdAt }: Input): Promise<void> {
  await preflightStep(control, () => wait.preflightSavedObjects({ id, request, createdAt }), ({ documents, bytes }) => ({ documents, bytes }));
  await control.busy(() => store.saveState(control.snapshot()));
}

async function prepare(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  await drive(control, input, {
    step: 'prepare',
    batchSize: SPACES_AT_ONCE,
    next: (page) => store.nextRows({ id, statuses: ['pending'], methods: [SPACE_METHOD], ...page }),
    process: (rows) => start.prepareSpaces({ id, request, rows }),
    requeue: (rows) => store.markRows({ id, rows, status: 'pending' }),
    skip: (rows) => store.markRows({ id, rows, status: 'skipped' }),
  });
}

async function transfer(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  const moved = ({ documents, bytes }: { readonly documents: number; readonly bytes: number }): void => fold(control, documents, bytes);
  await drive(control, input, {
    step: 'transfer',
    batchSize: 1,
    next: (page) => store.nextRows({ id, statuses: ['running'], methods: [SPACE_METHOD, RETRY_METHOD], ...page }),
    process: async ([row]) => {
      if (row === undefined) return [];
      if (isSpace(row)) return bySpace(control, 'transfer', () => start.moveSpace({ id, request, space: row.index }), moved);
      const result = await start.moveRetried({ id, request, rows: [row] });
      moved(result);
      return result.troubles;
    },
    requeue: (rows) => store.decideObjects({ id, rows, action: 'retry', status: 'running' }),
    skip: (rows) => store.decideObjects({ id, rows, action: 'skip', status: 'skipped' }),
  });
  control.detail('transfer', null);
}

async function verify(control: Control, input: Input): Promise<void> {
  const { id, request } = input;
  control.state.verification = { ...control.state.verification, status: 'running' };
  await drive(control, input, {
    step: 'verify',
    batchSize: 1,
    next: (page) => store.nextRows({ id, statuses: ['completed'], methods: [SPACE_METHOD, RETRY_METHOD], ...page }),
    process: async ([row]) => {
      if (row === undefined) return [];
      return isSpace(row) ? bySpace(control, 'verify', () => wait.verifySpace({ id, request, space: row.index }), () => undefined) : wait.verifyRetried({ id, request, rows: [row] });
    },
    requeue: (rows) => store.decideObjects({ id, rows, action: 'retry', status: 'completed' }),
    skip: (rows) => store.decideObjects({ id, rows, action: 'skip', status: 'skipped' }),
  });
  await tellVerified(control, id);
}

function isSpace({ index, slice }: RowKey): boolean {
  return slice === 0 && !isObjectRow(index);
}

/** Works off a space in bounded stays; what is stuck is told at once, and does not hold up the rest. */
async function bySpace<Progress extends { readonly isDone: boolean; readonly troubles: readonly RowTrouble[] }>(control: Control, step: StepName, stay: () => Promise<Progress>, fold: (progress: Progress) => void): Promise<readonly RowTrouble[]> {
  for (;;) {
    await control.checkpoint();
    const progress = await stay();
    fold(progress);
    for (const trouble of progress.troubles) control.raise(step, { ...trouble, isSkippable: true });
    // The row still waits for this step, so the next run goes on with it.
    if (progress.isDone || workflowInfo().continueAsNewSuggested) return [];
  }
}

/** Secrets first: a rule that is enabled acts through its connectors. */
async function complete(control: Control, { id, request }: Input): Promise<void> {
  const connectors = (): ReturnType<typeof start.completeConnectors> => control.attempt('cutover', 'connectors', () => start.completeConnectors({ id, request }));
  let { completed, missing, missingTotal } = await connectors();
  if (missingTotal > 0 && request.connectorGate) {
    await control.gate('connector-secrets', questionAbout(request.target, missing, missingTotal));
    const again = await connectors();
    [completed, missing, missingTotal] = [completed + again.completed, again.missing, again.missingTotal];
  }
  const parts = [`${String(completed)} connector(s) got their secrets`, ...(missingTotal === 0 ? [] : [`${String(missingTotal)} still miss them: ${missing.join(', ')}`])];
  if (request.enableRules) {
    const { enabled, refused, refusedTotal } = await control.attempt('cutover', 'rules', () => start.enableArrivedRules({ id, request }));
    parts.push(`${String(enabled)} rule(s) enabled`, ...(refusedTotal === 0 ? [] : [`${String(refusedTotal)} could not be: ${refused.slice(0, 3).join('; ')}`]));
  }
  await control.attempt('cutover', 'machine-learning', () => start.syncSpaces({ id, request }));
  control.detail('cutover', parts.join('; '));
}

function questionAbout(target: string, missing: readonly string[], total: number): string {
  const names = `${missing.join(', ')}${total > missing.length ? ` and ${String(total - missing.length)} more` : ''}`;
  return `${String(total)} connector(s) lack their secrets: ${names}. Put them into kibana.connectorSecrets of connection "${target}", or enter them in Kibana, then approve. What still lacks them then stays so.`;
}

function fold(control: Control, documents: number, bytes: number): void {
  const { progress } = control.state;
  control.state.progress = {
    documents: { done: progress.documents.done + documents, total: progress.documents.total },
    bytes: { done: progress.bytes.done + bytes, total: progress.bytes.total },
  };
}

async function drive(control: Control, input: Input, stage: LedgerStage): Promise<void> {
  const ended = await driveLedger(control, stage, () => (stage.step === 'prepare' ? 1 : (control.state.throttle.concurrency ?? 1)));
  await control.busy(() => store.saveState(control.snapshot()));
  if (ended === 'continue-as-new') await continueAsNew<typeof savedObjectsWorkflow>({ ...input, carried: { state: control.handOver(), position: null } });
}
