/**
 * Cuts an index by the values of a field, where its documents have no sequence numbers to cut by (made before 6.0, or
 * with `index.disable_sequence_numbers`). Pure: documents are counted by whoever calls.
 *
 * The first and the last slice have no outer bound and documents without the field are a slice of their own, so the
 * slices are exhaustive whatever the values; a field of which some document has several values is never cut by, so
 * they are disjoint.
 */
import type { JsonObject } from '../json.js';
import type { FieldRange, SequenceRange, SliceRange } from './slice-range.js';
import { cutSlices } from './slices.js';

export interface CutField {
  readonly field: string;
  readonly isDate: boolean;
}

/** A field as the documents have it. */
export interface FieldFacts extends CutField {
  /** Documents that have it. */
  readonly present: number;
  /** Values of all documents together. */
  readonly values: number;
  /** Of a date: milliseconds since the epoch. */
  readonly min: number;
  readonly max: number;
}

const DATES = ['date', 'date_nanos'];
/** Without unsigned_long, half_float and scaled_float: their bounds are rounded, so neighbours might overlap. */
const NUMBERS = ['long', 'integer', 'short', 'byte', 'double', 'float'];

/** Each costs an aggregation over the whole index. */
const MAX_FIELDS = 20;

/** Fields of a mapping that can be cut by, those first that are most likely to spread well. Nested ones are not the document's own. */
export function fieldsToCutBy(mappings: JsonObject): CutField[] {
  const found: (CutField & { readonly depth: number })[] = [];
  const walk = (properties: unknown, prefix: string, depth: number): void => {
    for (const [name, field] of entries(properties)) {
      const type = typeof field['type'] === 'string' ? field['type'] : 'object';
      const isDate = DATES.includes(type);
      if ((isDate || NUMBERS.includes(type)) && field['index'] !== false && field['doc_values'] !== false) found.push({ field: prefix + name, isDate, depth });
      if (type === 'object' && field['enabled'] !== false) walk(field['properties'], `${prefix}${name}.`, depth + 1);
    }
  };
  // Up to 6.x the one type of an index stands between.
  const typed = 'properties' in mappings ? [['', mappings] as const] : entries(mappings);
  for (const [, { properties }] of typed) walk(properties, '', 0);
  const rank = ({ field, isDate, depth }: (typeof found)[number]): number => (field === '@timestamp' ? 0 : 1) * 1_000 + (isDate ? 0 : 1) * 100 + depth;
  return found
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MAX_FIELDS)
    .map(({ field, isDate }) => ({ field, isDate }));
}

function entries(properties: unknown): [string, Readonly<Record<string, unknown>>][] {
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties).flatMap(([name, field]: [string, unknown]) => (typeof field === 'object' && field !== null ? [[name, { ...field }]] : []));
}

/** The first of the fields that every document has, else the one that fewest lack; null: none can be cut by. */
export function chooseField(fields: readonly FieldFacts[]): FieldFacts | null {
  return fields.filter(({ present, values, min, max }) => present > 0 && values === present && min < max).sort((a, b) => b.present - a.present)[0] ?? null;
}

export interface CountedPart {
  readonly range: SliceRange;
  readonly documents: number;
}

export type CountParts = (ranges: readonly FieldRange[]) => Promise<readonly number[]>;

/** @param documents all of the index, those that lack the field too */
export async function cutByField(chosen: FieldFacts, documents: number, sliceDocuments: number, count: CountParts): Promise<CountedPart[]> {
  const { field, isDate, present } = chosen;
  const bounds = { from: safe(Math.floor(chosen.min)), to: safe(Math.floor(chosen.max)) + 1 };
  const open = ({ from, to }: SequenceRange): FieldRange => ({ field, isDate, from: from === bounds.from ? null : from, to: to === bounds.to ? null : to });
  const slices = await cutSlices(bounds, present, sliceDocuments, (some) => count(some.map(open)));
  const lacking = documents - present;
  return [
    ...slices.map((slice) => ({ range: open(slice), documents: slice.documents })),
    ...(lacking > 0 ? [{ range: { lackingField: field }, documents: lacking }] : []),
  ];
}

/** So that differences are exact too. */
const LIMIT = 2 ** 52;

/** What lies beyond belongs to the first or last slice, which are open. */
function safe(value: number): number {
  return Math.max(-LIMIT, Math.min(LIMIT, value));
}
