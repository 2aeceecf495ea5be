/** What may be asked of a `copy`: Godwit reads the documents itself and writes them, byte for byte, slice by slice. */
import { z } from 'zod';
import { VerifyModeSchema } from './names.js';
import { slicedOptions } from './sliced-options.js';

export const CopyRequestSchema = z.strictObject({
  type: z.literal('copy'),
  ...slicedOptions,
  verify: VerifyModeSchema.default('counts')
    .refine((value) => value === 'counts', 'only "counts" is available for copy so far')
    .describe('counts compares the number of documents of every index on both sides'),
});
export type CopyRequest = z.infer<typeof CopyRequestSchema>;
