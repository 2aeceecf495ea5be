/**
 * Finds the documents in the bytes of a search answer, without parsing or copying them.
 *
 * All around the documents is checked as strictly as JSON.parse would; a key that is needed and comes twice is refused,
 * since parsers differ about it. So a hit is either what every parser sees, or the answer is an error.
 */
import { JsonCursor } from './json-cursor.js';

/** Positions in the answer: `...Start` is the first byte, `...End` the one behind the last; -1 and -1 for absent. */
export interface Hit {
  /** The id without its quotes, escaped as it came. */
  idStart: number;
  idEnd: number;
  idHasEscapes: boolean;
  routingStart: number;
  routingEnd: number;
  routingHasEscapes: boolean;
  /** A JSON number. */
  versionStart: number;
  versionEnd: number;
  seqNoStart: number;
  seqNoEnd: number;
  /** From the opening brace to the closing one; white space around is not part of a document. */
  sourceStart: number;
  sourceEnd: number;
  /** The array as a whole: what `search_after` takes. */
  sortStart: number;
  sortEnd: number;
}

export interface SearchAnswer {
  readonly bytes: Buffer;
  readonly hits: readonly Hit[];
  readonly timedOut: boolean;
  readonly failedShards: number;
  /** null where it was not asked for. */
  readonly total: number | null;
  /** JSON strings with their quotes: sent back as they came. */
  readonly pitId: string | null;
  readonly scrollId: string | null;
}

const key = (name: string): Buffer => Buffer.from(name);
const K = {
  ...{ hits: key('hits'), total: key('total'), value: key('value'), timedOut: key('timed_out'), shards: key('_shards'), failed: key('failed') },
  ...{ pitId: key('pit_id'), scrollId: key('_scroll_id'), id: key('_id'), routing: key('_routing'), version: key('_version') },
  ...{ seqNo: key('_seq_no'), source: key('_source'), sort: key('sort') },
};

/** A class, so that all hits have one shape and none is made by copying another. */
class FoundHit implements Hit {
  idStart = -1;
  idEnd = -1;
  idHasEscapes = false;
  routingStart = -1;
  routingEnd = -1;
  routingHasEscapes = false;
  versionStart = -1;
  versionEnd = -1;
  seqNoStart = -1;
  seqNoEnd = -1;
  sourceStart = -1;
  sourceEnd = -1;
  sortStart = -1;
  sortEnd = -1;
}

/** Where an earlier hit was, and its parts, if they came in the usual order and were no more than these. */
interface Pattern {
  readonly start: number;
  readonly hit: Hit;
  readonly end: number;
}

