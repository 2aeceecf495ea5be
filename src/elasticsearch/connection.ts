/**
 * The HTTP connection to one node: undici, without what the client's own connection gets wrong in a service.
 *
 * - The original network error stays reachable as `cause`, with its code; the client would keep only its text.
 * - A timeout never fires the caller's signal. The client dispatches `abort` on it, which would end every other
 *   request that shares the signal, as all requests of one activity do.
 * - A request's timeout covers headers and body, and may be longer than the client's default.
 */
import { constants } from 'node:buffer';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import {
  BaseConnection,
  type ConnectionOptions,
  type ConnectionRequestOptions,
  type ConnectionRequestOptionsAsStream,
  type ConnectionRequestParams,
  type ConnectionRequestResponse,
  type ConnectionRequestResponseAsStream,
  errors,
} from '@elastic/elasticsearch';
import { type Dispatcher, Pool, type buildConnector } from 'undici';
import { pinnedConnector } from './pinned-tls.js';
import { RequestDeadline } from './request-deadline.js';

/** Longest wait for a TCP and TLS connection, milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Most sockets to one node; Godwit bounds its own concurrency below that. */
const MAX_SOCKETS = 64;
/** Elasticsearch closes idle sockets never, but load balancers do after 60 s or more. */
const KEEP_ALIVE_MS = 30_000;

export class NodeConnection extends BaseConnection {
  readonly #pool: Pool;

  constructor(options: ConnectionOptions) {
    super(options);
    const connect = connectOptions(options.tls ?? {});
    this.#pool = new Pool(this.url.origin, {
      connections: MAX_SOCKETS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Timeouts are this class's, per request.
      headersTimeout: 0,
      bodyTimeout: 0,
      // The client passes null where its types say undefined.
      connect: typeof options.caFingerprint === 'string' ? pinnedConnector(options.caFingerprint, connect) : connect,
    });
  }

  override request(params: ConnectionRequestParams, options: ConnectionRequestOptions): Promise<ConnectionRequestResponse>;
  override request(params: ConnectionRequestParams, options: ConnectionRequestOptionsAsStream): Promise<ConnectionRequestResponseAsStream>;
  override async request(
    params: ConnectionRequestParams,
    options: ConnectionRequestOptions | ConnectionRequestOptionsAsStream,
  ): Promise<ConnectionRequestResponse | ConnectionRequestResponseAsStream> {
    const deadline = new RequestDeadline(options.signal, options.timeout ?? this.timeout);
    try {
      const response = await this.#pool.request(this.#requestOf(params, deadline.signal));
      const { statusCode, headers } = response;
      if ('asStream' in options) {
        response.body.once('close', () => deadline.end());
        deadline.endTimeout();
        return { statusCode, headers, body: response.body };
      }
      const body = await readBody(response, options.maxResponseSize ?? constants.MAX_STRING_LENGTH);
      deadline.end();
      return { statusCode, headers, body };
    } catch (error) {
      deadline.end();
      throw this.#failure(error, deadline);
    }
  }

  override async close(): Promise<void> {
    await this.#pool.close();
  }

  #requestOf(params: ConnectionRequestParams, signal: AbortSignal): Dispatcher.RequestOptions {
    const prefix = this.url.pathname.replace(/\/+$/, '');
    const query = params.querystring === undefined || params.querystring === '' ? '' : `?${params.querystring}`;
    return {
      method: toMethod(params.method),
      path: `${prefix}${params.path.startsWith('/') ? '' : '/'}${params.path}${query}`,
      headers: { ...this.headers, ...params.headers },
      body: params.body ?? null,
      signal,
    };
  }

  /** The errors by which the client's transport tells timeout, abort and broken connection apart. */
  #failure(error: unknown, deadline: RequestDeadline): Error {
    const options = { redaction: { type: 'replace' as const }, cause: error };
    if (deadline.hasTimedOut) return new errors.TimeoutError('the request timed out', undefined, options);
    if (deadline.signal.aborted) return new errors.RequestAbortedError('the request was aborted', undefined, options);
    if (error instanceof errors.RequestAbortedError) return error;
    return new errors.ConnectionError(error instanceof Error ? error.message : 'the connection failed', undefined, options);
  }
}

/** The part of Node.js's TLS options that a connection of Godwit can have. */
export function connectOptions({ ca, cert, key, rejectUnauthorized }: TlsOptions): buildConnector.BuildOptions {
  return {
    timeout: CONNECT_TIMEOUT_MS,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

function toMethod(method: string): Dispatcher.HttpMethod {
  const known = METHODS.find((candidate) => candidate === method);
  if (known === undefined) throw new errors.ConfigurationError(`the method ${method} is not used with Elasticsearch`);
  return known;
}

/** Text, or bytes if a proxy compressed it. @throws RequestAbortedError beyond `maxBytes` */
async function readBody(response: Dispatcher.ResponseData, maxBytes: number): Promise<string | Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    length += bytes.length;
    if (length > maxBytes) throw new errors.RequestAbortedError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  const body = Buffer.concat(chunks);
  return /gzip|deflate/i.test(String(response.headers['content-encoding'] ?? '')) ? body : body.toString('utf8');
}
