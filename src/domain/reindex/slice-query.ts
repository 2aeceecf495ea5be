/** The query of a slice: the request's own, within the slice's part of the index. Pure. */
import type { JsonObject } from '../json.js';
import { rangeQuery, type SliceRange } from './slice-range.js';

export interface SliceSelection {
  /** null: the whole index. */
  readonly range: SliceRange | null;
  /** Only these ids. */
  readonly only?: readonly string[];
  /** All but these. */
  readonly except?: readonly string[];
}

export function sliceQuery(query: JsonObject | undefined, { range, only = [], except = [] }: SliceSelection): JsonObject {
  const filter: JsonObject[] = [
    ...(query === undefined ? [] : [query]),
    ...(range === null ? [] : [rangeQuery(range)]),
    ...(only.length === 0 ? [] : [{ ids: { values: only } }]),
  ];
  if (filter.length === 0 && except.length === 0) return { match_all: {} };
  return { bool: { filter, ...(except.length === 0 ? {} : { must_not: [{ ids: { values: except } }] }) } };
}

/** `X-Opaque-Id` of a slice's task, by which it is found again; every task of a migration begins with the prefix. */
export function opaqueIdPrefix(migrationId: string): string {
  return `godwit/${migrationId}/`;
}

export function opaqueIdOf(migrationId: string, index: string, slice: number): string {
  return `${opaqueIdPrefix(migrationId)}${encodeURIComponent(index)}/${String(slice)}`;
}
