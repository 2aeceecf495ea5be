/**
 * Sends bulk requests over several connections, and sends again what the target could not take yet.
 *
 * Only what was turned down is sent again: single items after a 429, the whole request after a lost answer (safe, since
 * writes are versioned or create). A request that is refused as a whole is halved until the document is found.
 */
import { errors } from '@elastic/elasticsearch';
import { DocumentDigest } from '../domain/document-digest.js';
import { GodwitError } from '../domain/errors.js';
import type { WriteSums } from '../domain/write-answers.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { ByteSink, rawRequest } from '../elasticsearch/raw-request.js';
import { ANSWER_FILTER, type ItemOutcome, readBulkAnswer } from './bulk-answer.js';
import type { BulkBody } from './bulk-body.js';
import { foldDocument } from './fold.js';
import { MalformedAnswer } from './json-cursor.js';
import { RETRIES, type RetryPolicy, pause, stopped } from './pause.js';

/** A document that the target does not take. */
export interface DeadLetter {
  readonly id: string;
  readonly routing: string | null;
  readonly status: number;
  readonly type: string;
  readonly reason: string;
  readonly documentBytes: number;
  /** As it was sent, JSON; null if it is too large to be kept. */
  readonly document: string | null;
}

export interface WriteCounts extends WriteSums {
  turnedDown: number;
  requests: number;
  requestMs: number;
  written: number;
  /** Documents of which the target has this version or a newer one. */
  noops: number;
  /** Documents that were refused, also beyond those that are kept as dead letters. */
  refused: number;
  /** Bytes of request bodies that were answered, without repetitions. */
  bytes: number;
}

export interface WriteOptions {
  readonly targetIndex: string;
  /** Requests in flight. */
  readonly connections: number;
  /** Ingest pipeline; by default none, so that an index's own default pipeline changes nothing. */
  readonly pipeline?: string;
  readonly maxDeadLetters: number;
  readonly signal: AbortSignal;
  readonly retries?: RetryPolicy;
  readonly onAnswer?: () => void;
}

const TIMEOUT_MS = 180_000;
const IDLE_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Larger documents are named, not kept. */
const MAX_LETTER_BYTES = 64 * 1024;
/** Documents of all letters together. */
const MAX_LETTERS_BYTES = 8 * 1024 * 1024;

export class BulkWriter {
  readonly counts: WriteCounts = { written: 0, noops: 0, refused: 0, bytes: 0, turnedDown: 0, requests: 0, requestMs: 0 };
  readonly deadLetters: DeadLetter[] = [];
  /** Of all documents that were sent and refused. */
  readonly refusedDigest = new DocumentDigest();
  readonly #cluster: Cluster;
  readonly #options: WriteOptions;
  readonly #retries: RetryPolicy;
  readonly #query: Readonly<Record<string, string>>;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #sinks: ByteSink[] = [];
  #letterBytes = 0;
  /** Ends all that is in flight after a failure; follows the caller's signal. */
  readonly #stop = new AbortController();
  readonly #onAbort = (): void => this.#stop.abort();
  #failure: GodwitError | null = null;

