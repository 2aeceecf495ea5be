/** Documents that a target refused, as the API and the report show them. */
import { z } from 'zod';

export const DeadLetterSchema = z.object({
  index: z.string().describe('Name at the source'),
  slice: z.number().int().nonnegative(),
  target: z.string().describe('Name at the target'),
  id: z.string(),
  routing: z.string().nullable(),
  status: z.number().int().describe('Status that the target gave; 0: it was not sent'),
  cause: z.string().describe('Type of the error, e.g. document_parsing_exception'),
  reason: z.string().describe('At most 300 characters'),
  documentBytes: z.number().int().nonnegative().describe('0 with reindex, whose documents do not pass through Godwit'),
  document: z.string().nullable().describe('The document as it was sent, as JSON text, so that no number changes; null if it is larger than 64 KiB or there are too many, and with reindex: look it up at the source by its id'),
});
export type DeadLetterLine = z.infer<typeof DeadLetterSchema>;

export const DeadLetterGroupSchema = z.object({
  cause: z.string(),
  reason: z.string().describe('Of one of them'),
  documents: z.number().int().nonnegative(),
  accepted: z.number().int().nonnegative().describe('Documents of slices that were skipped'),
  ids: z.array(z.string()).describe('The first ten'),
});
