/**
 * The few things that the API asks of Temporal, so that a test can stand in for it honestly.
 *
 * Every call has its own deadline and answers in this room's words. All throw TemporalUnavailable when the
 * server cannot be reached; `temporal-runs.ts` is the implementation.
 */
import type { MigrationStatus, StepName } from '../../contracts/names.js';
import type { MigrationInput, MigrationState, UpdateInput, UpdateName } from '../../workflows/contract.js';

/** How Temporal itself sees an execution. */
export type ExecutionStatus = 'open' | 'completed' | 'failed' | 'canceled' | 'terminated' | 'timed-out';

/** One migration as visibility knows it: search attributes and memo, no state. */
export interface RunSummary {
  readonly id: string;
  readonly execution: ExecutionStatus;
  /** When the migration was asked for; RFC 3339 UTC. */
  readonly createdAt: string;
  /** When its latest execution started, by which lists are ordered; later than `createdAt` if it continued as new. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly type: string | null;
  readonly source: string | null;
  readonly target: string | null;
  /** As the workflow last published it; stale when the execution was ended from outside. */
  readonly status: string | null;
  readonly requestHash: string | null;
}

/** What an activity reported of its present attempt, on top of the queried state. */
export interface Heartbeat {
  readonly step: StepName | null;
  readonly detail: string | null;
  readonly documents: number;
  readonly bytes: number;
}

/** An activity that is under way or waits for its next attempt. */
export interface PendingActivity {
  readonly attempt: number;
  readonly heartbeat: Heartbeat | null;
  readonly lastFailure: string | null;
  /** Milliseconds since the epoch; null unless it waits for its next attempt. */
  readonly nextAttemptAtMs: number | null;
}

export interface RunDescription extends RunSummary {
  readonly pending: readonly PendingActivity[];
}

export interface RunFilter {
  readonly status?: MigrationStatus | undefined;
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly target?: string | undefined;
}

/** A stretch of start times, milliseconds since the epoch; both ends optional, both included. */
export interface TimeWindow {
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export interface MigrationRuns {
  /** @returns false if an execution with that id exists or existed within Temporal's retention; nothing is started then */
  start(input: MigrationInput, requestHash: string): Promise<boolean>;
  /** @returns null if Temporal does not know the id (any more) */
  describe(id: string): Promise<RunDescription | null>;
  /** @throws WorkerAbsent when no worker answers in time, MigrationNotFound */
  queryState(id: string): Promise<MigrationState>;
  /** @throws WorkerAbsent, AlreadyEnded, and whatever code the workflow's validator refuses with */
  update(id: string, name: UpdateName, input: UpdateInput): Promise<MigrationState>;
  /** At most `limit` migrations of the window, in no particular order. */
  list(filter: RunFilter, window: TimeWindow, limit: number): Promise<RunSummary[]>;
  count(filter: RunFilter, window: TimeWindow): Promise<number>;
  /** Those of the given ids that visibility knows, at most 200 asked for. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** When a worker last polled the task queue; null if none did in the last minutes. */
  lastPollAt(): Promise<string | null>;
  /** Cheap proof that the server answers. */
  ping(): Promise<void>;
}