/** Reads one answer; each position once. */
class Scanner {
  readonly #bytes: Buffer;
  readonly #cursor: JsonCursor;
  #hits: Hit[] | null = null;
  #pattern: Pattern | null = null;
  #hasHits = false;
  #total: number | null = null;
  #timedOut: boolean | null = null;
  #failedShards: number | null = null;
  #pitId: string | null = null;
  #scrollId: string | null = null;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#cursor = new JsonCursor(bytes);
  }

  scan(): SearchAnswer {
    const cursor = this.#cursor;
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) this.#member();
    cursor.finish();
    const [hits, timedOut, failedShards] = [this.#hits, this.#timedOut, this.#failedShards];
    if (hits === null || timedOut === null || failedShards === null) return cursor.fail('this is not the answer of a search', 0);
    return { bytes: this.#bytes, hits, timedOut, failedShards, total: this.#total, pitId: this.#pitId, scrollId: this.#scrollId };
  }

  #member(): void {
    const cursor = this.#cursor;
    if (cursor.keyIs(K.hits)) this.#hitsObject();
    else if (cursor.keyIs(K.shards)) this.#shards();
    else if (cursor.keyIs(K.timedOut)) this.#timedOut = this.#once(this.#timedOut, this.#boolean());
    else if (cursor.keyIs(K.pitId)) this.#pitId = this.#once(this.#pitId, this.#rawString());
    else if (cursor.keyIs(K.scrollId)) this.#scrollId = this.#once(this.#scrollId, this.#rawString());
    else cursor.skip();
  }

  #once<T>(before: T | null, now: T): T {
    return before === null ? now : this.#cursor.fail('a key comes twice');
  }

  #boolean(): boolean {
    const cursor = this.#cursor;
    const first = cursor.peek();
    if (first !== 0x74 && first !== 0x66) cursor.fail('true or false was expected');
    cursor.skip();
    return first === 0x74;
  }

  #rawString(): string {
    const cursor = this.#cursor;
    cursor.string();
    return this.#bytes.toString('utf8', cursor.start - 1, cursor.end + 1);
  }

  #number(): number {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.at;
    cursor.number();
    return Number(this.#bytes.toString('latin1', start, cursor.at));
  }

  #shards(): void {
    const cursor = this.#cursor;
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      if (cursor.keyIs(K.failed)) this.#failedShards = this.#once(this.#failedShards, this.#number());
      else cursor.skip();
    }
  }

  #hitsObject(): void {
    const cursor = this.#cursor;
    if (this.#hasHits) cursor.fail('a key comes twice');
    this.#hasHits = true;
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      if (cursor.keyIs(K.hits)) this.#hits = this.#once(this.#hits, this.#hitsArray());
      else if (cursor.keyIs(K.total)) this.#totalOf();
      else cursor.skip();
    }
  }

  /** `{"value":3,"relation":"eq"}`, or a number up to 6.x and with `rest_total_hits_as_int`. */
  #totalOf(): void {
    const cursor = this.#cursor;
    if (!cursor.isObject()) {
      if (cursor.peek() === 0x6e) cursor.skip();
      else this.#total = this.#once(this.#total, this.#number());
      return;
    }
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      if (cursor.keyIs(K.value)) this.#total = this.#once(this.#total, this.#number());
      else cursor.skip();
    }
  }

  #hitsArray(): Hit[] {
    const cursor = this.#cursor;
    const hits: Hit[] = [];
    for (let more = cursor.enterArray(); more; more = cursor.nextElement()) hits.push(this.#hit());
    return hits;
  }

  #hit(): Hit {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.at;
    const repeated = this.#pattern === null ? null : this.#repeatedHit(this.#pattern);
    if (repeated !== null) return repeated;
    cursor.at = start;
    const hit = new FoundHit();
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) this.#hitMember(hit);
    if (hit.idStart === -1) cursor.fail('a hit has no _id');
    this.#pattern = isUsual(hit) ? { start, hit, end: cursor.at } : null;
    return hit;
  }

  /**
   * Reads a hit that is the same as an earlier one but for the values of its parts, as nearly all are.
   *
   * What is the same, byte for byte and in the same place, has been checked in the earlier one.
   * @returns null if it is another; then nothing is said about it
   */
  #repeatedHit({ start, hit: earlier, end }: Pattern): Hit | null {
    const cursor = this.#cursor;
    if (!cursor.repeats(start, earlier.idStart)) return null;
    cursor.restOfString();
    const hit = new FoundHit();
    hit.idStart = cursor.start;
    hit.idEnd = cursor.end;
    hit.idHasEscapes = cursor.hasEscapes;
    cursor.at = hit.idEnd;
    if (earlier.versionStart !== -1) {
      if (!cursor.repeats(earlier.idEnd, earlier.versionStart)) return null;
      hit.versionStart = this.#numberStart();
      hit.versionEnd = cursor.at;
    }
    if (!cursor.repeats(earlier.versionStart === -1 ? earlier.idEnd : earlier.versionEnd, earlier.sourceStart)) return null;
    cursor.skipDocument();
    hit.sourceStart = cursor.start;
    hit.sourceEnd = cursor.end;
    cursor.at = cursor.end;
    if (!cursor.repeats(earlier.sourceEnd, earlier.sortStart) || cursor.peek() !== 0x5b) return null;
    hit.sortStart = cursor.at;
    cursor.skip();
    hit.sortEnd = cursor.at;
    return cursor.repeats(earlier.sortEnd, end) ? hit : null;
  }

  #hitMember(hit: Hit): void {
    const cursor = this.#cursor;
    if (cursor.keyIs(K.id)) {
      this.#first(hit.idStart);
      cursor.string();
      hit.idStart = cursor.start;
      hit.idEnd = cursor.end;
      hit.idHasEscapes = cursor.hasEscapes;
    } else if (cursor.keyIs(K.source)) {
      this.#first(hit.sourceStart);
      cursor.skipDocument();
      hit.sourceStart = cursor.start;
      hit.sourceEnd = cursor.end;
    } else if (cursor.keyIs(K.sort)) {
      this.#first(hit.sortStart);
      if (cursor.peek() !== 0x5b) cursor.fail('an array was expected');
      hit.sortStart = cursor.at;
      cursor.skip();
      hit.sortEnd = cursor.at;
    } else if (cursor.keyIs(K.version)) {
      this.#first(hit.versionStart);
      hit.versionStart = this.#numberStart();
      hit.versionEnd = cursor.at;
    } else if (cursor.keyIs(K.seqNo)) {
      this.#first(hit.seqNoStart);
      hit.seqNoStart = this.#numberStart();
      hit.seqNoEnd = cursor.at;
    } else if (cursor.keyIs(K.routing)) {
      this.#first(hit.routingStart);
      cursor.string();
      hit.routingStart = cursor.start;
      hit.routingEnd = cursor.end;
      hit.routingHasEscapes = cursor.hasEscapes;
    } else cursor.skip();
  }

  #first(before: number): void {
    if (before !== -1) this.#cursor.fail('a key comes twice');
  }

  #numberStart(): number {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.at;
    cursor.number();
    return start;
  }
}

/** Whether id, version if any, source and sort values came in this order, and no other part that is looked at. */
function isUsual({ idStart, versionStart, sourceStart, sortStart, routingStart, seqNoStart }: Hit): boolean {
  return routingStart === -1 && seqNoStart === -1 && idStart < (versionStart === -1 ? sourceStart : versionStart) && versionStart < sourceStart && sourceStart !== -1 && sourceStart < sortStart;
}

/**
 * Scans the answer of a search, from the first byte to the last.
 *
 * @throws MalformedAnswer if it is cut off, is not JSON, or is not the answer of a search
 */
export function scanSearchAnswer(bytes: Buffer): SearchAnswer {
  return new Scanner(bytes).scan();
}
