/** What may be asked of a `verify`: compares the documents of two clusters, and mends the target if told to. */
import { z } from 'zod';
import { commonOptions } from './common-options.js';
import { ContentSchema } from './content-report.js';
import { TransformSchema } from './transform.js';

export const VerifyRequestSchema = z
  .strictObject({
    type: z.literal('verify'),
    source: commonOptions.source.describe('Connection whose documents are right'),
    target: commonOptions.target.describe('Connection whose documents are compared with them'),
    indices: commonOptions.indices,
    rename: commonOptions.rename.describe('Names at the target, where they differ'),
    verify: z.enum(['sample', 'full']).default('full').describe('sample: at most 1,000 random documents of each side; full: all'),
    content: ContentSchema.default('canonical'),
    query: z
      .record(z.string(), z.json())
      .refine((query) => Object.keys(query).length === 1, 'one query of the Query DSL, e.g. { "term": { "shop": "a" } }; without "query" around it')
      .optional()
      .describe('The target has only what matches it at the source'),
    sourceFields: z.array(z.string().min(1).max(1_000)).min(1).max(1_000).optional().describe('The target has only these fields; wildcards are allowed'),
    transform: TransformSchema.optional().describe('The target has what this makes of the documents of the source, as the copy was told'),
    repair: z.boolean().default(false).describe('After a gate, rewrite or delete at the target the documents that differ, and only these'),
    concurrency: z.number().int().min(1).max(32).default(2).describe('Indices compared at once'),
    requestsPerSecond: z.number().positive().nullable().default(null).describe('Documents read a second, both sides together, shared by the indices that are compared; null: no limit'),
  })
  .superRefine(({ verify, repair }, context) => {
    if (repair && verify === 'sample') context.addIssue({ code: 'custom', path: ['repair'], message: 'a sample does not know all that differs; use verify: "full"' });
  });
export type VerifyRequest = z.infer<typeof VerifyRequestSchema>;
