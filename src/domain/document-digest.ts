/**
 * A digest of a set of documents that does not depend on their order: the sum, modulo 2^128, of a 128-bit hash of each.
 *
 * A hash covers id, routing and the bytes of the source. Sums of disjoint parts add up to the sum of the whole. It finds
 * accidents, not forgeries: MurmurHash3 (x86, 128 bit) was chosen for speed, see docs/performance.md.
 */

/** Stands for a field that is absent, which is not the same as an empty one. */
const ABSENT = 0x5bd1e995;
const HEX_DIGITS = 32;
const LANE = 0x1_0000_0000;

/** What documents are folded into, field by field. */
export interface DocumentFold {
  field(view: DataView, start: number, end: number): void;
  absentField(): void;
  endDocument(): void;
}

/** The hash of one document: starts from zero and goes on from field to field. */
export class DocumentHash {
  #h1 = 0;
  #h2 = 0;
  #h3 = 0;
  #h4 = 0;

  /** 32 bits each of the hash over the fields so far, lowest first. */
  get lanes(): readonly [number, number, number, number] {
    return [this.#h1 >>> 0, this.#h2 >>> 0, this.#h3 >>> 0, this.#h4 >>> 0];
  }

  get firstLane(): number {
    return this.#h1 >>> 0;
  }

  /** For the next document. */
  reset(): void {
    this.#h1 = this.#h2 = this.#h3 = this.#h4 = 0;
  }

  /** Takes the bytes from `start` to before `end` as the next field of the document under way. */
  field(view: DataView, start: number, end: number): void {
    let [h1, h2, h3, h4] = [this.#h1, this.#h2, this.#h3, this.#h4];
    const blocksEnd = end - ((end - start) & 15);
    for (let at = start; at < blocksEnd; at += 16) {
      h1 ^= mix1(view.getInt32(at, true));
      h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
      h2 ^= mix2(view.getInt32(at + 4, true));
      h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
      h3 ^= mix3(view.getInt32(at + 8, true));
      h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
      h4 ^= mix4(view.getInt32(at + 12, true));
      h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
    }
    if (blocksEnd + 12 < end) h4 ^= mix4(tail(view, blocksEnd + 12, end));
    if (blocksEnd + 8 < end) h3 ^= mix3(tail(view, blocksEnd + 8, end));
    if (blocksEnd + 4 < end) h2 ^= mix2(tail(view, blocksEnd + 4, end));
    if (blocksEnd < end) h1 ^= mix1(tail(view, blocksEnd, end));
    this.#finalize(h1, h2, h3, h4, end - start);
  }

  /** The next field of the document under way is not there. */
  absentField(): void {
    this.#finalize(this.#h1, this.#h2, this.#h3, this.#h4, ABSENT);
  }

  #finalize(h1: number, h2: number, h3: number, h4: number, length: number): void {
    let [a, b, c, d] = [h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length];
    a = (a + b + c + d) | 0;
    [b, c, d] = [(b + a) | 0, (c + a) | 0, (d + a) | 0];
    [a, b, c, d] = [avalanche(a), avalanche(b), avalanche(c), avalanche(d)];
    a = (a + b + c + d) | 0;
    this.#h1 = a;
    this.#h2 = (b + a) | 0;
    this.#h3 = (c + a) | 0;
    this.#h4 = (d + a) | 0;
  }

}

export class DocumentDigest extends DocumentHash implements DocumentFold {
  /** The sum, 32 bits each, lowest first. */
  #s1 = 0;
  #s2 = 0;
  #s3 = 0;
  #s4 = 0;
  #documents = 0;

  get documents(): number {
    return this.#documents;
  }

  /** The document under way is complete. */
  endDocument(): void {
    this.#sum(...this.lanes);
    this.reset();
    this.#documents += 1;
  }

  #sum(a: number, b: number, c: number, d: number): void {
    const s1 = this.#s1 + a;
    const s2 = this.#s2 + b + (s1 >= LANE ? 1 : 0);
    const s3 = this.#s3 + c + (s2 >= LANE ? 1 : 0);
    this.#s1 = s1 >>> 0;
    this.#s2 = s2 >>> 0;
    this.#s3 = s3 >>> 0;
    this.#s4 = (this.#s4 + d + (s3 >= LANE ? 1 : 0)) >>> 0;
  }

  /** Adds the documents of another part. */
  add(other: DocumentDigest): void {
    this.#sum(other.#s1, other.#s2, other.#s3, other.#s4);
    this.#documents += other.#documents;
  }

  /** 32 hex digits; all zero for no document. */
  override toString(): string {
    return [this.#s4, this.#s3, this.#s2, this.#s1].map((lane) => lane.toString(16).padStart(8, '0')).join('');
  }
}

/** Adds the digests of two disjoint parts. @param left 32 hex digits, as `toString` gives them */
export function addDigests(left: string, right: string): string {
  const sum = BigInt.asUintN(128, BigInt(`0x${left}`) + BigInt(`0x${right}`));
  return sum.toString(16).padStart(HEX_DIGITS, '0');
}

/** Takes the digest of a part from that of the whole. @param whole 32 hex digits, as `toString` gives them */
export function subtractDigest(whole: string, part: string): string {
  const rest = BigInt.asUintN(128, BigInt(`0x${whole}`) - BigInt(`0x${part}`));
  return rest.toString(16).padStart(HEX_DIGITS, '0');
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
const mix1 = (block: number): number => Math.imul(rotate(Math.imul(block, C1), 15), C2);
const mix2 = (block: number): number => Math.imul(rotate(Math.imul(block, C2), 16), C3);
const mix3 = (block: number): number => Math.imul(rotate(Math.imul(block, C3), 17), C4);
const mix4 = (block: number): number => Math.imul(rotate(Math.imul(block, C4), 18), C1);

/** At most four bytes as one number, lowest first. */
function tail(view: DataView, start: number, end: number): number {
  let value = 0;
  for (let at = Math.min(end, start + 4) - 1; at >= start; at -= 1) value = (value << 8) | view.getUint8(at);
  return value;
}

function avalanche(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
