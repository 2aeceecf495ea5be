/** Options of the types that move documents slice by slice: `reindex` and `copy`. */
import { z } from 'zod';
import { ON_EXISTING, commonOptions } from './common-options.js';

/** A JSON object that is passed on as it is. */
export const JsonBodySchema = z.record(z.string(), z.json());

const QuerySchema = JsonBodySchema.refine((query) => Object.keys(query).length === 1, 'one query of the Query DSL, e.g. { "term": { "shop": "a" } }; without "query" around it');

const CatchUpSchema = z
  .strictObject({
    passes: z.number().int().min(1).max(20).default(3).describe('Most passes; they end early when nothing was written since, with a gate when little was'),
    gate: z.boolean().default(false).describe('Then wait for approval (gate "cutover") while passes go on; once approved, block writes at the source and carry the rest over'),
    keepBlock: z.boolean().default(true).describe('With gate: leave the write block on the source indices at the end; false lifts it'),
  })
  .describe('After the first pass, copy again what was written at the source meanwhile, and carry deletes over');

/** `verify` is left to each type. */
export const slicedOptions = {
  ...commonOptions,
  onExisting: z
    .enum(ON_EXISTING)
    .default('fail')
    .describe('With an index that exists at the target: fail stops in preflight; merge writes into it, newer versions win; replace deletes it first'),
  includeAliases: z.boolean().default(true).describe('Add the aliases of the indices, last of all'),
  query: QuerySchema.optional().describe('Move only the documents that match; it is counted with the same query'),
  pipeline: z.string().min(1).max(500).optional().describe('Ingest pipeline of the target that every document passes. Without it none does, not even the default pipeline of the index'),
  sliceDocuments: z
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('Documents in a slice, about: what a failure costs. Without it between about 32 MiB and 512 MiB, at most 500,000, so that an index has two for each that may run at once'),
  concurrency: z.number().int().min(1).max(32).default(2).describe('Slices at once, over all indices'),
  requestsPerSecond: z.number().positive().nullable().default(null).describe('Documents a second, shared by the slices that run; null: no limit'),
  catchUp: CatchUpSchema.optional(),
};
