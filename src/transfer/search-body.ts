/** The bodies of the searches that read a slice, as texts: ids and sort values go back in the bytes in which they came. */

/** Sequence numbers from `from` to before `to`, in each shard. */
export interface SeqNoRange {
  readonly from: number;
  readonly to: number;
}

export interface SliceQuery {
  /** Absent: the whole index. */
  readonly range?: SeqNoRange;
  /** Query DSL; only what it matches is read. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** Only these fields, wildcards too. Then `_source` is written anew by Elasticsearch, no longer byte for byte. */
  readonly fields?: readonly string[];
}

/** How long the source keeps a search open between two pages. */
export const KEEP_ALIVE = '5m';

export interface SearchShape extends SliceQuery {
  readonly withVersion: boolean;
  /** Default true; without it only ids and routing come. */
  readonly withSource?: boolean;
  /** From 9.2 on, vectors are left out of `_source` unless asked for; older versions do not know the option. */
  readonly withVectors: boolean;
}

function common({ range, query, fields, withVersion, withSource = true, withVectors }: SearchShape, size: number): string {
  const filter = [...(range === undefined ? [] : [{ range: { _seq_no: { gte: range.from, lt: range.to } } }]), ...(query === undefined ? [] : [query])];
  const parts = [
    `"size":${String(size)}`,
    `"query":${JSON.stringify(filter.length === 0 ? { match_all: {} } : { bool: { filter } })}`,
    ...(withVersion ? ['"version":true'] : []),
    ...(withSource ? sourceFilter(fields, withVectors) : ['"_source":false']),
  ];
  return parts.join(',');
}

function sourceFilter(fields: readonly string[] | undefined, withVectors: boolean): string[] {
  if (fields === undefined && !withVectors) return [];
  return [`"_source":${JSON.stringify({ ...(withVectors ? { exclude_vectors: false } : {}), ...(fields === undefined ? {} : { includes: fields }) })}`];
}

/** @param pitId and `after`: JSON, as the last answer had them */
export function pitBody(shape: SearchShape, size: number, pitId: string, after: string | null): string {
  const position = after === null ? '' : `,"search_after":${after}`;
  return `{${common(shape, size)},"track_total_hits":false,"pit":{"id":${pitId},"keep_alive":"${KEEP_ALIVE}"},"sort":[{"_shard_doc":"asc"}]${position}}`;
}

/** A scroll always counts its hits: it refuses `track_total_hits`. */
export function scrollBody(shape: SearchShape, size: number): string {
  return `{${common(shape, size)},"sort":["_doc"]}`;
}

export function nextScrollBody(scrollId: string): string {
  return `{"scroll":"${KEEP_ALIVE}","scroll_id":${scrollId}}`;
}
