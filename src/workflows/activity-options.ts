/**
 * Every time limit and retry policy of every activity, by kind of call, each with its reason.
 *
 * Temporal owns retries (the Elasticsearch client makes none). A code of the error table that is not retryable
 * stops at once: the worker marks it so.
 */
import type { ActivityOptions } from '@temporalio/workflow';

/** Outlasts the restart of a node (15 to 60 s) with room to spare; after it the work parks and says why. */
const BACK_OFF = { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '20 seconds' } as const;
const TRANSIENT = { ...BACK_OFF, maximumAttempts: 15 } as const;

/** Three missed pulses mean that the worker died: long enough for a busy machine, short enough not to lose minutes. */
const HEARTBEAT_TIMEOUT = '12 seconds';

/**
 * One call to Godwit's own store. It never gives up: without its store a migration cannot even say that it is stuck, and
 * the API shows the attempts meanwhile.
 */
export const storeCall: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: BACK_OFF,
};

/** Starts or ends something at a cluster. On cancel it is waited for, so that its effect is recorded before the undo reads them. */
export const startOperation: ActivityOptions = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: TRANSIENT,
};

/** The same for what has to be waited for until it is whole: a backup, the restore of a feature state. */
export const longOperation: ActivityOptions = { ...startOperation, startToCloseTimeout: '1 hour' };

/** Waits for a cluster, or walks many indices; returns after a bounded window, see WAIT_WINDOW_MS. */
export const longPoll: ActivityOptions = {
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: TRANSIENT,
};

/**
 * Moves documents, and may take as long as a slice is large. On cancel it is waited for, so that nothing is written any
 * more when the undo begins.
 */
export const copyWork: ActivityOptions = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: TRANSIENT,
};

/** Undo: bounded, because a canceled migration must end even if a cluster is gone; what is left is listed. */
export const undoOperation: ActivityOptions = {
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { ...TRANSIENT, maximumAttempts: 10 },
};

/** Longest stay in one waiting activity: keeps the workflow's own state fresh and its history short. */
export const WAIT_WINDOW_MS = 10 * 60_000;

/** While a gate is open: the longest time between two catch-up passes. Each ends in a handful of events. */
export const GATE_WINDOW_MS = 5 * 60_000;

/** A step that stopped for a reason that may pass by itself (a cluster that was away) is tried again this often. */
export const AUTO_RETRY_MS = 5 * 60_000;
