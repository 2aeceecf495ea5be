/**
 * Reads the body of an Elasticsearch error answer: which types it names, and what it says.
 *
 * Bodies come from outside and from proxies, so nothing about their shape is taken for granted.
 */

export interface ErrorBody {
  /** Error types from the outermost to the deepest cause; empty if the answer has none. */
  readonly types: readonly string[];
  /** All reasons in the same order, for recognising variants of one type. */
  readonly reasons: readonly string[];
  /** One text for a person: the outer reason and, where it says more, the deepest. */
  readonly reason: string | undefined;
  /** The index that the outer error names. */
  readonly index: string | undefined;
}

const NOTHING: ErrorBody = { types: [], reasons: [], reason: undefined, index: undefined };
/** Causes nest; deeper than this they repeat themselves. */
const MAX_DEPTH = 10;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);

/** The errors of one answer: outer, its causes, then root cause and first failed shard with theirs. */
function* chain(error: Fields, depth = 0): Iterable<Fields> {
  if (depth > MAX_DEPTH) return;
  yield error;
  const shard = firstOf(error['failed_shards']);
  for (const inner of [error['caused_by'], firstOf(error['root_cause']), isFields(shard) ? shard['reason'] : undefined]) {
    if (isFields(inner)) yield* chain(inner, depth + 1);
  }
}

/** Reads what an error answer says. A text (HTML of a proxy) gives nothing: its status has to do. */
export function readErrorBody(body: unknown): ErrorBody {
  if (!isFields(body)) return NOTHING;
  const error = body['error'];
  if (!isFields(error)) {
    // "error": "no handler found...", or {"ok":false,"message":"..."} of the Elastic Cloud proxy.
    const reason = textOf(error) ?? textOf(body['message']);
    return { types: [], reasons: reason === undefined ? [] : [reason], reason, index: undefined };
  }
  const all = [...chain(error)];
  const types = [...new Set(all.flatMap((item) => textOf(item['type']) ?? []))];
  const reasons = [...new Set(all.flatMap((item) => textOf(item['reason']) ?? []))];
  const outer = reasons[0];
  const deepest = reasons.at(-1);
  const reason = outer === undefined || deepest === undefined || outer.includes(deepest) ? outer : `${outer}; caused by: ${deepest}`;
  return { types, reasons, reason: reason ?? types[0], index: textOf(error['index']) };
}
