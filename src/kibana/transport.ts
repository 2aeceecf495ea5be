/**
 * HTTP to one Kibana: headers that every route wants, credentials, TLS, space prefix, JSON and forms.
 *
 * Bodies of requests are pieces of text that are sent one after the other, answers come as a stream; nothing here
 * holds more of either than a chunk.
 */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import type { Auth, EndpointConfig } from '../config/connection-config.js';
import type { Redactor } from '../config/redact.js';
import { tlsOptions } from '../elasticsearch/client.js';
import { connectOptions } from '../elasticsearch/connection.js';
import { pinnedConnector } from '../elasticsearch/pinned-tls.js';
import { RequestDeadline } from '../elasticsearch/request-deadline.js';
import { fromAnswer, fromThrown, notKibana } from './errors.js';
import type { FormPart, KibanaAnswer, KibanaRequest, KibanaStream } from './kibana.js';

const REQUEST_TIMEOUT_MS = 30_000;
/** Longest silence within an answer. */
const IDLE_MS = 120_000;
const MAX_SOCKETS = 16;
/** Answers that are parsed as a whole; exports are not. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Routes are versioned by date; a strict server refuses a request without it. */
const API_VERSION = '2023-10-31';

function authorization(auth: Auth | null): Record<string, string> {
  if (auth === null) return {};
  if (auth.type === 'basic') return { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password.reveal()}`).toString('base64')}` };
  return { authorization: auth.type === 'apiKey' ? `ApiKey ${auth.apiKey.reveal()}` : `Bearer ${auth.token.reveal()}` };
}

interface Body {
  readonly headers: Record<string, string>;
  readonly content: string | Readable | null;
}

/** A form as Kibana reads it. Its length is told beforehand, so that a refusal by size comes at once. */
function formBody(parts: readonly FormPart[]): Body {
  const boundary = `godwit-${randomBytes(16).toString('hex')}`;
  const pieces = [
    ...parts.flatMap(({ name, fileName, content }) => [
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"\r\nContent-Type: application/ndjson`}\r\n\r\n`,
      ...content,
      '\r\n',
    ]),
    `--${boundary}--\r\n`,
  ];
  const length = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(length) },
    content: Readable.from(pieces.map((piece) => Buffer.from(piece))),
  };
}

function bodyOf({ body, form }: KibanaRequest): Body {
  if (form !== undefined) return formBody(form);
  return body === undefined ? { headers: {}, content: null } : { headers: { 'content-type': 'application/json' }, content: JSON.stringify(body) };
}

export class KibanaTransport {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #connection: string;
  readonly #redact: Redactor;

  constructor(connection: string, endpoint: EndpointConfig, redact: Redactor) {
    this.#connection = connection;
    this.#redact = redact;
    const url = new URL(endpoint.urls[0] ?? '');
    const tls = connectOptions(tlsOptions(endpoint.tls));
    this.#pool = new Pool(url.origin, {
      connections: MAX_SOCKETS,
      headersTimeout: 0,
      bodyTimeout: IDLE_MS,
      connect: endpoint.tls.fingerprint === null ? tls : pinnedConnector(endpoint.tls.fingerprint, tls),
    });
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#headers = { 'user-agent': 'godwit', 'kbn-xsrf': 'godwit', 'elastic-api-version': API_VERSION, accept: 'application/json, application/ndjson', ...authorization(endpoint.auth) };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** @throws GodwitError for a status from 400 on that is not expected, and for what the network does */
  async stream(request: KibanaRequest): Promise<KibanaStream> {
    const { status, chunks } = await this.#send(request);
    if (status < 400 || request.expected?.includes(status) === true) return { status, chunks };
    const body = await this.#parse(request, chunks, true);
    throw fromAnswer(status, body, this.#connection, request, this.#redact);
  }

  async request(request: KibanaRequest): Promise<KibanaAnswer> {
    const { status, chunks } = await this.stream(request);
    return { status, body: await this.#parse(request, chunks, status >= 400) };
  }

  async #send(request: KibanaRequest): Promise<KibanaStream> {
    const deadline = new RequestDeadline(request.signal, request.timeoutMs ?? REQUEST_TIMEOUT_MS);
    const body = bodyOf(request);
    let response: Dispatcher.ResponseData;
    try {
      response = await this.#pool.request({ method: request.method, path: this.#path(request), headers: { ...this.#headers, ...body.headers }, body: body.content, signal: deadline.signal });
    } catch (error) {
      deadline.end();
      throw fromThrown(error, deadline.hasTimedOut, this.#connection, request, this.#redact);
    }
    deadline.endTimeout();
    response.body.once('close', () => deadline.end());
    return { status: response.statusCode, chunks: this.#chunks(request, response.body) };
  }

  async *#chunks(request: KibanaRequest, body: Readable): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    } catch (error) {
      throw fromThrown(error, false, this.#connection, request, this.#redact);
    }
  }

  #path({ space, path, query }: KibanaRequest): string {
    const inSpace = space === undefined || space === 'default' ? '' : `/s/${encodeURIComponent(space)}`;
    const parameters = query === undefined || query.length === 0 ? '' : `?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()}`;
    return `${this.#prefix}${inSpace}${path}${parameters}`;
  }

  /** @param isError an error may come from a proxy and be no JSON; its status says enough */
  async #parse(request: KibanaRequest, chunks: AsyncIterable<Uint8Array>, isError: boolean): Promise<unknown> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) throw notKibana(this.#connection, request, `the answer is larger than ${String(MAX_ANSWER_BYTES)} bytes`, this.#redact);
      pieces.push(chunk);
    }
    const text = Buffer.concat(pieces).toString('utf8');
    if (text.trim() === '') return null;
    try {
      const parsed: unknown = JSON.parse(text);
      return parsed;
    } catch {
      if (isError) return null;
      throw notKibana(this.#connection, request, 'the answer is not JSON', this.#redact);
    }
  }
}
