/**
 * Reads the answer to a bulk request: what became of each item.
 *
 * The common case, `"errors":false`, is recognised without parsing the rest. Reasons are bounded: an error text of
 * Elasticsearch may repeat a whole document.
 */
import { z } from 'zod';
import { boundedMessage, type ErrorCode } from '../domain/errors.js';
import { classify } from '../elasticsearch/error-rules.js';
import { JsonCursor, MalformedAnswer } from './json-cursor.js';

/** Asked of Elasticsearch: all that is read here. The statuses keep the items in their places. */
export const ANSWER_FILTER = 'errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.type,items.*.error.caused_by.reason';

/** Longest reason that is kept of a refused document. */
export const MAX_REASON_CHARS = 300;

export type ItemOutcome =
  /** Written, or `superseded`: the target has that version or a newer one, or with `create` any. */
  | { readonly kind: 'written' }
  | { readonly kind: 'superseded' }
  /** The target could not now: send the item again. `isDocument` if it may be the document's fault all the same. */
  | { readonly kind: 'busy'; readonly status: number; readonly type: string; readonly reason: string; readonly isDocument: boolean }
  /** The target does not take this document. */
  | { readonly kind: 'refused'; readonly status: number; readonly type: string; readonly reason: string }
  /** The target has too little heap for an operation of that size, now and later: to be tried alone. */
  | { readonly kind: 'oversized'; readonly status: number; readonly type: string; readonly reason: string }
  /** The target takes no document as things are: no privilege, no index, no disk. */
  | { readonly kind: 'blocked'; readonly code: ErrorCode; readonly remedy: string | null; readonly status: number; readonly type: string; readonly reason: string };

const CauseSchema = z.object({ type: z.string().default(''), reason: z.string().nullish() });
const ItemSchema = z.record(z.string(), z.object({ status: z.int(), error: CauseSchema.extend({ caused_by: CauseSchema.optional() }).optional() }));
const AnswerSchema = z.object({ items: z.array(ItemSchema) });

const ERRORS = Buffer.from('errors');
const WRITTEN: ItemOutcome = { kind: 'written' };
const SUPERSEDED: ItemOutcome = { kind: 'superseded' };
const BUSY = new Set([408, 429, 502, 503, 504]);
/**
 * From 9.x on, an operation that needs more than `indexing_pressure.memory.max_operation_size` (10% of the heap; a
 * document needs four times its size) is turned down with 429, as if it could be tried again later. So is one that fits
 * but for the size of the document once more, which its request counts beside it, even if there is nothing else.
 */
const OPERATION_SHARE = 1.25;
const OPERATION_LIMIT = /primary_operation_bytes=(\d+), max_primary_bytes=(\d+)/;
/** Refusals that come with 400 and yet have nothing to do with the document. */
const INDEX_FAULTS = new Set(['index_closed_exception', 'invalid_index_name_exception', 'illegal_index_shard_state_exception']);

/**
 * @returns null if every item was written, else what became of each, in the order of the request
 * @throws MalformedAnswer if it is cut off, is not the answer to a bulk request, or has another number of items
 */
export function readBulkAnswer(bytes: Buffer, count: number): ItemOutcome[] | null {
  if (ALL_CREATED.some((usual) => usual.is(bytes, count)) || !hasErrors(bytes)) return null;
  const answer = AnswerSchema.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!answer.success) throw new MalformedAnswer('this is not the answer to a bulk request', 0);
  const { items } = answer.data;
  if (items.length !== count) throw new MalformedAnswer(`the answer has ${String(items.length)} items for ${String(count)} documents`, 0);
  return items.map(outcomeOf);
}

/** The answer, byte for byte, when every document is new: nearly all answers of a first pass. */
class AllCreated {
  static readonly #HEAD = Buffer.from('{"errors":false,"items":[');
  static readonly #TAIL = Buffer.from(']}');
  readonly #item: string;
  #items = Buffer.alloc(0);

  constructor(op: 'index' | 'create') {
    this.#item = `{"${op}":{"status":201}},`;
  }

  is(bytes: Buffer, count: number): boolean {
    const [head, tail] = [AllCreated.#HEAD, AllCreated.#TAIL];
    const length = count * this.#item.length - 1;
    if (bytes.length !== head.length + length + tail.length) return false;
    if (this.#items.length < length) this.#items = Buffer.from(this.#item.repeat(count * 2));
    const end = head.length + length;
    return bytes.compare(this.#items, 0, length, head.length, end) === 0 && bytes.compare(head, 0, head.length, 0, head.length) === 0 && bytes.compare(tail, 0, tail.length, end) === 0;
  }
}

const ALL_CREATED = [new AllCreated('index'), new AllCreated('create')];

/** Looks at every top-level key, so that a cut-off answer is found out. */
function hasErrors(bytes: Buffer): boolean {
  const cursor = new JsonCursor(bytes);
  let errors: boolean | null = null;
  for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
    const isErrors = cursor.keyIs(ERRORS);
    const first = cursor.peek();
    cursor.skip();
    if (!isErrors) continue;
    if (errors !== null || (first !== 0x74 && first !== 0x66)) cursor.fail('"errors" is true or false, once', 0);
    errors = first === 0x74;
  }
  cursor.finish();
  return errors ?? cursor.fail('this is not the answer to a bulk request', 0);
}

function outcomeOf(item: z.infer<typeof ItemSchema>): ItemOutcome {
  const [result] = Object.values(item);
  if (result === undefined) throw new MalformedAnswer('an item of the answer is empty', 0);
  const { status, error } = result;
  if (error === undefined && status < 300) return WRITTEN;
  const type = error?.type ?? '';
  const causes = [error, error?.caused_by].filter((cause) => cause !== undefined);
  const texts = causes.map((cause) => cause.reason ?? '').filter((text) => text !== '');
  if (status === 409 && type === 'version_conflict_engine_exception') return SUPERSEDED;
  const facts = { status, type, reason: boundedMessage(texts.join('; caused by: '), MAX_REASON_CHARS) };
  const known = classify(causes.map((cause) => cause.type), texts.join('; '), status);
  const [, operation, limit] = OPERATION_LIMIT.exec(texts.join('; ')) ?? [];
  if (status === 429 && Number(operation) * OPERATION_SHARE > Number(limit)) return { kind: 'oversized', ...facts };
  if (BUSY.has(status)) return { kind: 'busy', ...facts, isDocument: false };
  if (status === 400 || status === 413) {
    const isIndexFault = INDEX_FAULTS.has(type) || known.code !== 'ElasticsearchRejected';
    return isIndexFault ? { kind: 'blocked', code: known.code, remedy: known.remedy ?? null, ...facts } : { kind: 'refused', ...facts };
  }
  // A document on which the target's code stumbles gives 500 each time.
  if (status >= 500) return { kind: 'busy', ...facts, isDocument: true };
  return { kind: 'blocked', code: known.code, remedy: known.remedy ?? null, ...facts };
}
