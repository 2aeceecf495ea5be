/**
 * Moves one slice: start its task at the target, or find the one that runs, wait for it, judge what it did.
 *
 * A slice may be issued any number of times: what has arrived is a version conflict then, and not written again.
 */
import type { ReindexRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { sliceDetailOf, unitDetailOf, type SliceDetail } from '../domain/reindex/details.js';
import { describeGroups, groupFailures, judgeTask, leftOut, processed, TOO_LARGE, type TaskFailure, type TaskResult } from '../domain/reindex/outcome.js';
import { opaqueIdOf, opaqueIdPrefix, sliceQuery } from '../domain/reindex/slice-query.js';
import type { JsonObject } from '../domain/json.js';
import { burdenOf } from '../elasticsearch/burden.js';
import { countMatching } from '../elasticsearch/count-documents.js';
import { remoteError } from '../elasticsearch/remote-probe.js';
import { cancelTask, findEndedTasks, findTasks, pollTask, rethrottleTask, startTask } from '../elasticsearch/reindex-tasks.js';
import type { LedgerRow, NewDeadLetter, Store } from '../store/store.js';
import { attemptNumber, cancellationSignal, pause, pollDelays, previousReport, report, withPulse } from './context.js';
import { MAX_LETTERS } from './dead-letters.js';
import type { ActivityDeps } from './deps.js';
import type { SliceSpeed } from './governors.js';
import { TaskThrottle } from './task-throttle.js';
import { EFFECT } from './effects.js';
import { tooLargeError } from './large-documents.js';
import { remoteOf } from './reindex-preflight.js';
import { documentBytesOf, parkRows, sliceOf, type RowKey, type RowTrouble } from './rows.js';
import { relieve, type AgainSlice, type TurnedDown } from './slice-burden.js';
import { blockOf, refusalOf } from './slice-refusal.js';
import { mustBeThere, unlessGone } from './source-identity.js';

interface SliceInput {
  readonly id: string;
  readonly request: ReindexRequest;
  readonly row: RowKey;
  /** The slice's own share of what is asked for; null: no limit. */
  readonly requestsPerSecond: number | null;
}

/** Rejected documents of one slice that are kept by id; with more of them it is no matter of single documents. */
const MAX_REJECTED = 500;
const MAX_REASON_CHARS = 300;

/** Which documents are to be moved: the slice, or what is left of it, without those that failed in this attempt. */
function queryOf(request: ReindexRequest, detail: SliceDetail): JsonObject {
  return sliceQuery(request.query, {
    // A document that was mended at the source meanwhile has another sequence number.
    range: detail.isRestDone === true ? null : detail.range,
    only: detail.isRestDone === true ? (detail.rejected ?? []) : (detail.only ?? []),
    except: [...(detail.failing ?? []).map(({ id }) => id), ...(detail.moved ?? [])],
  });
}

/** A task that has ended by then costs the workflow no second activity. */
const START_WINDOW_MS = 10_000;
/** Longest wait for a task's end in one request; then its progress is reported. */
const POLL_WAIT_MS = 3_000;

/**
 * Makes sure that the slice's task runs, and stays for a while to see its end.
 *
 * Looks first: a task that an earlier attempt started is adopted, by its id if that was reported, else by its tag.
 */
async function startSlice(deps: ActivityDeps, input: SliceInput): Promise<SeenSlice> {
  return orGone(deps, input, () => startAndWatch(deps, input));
}

/** What is gone at the source concerns its own slices only: they park, and the others go on. */
async function orGone(deps: ActivityDeps, input: SliceInput, work: () => Promise<SeenSlice>): Promise<SeenSlice> {
  const seen = await unlessGone(deps, input, work);
  return seen instanceof GodwitError ? park(deps.store, input, input.row, seen) : seen;
}

async function startAndWatch(deps: ActivityDeps, input: SliceInput): Promise<SeenSlice> {
  const earlier = previousReport().task;
  const known = earlier === undefined ? await startTaskOf(deps, input) : { task: earlier.id, before: earlier.before };
  if ('kind' in known) return known;
  report({ step: 'transfer', task: { id: known.task, before: known.before } });
  return watch(deps, { ...input, ...known, windowMs: START_WINDOW_MS });
}

async function startTaskOf({ clusters, store, governors }: ActivityDeps, input: SliceInput): Promise<StartedTask | FinishedSlice> {
  const { id, request, row } = input;
  const [source, target] = [clusters.get(request.source), clusters.get(request.target)];
  const found = await sliceOf(store, input.id, input.row);
  if (found.status !== 'pending' && found.status !== 'running') return { kind: 'finished', documents: 0, bytes: 0, troubles: [] };
  const isNewAttempt = found.status === 'pending';
  const detail: SliceDetail = { ...sliceDetailOf(found.detail), ...(isNewAttempt ? { failing: [] } : {}) };
  const query = queryOf(request, detail);
  const opaqueId = opaqueIdOf(id, row.index, row.slice);
  const before = await countMatching(source, detail.source, query, cancellationSignal());
  // A row is marked before its task begins, so there is none yet of one that waits.
  const running = isNewAttempt ? undefined : (await findTasks(target, opaqueId, cancellationSignal())).find((task) => task.opaqueId === opaqueId && !task.isCanceled);
  if (running !== undefined) return { task: running.id, before };
  // Ended while nobody watched: a worker died before its heartbeat, or even the ledger, could say which task it was.
  const earlierTasks = pastTasks(detail);
  if (attemptNumber() > 1 && !isNewAttempt) {
    const ended = detail.task ?? (await findEndedTasks(target, opaqueId, cancellationSignal())).find((task) => !earlierTasks.includes(task));
    if (ended !== undefined) return { task: ended, before };
  }
  if (before === 0 && (detail.failing ?? []).length === 0) return { kind: 'finished', documents: await finish(store, id, found, detail, 0, { dropped: detail.isRestDone === true ? (detail.dropped ?? 0) : 0, versionConflicts: 0 }), bytes: 0, troubles: [] };
  await store.ledger.change(id, [{ index: row.index, slice: row.slice, status: 'running', error: null, countAttempt: true, detail: { task: null, earlierTasks, ...(isNewAttempt ? { failing: [] } : {}) } }]);
  const task = await startTask(
    target,
    {
      remote: remoteOf(source, request),
      index: detail.source,
      query,
      size: detail.size,
      target: found.target,
      isCreateOnly: detail.targetKind === 'data-stream',
      ...(request.sourceFields === undefined ? {} : { sourceFields: request.sourceFields }),
      ...(request.pipeline === undefined ? {} : { pipeline: request.pipeline }),
      ...(request.script === undefined ? {} : { script: { source: request.script.source, lang: request.script.lang, ...(request.script.params === undefined ? {} : { params: request.script.params }) } }),
      requestsPerSecond: governors.limitAtStart(id, { asked: input.requestsPerSecond, documentBytes: documentBytesOf(found) }),
    },
    opaqueId,
    cancellationSignal(),
  );
  await store.ledger.change(id, [{ index: row.index, slice: row.slice, detail: { task } }]);
  return { task, before };
}

const pastTasks = ({ earlierTasks = [], task }: SliceDetail): string[] => (typeof task === 'string' ? [...earlierTasks, task] : [...earlierTasks]);

interface StartedTask {
  readonly task: string;
  /** Documents that the source counted before. */
  readonly before: number;
}

interface FinishedSlice {
  readonly kind: 'finished';
  readonly documents: number;
  readonly bytes: number;
  readonly troubles: readonly RowTrouble[];
}

export type SeenSlice =
  | ({ readonly kind: 'running' } & StartedTask)
  | FinishedSlice
  | AgainSlice;

type WaitInput = SliceInput & StartedTask & { readonly windowMs: number };

/** Waits until the task has ended, at most for `windowMs`, and writes what became of the slice into the ledger. Safe to repeat. */
async function waitForSlice(deps: ActivityDeps, input: WaitInput): Promise<SeenSlice> {
  return orGone(deps, input, () => watch(deps, input));
}

async function watch(deps: ActivityDeps, input: WaitInput): Promise<SeenSlice> {
  const row = await sliceOf(deps.store, input.id, input.row);
  if (row.status === 'completed') return { kind: 'finished', documents: row.documents ?? 0, bytes: row.bytes ?? 0, troubles: [] };
  const speed = deps.governors.join(input.id, input.request, documentBytesOf(row));
  try {
    const seen = await follow(deps, input, row, speed);
    // Judged: one that ends up here once more is another one.
    if (seen.kind === 'again') await deps.store.ledger.change(input.id, [{ index: row.index, slice: row.slice, detail: { task: null, earlierTasks: pastTasks(sliceDetailOf(row.detail)) } }]);
    return seen;
  } finally {
    speed.leave();
  }
}

/** Watches the task, at the speed that the load of both clusters allows. */
async function follow(deps: ActivityDeps, input: WaitInput, row: LedgerRow, speed: SliceSpeed): Promise<SeenSlice> {
  const target = deps.clusters.get(input.request.target);
  const until = Date.now() + input.windowMs;
  const throttle = new TaskThrottle(target, input.task, input.requestsPerSecond, speed);
  let refused = 0;
  for (const delay of pollDelays(60, POLL_WAIT_MS)) {
    const askedAt = Date.now();
    const state = await pollTask(target, input.task, { opaqueId: opaqueIdOf(input.id, row.index, row.slice), waitMs: Math.min(POLL_WAIT_MS, until - askedAt) }, cancellationSignal());
    if (state.kind === 'running') {
      speed.seen(state.documents);
      await throttle.follow(state.requestsPerSecond);
      report({ step: 'transfer', detail: speed.detail(`${row.index}: slice ${String(row.slice)}`), progress: { documents: state.documents }, task: { id: input.task, before: input.before } });
      // Elasticsearch tries a batch again for a minute, whatever refuses it.
      const isRefused = state.bulkRetries > refused;
      refused = state.bulkRetries;
      const block = isRefused ? await blockOf(target, row) : null;
      if (block !== null) {
        await cancelTask(target, input.task);
        return park(deps.store, input, row, block);
      }
      if (isRefused) speed.refused('target turns batches down');
      if (Date.now() >= until) return { kind: 'running', task: input.task, before: input.before };
      // A cluster that does not wait is not to be asked without a break.
      if (Date.now() - askedAt < delay) await pause(delay);
      continue;
    }
    if (state.kind === 'lost') return { kind: 'again', code: 'TaskLost', reason: 'its task vanished with its node', isFree: false };
    if (state.kind === 'failed') return failed(deps, input, row, state, speed);
    return ended(deps, input, row, state.result, speed);
  }
  return { kind: 'running', task: input.task, before: input.before };
}

/** The task failed as a whole: for its size, for the way to the source, or for something that a person must mend. */
async function failed(deps: ActivityDeps, input: WaitInput, row: LedgerRow, { types, reason }: { readonly types: readonly string[]; readonly reason: string }, speed: SliceSpeed): Promise<SeenSlice> {
  const { clusters, store } = deps;
  const burden = burdenOf(types, reason);
  // What the source answered is quoted in the text; the target's own answers are of their own type.
  if (burden !== null) return relieve(deps, burden, { ...turnedDown(input, row, reason), side: types.includes('status_exception') ? 'source' : 'target' }, speed);
  const [source, target] = [clusters.get(input.request.source), clusters.get(input.request.target)];
  const error = await remoteError(source, target, remoteOf(source, input.request).host, types, reason);
  if (error?.code === 'RemoteUnreachable') return { kind: 'again', code: 'RemoteUnreachable', reason: error.message, isFree: false };
  await mustBeThere(source, row);
  return park(store, input, row, error ?? new GodwitError('RemoteFailed', `${row.index}: the task of slice ${String(row.slice)} failed: ${target.translate(new Error(reason), { action: 'reindex' }).message}`, { subject: row.index }));
}

async function ended(deps: ActivityDeps, input: WaitInput, row: LedgerRow, result: TaskResult, speed: SliceSpeed): Promise<SeenSlice> {
  const { clusters, store } = deps;
  const detail = sliceDetailOf(row.detail);
  for (const [side, failures] of [['target', result.failures], ['source', result.searchFailures]] as const) {
    for (const { type, reason } of failures) {
      const burden = burdenOf([type], reason);
      if (burden !== null) return relieve(deps, burden, { ...turnedDown(input, row, reason), side }, speed);
    }
  }
  const refusal = refusalOf(row, input.request.target, result.failures);
  if (refusal !== null) return refusal.retryable ? { kind: 'again', code: 'SliceIncomplete', reason: refusal.message, isFree: false } : park(store, input, row, refusal);
  // Only a task that found less needs the second count: documents may have left the range meanwhile.
  const after = processed(result) >= input.before ? input.before : await countMatching(clusters.get(input.request.source), detail.source, queryOf(input.request, detail), cancellationSignal());
  const outcome = judgeTask(result, input.before, after);
  if (outcome.kind === 'again') return { kind: 'again', code: 'SliceIncomplete', reason: outcome.reason, isFree: false };
  if (outcome.kind === 'rejected') return rejected(store, input, row, detail, outcome.failures);
  const failing = detail.failing ?? [];
  const left = { dropped: (detail.isRestDone === true ? (detail.dropped ?? 0) : 0) + leftOut(result, await couldUpdate(store, input, detail, result)), versionConflicts: result.versionConflicts };
  if (failing.length > 0) return arrived(row, outcome.documents + (detail.isRestDone === true ? 0 : (detail.moved ?? []).length), await parkRejected(store, input, row, failing, left));
  return arrived(row, await finish(store, input.id, row, detail, outcome.documents, left), []);
}

/** Whether what the task has counted as updated can have been there before: else a pipeline has dropped it. */
async function couldUpdate(store: Store, { id, request, row }: WaitInput, { pass, targetKind }: SliceDetail, { updated }: TaskResult): Promise<boolean> {
  if (updated === 0 || request.pipeline === undefined || request.pipeline === '_none' || pass > 0) return true;
  if (targetKind === 'data-stream') return false;
  const unit = unitDetailOf((await sliceOf(store, id, { index: row.index, slice: 0 })).detail);
  return (unit.existing ?? 0) > 0 || unit.group.length > 1;
}

/** Counted when they have arrived: those of a slice that is parked then, the rejected ones with the retry that moves them. */
function arrived(row: LedgerRow, documents: number, troubles: readonly RowTrouble[]): FinishedSlice {
  return { kind: 'finished', documents, bytes: Math.round(((row.bytes ?? 0) * documents) / Math.max(1, row.documents ?? documents)), troubles };
}

function turnedDown({ id, request }: WaitInput, row: LedgerRow, reason: string): Omit<TurnedDown, 'side'> {
  return { id, request, row, query: queryOf(request, sliceDetailOf(row.detail)), reason };
}

/** What did not become a document of the target, though nothing failed. */
interface LeftOut {
  readonly dropped: number;
  readonly versionConflicts: number;
}

/** Everything of the slice has arrived. @returns the documents that have arrived with this attempt */
async function finish(store: Store, id: string, row: LedgerRow, detail: SliceDetail, documents: number, left: LeftOut): Promise<number> {
  const all = detail.isRestDone === true ? (row.documents ?? documents) : documents + (detail.moved ?? []).length;
  if (detail.isRestDone === true) await store.deadLetters.replace(id, row, [], MAX_LETTERS);
  await store.ledger.change(id, [
    {
      index: row.index,
      slice: row.slice,
      status: 'completed',
      error: null,
      documents: all,
      detail: {
        rejected: [],
        refused: 0,
        failing: [],
        isRestDone: false,
        ...left,
      },
    },
  ]);
  return detail.isRestDone === true ? documents : all;
}

/** A batch with a rejected document ends the task: the slice is issued again without it, so that the others arrive. */
async function rejected(store: Store, input: WaitInput, row: LedgerRow, detail: SliceDetail, failures: readonly TaskFailure[]): Promise<SeenSlice> {
  const failing = new Map((detail.failing ?? []).map((failure) => [failure.id, failure]));
  for (const { id, type, reason, status } of failures) if (id !== null) failing.set(id, { id, type, reason: reason.slice(0, MAX_REASON_CHARS), status });
  const known = [...failing.values()];
  if (known.length === (detail.failing ?? []).length || known.length > MAX_REJECTED) {
    const groups = groupFailures(failures);
    return park(store, input, row, new GodwitError('DocumentsRejected', `${row.index}: the target rejects documents of slice ${String(row.slice)}, more than ${String(MAX_REJECTED)} or without ids, and the slice stopped: ${describeGroups(groups)}`, { subject: row.index }));
  }
  await store.ledger.change(input.id, [{ index: row.index, slice: row.slice, detail: { failing: known } }]);
  return { kind: 'again', code: 'SliceIncomplete', reason: `${String(known.length)} document(s) rejected`, isFree: true };
}

/** All but the rejected documents have arrived: only these are left for a retry. */
async function parkRejected(store: Store, input: WaitInput, row: LedgerRow, failing: NonNullable<SliceDetail['failing']>, left: LeftOut): Promise<RowTrouble[]> {
  const groups = groupFailures(failing);
  await store.deadLetters.replace(input.id, row, failing.map(letterOf), MAX_LETTERS);
  await store.ledger.change(input.id, [
    { index: row.index, slice: row.slice, detail: { ...left, rejected: failing.map(({ id }) => id), refused: failing.length, failing: [], isRestDone: true, failures: groups.map((group) => ({ ...group, ids: [...group.ids] })) } },
  ]);
  const large = failing.filter(({ type }) => type === TOO_LARGE);
  const error =
    large.length === failing.length
      ? tooLargeError(row, large)
      : new GodwitError('DocumentsRejected', `${row.index}: the target rejected ${String(failing.length)} document(s) of slice ${String(row.slice)}, the others have arrived: ${describeGroups(groups)}`, { subject: row.index });
  return parkRows(store, input.id, [{ row, error }]);
}

/** The document itself did not pass through Godwit: its id and its reason are what is known. */
function letterOf({ id, type, reason, status }: NonNullable<SliceDetail['failing']>[number]): NewDeadLetter {
  return { id, routing: null, status, cause: type, reason, documentBytes: 0, document: null };
}

async function park(store: Store, input: SliceInput, row: RowKey, error: GodwitError): Promise<SeenSlice> {
  return { kind: 'finished', documents: 0, bytes: 0, troubles: await parkRows(store, input.id, [{ row, error }]) };
}

interface ThrottleInput {
  readonly id: string;
  readonly request: Pick<ReindexRequest, 'target'>;
  /** Of each task. */
  readonly requestsPerSecond: number | null;
}

export function createReindexSliceActivities(deps: ActivityDeps) {
  return {
    startSlice: withPulse((input: SliceInput) => startSlice(deps, input)),
    waitForSlice: withPulse((input: WaitInput) => waitForSlice(deps, input)),

    /** Records that tasks are going to run, so that a cancel stops them before it deletes what they write to. */
    beginTasks: withPulse(async ({ id, request }: { id: string; request: Pick<ReindexRequest, 'target'> }): Promise<void> => {
      await deps.store.effects.begin(id, { kind: EFFECT.runTasks, connection: request.target, subject: 'reindex tasks', undo: {} });
    }),

    /** Changes the speed of the tasks that run. Safe to repeat. */
    throttleTasks: withPulse(async ({ id, request, requestsPerSecond }: ThrottleInput): Promise<void> => {
      const target = deps.clusters.get(request.target);
      for (const task of await findTasks(target, opaqueIdPrefix(id), cancellationSignal())) await rethrottleTask(target, task.id, requestsPerSecond);
    }),
  };
}
