/**
 * What passes between a worker and its threads that copy slices: plain data only.
 *
 * Connections go along with their secrets, since memory of one process is all they ever pass through.
 */
import type { Auth, ConnectionConfig, TlsConfig } from '../config/connection-config.js';
import { Secret } from '../config/secret.js';
import { GodwitError, type ErrorCode } from '../domain/errors.js';
import type { CopyProgress, CopyResult, CopySliceOptions } from '../transfer/copy-slice.js';

/** Numbers the slices of one thread. */
export type SliceNumber = number;

export type ToThread =
  /** A connection as it is from now on. */
  | { readonly kind: 'connection'; readonly connection: PlainConnection }
  | { readonly kind: 'no-connection'; readonly name: string }
  | { readonly kind: 'copy'; readonly slice: SliceNumber; readonly source: string; readonly target: string; readonly rate: number | null; readonly options: PlainOptions }
  | { readonly kind: 'pace'; readonly slice: SliceNumber; readonly rate: number | null }
  | { readonly kind: 'stop'; readonly slice: SliceNumber };

export type FromThread =
  | { readonly kind: 'progress'; readonly slice: SliceNumber; readonly progress: CopyProgress }
  | { readonly kind: 'copied'; readonly slice: SliceNumber; readonly result: CopyResult }
  | { readonly kind: 'failed'; readonly slice: SliceNumber; readonly error: PlainError };

export type PlainOptions = Omit<CopySliceOptions, 'pace' | 'signal' | 'onProgress'>;

type PlainAuth = { readonly type: 'basic'; readonly username: string; readonly password: string } | { readonly type: 'apiKey'; readonly apiKey: string } | { readonly type: 'bearer'; readonly token: string };

export interface PlainConnection extends Pick<ConnectionConfig, 'name' | 'kind' | 'revision'> {
  readonly urls: readonly string[];
  readonly auth: PlainAuth | null;
  readonly tls: Omit<TlsConfig, 'key'> & { readonly key: string | null };
}

function plainAuth(auth: Auth): PlainAuth {
  if (auth.type === 'basic') return { type: 'basic', username: auth.username, password: auth.password.reveal() };
  return auth.type === 'apiKey' ? { type: 'apiKey', apiKey: auth.apiKey.reveal() } : { type: 'bearer', token: auth.token.reveal() };
}

function wrappedAuth(auth: PlainAuth): Auth {
  if (auth.type === 'basic') return { type: 'basic', username: auth.username, password: new Secret(auth.password) };
  return auth.type === 'apiKey' ? { type: 'apiKey', apiKey: new Secret(auth.apiKey) } : { type: 'bearer', token: new Secret(auth.token) };
}

/** Its Elasticsearch; copying needs nothing else. */
export function plainConnection({ name, kind, revision, elasticsearch }: ConnectionConfig): PlainConnection {
  const { urls, auth, tls } = elasticsearch;
  return { name, kind, revision, urls, auth: auth === null ? null : plainAuth(auth), tls: { ...tls, key: tls.key?.reveal() ?? null } };
}

export function connectionOf({ name, kind, revision, urls, auth, tls }: PlainConnection): ConnectionConfig {
  const endpoint = { urls, auth: auth === null ? null : wrappedAuth(auth), tls: { ...tls, key: tls.key === null ? null : new Secret(tls.key) } };
  return { name, kind, revision, elasticsearch: endpoint, kibana: null, logstash: null };
}

export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly subject: string | null;
  readonly remedy: string;
  readonly retryable: boolean;
  /** Where it was thrown, for the log. */
  readonly stack: string;
}

/** What is no GodwitError is a mistake of ours: `Internal`, as everywhere. */
export function plainError(error: unknown): PlainError {
  const known = error instanceof GodwitError ? error : new GodwitError('Internal', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  const { code, message, subject = null, remedy, retryable } = known;
  return { code, message, subject, remedy, retryable, stack: (error instanceof Error ? error.stack : undefined) ?? '' };
}

export function errorOf({ code, message, subject, remedy, retryable, stack }: PlainError): GodwitError {
  const error = new GodwitError(code, message, { remedy, retryable, ...(subject === null ? {} : { subject }) });
  error.stack = stack;
  return error;
}
