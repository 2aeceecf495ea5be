/**
 * The body of one bulk request: for each document an action line and its source, as bytes.
 *
 * Small documents are copied into one block, which costs less than handing thousands of pieces to a socket; large ones
 * are only referred to. A body knows where each item is, so that single items can be sent again.
 */
import type { Hit } from './hit-scanner.js';
import { toSingleLine } from './single-line.js';

/**
 * How documents are written: `external` overwrites what is older (the source's `_version` decides), `create` never
 * overwrites and is what data streams take. Both can be repeated.
 */
export type WriteMode = 'external' | 'create';

const LINE_FEED = 0x0a;
/** From here on a document is referred to, not copied: fewer pieces than a socket would notice. */
const LARGE_BYTES = 256 * 1024;
/** Room for action lines beyond the documents of a full request. */
const SLACK_BYTES = 64 * 1024;

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const OPENING: Readonly<Record<WriteMode, Buffer>> = { external: bytes('{"index":{"_id":"'), create: bytes('{"create":{"_id":"') };
const ROUTING = bytes('","routing":"');
const VERSION = bytes('","version":');
const CLOSING: Readonly<Record<WriteMode, Buffer>> = { external: bytes(',"version_type":"external"}}\n'), create: bytes('"}}\n') };

export interface BulkItem {
  readonly id: string;
  readonly routing: string | null;
}

export class BulkBody {
  readonly #mode: WriteMode;
  #block: Buffer;
  #used = 0;
  /** End of each item in the block. */
  readonly #ends: number[] = [];
  /** Sources that are not in the block: each belongs before the last byte of its item there. */
  readonly #large = new Map<number, Buffer>();
  #largeBytes = 0;

  /** @param capacity bytes to which it will be filled; it can take more */
  constructor(mode: WriteMode, capacity: number) {
    this.#mode = mode;
    this.#block = Buffer.allocUnsafe(capacity + SLACK_BYTES);
  }

  get count(): number {
    return this.#ends.length;
  }

  get byteLength(): number {
    return this.#used + this.#largeBytes;
  }

  /** Whether it refers to bytes of others. */
  get hasLarge(): boolean {
    return this.#large.size > 0;
  }

  /** Forgets all items, to be filled again. */
  clear(): void {
    this.#used = 0;
    this.#ends.length = 0;
    this.#large.clear();
    this.#largeBytes = 0;
  }

  /**
   * Adds the document of a hit.
   *
   * @param page the answer in which the hit is
   * @param source the document in one line: a part of the page or a copy
   */
  add(page: Buffer, hit: Hit, source: Buffer): void {
    const isLarge = source.length >= LARGE_BYTES;
    this.#reserve(256 + hit.idEnd - hit.idStart + hit.routingEnd - hit.routingStart + (isLarge ? 0 : source.length));
    this.#append(OPENING[this.#mode], 0, OPENING[this.#mode].length);
    this.#append(page, hit.idStart, hit.idEnd);
    if (hit.routingStart !== -1) {
      this.#append(ROUTING, 0, ROUTING.length);
      this.#append(page, hit.routingStart, hit.routingEnd);
    }
    if (this.#mode === 'external') {
      this.#append(VERSION, 0, VERSION.length);
      this.#append(page, hit.versionStart, hit.versionEnd);
    }
    this.#append(CLOSING[this.#mode], 0, CLOSING[this.#mode].length);
    if (isLarge) {
      this.#large.set(this.#ends.length, source);
      this.#largeBytes += source.length;
    } else {
      this.#block.set(source, this.#used);
      this.#used += source.length;
    }
    this.#block[this.#used] = LINE_FEED;
    this.#used += 1;
    this.#ends.push(this.#used);
  }

  #reserve(room: number): void {
    if (this.#used + room <= this.#block.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#used + room, Math.ceil(this.#block.length * 1.5)));
    this.#block.copy(larger, 0, 0, this.#used);
    this.#block = larger;
  }

  /** Byte by byte: these pieces are shorter than what a call of `set` costs. */
  #append(from: Buffer, start: number, end: number): void {
    const block = this.#block;
    let used = this.#used;
    for (let at = start; at < end; at += 1, used += 1) block[used] = from[at] ?? 0;
    this.#used = used;
  }

  /** What to send, in this order. */
  chunks(): Buffer[] {
    const chunks: Buffer[] = [];
    let from = 0;
    for (const [item, source] of this.#large) {
      const end = (this.#ends[item] ?? 0) - 1;
      chunks.push(this.#block.subarray(from, end), source);
      from = end;
    }
    chunks.push(this.#block.subarray(from, this.#used));
    return chunks;
  }

  #start(item: number): number {
    return item === 0 ? 0 : (this.#ends[item - 1] ?? 0);
  }

  /** Id and routing of an item, read from its action line. */
  describe(item: number): BulkItem {
    const start = this.#start(item);
    const line = this.#block.toString('utf8', start, this.#block.indexOf(LINE_FEED, start));
    const { _id, routing } = Object.values(JSON.parse(line) as Record<string, { _id: string; routing?: string }>)[0] ?? { _id: '' };
    return { id: _id, routing: routing ?? null };
  }

  /** The document of an item, as it is sent. Belongs to the body. */
  sourceOf(item: number): Buffer {
    const large = this.#large.get(item);
    if (large !== undefined) return large;
    return this.#block.subarray(this.#block.indexOf(LINE_FEED, this.#start(item)) + 1, (this.#ends[item] ?? 1) - 1);
  }

  /** A body of some of the items only, in the same order. */
  pick(items: readonly number[]): BulkBody {
    const sizes = items.map((item) => (this.#ends[item] ?? 0) - this.#start(item));
    const picked = new BulkBody(this.#mode, sizes.reduce((sum, size) => sum + size, 0));
    for (const item of items) {
      const source = this.#large.get(item);
      if (source !== undefined) {
        picked.#large.set(picked.#ends.length, source);
        picked.#largeBytes += source.length;
      }
      picked.#used += this.#block.copy(picked.#block, picked.#used, this.#start(item), this.#ends[item]);
      picked.#ends.push(picked.#used);
    }
    return picked;
  }
}

/** The document of a hit, in one line. */
export function sourceOf(page: Buffer, hit: Hit): Buffer {
  return toSingleLine(page.subarray(hit.sourceStart, hit.sourceEnd));
}
