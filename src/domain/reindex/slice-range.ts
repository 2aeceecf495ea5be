/** What part of an index a slice is, and the query that selects it. Pure. */
import { z } from 'zod';
import type { JsonObject } from '../json.js';

/** Documents with `from <= _seq_no < to`. */
const SequenceRangeSchema = z.object({ from: z.number(), to: z.number() });

/** Documents whose field lies within `from <= value < to`; null: no bound there. Both null: all that have the field. */
const FieldRangeSchema = z.object({ field: z.string(), isDate: z.boolean(), from: z.number().nullable(), to: z.number().nullable() });

/** Documents that lack the field. */
const LackingFieldSchema = z.object({ lackingField: z.string() });

export const SliceRangeSchema = z.union([FieldRangeSchema, SequenceRangeSchema, LackingFieldSchema]);

export type SequenceRange = Readonly<z.infer<typeof SequenceRangeSchema>>;
export type FieldRange = Readonly<z.infer<typeof FieldRangeSchema>>;
export type SliceRange = SequenceRange | FieldRange | Readonly<z.infer<typeof LackingFieldSchema>>;

export function rangeQuery(range: SliceRange): JsonObject {
  if ('lackingField' in range) return { bool: { must_not: [{ exists: { field: range.lackingField } }] } };
  if (!('field' in range)) return { range: { _seq_no: { gte: range.from, lt: range.to } } };
  const { field, isDate, from, to } = range;
  if (from === null && to === null) return { exists: { field } };
  return { range: { [field]: { ...(from === null ? {} : { gte: from }), ...(to === null ? {} : { lt: to }), ...(isDate ? { format: 'epoch_millis' } : {}) } } };
}
