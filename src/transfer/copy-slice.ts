/**
 * Copies a slice of an index from one cluster to another, documents as bytes.
 *
 * Reads one page ahead of what is written, and writes over several connections. Memory is bounded by `pageBytes`,
 * `requestBytes` and `connections`, and by the largest document, not by the index: a full writer stops the reader.
 */
import { DocumentDigest, subtractDigest } from '../domain/document-digest.js';
import { GodwitError } from '../domain/errors.js';
import type { WriteSums } from '../domain/write-answers.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { MAX_REASON_CHARS } from './bulk-answer.js';
import { BulkBody, sourceOf, type WriteMode } from './bulk-body.js';
import { Folder } from './fold.js';
import type { Hit } from './hit-scanner.js';
import { Pace } from './pace.js';
import type { RetryPolicy } from './pause.js';
import { type Page, PageReader } from './reader.js';
import type { SliceQuery } from './search-body.js';
import { TransformFailure } from './transform.js';
import { Transformer, type Changed, type LoadedTransform } from './transformer.js';
import { BulkWriter, type DeadLetter } from './writer.js';

export interface CopyProgress extends WriteSums {
  readonly read: number;
  readonly written: number;
  /** Documents of which the target has this version or a newer one. */
  readonly noops: number;
  readonly refused: number;
  /** Bytes that the target has answered for. */
  readonly bytes: number;
}

export interface CopySliceOptions extends SliceQuery {
  readonly index: string;
  readonly targetIndex: string;
  /** Aimed-at size of a bulk request, bytes. */
  readonly requestBytes?: number;
  /** Aimed-at size of a page, bytes. */
  readonly pageBytes?: number;
  /** Bulk requests in flight. */
  readonly connections?: number;
  /** `external` for indices, `create` for data streams. */
  readonly opType?: WriteMode;
  /** Ingest pipeline of the target; by default none, not even the index's own. */
  readonly pipeline?: string;
  /** Changes to every document; one that cannot be changed is a dead letter. */
  readonly transform?: LoadedTransform;
  /** Size of a document as far as it is known, bytes. */
  readonly averageBytes?: number;
  readonly paging?: 'pit' | 'scroll';
  /** Dead letters to keep; beyond that they are only counted. */
  readonly maxDeadLetters?: number;
  /** Documents a second; may change meanwhile. Default: no limit. */
  readonly pace?: Pace;
  readonly retries?: RetryPolicy;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
}

export interface CopyResult extends CopyProgress {
  readonly deadLetters: readonly DeadLetter[];
  /** Of all documents that have arrived, as they were sent, as 32 hex digits; see `DocumentDigest`. */
  readonly digest: string;
}

const DEFAULTS = { requestBytes: 2 * 1024 * 1024, pageBytes: 4 * 1024 * 1024, connections: 3, opType: 'external', maxDeadLetters: 1_000 } as const;

/** A page is used up well before the source forgets the search, however slowly it is written. */
const PAGE_SECONDS = 20;

/**
 * Copies all documents of the slice. May run twice, and beside another copy: writes are versioned or create.
 *
 * @returns counts, the digest of what has arrived, and the documents that the target refused (which is no error here)
 * @throws GodwitError: retryable if the slice can be copied again from its start
 */
export async function copySlice(source: Cluster, target: Cluster, options: CopySliceOptions): Promise<CopyResult> {
  return new SliceCopy(source, target, options).run();
}

class SliceCopy {
  readonly #source: Cluster;
  readonly #options: CopySliceOptions;
  readonly #mode: WriteMode;
  readonly #requestBytes: number;
  readonly #pace: Pace;
  readonly #writer: BulkWriter;
  readonly #transformer: Transformer | null;
  readonly #digest = new DocumentDigest();
  readonly #bodies: BulkBody[] = [];
  #body: BulkBody;
  #read = 0;

  constructor(source: Cluster, target: Cluster, options: CopySliceOptions) {
    this.#source = source;
    this.#options = options;
    this.#mode = options.opType ?? DEFAULTS.opType;
    this.#requestBytes = options.requestBytes ?? DEFAULTS.requestBytes;
    this.#pace = options.pace ?? new Pace(null);
    this.#body = this.#freshBody();
    this.#transformer = options.transform === undefined ? null : new Transformer(options.transform);
    const { connections = DEFAULTS.connections, maxDeadLetters = DEFAULTS.maxDeadLetters, onProgress } = options;
    this.#writer = new BulkWriter(target, { ...options, connections, maxDeadLetters, onAnswer: () => onProgress?.(this.#progress()) });
  }

