/** Turns what the Temporal client throws into codes of the error table. */
import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcServiceError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { GodwitError, boundedMessage, isErrorCode } from '../../domain/errors.js';

/** gRPC status codes that this room tells apart (grpc.io, "Status codes"). */
const GRPC = { cancelled: 1, invalidArgument: 3, deadlineExceeded: 4, failedPrecondition: 9 } as const;

/** The deadline is ours, and it passes on both sides at once: client and server each have their own word for it. */
function isOverdue(code: number | null): boolean {
  return code === GRPC.deadlineExceeded || code === GRPC.cancelled;
}

function grpcCode(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.code : null;
}

function grpcText(error: unknown): string {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(cause)) return cause.details;
  return error instanceof Error ? error.message : String(error);
}

/** A call that needs the server only. */
export function serverFailure(error: unknown): GodwitError {
  if (error instanceof GodwitError) return error;
  return new GodwitError('TemporalUnavailable', `Temporal did not answer: ${boundedMessage(grpcText(error), 200)}`, { cause: error });
}

/**
 * A query, which a worker answers.
 *
 * FAILED_PRECONDITION and INVALID_ARGUMENT come from the server when no worker polls the queue, when the first workflow
 * task has not run yet, or when the worker's code cannot replay the history; for the caller all are the same: ask later.
 */
export function queryFailure(error: unknown): GodwitError {
  if (error instanceof GodwitError) return error;
  if (error instanceof WorkflowNotFoundError) return new GodwitError('MigrationNotFound', 'Temporal knows no such migration', { cause: error });
  const code = grpcCode(error);
  if (isOverdue(code)) return new GodwitError('WorkerAbsent', 'no worker answered in time', { cause: error });
  if (code === GRPC.failedPrecondition || code === GRPC.invalidArgument || code === null) {
    return new GodwitError('WorkerAbsent', `no worker could answer: ${boundedMessage(grpcText(error), 200)}`, { cause: error });
  }
  return serverFailure(error);
}

/** An update, which a worker accepts, refuses or does not answer. */
export function updateFailure(error: unknown): GodwitError {
  if (error instanceof GodwitError) return error;
  if (error instanceof WorkflowNotFoundError) return new GodwitError('AlreadyEnded', 'the migration has ended', { cause: error });
  if (error instanceof WorkflowUpdateFailedError) return refusal(error);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isOverdue(grpcCode(error))) {
    return new GodwitError('WorkerAbsent', 'no worker answered in time; the request may still take effect when one comes back', {
      cause: error,
    });
  }
  return serverFailure(error);
}

function refusal(error: WorkflowUpdateFailedError): GodwitError {
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return new GodwitError('Internal', 'the update failed', { cause: error });
  // The server's own word for an update that was under way when the workflow closed.
  if (cause.type === 'AcceptedUpdateCompletedWorkflow') return new GodwitError('AlreadyEnded', 'the migration ended meanwhile', { cause });
  const code = typeof cause.type === 'string' && isErrorCode(cause.type) ? cause.type : 'Internal';
  const [details] = cause.details ?? [];
  const remedy = isRemedied(details) ? { remedy: details.remedy } : {};
  return new GodwitError(code, cause.message, { cause, ...remedy });
}

function isRemedied(value: unknown): value is { remedy: string } {
  return typeof value === 'object' && value !== null && 'remedy' in value && typeof value.remedy === 'string';
}