  constructor(cluster: Cluster, options: WriteOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#retries = options.retries ?? RETRIES;
    this.#query = { filter_path: ANSWER_FILTER, pipeline: options.pipeline ?? '_none' };
    if (options.signal.aborted) this.#stop.abort();
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Takes a body to send; waits until a connection is free for it.
   *
   * @param done called when nothing of the body is needed any more; `isClean` if no request with it has failed, so that
   *   no broken connection may still hold it
   * @throws GodwitError of this or an earlier request
   */
  async submit(body: BulkBody, done: (isClean: boolean) => void): Promise<void> {
    while (this.#failure === null && this.#inFlight.size >= this.#options.connections) await Promise.race(this.#inFlight);
    this.#throwIfFailed();
    const sending = this.#send(body)
      .then(done, (error: unknown) => this.#fail(error))
      .finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
  }

  /** Fires when a request has failed for good, or the caller has had enough: nothing more needs to be read. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get failure(): GodwitError | null {
    return this.#failure;
  }

  /** Waits for all that is in flight. @throws GodwitError */
  async finish(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight);
    this.#throwIfFailed();
  }

  /** Ends what is in flight; what was sent already may still be written. */
  stop(): void {
    this.#stop.abort();
  }

  async close(): Promise<void> {
    this.stop();
    await Promise.allSettled(this.#inFlight);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#stop.signal.aborted) throw stopped();
  }

  /** What fails after a stop fails because of it. */
  #fail(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#failure = this.#translate(error);
    this.#stop.abort();
  }

  #translate(error: unknown): GodwitError {
    const { targetIndex: index } = this.#options;
    if (error instanceof MalformedAnswer) {
      return new GodwitError('ConnectionFailed', `${this.#cluster.connection}: the answer to a bulk request into ${index} cannot be read: ${error.message}`, { subject: index });
    }
    return this.#cluster.translate(error, { action: `write into ${index}`, subject: index });
  }

  /** @returns whether the first attempt did it all */
  async #send(whole: BulkBody): Promise<boolean> {
    let body = whole;
    let isFirst = true;
    for (let attempt = 0; body.count > 0; attempt += 1, isFirst = false) {
      if (attempt > 0) await pause(this.#retries, attempt - 1, this.#stop.signal);
      const isLast = attempt + 1 >= this.#retries.attempts;
      let outcomes: ItemOutcome[] | null;
      try {
        outcomes = await this.#ask(body);
      } catch (error) {
        if (isRefusedWhole(error)) return this.#sendHalves(body, error);
        const failure = this.#translate(error);
        if (!failure.retryable || isLast || this.#stop.signal.aborted) throw failure;
        if (error instanceof errors.ResponseError && error.statusCode === 429) {
          this.counts.turnedDown += body.count;
          this.#options.onAnswer?.();
        }
        continue;
      }
      const again = this.#count(body, outcomes, isLast);
      this.#options.onAnswer?.();
      if (again.length === 0) return isFirst;
      // One large document takes those that go to the same shard down with it, each time.
      if (outcomes?.some(({ kind }) => kind === 'oversized') === true) return this.#sendParts(body, again);
      // A target that takes some of it each time is not to be given up, and need not be spared more and more.
      if (again.length < body.count) attempt = Math.floor(attempt / 2);
      body = body.pick(again);
    }
    return true;
  }

  async #ask(body: BulkBody): Promise<ItemOutcome[] | null> {
    const sink = this.#sinks.pop() ?? new ByteSink();
    const path = `/${encodeURIComponent(this.#options.targetIndex)}/_bulk`;
    const began = performance.now();
    const limits = { timeoutMs: TIMEOUT_MS, idleMs: IDLE_MS, maxBytes: MAX_ANSWER_BYTES };
    await rawRequest(this.#cluster.client, { method: 'POST', path, query: this.#query, body: body.chunks(), signal: this.#stop.signal, ...limits }, sink);
    this.counts.requests += 1;
    this.counts.requestMs += performance.now() - began;
    const outcomes = readBulkAnswer(sink.bytes, body.count);
    this.#sinks.push(sink);
    return outcomes;
  }

  /** Counts what is settled. @returns the items to send again */
  #count(body: BulkBody, outcomes: ItemOutcome[] | null, isLast: boolean): number[] {
    const { counts } = this;
    if (outcomes === null) {
      counts.written += body.count;
      counts.bytes += body.byteLength;
      return [];
    }
    const again: number[] = [];
    for (const [item, outcome] of outcomes.entries()) {
      if (outcome.kind === 'busy' && outcome.status === 429) counts.turnedDown += 1;
      if (outcome.kind === 'written') counts.written += 1;
      else if (outcome.kind === 'superseded') counts.noops += 1;
      else if (outcome.kind === 'refused') this.#bury(body, item, outcome);
      else if (outcome.kind === 'blocked') throw this.#blocked(outcome);
      else if (outcome.kind === 'oversized') {
        if (body.count === 1) this.#bury(body, item, outcome);
        else again.push(item);
      }
      else if (!isLast) again.push(item);
      else if (outcome.isDocument) this.#bury(body, item, outcome);
      else throw this.#blocked({ ...outcome, kind: 'blocked', code: 'Unavailable', remedy: null });
    }
    if (again.length === 0) counts.bytes += body.byteLength;
    return again;
  }

  #blocked({ code, remedy, status, type, reason }: Extract<ItemOutcome, { kind: 'blocked' }>): GodwitError {
    const { targetIndex: index } = this.#options;
    const message = `${this.#cluster.connection}: cannot write into ${index}: ${reason} (${type}, status ${String(status)})`;
    return new GodwitError(code, message, { subject: index, ...(remedy === null ? {} : { remedy }) });
  }

  #bury(body: BulkBody, item: number, facts: Pick<DeadLetter, 'status' | 'type' | 'reason'>): void {
    const [document, source] = [body.describe(item), body.sourceOf(item)];
    foldDocument(this.refusedDigest, document, source);
    this.bury({ ...document, ...facts }, source);
  }

  /** Puts a document aside that is not, or no longer, to be sent. */
  bury(letter: Omit<DeadLetter, 'document' | 'documentBytes'>, source: Buffer): void {
    this.counts.refused += 1;
    if (this.deadLetters.length >= this.#options.maxDeadLetters) return;
    const { id, routing, status, type, reason } = letter;
    const isKept = source.length <= MAX_LETTER_BYTES && this.#letterBytes + source.length <= MAX_LETTERS_BYTES;
    if (isKept) this.#letterBytes += source.length;
    this.deadLetters.push({ id, routing, status, type, reason, documentBytes: source.length, document: isKept ? source.toString('utf8') : null });
  }

  async #sendHalves(body: BulkBody, error: errors.ResponseError): Promise<boolean> {
    if (body.count === 1) {
      const failure = this.#translate(error);
      if (failure.code !== 'ElasticsearchRejected') throw failure;
      this.#bury(body, 0, { status: error.statusCode ?? 0, type: 'bulk_request_refused', reason: failure.message.slice(0, 300) });
      this.counts.bytes += body.byteLength;
      return false;
    }
    return this.#sendParts(
      body,
      Array.from({ length: body.count }, (_, item) => item),
    );
  }

  async #sendParts(body: BulkBody, items: readonly number[]): Promise<boolean> {
    const middle = Math.ceil(items.length / 2);
    await this.#send(body.pick(items.slice(0, middle)));
    await this.#send(body.pick(items.slice(middle)));
    return false;
  }
}

/** One document can make Elasticsearch refuse the whole request: an id that is too long, a body over its limit. */
function isRefusedWhole(error: unknown): error is errors.ResponseError {
  return error instanceof errors.ResponseError && (error.statusCode === 400 || error.statusCode === 413);
}
