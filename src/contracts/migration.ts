/**
 * What a migration looks like from outside, and the parts of it: progress, steps, attention, gates.
 */
import { z } from 'zod';
import {
  MigrationStatusSchema,
  MigrationTypeSchema,
  SliceStatusSchema,
  StepNameSchema,
  StepStatusSchema,
  VerifyModeSchema,
} from './names.js';

const timestamp = z.iso.datetime().describe('RFC 3339, UTC');

export const AmountSchema = z.object({
  done: z.number().nonnegative(),
  total: z.number().nonnegative().nullable().describe('null while it is not known yet'),
});

export type Amount = z.infer<typeof AmountSchema>;

export const ProgressSchema = z.object({
  documents: AmountSchema.describe('Documents that have arrived at the target'),
  bytes: AmountSchema.describe('Bytes moved; with snapshot-restore a byte counts once into the snapshot and once out of it'),
  documentsPerSecond: z.number().nonnegative().nullable(),
  etaSeconds: z.number().nonnegative().nullable().describe('Seconds until the end at the present rate; null when it cannot be said honestly'),
});
export type Progress = z.infer<typeof ProgressSchema>;

export const StepSchema = z.object({
  name: StepNameSchema,
  status: StepStatusSchema,
  startedAt: timestamp.nullable(),
  endedAt: timestamp.nullable(),
  detail: z.string().nullable().describe('What it is doing or waiting for, for a person'),
});
export type Step = z.infer<typeof StepSchema>;

export const AttentionSchema = z.object({
  subject: z.string().describe('The index, repository or step that is stuck; the value to retry or skip by'),
  error: z.string().describe('What happened'),
  remedy: z.string().describe('What to do about it'),
  code: z.string().describe('Stable error code'),
  step: StepNameSchema,
  since: timestamp,
  skippable: z.boolean().describe('Whether skip is accepted for it'),
  retryAt: timestamp.nullable().describe('When Godwit tries again by itself; null: only when told to'),
});
export type Attention = z.infer<typeof AttentionSchema>;

export const GateSchema = z.object({
  name: z.string().describe('The value to approve by'),
  question: z.string().describe('What is being approved'),
});
export type Gate = z.infer<typeof GateSchema>;

export const VerificationSchema = z.object({
  status: z.enum(['pending', 'running', 'verified', 'mismatch', 'skipped']),
  mode: VerifyModeSchema,
  mismatches: z.number().int().nonnegative(),
});
export type Verification = z.infer<typeof VerificationSchema>;

export const ThrottleSchema = z.object({
  requestsPerSecond: z.number().positive().nullable().describe('null: unlimited, or without meaning for the type'),
  concurrency: z.number().int().positive().nullable(),
});
export type Throttle = z.infer<typeof ThrottleSchema>;

export const LinksSchema = z.object({
  self: z.string(),
  events: z.string(),
  slices: z.string(),
  report: z.string(),
});

export const MigrationSchema = z.object({
  id: z.string(),
  type: MigrationTypeSchema,
  source: z.string(),
  target: z.string(),
  status: MigrationStatusSchema,
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
  progress: ProgressSchema,
  steps: z.array(StepSchema),
  attention: z.array(AttentionSchema).describe('At most 100; attentionTotal counts all'),
  attentionTotal: z.number().int().nonnegative(),
  gates: z.array(GateSchema),
  verification: VerificationSchema,
  throttle: ThrottleSchema,
  failure: z
    .object({ code: z.string(), message: z.string(), remedy: z.string() })
    .nullable()
    .describe('Why it failed; null unless status is failed'),
  notice: z
    .string()
    .nullable()
    .describe('Something about the answer itself, e.g. that no worker is there and the state is the last one known'),
  links: LinksSchema,
});
export type Migration = z.infer<typeof MigrationSchema>;

export const SliceSchema = z.object({
  index: z.string().describe('Name at the source'),
  target: z.string().describe('Name at the target'),
  slice: z.number().int().nonnegative(),
  status: SliceStatusSchema,
  documents: z.number().int().nonnegative().nullable(),
  bytes: z.number().int().nonnegative().nullable(),
  attempts: z.number().int().nonnegative(),
  error: z.string().nullable(),
  rejected: z.array(z.string()).describe('Ids of the documents that the target rejected; a retry moves only these, a skip accepts their loss'),
  outcome: z.string().nullable().optional().describe('What became of it, where the type notes it: created, unchanged, overwritten, copied, kept, gone'),
  note: z.string().nullable().optional().describe('What else a person should know about it'),
});
export type Slice = z.infer<typeof SliceSchema>;
