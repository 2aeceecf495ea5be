/**
 * The report of a migration: what was done, compared, left in place and accepted, as data.
 *
 * It is kept in the store, so it outlives Temporal's retention.
 */
import { z } from 'zod';
import { ContentReportSchema } from './content-report.js';
import { DeadLetterGroupSchema } from './dead-letters.js';
import { FindingSchema } from './preflight.js';
import { AttentionSchema, StepSchema } from './migration.js';
import { MigrationStatusSchema, MigrationTypeSchema, VerifyModeSchema } from './names.js';

export const VERDICTS = ['equal', 'within-cutoff', 'mismatch', 'skipped', 'not-compared'] as const;
export const VerdictSchema = z
  .enum(VERDICTS)
  .describe('within-cutoff: the source was written to after the cut-off, and the difference is explained by that number of operations');
export type Verdict = z.infer<typeof VerdictSchema>;

export const IndexReportSchema = z.object({
  index: z.string(),
  target: z.string(),
  verdict: VerdictSchema,
  sourceDocuments: z.number().int().nullable(),
  targetDocuments: z.number().int().nullable(),
  operationsAfterCutoff: z.number().int().nullable().describe('Writes, updates and deletes at the source after the cut-off'),
  note: z.string().nullable(),
  content: ContentReportSchema.nullish().describe('What the comparison of documents found; null or absent where only counts were compared. The lists of differences of the first 100 indices'),
});
export type IndexReport = z.infer<typeof IndexReportSchema>;

export const EffectReportSchema = z.object({
  kind: z.string(),
  connection: z.string(),
  subject: z.string(),
  state: z.enum(['begun', 'done', 'undone', 'kept', 'left']).describe('left: could not be undone; see the note'),
  note: z.string().nullable(),
});
export type EffectReport = z.infer<typeof EffectReportSchema>;

export const AuditEntrySchema = z.object({
  at: z.iso.datetime(),
  actor: z.string().describe('Name of the token that asked, never the token'),
  role: z.string(),
  action: z.string(),
  detail: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof AuditEntrySchema>;

export const ReportSchema = z.object({
  id: z.string(),
  type: MigrationTypeSchema,
  source: z.string(),
  target: z.string(),
  status: MigrationStatusSchema,
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  final: z.boolean().describe('false: the migration goes on, and so does its report'),
  request: z.record(z.string(), z.unknown()).describe('What was asked for, defaults filled in'),
  clusters: z.object({
    source: z.object({ name: z.string(), uuid: z.string(), version: z.string() }).nullable(),
    target: z.object({ name: z.string(), uuid: z.string(), version: z.string() }).nullable(),
  }),
  failure: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
  steps: z.array(StepSchema),
  verification: z.object({
    mode: VerifyModeSchema,
    status: z.enum(['pending', 'running', 'verified', 'mismatch', 'skipped']),
    cutoff: z.string().nullable().describe('Up to when the source was compared, in words'),
    compared: z.number().int().nonnegative(),
    equal: z.number().int().nonnegative(),
    withinCutoff: z.number().int().nonnegative(),
    mismatches: z.number().int().nonnegative(),
    skipped: z.number().int().nonnegative(),
  }),
  totals: z.object({ indices: z.number().int(), documents: z.number().int(), bytes: z.number().int() }),
  outcomes: z.record(z.string(), z.number().int()).optional().describe('What became of the parts, counted, where the type notes it (saved-objects: created, unchanged, overwritten, copied, kept, gone)'),
  indices: z.array(IndexReportSchema).describe('Every index that is not equal, then the others, at most 1,000 in all'),
  indicesTotal: z.number().int().nonnegative(),
  deadLetters: z.array(DeadLetterGroupSchema).default([]).describe('Documents that the target refused and that were not moved since, by cause; at most 100 causes'),
  deadLettersNotKept: z.number().int().nonnegative().optional().describe('Documents that the target refused beyond those that are kept, so that no cause counts them; absent if there are none'),
  findings: z.array(FindingSchema),
  attention: z.array(AttentionSchema),
  effects: z.array(EffectReportSchema).describe('What was done to either cluster and what became of it; what could not be undone first; at most 1,000'),
  audit: z.array(AuditEntrySchema),
});
export type Report = z.infer<typeof ReportSchema>;
