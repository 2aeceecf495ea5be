/** What may be asked of a `reindex`: the target pulls the documents with its own `_reindex`, slice by slice. */
import { z } from 'zod';
import { VerifyModeSchema } from './names.js';
import { JsonBodySchema, slicedOptions } from './sliced-options.js';

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

export const ReindexRequestSchema = z.strictObject({
  type: z.literal('reindex'),
  ...slicedOptions,
  verify: VerifyModeSchema.default('counts')
    .describe('counts compares the number of documents of every index; sample also the values of at most 1,000 random documents of each side; full those of all'),
  sourceFields: z.array(z.string().min(1).max(1_000)).min(1).max(1_000).optional().describe('Move only these fields; wildcards are allowed'),
  script: ScriptSchema.optional(),
  size: z.number().int().min(1).max(10_000).optional().describe('Documents in one batch. Without it by their size, about 8 MiB; it is lowered where the target refuses'),
  remote: RemoteSchema.optional(),
});
export type ReindexRequest = z.infer<typeof ReindexRequestSchema>;
