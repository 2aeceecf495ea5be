/** Reads what an activity failed with: code, message and remedy of the error table. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { ERROR_TABLE, boundedMessage, isErrorCode, type ErrorCode } from '../domain/errors.js';

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  readonly subject: string | null;
  /** Whether it may pass without anybody doing anything. */
  readonly isTransient: boolean;
}

/** Details that the worker's interceptor attaches to an ApplicationFailure. */
interface FailureDetails {
  readonly subject?: string | null;
  readonly remedy?: string;
}

function isDetails(value: unknown): value is FailureDetails {
  return typeof value === 'object' && value !== null;
}

/** @throws the error itself if it is not a failed activity: that is a bug, which retries the workflow task visibly */
export function toFailure(error: unknown): Failure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const code: ErrorCode = cause.type !== undefined && cause.type !== null && isErrorCode(cause.type) ? cause.type : 'Internal';
    const [details] = cause.details ?? [];
    const known = isDetails(details) ? details : {};
    return {
      code,
      message: boundedMessage(cause.message),
      remedy: known.remedy ?? ERROR_TABLE[code].remedy,
      subject: known.subject ?? null,
      isTransient: ERROR_TABLE[code].retryable && cause.nonRetryable !== true,
    };
  }
  if (cause instanceof TimeoutFailure) {
    return {
      code: 'Timeout',
      message: `no answer in time (${cause.timeoutType})`,
      remedy: 'Check that the workers and both clusters run; it is tried again by itself.',
      subject: null,
      isTransient: true,
    };
  }
  throw error;
}
