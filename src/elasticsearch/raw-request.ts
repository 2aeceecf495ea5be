/**
 * Requests whose bodies are bytes on both sides: for documents, which nobody here parses.
 *
 * They use the client's connections, so credentials, TLS, node choice and headers are the same as of every other call.
 * The answer is read into a buffer that the caller keeps and gives again; it is bounded in size and may not stall.
 */
import { Readable } from 'node:stream';
import { type Client, errors } from '@elastic/elasticsearch';

export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON as text, or NDJSON as the pieces to send one after the other. */
  readonly body: string | readonly Buffer[];
  readonly signal: AbortSignal;
  /** Until the answer begins, milliseconds; includes sending the body. */
  readonly timeoutMs: number;
  /** Longest pause between two parts of the answer, milliseconds. */
  readonly idleMs: number;
  /** Longest answer, bytes. */
  readonly maxBytes: number;
}

/** The answer is longer than the caller can take. */
export class AnswerTooLarge extends Error {
  constructor(readonly maxBytes: number) {
    super(`the answer is larger than ${String(maxBytes)} bytes`);
    this.name = 'AnswerTooLarge';
  }
}

const START_BYTES = 64 * 1024;

/** Bytes that arrive piece by piece; grows, and can be filled again. */
export class ByteSink {
  #block = Buffer.allocUnsafe(START_BYTES);
  #length = 0;

  /** Size of what it holds in memory. */
  get capacity(): number {
    return this.#block.length;
  }

  /** What has arrived: valid until the next `clear`. */
  get bytes(): Buffer {
    return this.#block.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  reserve(total: number): void {
    if (total <= this.#block.length) return;
    const larger = Buffer.allocUnsafe(total);
    this.#block.copy(larger, 0, 0, this.#length);
    this.#block = larger;
  }

  push(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#block.length) this.reserve(Math.max(length, Math.ceil(this.#block.length * 1.6)));
    this.#block.set(chunk, this.#length);
    this.#length = length;
  }
}

/**
 * Sends a request and reads its answer into `sink`.
 *
 * @throws errors of the client as every other call does (ResponseError for a status from 400 on), AnswerTooLarge
 */
export async function rawRequest(client: Client, request: RawRequest, sink: ByteSink): Promise<void> {
  const { method, path, query, body, signal, timeoutMs } = request;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.reduce((sum, chunk) => sum + chunk.length, 0);
  const type = typeof body === 'string' ? 'application/json' : 'application/x-ndjson';
  const result = await client.transport.request<Readable>(
    { method, path, body: typeof body === 'string' ? body : piecesOf(body), ...(query === undefined ? {} : { querystring: { ...query } }) },
    { asStream: true, meta: true, signal, requestTimeout: timeoutMs, headers: { 'content-type': type, 'content-length': String(length), accept: 'application/json' } },
  );
  const status = result.statusCode;
  sink.clear();
  await receive(result.body, Number(result.headers['content-length'] ?? 0), status, request, sink);
  if (status >= 400) throw new errors.ResponseError({ ...result, warnings: null, body: parseIfJson(sink.bytes.toString('utf8')) });
}

/** One piece goes as it is; several as a stream, since joining them would copy large documents. */
function piecesOf(pieces: readonly Buffer[]): Buffer | Readable {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Readable.from(pieces, { objectMode: false });
}

/** Error answers are small; a limit on documents does not apply to them. */
const ERROR_BYTES = 1024 * 1024;

function receive(body: Readable, expected: number, status: number, { maxBytes, idleMs }: RawRequest, sink: ByteSink): Promise<void> {
  const limit = status >= 400 ? Math.max(maxBytes, ERROR_BYTES) : maxBytes;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => body.destroy(new errors.TimeoutError('the answer stopped half-way')), idleMs);
    body.on('data', (chunk: Buffer) => {
      timer.refresh();
      sink.push(chunk);
      if (sink.length > limit) body.destroy(new AnswerTooLarge(limit));
    });
    body.once('error', (error) => {
      clearTimeout(timer);
      reject(error instanceof AnswerTooLarge || error instanceof errors.TimeoutError ? error : brokenOff(error));
    });
    body.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
    body.once('close', () => {
      clearTimeout(timer);
      reject(brokenOff(new Error('the connection was closed')));
    });
    if (expected > limit) body.destroy(new AnswerTooLarge(limit));
    else sink.reserve(expected);
  });
}

function brokenOff(cause: Error): Error {
  const options = { redaction: { type: 'replace' as const }, cause };
  if (cause.name === 'AbortError') return new errors.RequestAbortedError('the request was aborted', undefined, options);
  return new errors.ConnectionError(`the answer broke off: ${cause.message}`, undefined, options);
}

function parseIfJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
