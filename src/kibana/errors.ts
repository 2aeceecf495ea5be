/**
 * The one translator from what Kibana answers, or a network does, to codes of Godwit.
 *
 * Decides by status and network code. Messages are one sentence, bounded and free of secrets.
 */
import { z } from 'zod';
import type { Redactor } from '../config/redact.js';
import { type ErrorCode, GodwitError, boundedMessage } from '../domain/errors.js';
import { networkCode, networkFailure } from '../elasticsearch/network-errors.js';
import type { KibanaRequest } from './kibana.js';

/** Kibana's own form of an error, and that of the security solution. */
const ErrorBodySchema = z.object({ message: z.string().optional(), error: z.union([z.string(), z.object({ message: z.string().optional() })]).optional() });

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'AuthenticationRejected',
  403: 'PrivilegeMissing',
  408: 'Timeout',
  409: 'KibanaRejected',
  413: 'ObjectTooLarge',
  422: 'IncompatibleVersion',
  429: 'Unavailable',
  502: 'Unavailable',
  503: 'Unavailable',
  504: 'Timeout',
};

const REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  AuthenticationRejected: 'Correct kibana.auth of the connection (it defaults to elasticsearch.auth); the file is read again when it changes.',
  PrivilegeMissing: 'Give the user or API key the Kibana privilege "all" in every space that is migrated.',
  ConnectionFailed: 'Check that Kibana runs, and kibana.url of the connection.',
  Unavailable: 'Wait until Kibana is available; it is tried again by itself.',
};

/** Text of an error body, or null where it has none. */
export function errorText(body: unknown): string | null {
  const parsed = ErrorBodySchema.safeParse(body);
  if (!parsed.success) return null;
  const { message, error } = parsed.data;
  return message ?? (typeof error === 'string' ? error : error?.message) ?? null;
}

type About = Pick<KibanaRequest, 'action' | 'subject'>;

function made(code: ErrorCode, connection: string, { action, subject }: About, what: string, redact: Redactor, remedy: string | undefined = REMEDIES[code], cause?: unknown): GodwitError {
  const about = subject === undefined || action.includes(subject) ? '' : ` [${subject}]`;
  return new GodwitError(code, boundedMessage(redact(`${connection}: Kibana: cannot ${action}${about}: ${what}`)), {
    subject: subject ?? connection,
    ...(remedy === undefined ? {} : { remedy }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** An answer with a status that was not expected. */
export function fromAnswer(status: number, body: unknown, connection: string, about: About, redact: Redactor): GodwitError {
  const text = errorText(body);
  return made(BY_STATUS[status] ?? (status >= 500 ? 'Unavailable' : 'KibanaRejected'), connection, about, `${text ?? 'without a reason'} (HTTP ${String(status)})`, redact);
}

/** Something that answers, but not as Kibana does. */
export function notKibana(connection: string, about: About, what: string, redact: Redactor): GodwitError {
  return made('NotKibana', connection, about, what, redact);
}

/** The answer ended before it was whole. */
export function cutOff(connection: string, about: About, redact: Redactor): GodwitError {
  return made('ConnectionFailed', connection, about, 'the answer ended before it was whole', redact);
}

/** Whatever was thrown on the way; a GodwitError stays as it is. */
export function fromThrown(error: unknown, hasTimedOut: boolean, connection: string, about: About, redact: Redactor): GodwitError {
  if (error instanceof GodwitError) return error;
  if (hasTimedOut) return made('Timeout', connection, about, 'the request timed out', redact);
  const network = networkFailure(error);
  if (network === undefined) return made('ConnectionFailed', connection, about, error instanceof Error ? error.message : 'the connection failed', redact);
  const code = networkCode(error);
  return made(network.code, connection, about, code === undefined ? network.what : `${network.what} (${code})`, redact, network.remedy ?? REMEDIES[network.code], error);
}
