/**
 * Reads a slice of an index page by page, each page as the bytes of its answer.
 *
 * With a point in time, a page that was lost or incomplete is asked for again from the same place; nothing is skipped.
 * A scroll cannot do that: any failure ends it, and the slice is to be read from its start. Pages are sized by bytes,
 * learned from the page before.
 */
import { errors } from '@elastic/elasticsearch';
import { GodwitError } from '../domain/errors.js';
import { call, isAbsent, isUnavailableApi, tryCall } from '../elasticsearch/calls.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { readErrorBody } from '../elasticsearch/error-body.js';
import { AnswerTooLarge, ByteSink, rawRequest } from '../elasticsearch/raw-request.js';
import { type SearchAnswer, scanSearchAnswer } from './hit-scanner.js';
import { MalformedAnswer } from './json-cursor.js';
import { RETRIES, type RetryPolicy, pause } from './pause.js';
import { KEEP_ALIVE, type SearchShape, type SliceQuery, nextScrollBody, pitBody, scrollBody } from './search-body.js';

export interface ReadOptions extends SliceQuery {
  readonly index: string;
  /** Aimed-at size of a page, bytes. */
  readonly pageBytes: number;
  readonly withVersion: boolean;
  /** Default true; without it only ids and routing are read. */
  readonly withSource?: boolean;
  readonly signal: AbortSignal;
  /** Size of a document as far as it is known, bytes: for the first page. */
  readonly averageBytes?: number;
  /** Default: a point in time, and a scroll where the cluster has none. */
  readonly paging?: 'pit' | 'scroll';
  /** Most documents of a page, as things are; by default as many as fit. */
  readonly maxHits?: () => number;
  readonly retries?: RetryPolicy;
}

export interface Page extends SearchAnswer {
  /** Gives the bytes back; afterwards they change. Not called for a page that is still referred to. */
  release(): void;
}

const TIMEOUT_MS = 120_000;
const IDLE_MS = 60_000;
/** Within `index.max_result_window`, and enough for small documents. */
const MAX_HITS = 5_000;
/** A page that is this many times too large is broken off and asked for in smaller parts. */
const TOLERANCE = 4;
/** Longest answer with a single document: Elasticsearch takes 100 MB by default. */
const MAX_DOCUMENT_BYTES = 256 * 1024 * 1024;
/** First page when nothing is known. */
const FIRST_HITS = 100;
/** With a scroll the first page decides for all. */
const SCROLL_HITS = 500;

export class PageReader {
  readonly #cluster: Cluster;
  readonly #options: ReadOptions;
  readonly #shape: SearchShape;
  readonly #free: ByteSink[] = [];
  #pitId: string | null = null;
  #scrollId: string | null = null;
  #after: string | null = null;
  #size: number;
  #isDone = false;

  private constructor(cluster: Cluster, options: ReadOptions, withVectors: boolean, pitId: string | null) {
    this.#cluster = cluster;
    this.#options = options;
    this.#shape = { ...options, withVectors };
    this.#pitId = pitId === null ? null : JSON.stringify(pitId);
    const { averageBytes, pageBytes } = options;
    const unknown = pitId === null ? SCROLL_HITS : FIRST_HITS;
    this.#size = this.#clamp(averageBytes === undefined ? unknown : pageBytes / averageBytes);
  }

  /** @throws GodwitError */
  static async open(cluster: Cluster, options: ReadOptions): Promise<PageReader> {
    const { index, signal } = options;
    const { major, minor, flavor } = await cluster.identity(signal);
    const withVectors = flavor === 'serverless' || major > 9 || (major === 9 && minor >= 2);
    const pit = options.paging === 'scroll' ? null : await openPit(cluster, index, signal);
    return new PageReader(cluster, options, withVectors, pit);
  }

