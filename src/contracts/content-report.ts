/** What a comparison of documents found, as it stands in the report. */
import { z } from 'zod';

export const CONTENTS = ['exact', 'canonical'] as const;
export const ContentSchema = z
  .enum(CONTENTS)
  .describe('exact: the bytes of _source; canonical: its values, whatever the order of keys, the escapes and the way in which a number is written');
export type Content = z.infer<typeof ContentSchema>;

export const FieldDifferenceSchema = z.object({
  path: z.string().describe('e.g. user.tags[2]; _routing for the routing'),
  source: z.string().nullable().describe('Beginning of the value, as JSON; null: the field is not there'),
  target: z.string().nullable(),
});
export type FieldDifference = z.infer<typeof FieldDifferenceSchema>;

export const DifferenceSchema = z.object({
  kind: z.enum(['missing', 'extra', 'different']).describe('missing: at the source only; extra: at the target only'),
  id: z.string(),
  routing: z.string().nullable(),
  fields: z.array(FieldDifferenceSchema).describe('At most 10; empty if the values are equal and only the bytes differ'),
});
export type Difference = z.infer<typeof DifferenceSchema>;

const count = z.number().int().nonnegative();

export const ContentReportSchema = z.object({
  mode: z.enum(['sample', 'full']),
  content: ContentSchema,
  sourceDocuments: count.nullable().describe('Documents of the source that were compared; null: the digest that the copy had folded was enough'),
  targetDocuments: count.describe('Documents of the target that were compared'),
  missing: count,
  extra: count,
  different: count,
  rewritten: count.describe('Equal, but for numbers that Elasticsearch rounds to a double when it writes a document anew; no mismatch'),
  afterCutoff: count.describe('Differences by writes at the source after the cut-off; no mismatch'),
  repaired: count.describe('Documents of the target that were rewritten or deleted'),
  digests: z.object({ source: z.string(), target: z.string() }).nullable().describe('Of all documents, independent of their order; null for a sample'),
  note: z.string().nullable().describe('What was compared, where it is not simply everything'),
  differences: z.array(DifferenceSchema).describe('The first ones, at most 50 an index'),
});
export type ContentReport = z.infer<typeof ContentReportSchema>;
