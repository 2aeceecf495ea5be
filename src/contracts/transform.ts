/** What a `copy` may change in documents on their way: a list of operations, applied in order. */
import { z } from 'zod';

const FieldSchema = z
  .string()
  .min(1)
  .max(1_000)
  .refine((path) => path.split('.').every((part) => part !== ''), 'a field by its path, with dots between names and none at either end');

const ConvertSchema = z
  .strictObject({
    op: z.literal('convert'),
    field: FieldSchema,
    to: z.enum(['string', 'integer', 'float', 'boolean', 'date']).describe('date: a text in ISO 8601'),
    format: z.string().min(1).max(500).optional().describe('With date: how the value is written, as in the mapping of a date field; default strict_date_optional_time||epoch_millis'),
    zone: z.string().min(1).max(100).optional().describe('With date: time zone of values that name none, e.g. +02:00 or Europe/Berlin; default UTC'),
  })
  .refine(({ to, format, zone }) => to === 'date' || (format === undefined && zone === undefined), 'format and zone belong to a conversion to date')
  .describe('Only without loss: what cannot be converted exactly is refused');
export type ConvertStep = z.infer<typeof ConvertSchema>;

export const TransformStepSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('rename'), field: FieldSchema, to: FieldSchema }).describe('Within its object the field keeps its place; a field that is there already is an error'),
  z.strictObject({ op: z.literal('remove'), field: FieldSchema }),
  z.strictObject({ op: z.literal('add'), field: FieldSchema, value: z.json(), overwrite: z.boolean().default(false) }).describe('A field that is there stays, unless overwrite'),
  ConvertSchema,
]);
export type TransformStep = z.infer<typeof TransformStepSchema>;

export const TransformSchema = z
  .array(TransformStepSchema)
  .min(1)
  .max(200)
  .describe('Changes to every document, in order; values that no step touches keep their bytes. Steps: rename, remove, add, convert');
export type Transform = z.infer<typeof TransformSchema>;
