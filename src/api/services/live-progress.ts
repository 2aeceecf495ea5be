/**
 * Puts what activities report in their heartbeats on top of the state that the workflow answered. Pure.
 *
 * The workflow folds an activity's counts into its state when the activity ends, so both never count the same.
 */
import type { Amount, Step } from '../../contracts/migration.js';
import type { MigrationState } from '../../workflows/contract.js';
import type { PendingActivity } from './runs.js';

/** @param nowMs milliseconds since the epoch, to say when the next attempt is due */
export function withLiveProgress(state: MigrationState, pending: readonly PendingActivity[], nowMs: number): MigrationState {
  if (pending.length === 0) return state;
  const sum = (field: 'documents' | 'bytes'): number => pending.reduce((total, activity) => total + (activity.heartbeat?.[field] ?? 0), 0);
  return {
    ...state,
    progress: {
      documents: plus(state.progress.documents, sum('documents')),
      bytes: plus(state.progress.bytes, sum('bytes')),
    },
    steps: state.steps.map((step) => (step.status === 'running' ? withDetail(step, pending, nowMs) : step)),
  };
}

/** Never beyond the total: an attempt may count again what an earlier one had done. */
function plus(amount: Amount, more: number): Amount {
  const done = amount.done + more;
  return { done: amount.total === null ? done : Math.max(amount.done, Math.min(done, amount.total)), total: amount.total };
}

function withDetail(step: Step, pending: readonly PendingActivity[], nowMs: number): Step {
  const own = pending.filter((activity) => activity.heartbeat?.step === step.name || (activity.heartbeat?.step ?? null) === null);
  const retried = own.find((activity) => activity.attempt > 1 && activity.lastFailure !== null);
  if (retried !== undefined) return { ...step, detail: retryDetail(retried, nowMs) };
  const spoken = own.find((activity) => activity.heartbeat?.detail);
  return spoken === undefined ? step : { ...step, detail: spoken.heartbeat?.detail ?? step.detail };
}

function retryDetail(activity: PendingActivity, nowMs: number): string {
  const failure = `attempt ${activity.attempt}: ${activity.lastFailure ?? ''}`;
  if (activity.nextAttemptAtMs !== null) {
    return `${failure}; next try in ${Math.max(0, Math.ceil((activity.nextAttemptAtMs - nowMs) / 1_000))} s`;
  }
  // Under way again: what it does now matters more than what it once stumbled over.
  const now = activity.heartbeat?.detail ?? null;
  return now === null ? `${failure}; trying again now` : `${now} (attempt ${activity.attempt}, after: ${activity.lastFailure ?? ''})`;
}
