/**
 * Works off the ledger: takes rows page by page, processes batches side by side within the concurrency, isolates what
 * fails, and lets a person retry or skip single rows while the rest goes on. The same for every type of migration.
 *
 * Rows live in the store; only the names of those in flight pass through here, so history stays small.
 */
import { CancellationScope, condition, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { StepName } from '../contracts/names.js';
import { AUTO_RETRY_MS, storeCall } from './activity-options.js';
import type { Control, Trouble } from './control.js';
import { toFailure } from './failures.js';

/** A row of the ledger by its key. */
export interface RowKey {
  readonly index: string;
  readonly slice: number;
}

export type RowTrouble = Omit<Trouble, 'isSkippable'>;

const store = proxyActivities<Activities>(storeCall);

/** Which rows are asked for. */
export interface LedgerPage {
  /** null: from the beginning. */
  readonly after: RowKey | null;
  readonly limit: number;
  /** If none waits, those that are parked, whatever their method. */
  readonly orParked: boolean;
}

export interface LedgerStage {
  readonly step: StepName;
  readonly batchSize: number;
  /** Rows taken from the ledger at once, so that not every batch costs a look; default one batch. */
  readonly pageSize?: number;
  /** Rows that wait for this stage, after a position, in order. */
  readonly next: (page: LedgerPage) => Promise<readonly RowKey[]>;
  /** Brings rows through this stage; what fails alone is returned, what fails whole is thrown. */
  readonly process: (rows: readonly RowKey[]) => Promise<readonly RowTrouble[]>;
  /** Makes rows wait for this stage again. */
  readonly requeue: (rows: readonly RowKey[]) => Promise<void>;
  readonly skip: (rows: readonly RowKey[]) => Promise<void>;
  /** Whether `next` gives a row after that position, where it does not give them in the order of the ledger. */
  readonly isAhead?: (row: RowKey, position: RowKey) => boolean;
}

/**
 * Runs a stage until no row waits for it and nothing needs attention.
 *
 * @returns `continue-as-new` when history has grown too long; call it again in the next run, it goes on where it was
 */
export async function driveLedger(
  control: Control,
  stage: LedgerStage,
  concurrency: () => number,
): Promise<'done' | 'continue-as-new'> {
  const inFlight = new Set<Promise<void>>();
  const requeued: RowKey[] = [];
  /** Taken from the ledger, not begun. */
  const queue: RowKey[] = [];
  /** Rows of batches that failed as a whole, e.g. because a cluster was away. */
  const parked: RowKey[] = [];
  let after: RowKey | null = null;
  let isExhausted = false;
  let bug: unknown = null;

  const launch = (rows: readonly RowKey[]): void => {
    const batch = control
      .busy(() => stage.process(rows))
      .then((troubles) => {
        for (const trouble of troubles) control.raise(stage.step, { ...trouble, isSkippable: true });
      })
      .catch((error: unknown) => {
        try {
          const failure = toFailure(error);
          control.raise(stage.step, { ...failure, subject: stage.step, isSkippable: false });
          parked.push(...rows);
        } catch (notAFailure) {
          bug = notAFailure;
        }
      })
      .finally(() => inFlight.delete(batch));
    inFlight.add(batch);
  };

  const decide = async (timeoutMs: number | null): Promise<void> => {
    const decisions = await control.nextDecisions(timeoutMs);
    const isAutomatic = decisions.length === 0;
    const skipped: RowKey[] = [];
    const retried: RowKey[] = [];
    for (const { action, subject } of decisions) {
      if (subject === stage.step) continue;
      (action === 'skip' ? skipped : retried).push(rowOf(subject));
    }
    if (skipped.length > 0) await stage.skip(skipped);
    if (retried.length > 0) {
      await stage.requeue(retried);
      // A row that lies ahead of the position is met again anyway.
      requeued.push(...retried.filter((row) => isExhausted || (after !== null && !(stage.isAhead ?? isAfter)(row, after))));
    }
    if (parked.length > 0 && (isAutomatic || decisions.some(({ subject }) => subject === stage.step))) {
      control.clear(stage.step);
      requeued.push(...parked.splice(0));
    }
  };

  try {
    for (;;) {
      if (bug !== null) throw bug;
      await control.checkpoint();
      if (control.hasDecisions) await control.busy(() => decide(null));
      const mustContinueAsNew = workflowInfo().continueAsNewSuggested;
      if (mustContinueAsNew && inFlight.size === 0) return 'continue-as-new';
      if (!mustContinueAsNew && inFlight.size < concurrency()) {
        if (requeued.length > 0) {
          launch(requeued.splice(0, stage.batchSize));
          continue;
        }
        if (queue.length === 0 && !isExhausted) {
          const rows: readonly RowKey[] = await control.busy(() => stage.next({ after, limit: stage.pageSize ?? stage.batchSize, orParked: false }));
          queue.push(...rows);
          after = rows.at(-1) ?? after;
          isExhausted = rows.length === 0;
        }
        if (queue.length > 0) {
          launch(queue.splice(0, stage.batchSize));
          continue;
        }
        if (inFlight.size === 0 && control.openAttention === 0 && !control.hasDecisions) {
          const [left] = await stage.next({ after: null, limit: 1, orParked: true });
          if (left === undefined) return 'done';
          await raiseUnheard(control, stage.step, left);
        }
      }
      const running = inFlight.size;
      const woken = await condition(
        () =>
          inFlight.size < running ||
          control.hasDecisions ||
          control.isPaused ||
          bug !== null ||
          // The concurrency was raised.
          (inFlight.size < concurrency() && !mustContinueAsNew && (requeued.length > 0 || queue.length > 0 || !isExhausted)),
        AUTO_RETRY_MS,
      );
      if (!woken && parked.length > 0 && inFlight.size === 0) await decide(1);
    }
  } finally {
    // On cancel the undo must not begin before every batch has said what it started.
    await CancellationScope.nonCancellable(() => Promise.allSettled([...inFlight]));
  }
}

/**
 * Rows of which nobody was told, though nothing needs attention and no batch is under way: going on would lose them.
 * Either an activity parked them and its worker died before it could say so, or no batch brought them through.
 */
async function raiseUnheard(control: Control, step: StepName, left: RowKey): Promise<void> {
  const parked = await control.busy(() => store.parkedRows({ id: control.state.id }));
  for (const trouble of parked) control.raise(step, { ...trouble, isSkippable: true });
  const subject = subjectOf(left);
  if (parked.some((trouble) => trouble.subject === subject)) return;
  control.raise(step, { subject, code: 'Internal', message: `${subject} was left over by ${step}`, remedy: 'Retry it.', isTransient: false, isSkippable: true });
}

function isAfter(a: RowKey, b: RowKey): boolean {
  return a.index > b.index || (a.index === b.index && a.slice > b.slice);
}

/** For rows that are taken in turns of the indices. */
export function isAfterInTurns(a: RowKey, b: RowKey): boolean {
  return a.slice > b.slice || (a.slice === b.slice && a.index > b.index);
}

/** Attention speaks of a row as `index`, or `index#slice` where an index has several. */
function rowOf(subject: string): RowKey {
  const match = /^(.*)#(\d+)$/.exec(subject);
  return match?.[1] === undefined ? { index: subject, slice: 0 } : { index: match[1], slice: Number(match[2]) };
}

export function subjectOf(row: RowKey): string {
  return row.slice === 0 ? row.index : `${row.index}#${String(row.slice)}`;
}
