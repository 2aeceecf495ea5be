/**
 * Digests of a set of documents, apart for each bucket of ids: two sets differ only in the buckets whose digests do.
 *
 * The bucket is decided by a hash of the id, so it is the same on both sides, whatever their shards and sequence
 * numbers. Its size is decided once and does not grow with the documents.
 */
import { DocumentHash, type DocumentFold } from './document-digest.js';

const LANE = 0x1_0000_0000;
const LANES = 4;
const FEWEST = 16;
const MOST = 16_384;
/** About so many documents in a bucket, while the number of buckets allows. */
const BUCKET_DOCUMENTS = 500;

/** A power of two. */
export function bucketsFor(documents: number): number {
  const wanted = Math.max(FEWEST, Math.min(MOST, documents / BUCKET_DOCUMENTS));
  return 2 ** Math.ceil(Math.log2(wanted));
}

/** As it is kept between two attempts: sums and counts, both little-endian in base64. */
export interface StoredBuckets {
  readonly buckets: number;
  readonly sums: string;
  readonly counts: string;
}

export class BucketDigest extends DocumentHash implements DocumentFold {
  readonly size: number;
  readonly #sums: Uint32Array;
  readonly #counts: Uint32Array;
  /** Of the document under way; -1 before its id. */
  #bucket = -1;

  /** @param size number of buckets, a power of two */
  constructor(size: number) {
    super();
    this.size = size;
    this.#sums = new Uint32Array(size * LANES);
    this.#counts = new Uint32Array(size);
  }

  /** Takes the next field of the document under way; the first one is its id. */
  override field(view: DataView, start: number, end: number): void {
    super.field(view, start, end);
    if (this.#bucket === -1) this.#bucket = bucketOf(this.firstLane, this.size);
  }

  endDocument(): void {
    const { lanes } = this;
    addLanes(this.#sums, this.#bucket * LANES, lanes);
    this.#counts[this.#bucket] = this.count(this.#bucket) + 1;
    this.#bucket = -1;
    this.reset();
  }

  count(bucket: number): number {
    return this.#counts[bucket] ?? 0;
  }

  get documents(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** Of all documents, as `DocumentDigest` has it: 32 hex digits. */
  total(): string {
    const sum = new Uint32Array(LANES);
    for (let bucket = 0; bucket < this.size; bucket += 1) addLanes(sum, 0, this.#sums.subarray(bucket * LANES, bucket * LANES + LANES));
    return [...sum].reverse().map((lane) => lane.toString(16).padStart(8, '0')).join('');
  }

  /** Adds the documents of another part. @throws Error if it has another number of buckets */
  add(other: BucketDigest): void {
    if (other.size !== this.size) throw new Error(`${String(other.size)} buckets do not add to ${String(this.size)}`);
    for (let bucket = 0; bucket < this.size; bucket += 1) {
      addLanes(this.#sums, bucket * LANES, other.#sums.subarray(bucket * LANES, bucket * LANES + LANES));
      this.#counts[bucket] = this.count(bucket) + other.count(bucket);
    }
  }

  /** Buckets in which the documents are not the same. */
  differing(other: BucketDigest): number[] {
    const found: number[] = [];
    for (let bucket = 0; bucket < this.size; bucket += 1) if (this.#differs(other, bucket)) found.push(bucket);
    return found;
  }

  #differs(other: BucketDigest, bucket: number): boolean {
    if (this.count(bucket) !== other.count(bucket)) return true;
    for (let at = bucket * LANES; at < bucket * LANES + LANES; at += 1) if (this.#sums[at] !== other.#sums[at]) return true;
    return false;
  }

  store(): StoredBuckets {
    return { buckets: this.size, sums: toBase64(this.#sums), counts: toBase64(this.#counts) };
  }

  static restore({ buckets, sums, counts }: StoredBuckets): BucketDigest {
    const digest = new BucketDigest(buckets);
    fromBase64(sums, digest.#sums);
    fromBase64(counts, digest.#counts);
    return digest;
  }
}

/** @param idHash the first 32 bits of the hash of an id */
export function bucketOf(idHash: number, size: number): number {
  return idHash & (size - 1);
}

function addLanes(sums: Uint32Array, at: number, lanes: ArrayLike<number>): void {
  let carry = 0;
  for (let lane = 0; lane < LANES; lane += 1) {
    const sum = (sums[at + lane] ?? 0) + (lanes[lane] ?? 0) + carry;
    carry = sum >= LANE ? 1 : 0;
    sums[at + lane] = sum;
  }
}

function toBase64(values: Uint32Array): string {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, at) => view.setUint32(at * 4, value, true));
  return Buffer.from(view.buffer).toString('base64');
}

function fromBase64(text: string, values: Uint32Array): void {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== values.length * 4) throw new Error('the stored buckets have another size');
  values.forEach((_, at) => (values[at] = bytes.readUInt32LE(at * 4)));
}
