/**
 * Turns whatever an activity throws into a failure that may stand in a history: a code of the error table, a short
 * message without secrets, and what to do.
 *
 * Nothing of the original error goes along, neither its cause nor its stack: foreign errors carry requests, headers
 * and documents. They are in the worker's log, redacted.
 */
import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { boundedMessage, GodwitError } from '../domain/errors.js';
import type { ActivityMetrics } from './metrics.js';

export interface FailureDeps {
  readonly redact: (text: string) => string;
  readonly log: Logger;
  readonly metrics: ActivityMetrics;
}

/** Subject and remedy are shown to people; longer ones are a mistake. */
const MAX_DETAIL_CHARS = 500;

/** A GodwitError, or anything else as `Internal`, which is retried. */
export function toApplicationFailure(error: unknown, redact: (text: string) => string): ApplicationFailure {
  const known = error instanceof GodwitError ? error : new GodwitError('Internal', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  return ApplicationFailure.create({
    message: boundedMessage(redact(known.message)),
    type: known.code,
    nonRetryable: !known.retryable,
    details: [
      {
        subject: known.subject === undefined ? null : boundedMessage(redact(known.subject), MAX_DETAIL_CHARS),
        remedy: boundedMessage(redact(known.remedy), MAX_DETAIL_CHARS),
      },
    ],
  });
}

/** What Temporal itself understands, or a failure that an activity has made on purpose. */
function isForTemporal(error: unknown): boolean {
  return error instanceof ApplicationFailure || error instanceof CancelledFailure || error instanceof CompleteAsyncError;
}

export function failureInterceptor({ redact, log, metrics }: FailureDeps): ActivityInterceptorsFactory {
  return (context: Context) => ({
    inbound: {
      async execute(input, next) {
        const { activityType: activity, attempt, workflowExecution } = context.info;
        const finish = metrics.start(activity);
        try {
          const result = await next(input);
          finish(null);
          return result;
        } catch (error) {
          if (context.cancellationSignal.aborted && !(error instanceof CompleteAsyncError)) {
            // A request that was cut short by the cancellation looks like a lost connection; it is neither.
            finish('Canceled');
            return await context.cancelled;
          }
          if (isForTemporal(error)) {
            finish(error instanceof ApplicationFailure ? (error.type ?? 'Internal') : null);
            throw error;
          }
          const failure = toApplicationFailure(error, redact);
          finish(failure.type ?? 'Internal');
          log.warn({ err: error, activity, attempt, migration: workflowExecution?.workflowId, code: failure.type }, 'an activity failed');
          throw failure;
        }
      },
    },
  });
}
