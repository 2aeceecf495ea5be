/** Folds documents of a page into a digest: id, routing and the source in one line, as the target gets it. */
import type { DocumentFold } from '../domain/document-digest.js';
import { GodwitError } from '../domain/errors.js';
import type { Hit } from './hit-scanner.js';
import { MalformedAnswer } from './json-cursor.js';
import { toSingleLine } from './single-line.js';

const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Where the documents come from, for errors. */
export interface Origin {
  readonly connection: string;
  readonly index: string;
}

/** A page whose documents are taken one by one. */
export class Folder {
  readonly #origin: Origin;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #hasLineFeeds: boolean;
  readonly #digest: DocumentFold;
  readonly #form: ((source: Buffer) => Buffer) | null;
  #folded: Buffer = NOTHING;

  /** @param form how a source is folded, if not as the bytes of its one line */
  constructor(bytes: Buffer, digest: DocumentFold, origin: Origin, form: ((source: Buffer) => Buffer) | null = null) {
    this.#origin = origin;
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#hasLineFeeds = bytes.includes(LINE_FEED);
    this.#digest = digest;
    this.#form = form;
  }

  /**
   * Folds the document of a hit.
   *
   * @param changed what is folded instead of its source, in one line
   * @param made what the form makes of it, if that is known already
   * @returns its source in one line: a part of the page or a copy
   * @throws GodwitError if it has no source, or one that cannot be brought into one line
   */
  take(hit: Hit, changed?: Buffer | null, made?: Buffer | null): Buffer {
    if (hit.sourceStart === -1) throw this.#unusable(hit, 'has no _source', 'Enable _source, or move the index with a snapshot.');
    const raw = this.#bytes.subarray(hit.sourceStart, hit.sourceEnd);
    const source = this.#hasLineFeeds ? this.#singleLine(raw, hit) : raw;
    const sent = changed ?? source;
    const formed = made ?? this.#form?.(sent) ?? sent;
    this.takeId(hit);
    if (hit.routingStart === -1) this.#digest.absentField();
    else this.#string(hit.routingStart, hit.routingEnd, hit.routingHasEscapes);
    if (formed === raw) this.#digest.field(this.#view, hit.sourceStart, hit.sourceEnd);
    else this.#digest.field(viewOf(formed), 0, formed.length);
    this.#digest.endDocument();
    this.#folded = formed;
    return source;
  }

  /** The document as it was folded last: its source, or what it was changed into and what the form made of it. */
  get folded(): Buffer {
    return this.#folded;
  }

  /** Folds the id alone. */
  takeId(hit: Hit): void {
    this.#string(hit.idStart, hit.idEnd, hit.idHasEscapes);
  }

  #singleLine(raw: Buffer, hit: Hit): Buffer {
    try {
      return toSingleLine(raw);
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      throw this.#unusable(hit, `is no JSON: ${error.message}`, 'Index it again, or leave it out with a query.');
    }
  }

  #unusable(hit: Hit, why: string, remedy: string): GodwitError {
    const { connection, index } = this.#origin;
    const id = this.#bytes.toString('utf8', hit.idStart, hit.idEnd);
    return new GodwitError('ElasticsearchRejected', `${connection}: cannot read ${index}: the document ${id} ${why}`, { subject: index, remedy });
  }

  /** By its value: two clusters may escape the same id differently. */
  #string(start: number, end: number, hasEscapes: boolean): void {
    if (!hasEscapes) return this.#digest.field(this.#view, start, end);
    const text = JSON.parse(this.#bytes.toString('utf8', start - 1, end + 1)) as string;
    const bytes = Buffer.from(text);
    this.#digest.field(viewOf(bytes), 0, bytes.length);
  }
}

/** Folds a document that is in no page. */
export function foldDocument(digest: DocumentFold, { id, routing }: { readonly id: string; readonly routing: string | null }, source: Buffer): void {
  for (const field of [Buffer.from(id), routing === null ? null : Buffer.from(routing), source]) {
    if (field === null) digest.absentField();
    else digest.field(viewOf(field), 0, field.length);
  }
  digest.endDocument();
}
