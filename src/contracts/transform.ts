/** What a `copy` may change in documents on their way: a list of operations, applied in order. */
import { z } from 'zod';

const FieldSchema = z
  .string()
  .min(1)
  .max(1_000)
  .refine((path) => path.split('.').every((part) => part !== ''), 'a field by its path, with dots between names and none at either end');

/** Fields by their paths, `*` for anything. */
export const FieldPatternsSchema = z.array(z.string().min(1).max(1_000)).min(1).max(1_000);

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

const ModuleSchema = z
  .strictObject({
    op: z.literal('module'),
    name: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.m?js$/, 'the name of a .js or .mjs file in the folder of modules, without a path')
      .describe('A file in the folder that GODWIT_TRANSFORMS names'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 as 64 hex digits, lower case')
      .optional()
      .describe('Digest that the file must have; preflight notes it if it is left out'),
  })
  .describe('A function of your own, in a sandbox; once at most');
export type ModuleStep = z.infer<typeof ModuleSchema>;

export const TransformStepSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('rename'), field: FieldSchema, to: FieldSchema }).describe('Within its object the field keeps its place; a field that is there already is an error'),
  z.strictObject({ op: z.literal('remove'), field: FieldSchema }),
  z.strictObject({ op: z.literal('add'), field: FieldSchema, value: z.json(), overwrite: z.boolean().default(false) }).describe('A field that is there stays, unless overwrite'),
  z.strictObject({ op: z.literal('keep'), fields: FieldPatternsSchema.describe('By their paths; * stands for anything') }).describe('Only these fields stay, with all that is below them; what is left empty goes'),
  ConvertSchema,
  ModuleSchema,
]);
export type TransformStep = z.infer<typeof TransformStepSchema>;
export type KeepStep = Extract<TransformStep, { op: 'keep' }>;
/** A step that is carried out here, not in a sandbox. */
export type PlainStep = Exclude<TransformStep, ModuleStep>;

export const TransformSchema = z
  .array(TransformStepSchema)
  .min(1)
  .max(200)
  .refine((steps) => steps.filter(({ op }) => op === 'module').length <= 1, 'one module at most; it may do all that several would')
  .describe('Changes to every document, in order; values that no step touches keep their bytes. Steps: rename, remove, add, keep, convert, module');
export type Transform = z.infer<typeof TransformSchema>;