  /**
   * The next page; null at the end. Not to be called again before it has answered.
   *
   * @throws GodwitError: retryable if the slice can be read again from its start
   */
  async next(): Promise<Page | null> {
    if (this.#isDone) return null;
    const sink = this.#free.pop() ?? new ByteSink();
    const answer = this.#pitId === null ? await this.#scrollPage(sink) : await this.#pitPage(sink);
    const { hits } = answer;
    const last = hits.at(-1);
    if (last === undefined) {
      this.#isDone = true;
      return null;
    }
    // Every shard has answered, so a page that is not full is the last.
    if (hits.length < this.#size) this.#isDone = true;
    if (this.#pitId !== null) this.#advance(answer, last);
    return { ...answer, release: () => this.#reuse(sink) };
  }

  /** A block that one large document has blown up is not kept. */
  #reuse(sink: ByteSink): void {
    if (sink.capacity <= this.#options.pageBytes * TOLERANCE) this.#free.push(sink);
  }

  #clamp(hits: number): number {
    return clampHits(Math.min(hits, this.#options.maxHits?.() ?? Infinity));
  }

  #advance(answer: SearchAnswer, last: SearchAnswer['hits'][number]): void {
    if (last.sortStart === -1) throw this.#incomplete('hits without sort values');
    this.#after = answer.bytes.toString('utf8', last.sortStart, last.sortEnd);
    this.#pitId = answer.pitId ?? this.#pitId;
    const average = answer.bytes.length / answer.hits.length;
    this.#size = Math.min(this.#clamp(this.#options.pageBytes / average), this.#size * 8);
  }

  async #pitPage(sink: ByteSink): Promise<SearchAnswer> {
    const { signal, retries = RETRIES } = this.#options;
    for (let attempt = 0; ; ) {
      try {
        return await this.#ask('/_search', pitBody(this.#shape, this.#size, this.#pitId ?? '""', this.#after), sink);
      } catch (error) {
        if (error instanceof AnswerTooLarge && this.#size > 1) {
          this.#size = Math.max(1, Math.floor(this.#size / TOLERANCE));
          continue;
        }
        const failure = this.#translate(error);
        attempt += 1;
        if (!failure.retryable || attempt >= retries.attempts || signal.aborted || isContextLost(error)) throw failure;
        // The source may be out of memory for a page of that size.
        if (failure.code === 'Unavailable') this.#size = Math.max(1, Math.floor(this.#size / 2));
        await pause(retries, attempt - 1, signal);
      }
    }
  }

  async #scrollPage(sink: ByteSink): Promise<SearchAnswer> {
    const isFirst = this.#scrollId === null;
    const path = isFirst ? `/${encodeURIComponent(this.#options.index)}/_search` : '/_search/scroll';
    const body = this.#scrollId === null ? scrollBody(this.#shape, this.#size) : nextScrollBody(this.#scrollId);
    try {
      const answer = await this.#ask(path, body, sink, isFirst ? { scroll: KEEP_ALIVE } : {});
      this.#scrollId = answer.scrollId ?? this.#scrollId;
      return answer;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async #ask(path: string, body: string, sink: ByteSink, query: Readonly<Record<string, string>> = {}): Promise<SearchAnswer> {
    const { signal, pageBytes } = this.#options;
    const maxBytes = this.#size === 1 || this.#pitId === null ? MAX_DOCUMENT_BYTES : pageBytes * TOLERANCE;
    await rawRequest(this.#cluster.client, { method: 'POST', path, query, body, signal, timeoutMs: TIMEOUT_MS, idleMs: IDLE_MS, maxBytes }, sink);
    const answer = scanSearchAnswer(sink.bytes);
    if (answer.timedOut) throw this.#incomplete('timed out');
    if (answer.failedShards > 0) throw this.#incomplete(`${String(answer.failedShards)} shard(s) did not answer`);
    return answer;
  }

  #incomplete(why: string): GodwitError {
    const { index } = this.#options;
    return new GodwitError('IndexUnhealthy', `${this.#cluster.connection}: a page of ${index} is incomplete: ${why}`, { subject: index });
  }

  #translate(error: unknown): GodwitError {
    const { index } = this.#options;
    const prefix = `${this.#cluster.connection}: cannot read ${index}`;
    if (error instanceof MalformedAnswer) return new GodwitError('ConnectionFailed', `${prefix}: ${error.message}`, { subject: index });
    if (error instanceof AnswerTooLarge) return new GodwitError('ElasticsearchRejected', `${prefix}: a document is larger than Godwit takes; ${error.message}`, { subject: index });
    if (isContextLost(error)) return new GodwitError('Unavailable', `${prefix}: the search was lost at the source; the slice is to be read again`, { subject: index });
    return this.#cluster.translate(error, { action: `read ${index}`, subject: index });
  }

  /** Lets the source forget the search; it would by itself after some minutes. */
  async close(): Promise<void> {
    const { client } = this.#cluster;
    const [pitId, scrollId] = [this.#pitId, this.#scrollId];
    const ended = pitId !== null ? client.closePointInTime({ id: JSON.parse(pitId) as string }) : scrollId === null ? null : client.clearScroll({ scroll_id: JSON.parse(scrollId) as string });
    await ended?.catch(() => undefined);
  }
}

function clampHits(hits: number): number {
  return Math.max(1, Math.min(MAX_HITS, Math.floor(hits)));
}

/** The node that held the search has restarted, or it was not used for too long. */
function isContextLost(error: unknown): boolean {
  return error instanceof errors.ResponseError && readErrorBody(error.body).types.includes('search_context_missing_exception');
}

/** null where the cluster has no points in time. */
async function openPit(cluster: Cluster, index: string, signal: AbortSignal): Promise<string | null> {
  const context = { action: `open a point in time over ${index}`, subject: index };
  const run = () => cluster.client.openPointInTime({ index, keep_alive: KEEP_ALIVE }, { signal });
  const answer = await tryCall(cluster, context, run, (error) => isUnavailableApi(error) || (isAbsent(error) && readErrorBody(error.body).types.length === 0));
  if (answer !== null) return answer.id;
  // The same answers come for an index that is not there; a scroll would say so less clearly.
  await call(cluster, context, () => cluster.client.indices.getSettings({ index }, { signal }));
  return null;
}
