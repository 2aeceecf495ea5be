/** What preflight finds out without touching anything. */
import { z } from 'zod';

export const SEVERITIES = ['error', 'warning', 'info'] as const;

export const FindingSchema = z.object({
  severity: z.enum(SEVERITIES).describe('error: the migration would stop at it'),
  code: z.string().describe('Stable error code'),
  subject: z.string().describe('The index, repository, connection or request field that it is about'),
  message: z.string(),
  remedy: z.string().describe('What to do about it; empty for info'),
});
export type Finding = z.infer<typeof FindingSchema>;

export const PreflightResultSchema = z.object({
  ok: z.boolean().describe('false if any finding is an error'),
  findings: z.array(FindingSchema).describe('At most 500, errors first'),
  plan: z
    .object({
      indices: z.number().int().nonnegative(),
      dataStreams: z.number().int().nonnegative(),
      documents: z.number().int().nonnegative(),
      bytes: z.number().int().nonnegative(),
      components: z.number().int().nonnegative().optional().describe('Components that would be written; of type components only'),
    })
    .nullable()
    .describe('How much would be moved; null if it could not be found out'),
});
export type PreflightResult = z.infer<typeof PreflightResultSchema>;
