/** What may be asked of a `copy`: Godwit reads the documents itself and writes them, byte for byte, slice by slice. */
import { z } from 'zod';
import { VerifyModeSchema } from './names.js';
import { slicedOptions } from './sliced-options.js';
import { FieldPatternsSchema, TransformSchema } from './transform.js';

export const CopyRequestSchema = z.strictObject({
  type: z.literal('copy'),
  ...slicedOptions,
  verify: VerifyModeSchema.default('counts')
    .describe('counts compares the number of documents of every index; sample also the bytes of at most 1,000 random documents of each side; full those of all'),
  sourceFields: FieldPatternsSchema.optional().describe('Move only these fields; wildcards are allowed. They keep their bytes'),
  transform: TransformSchema.optional(),
});
export type CopyRequest = z.infer<typeof CopyRequestSchema>;
