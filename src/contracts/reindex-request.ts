/** What may be asked of a `reindex`: the target pulls the documents with its own `_reindex`, slice by slice. */
import { z } from 'zod';
import { ON_EXISTING, commonOptions } from './common-options.js';
import { VerifyModeSchema } from './names.js';

/** A JSON object that is passed on as it is. */
const JsonBodySchema = z.record(z.string(), z.json());

const QuerySchema = JsonBodySchema.refine((query) => Object.keys(query).length === 1, 'one query of the Query DSL, e.g. { "term": { "shop": "a" } }; without "query" around it');

const ScriptSchema = z
  .strictObject({
    source: z.string().min(1).max(65_535).describe('The script; `ctx._source` is the document, `ctx.op = "noop"` leaves it out'),
    lang: z.enum(['painless']).default('painless'),
    params: JsonBodySchema.optional().describe('Values for `params`'),
  })
  .describe('Changes every document on its way, at the target');

const HOST = /^https?:\/\/[^\s/@:]+:\d{1,5}(\/[^\s?#]*)?$/;

const RemoteSchema = z
  .strictObject({
    host: z.string().regex(HOST, 'an address with scheme and port and without credentials, e.g. https://old.internal:9200').describe('Address of the source as the target sees it, with port'),
  })
  .describe('Where the target reaches the source, if not at the address of the connection');

const CatchUpSchema = z
  .strictObject({
    passes: z.number().int().min(1).max(20).default(3).describe('Most passes; they end early when nothing was written since'),
    gate: z.literal(false, { error: 'gate is not available yet: no write block, no last pass; leave it out' }).optional().meta({ description: 'Not available yet' }),
  })
  .describe('After the first pass, copy again what was written at the source meanwhile');

export const ReindexRequestSchema = z.strictObject({
  type: z.literal('reindex'),
  ...commonOptions,
  onExisting: z
    .enum(ON_EXISTING)
    .default('fail')
    .describe('With an index that exists at the target: fail stops in preflight; merge writes into it, newer versions win; replace deletes it first'),
  verify: VerifyModeSchema.default('counts')
    .refine((value) => value === 'counts', 'only "counts" is available for reindex so far')
    .describe('counts compares the number of documents of every index on both sides'),
  includeAliases: z.boolean().default(true).describe('Add the aliases of the indices, last of all'),
  query: QuerySchema.optional().describe('Move only the documents that match; it is counted with the same query'),
  sourceFields: z.array(z.string().min(1).max(1_000)).min(1).max(1_000).optional().describe('Move only these fields; wildcards are allowed'),
  pipeline: z.string().min(1).max(500).optional().describe('Ingest pipeline of the target that every document passes. Without it none does, not even the default pipeline of the index'),
  script: ScriptSchema.optional(),
  sliceDocuments: z
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('Documents in a slice, about: what a failure costs. Without it by the size of the documents, at most 500,000 and about 512 MiB'),
  size: z.number().int().min(1).max(10_000).optional().describe('Documents in one batch. Without it by their size, about 8 MiB; it is lowered where the target refuses'),
  concurrency: z.number().int().min(1).max(32).default(2).describe('Slices at once, over all indices'),
  requestsPerSecond: z.number().positive().nullable().default(null).describe('Documents a second, shared by the slices that run; null: no limit'),
  catchUp: CatchUpSchema.optional(),
  remote: RemoteSchema.optional(),
});
export type ReindexRequest = z.infer<typeof ReindexRequestSchema>;
