/**
 * What PostgreSQL and its driver throw -> error codes.
 *
 * Every failure to reach the database is StoreUnavailable (retryable): a migration waits for its store, it never
 * fails for it. The driver's texts name host and user at most, never a password.
 */
import { boundedMessage, GodwitError } from '../domain/errors.js';

/** SQLSTATE classes: 08 connection, 53 out of resources, 57 operator intervention, 28/3D wrong login or database, 58 system. */
const UNREACHABLE_CLASSES = new Set(['08', '28', '3D', '53', '57', '58']);

/** Node's and the driver's own words where there is no SQLSTATE. */
const UNREACHABLE_TEXT = /connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|not queryable|client was closed|server does not support ssl/i;

function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(textOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the connection is lost or was never made, so that it must not go back into the pool. */
export function isConnectionError(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) {
    return error instanceof AggregateError || UNREACHABLE_TEXT.test(textOf(error));
  }
  const isNodeCode = /^E[A-Z]/.test(code);
  return isNodeCode || UNREACHABLE_CLASSES.has(code.slice(0, 2));
}

/** Whether the statement was rolled back for the sake of another one and can simply be issued again. */
export function isRolledBack(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01';
}

/** @returns StoreUnavailable, or Internal for what only a bug of ours can cause */
export function translateStoreError(error: unknown): GodwitError {
  if (error instanceof GodwitError) {
    return error;
  }
  const message = boundedMessage(textOf(error), 500);
  if (isConnectionError(error) || isRolledBack(error)) {
    return new GodwitError('StoreUnavailable', `The store does not answer: ${message}`, { cause: error });
  }
  return new GodwitError('Internal', `The store refused a statement: ${message}`, { cause: error });
}