  async run(): Promise<CopyResult> {
    try {
      await this.#readAll();
      await this.#flush();
      await this.#writer.finish();
      // Else slices of less than a second's worth, one after the other, would be held back by nothing.
      await this.#pace.take(0, this.#writer.signal);
      return { ...this.#progress(), deadLetters: this.#writer.deadLetters, digest: subtractDigest(this.#digest.toString(), this.#writer.refusedDigest.toString()) };
    } catch (error) {
      // Reading ends with `Canceled` when writing has failed; the reason is the writer's.
      throw this.#writer.failure ?? error;
    } finally {
      await this.#writer.close();
      await this.#transformer?.close();
    }
  }

  async #readAll(): Promise<void> {
    const { pageBytes = DEFAULTS.pageBytes } = this.#options;
    const { signal } = this.#writer;
    const reader = await PageReader.open(this.#source, { ...this.#options, pageBytes, withVersion: this.#mode === 'external', maxHits: () => this.#pace.portion * PAGE_SECONDS, signal });
    try {
      await this.#pump(reader);
    } finally {
      await reader.close();
    }
  }

  #progress(): CopyProgress {
    const { written, noops, refused, bytes, turnedDown, requests, requestMs } = this.#writer.counts;
    return { read: this.#read, written, noops, refused, bytes, turnedDown, requests, requestMs };
  }

  async #pump(reader: PageReader): Promise<void> {
    let upcoming = reader.next();
    try {
      for (let page = await upcoming; page !== null; page = await upcoming) {
        upcoming = reader.next();
        // Awaited above or below; until then it must not count as unhandled.
        upcoming.catch(() => undefined);
        await this.#take(page);
      }
    } catch (error) {
      this.#writer.stop();
      // The reader is busy until then; a second failure says nothing new.
      await upcoming.catch(() => undefined);
      throw error;
    }
  }

  /** Moves the documents of a page into bodies, and each body on when it is full. */
  async #take(page: Page): Promise<void> {
    const { index } = this.#options;
    const changed = (await this.#transformer?.change(page, page.hits, this.#writer.signal)) ?? null;
    const folder = new Folder(page.bytes, this.#digest, { connection: this.#source.connection, index });
    let [at, isReferred] = [-1, false];
    for (const hit of page.hits) {
      at += 1;
      if (this.#mode === 'external' && hit.versionStart === -1) {
        throw new GodwitError('Internal', `${this.#source.connection}: documents of ${index} came without their versions`, { subject: index });
      }
      if (this.#isFullFor(hit.sourceEnd - hit.sourceStart)) await this.#flush();
      this.#read += 1;
      if (!this.#fold(folder, page, hit, changed?.[at])) continue;
      const source = folder.folded;
      this.#body.add(page.bytes, hit, source);
      isReferred ||= this.#body.hasLarge && source.buffer === page.bytes.buffer;
    }
    if (!isReferred) page.release();
  }

  /** @returns whether the document is to be sent; one that cannot be changed is put aside */
  #fold(folder: Folder, { bytes }: Page, hit: Hit, changed: Changed | undefined): boolean {
    if (!(changed instanceof TransformFailure)) {
      folder.take(hit, changed);
      return true;
    }
    const text = (start: number, end: number): string => JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string;
    const routing = hit.routingStart === -1 ? null : text(hit.routingStart, hit.routingEnd);
    this.#writer.bury({ id: text(hit.idStart, hit.idEnd), routing, status: 0, type: changed.type, reason: changed.message.slice(0, MAX_REASON_CHARS) }, sourceOf(bytes, hit));
    return false;
  }

  #isFullFor(bytes: number): boolean {
    const { count, byteLength } = this.#body;
    return count > 0 && (byteLength + bytes > this.#requestBytes || count >= this.#pace.portion);
  }

  async #flush(): Promise<void> {
    const body = this.#body;
    if (body.count === 0) return;
    await this.#pace.take(body.count, this.#writer.signal);
    await this.#writer.submit(body, (isClean) => {
      if (isClean) this.#recycle(body);
    });
    this.#body = this.#freshBody();
  }

  #freshBody(): BulkBody {
    return this.#bodies.pop() ?? new BulkBody(this.#mode, this.#requestBytes);
  }

  #recycle(body: BulkBody): void {
    body.clear();
    this.#bodies.push(body);
  }
}
