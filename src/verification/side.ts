/**
 * The documents of one side of a comparison, read page by page and hashed in the form in which they are compared.
 *
 * Read-only. Memory is bounded by a page.
 */
import { setImmediate } from 'node:timers/promises';
import { bucketOf } from '../domain/bucket-digest.js';
import { DocumentHash, type DocumentFold } from '../domain/document-digest.js';
import type { JsonObject } from '../domain/json.js';
import type { SliceRange } from '../domain/reindex/slice-range.js';
import { sliceQuery } from '../domain/reindex/slice-query.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { chunkNames } from '../elasticsearch/names.js';
import { Folder } from '../transfer/fold.js';
import type { Hit } from '../transfer/hit-scanner.js';
import { PageReader, type Page, type ReadOptions } from '../transfer/reader.js';
import { TransformFailure } from '../transfer/transform.js';
import { singleLine, type Changed, type Transformer } from '../transfer/transformer.js';
import { formAside } from './form-aside.js';
import { FORMS, type Form } from './forms.js';
import type { Pace } from '../transfer/pace.js';

export interface Side {
  readonly cluster: Cluster;
  /** Concrete indices, or the name of an index or data stream. */
  readonly indices: readonly string[];
  /** Only what it matches. */
  readonly query?: JsonObject;
  /** Only these fields. */
  readonly fields?: readonly string[];
  /** What every document is changed by before it is compared. */
  readonly transformer?: Transformer;
}

/** A part of a side that is read in one go. */
export interface Part {
  readonly index: string;
  /** null: the whole index. */
  readonly range: SliceRange | null;
}

export interface Reading {
  readonly form: Form;
  readonly signal: AbortSignal;
  readonly pace: Pace;
}

export interface HashedDocument {
  readonly id: string;
  readonly routing: string | null;
  /** 32 hex digits over id, routing and source. */
  readonly hash: string;
  /** Of the id: decides the bucket. */
  readonly idHash: number;
}

const PAGE_BYTES = 4 * 1024 * 1024;

/** From this size on a document is brought into its form in a thread. */
const ASIDE_BYTES = 1024 * 1024;
/** Longest that documents of a page are worked on before the loop has its turn. */
const TURN_MS = 50;

type Shape = Pick<ReadOptions, 'withVersion'> & Pick<Side, 'query'> & { readonly range: SliceRange | null };

/** Pages of one index, or of several that are named together. */
export async function* pagesOf(side: Side, index: string, { range, query, ...shape }: Shape, { signal, pace }: Reading): AsyncGenerator<Page> {
  const reader = await PageReader.open(side.cluster, {
    index,
    pageBytes: PAGE_BYTES,
    ...shape,
    query: sliceQuery(query, { range }),
    ...(side.fields === undefined ? {} : { fields: side.fields }),
    signal,
  });
  try {
    for (let page = await reader.next(); page !== null; page = await reader.next()) {
      yield page;
      await pace.take(page.hits.length, signal);
    }
  } finally {
    await reader.close();
  }
}

/** Folds the documents of a part. @throws GodwitError, also where a document has no `_source` */
export async function foldPart(side: Side, part: Part, fold: DocumentFold, reading: Reading, onPage: (documents: number) => void): Promise<void> {
  const { query } = side;
  for await (const page of pagesOf(side, part.index, { range: part.range, withVersion: false, ...(query === undefined ? {} : { query }) }, reading)) {
    const folder = new Folder(page.bytes, fold, originOf(side, part.index), FORMS[reading.form]);
    const changed = await changedOf(side, page, page.hits, reading);
    const turn = new Turn();
    for (const [at, hit] of page.hits.entries()) {
      if (turn.isOver) await turn.pass();
      folder.take(hit, changed?.[at]?.document, changed?.[at]?.formed);
    }
    onPage(page.hits.length);
    page.release();
  }
}

/** Hands over documents of a part page by page: those in the buckets that are wanted. */
export async function* documentsOf(side: Side, part: Part, isWanted: (idHash: number) => boolean, reading: Reading): AsyncGenerator<readonly HashedDocument[]> {
  const { query } = side;
  for await (const page of pagesOf(side, part.index, { range: part.range, withVersion: false, ...(query === undefined ? {} : { query }) }, reading)) {
    const hasher = new Hasher(page.bytes, originOf(side, part.index), reading.form);
    const wanted = page.hits.filter((hit) => isWanted(hasher.idHash(hit)));
    const changed = await changedOf(side, page, wanted, reading);
    const [documents, turn]: [HashedDocument[], Turn] = [[], new Turn()];
    for (const [at, hit] of wanted.entries()) {
      if (turn.isOver) await turn.pass();
      documents.push(hasher.hash(hit, changed?.[at]));
    }
    yield documents;
    page.release();
  }
}

/** Finds documents by their ids, whatever their routing; an id may be there several times, with different routing. */
export async function findDocuments(side: Side, ids: readonly string[], reading: Reading): Promise<Map<string, HashedDocument[]>> {
  const found = new Map<string, HashedDocument[]>();
  if (ids.length === 0) return found;
  for await (const { page, index } of pagesById(side, ids, false, reading)) {
    const hasher = new Hasher(page.bytes, originOf(side, index), reading.form);
    const changed = await changedOf(side, page, page.hits, reading);
    const turn = new Turn();
    for (const [at, hit] of page.hits.entries()) {
      if (turn.isOver) await turn.pass();
      const document = hasher.hash(hit, changed?.[at]);
      found.set(document.id, [...(found.get(document.id) ?? []), document]);
    }
    page.release();
  }
  return found;
}

