/**
 * Makes a problem document (RFC 9457) of whatever was thrown. Never a stack, never a secret, and nothing of an error that
 * nobody foresaw: that is in the log, under the request's id.
 */
import type { Problem } from '../contracts/problem.js';
import { ERROR_TABLE, type ErrorCode, GodwitError, boundedMessage } from '../domain/errors.js';
import { type FieldError, InvalidRequest } from './services/invalid-request.js';

export interface ProblemContext {
  /** Path of the request, without its query. */
  readonly instance: string;
  readonly requestId: string;
  readonly redact: (text: string) => string;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** Seconds after which to ask again, for answers that pass by themselves. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  WorkerAbsent: 5,
  TemporalUnavailable: 5,
  StoreUnavailable: 5,
};

/** Codes of Fastify and its plugins that are the caller's doing. */
const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PayloadTooLarge',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UnsupportedMediaType',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'ValidationFailed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'ValidationFailed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'ValidationFailed',
  FST_ERR_BAD_URL: 'ValidationFailed',
};

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  readonly errors: readonly FieldError[];
  /** Whether nobody foresaw it, so that the log needs all of it. */
  readonly isBug: boolean;
}

function kebab(code: string): string {
  return code.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof GodwitError) {
    const errors = error instanceof InvalidRequest ? error.errors : [];
    return { code: error.code, message: error.message, remedy: error.remedy, errors, isBug: error.code === 'Internal' };
  }
  const { code, statusCode, message } = partsOf(error);
  const known = FASTIFY_CODES[code];
  // A parser's own error has no code of Fastify's but a status; everything else of the 4xx is the caller's doing as well.
  const mapped = known ?? (statusCode !== null && statusCode >= 400 && statusCode < 500 ? 'ValidationFailed' : 'Internal');
  if (mapped === 'Internal') return { code: mapped, message: 'an error that nobody foresaw', remedy: ERROR_TABLE.Internal.remedy, errors: [], isBug: true };
  const errors = mapped === 'ValidationFailed' ? [{ path: code === 'FST_ERR_BAD_URL' ? 'url' : 'body', message }] : [];
  return { code: mapped, message, remedy: ERROR_TABLE[mapped].remedy, errors, isBug: false };
}

function partsOf(error: unknown): { code: string; statusCode: number | null; message: string } {
  if (!(error instanceof Error)) return { code: '', statusCode: null, message: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const statusCode = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : null;
  return { code, statusCode, message: error.message };
}

/** What happened and what to do, as one text. A field's path or a name at the beginning keeps its spelling. */
function sentenceOf({ message, remedy }: Refusal): string {
  const closed = message.trim().replace(/[.\s]+$/, '');
  const text = `${closed}${/[?!]$/.test(closed) ? '' : '.'} ${remedy}`;
  return /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

export function problemOf(refusal: Refusal, context: ProblemContext): Problem {
  const { httpStatus, title } = ERROR_TABLE[refusal.code];
  const clean = (text: string): string => boundedMessage(context.redact(text));
  const sentence = sentenceOf(refusal);
  return {
    type: `/problems/${kebab(refusal.code)}`,
    title,
    status: httpStatus,
    detail: clean(sentence),
    instance: clean(context.instance),
    requestId: context.requestId,
    ...(refusal.errors.length === 0
      ? {}
      : { errors: refusal.errors.map(({ path, message }) => ({ path: clean(path), message: clean(message) })) }),
  };
}

/** Headers that belong to a code, e.g. how to log in or when to ask again. */
export function problemHeaders(code: ErrorCode): Record<string, string> {
  if (code === 'Unauthorized') return { 'www-authenticate': 'Bearer realm="godwit"' };
  const seconds = RETRY_AFTER_SECONDS[code];
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}
