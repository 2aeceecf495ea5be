/**
 * The one translator from what the Elasticsearch client throws to codes of Godwit.
 *
 * Decides by error type, status and network code; by text only between variants. Messages are one sentence, bounded
 * and free of secrets; the original error, which holds request and answer, is not passed on.
 */
import { errors } from '@elastic/elasticsearch';
import type { Redactor } from '../config/redact.js';
import { type ErrorCode, GodwitError, type GodwitErrorOptions, boundedMessage } from '../domain/errors.js';
import { readErrorBody } from './error-body.js';
import { classify } from './error-rules.js';
import { networkCode, networkFailure } from './network-errors.js';

export interface TranslationContext {
  readonly connection: string;
  /** What was being done, as in "cannot <action>": `register the repository`. */
  readonly action: string;
  /** To which object. */
  readonly subject?: string;
}

interface Finding extends Omit<GodwitErrorOptions, 'cause'> {
  readonly code: ErrorCode;
  readonly what: string;
  /** The index that the server names; a subject that the caller gave says more. */
  readonly index?: string;
}

const MISSING_BODY = 'without a reason';

function fromAnswer(error: errors.ResponseError): Finding {
  const status = error.statusCode ?? 0;
  const body = readErrorBody(error.body);
  const classification = classify(body.types, body.reasons.join('; '), status);
  return {
    ...classification,
    what: body.reason === undefined ? `HTTP ${status} ${MISSING_BODY}` : `${body.reason} (${[body.types[0], `HTTP ${status}`].filter(Boolean).join(', ')})`,
    ...(body.index === undefined ? {} : { index: body.index }),
  };
}

function fromNetwork(error: unknown): Finding | undefined {
  const failure = networkFailure(error);
  if (failure === undefined) return undefined;
  const code = networkCode(error);
  return { ...failure, what: code === undefined ? failure.what : `${failure.what} (${code})` };
}

function find(error: unknown): Finding {
  if (error instanceof errors.ResponseError) return fromAnswer(error);
  if (error instanceof errors.TimeoutError) return { code: 'Timeout', what: 'the request timed out' };
  if (error instanceof errors.RequestAbortedError) {
    // Retryable: the worker may be shutting down. A real cancellation is known to whoever owns the signal.
    return { code: 'Canceled', what: error.message, retryable: true, remedy: 'Nothing; it goes on by itself if the migration does.' };
  }
  if (error instanceof errors.ProductNotSupportedError) return { code: 'NotElasticsearch', what: 'the server does not say that it is Elasticsearch' };
  if (error instanceof errors.DeserializationError) return { code: 'NotElasticsearch', what: 'the answer is not JSON' };
  const network = fromNetwork(error);
  if (network !== undefined) return network;
  if (error instanceof errors.ConnectionError || error instanceof errors.NoLivingConnectionsError) {
    return { code: 'ConnectionFailed', what: error.message };
  }
  return { code: 'Internal', what: error instanceof Error ? error.message : 'something was thrown that is not an error' };
}

/**
 * Turns what a call threw into a GodwitError; one that is a GodwitError already stays as it is.
 *
 * The message reads `old: cannot register the repository [backup]: <reason> (<type>, HTTP <status>)`.
 */
export function translateError(error: unknown, context: TranslationContext, redact: Redactor): GodwitError {
  if (error instanceof GodwitError) return error;
  const { code, what, index, ...finding } = find(error);
  const about = context.subject === undefined || context.action.includes(context.subject) ? '' : ` [${context.subject}]`;
  const message = `${context.connection}: cannot ${context.action}${about}: ${what}`;
  return new GodwitError(code, boundedMessage(redact(message)), {
    ...finding,
    ...(finding.remedy === undefined ? {} : { remedy: redact(finding.remedy) }),
    subject: finding.subject ?? context.subject ?? index ?? context.connection,
  });
}