/** Pages with the documents of some ids. */
export async function* pagesById(side: Side, ids: readonly string[], withVersion: boolean, reading: Reading): AsyncGenerator<{ readonly page: Page; readonly index: string }> {
  const query = { bool: { filter: [{ ids: { values: ids } }, ...(side.query === undefined ? [] : [side.query])] } };
  for (const names of chunkNames(side.indices)) {
    const index = names.join(',');
    for await (const page of pagesOf(side, index, { range: null, query, withVersion }, reading)) yield { page, index };
  }
}

/** A document as the target is to have it. */
export interface ChangedDocument {
  /** null: as it is. */
  readonly document: Buffer | null;
  /** In its form already; null: it is small. */
  readonly formed: Buffer | null;
  /** It cannot be changed as asked, so `document` is something that no target has. */
  readonly isFailed: boolean;
}

/** A byte that is in no JSON. */
const UNEQUAL = Buffer.from([0]);

/** @returns what becomes of the documents of some hits on their way, in the same order; null: they stay as they are, and none is large */
export async function changedOf({ transformer }: Side, page: Pick<Page, 'bytes'>, hits: readonly Hit[], { form, signal }: Omit<Reading, 'pace'>): Promise<readonly ChangedDocument[] | null> {
  const changed = transformer === undefined ? null : (await transformer.change(page, hits, signal)).map((made, at) => changedDocument(page, hits[at], made));
  const isLarge = (hit: Hit, at: number): boolean => (changed?.[at]?.document?.length ?? hit.sourceEnd - hit.sourceStart) >= ASIDE_BYTES;
  if (form === 'exact' || !hits.some(isLarge)) return changed;
  const all: ChangedDocument[] = [];
  for (const [at, hit] of hits.entries()) {
    const one = changed?.[at] ?? { document: null, isFailed: false, formed: null };
    const source = isLarge(hit, at) ? (one.document ?? singleLine(page.bytes, hit)) : null;
    // What no target has need not look like anything.
    all.push(source === null || one.isFailed ? { ...one, formed: source } : { ...one, formed: await formAside(form, source, signal) });
  }
  return all;
}

function changedDocument({ bytes }: Pick<Page, 'bytes'>, hit: Hit | undefined, made: Changed): ChangedDocument {
  if (!(made instanceof TransformFailure)) return { document: made, isFailed: false, formed: null };
  return { document: Buffer.concat([hit === undefined ? UNEQUAL : bytes.subarray(hit.sourceStart, hit.sourceEnd), UNEQUAL]), isFailed: true, formed: null };
}

/** How long the loop has not had its turn. */
class Turn {
  #began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#began > TURN_MS;
  }

  async pass(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
  }
}

function originOf({ cluster }: Side, index: string): { connection: string; index: string } {
  return { connection: cluster.connection, index };
}

/** Hashes the documents of a page one by one. */
export class Hasher {
  readonly #bytes: Buffer;
  readonly #hash = new SingleHash();
  readonly #folder: Folder;

  constructor(bytes: Buffer, origin: { connection: string; index: string }, form: Form) {
    this.#bytes = bytes;
    this.#folder = new Folder(bytes, this.#hash, origin, FORMS[form]);
  }

  /** What decides the bucket. */
  idHash(hit: Hit): number {
    this.#folder.takeId(hit);
    this.#hash.reset();
    return this.#hash.idHash;
  }

  /** @param changed what becomes of it on its way */
  hash(hit: Hit, changed?: Pick<ChangedDocument, 'document' | 'formed'>): HashedDocument {
    this.#folder.take(hit, changed?.document, changed?.formed);
    return { ...this.identity(hit), hash: this.#hash.last, idHash: this.#hash.idHash };
  }

  identity(hit: Hit): { id: string; routing: string | null } {
    return {
      id: this.#text(hit.idStart, hit.idEnd, hit.idHasEscapes),
      routing: hit.routingStart === -1 ? null : this.#text(hit.routingStart, hit.routingEnd, hit.routingHasEscapes),
    };
  }

  #text(start: number, end: number, hasEscapes: boolean): string {
    return hasEscapes ? String(JSON.parse(this.#bytes.toString('utf8', start - 1, end + 1))) : this.#bytes.toString('utf8', start, end);
  }
}

class SingleHash extends DocumentHash implements DocumentFold {
  last = '';
  idHash = 0;
  #hasId = false;

  override field(view: DataView, start: number, end: number): void {
    super.field(view, start, end);
    if (this.#hasId) return;
    this.#hasId = true;
    this.idHash = this.firstLane;
  }

  override reset(): void {
    super.reset();
    this.#hasId = false;
  }

  endDocument(): void {
    this.last = this.lanes.map((lane) => lane.toString(16).padStart(8, '0')).join('');
    this.reset();
  }
}

/** Membership of a document in some of the buckets. */
export function inBuckets(buckets: readonly number[], size: number): (idHash: number) => boolean {
  const wanted = new Uint8Array(size);
  for (const bucket of buckets) wanted[bucket] = 1;
  return (idHash) => wanted[bucketOf(idHash, size)] === 1;
}
