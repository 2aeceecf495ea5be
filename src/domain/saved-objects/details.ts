/** What rows of saved-objects keep in `detail`, read with its types. */
import { z } from 'zod';
import { JsonObjectSchema, type JsonObject } from '../json.js';
import { OUTCOMES } from './rows.js';

const SpaceDetailSchema = z.object({ isAtTarget: z.boolean(), settings: JsonObjectSchema });
const BatchDetailSchema = z.object({ objects: z.array(z.string()) });
const ObjectDetailSchema = z.object({
  space: z.string(),
  type: z.string(),
  id: z.string(),
  batch: z.number(),
  title: z.string().nullish(),
  /** Rules only: enabled at the source. */
  isEnabled: z.boolean().optional(),
  /** Noted before the first import: whether an object of that id was there. */
  existed: z.boolean().optional(),
  /** The object that it was made from, in another space or by a copy, where that is another id. */
  origin: z.string().optional(),
  /** The same of its copy, where one is asked for. */
  copy: z.object({ id: z.string(), existed: z.boolean() }).optional(),
  /** Noted before it is overwritten, with what was there: its fingerprint, and of a rule whether it was enabled. */
  overwrites: z.object({ id: z.string(), mark: z.string(), wasEnabled: z.boolean().optional() }).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  targetId: z.string().optional(),
  /** It is at the target under an id that Kibana chose: an import that was cut off made it, or it was there before. */
  mayBeOurs: z.boolean().optional(),
  note: z.string().nullish(),
  /** Fingerprint of what was sent, of those with an export of their own. */
  sent: z.string().optional(),
});
export type ObjectDetail = z.infer<typeof ObjectDetailSchema>;

export const spaceDetailOf = (detail: JsonObject): z.infer<typeof SpaceDetailSchema> => SpaceDetailSchema.parse(detail);
export const batchDetailOf = (detail: JsonObject): z.infer<typeof BatchDetailSchema> => BatchDetailSchema.parse(detail);
export const objectDetailOf = (detail: JsonObject): ObjectDetail => ObjectDetailSchema.parse(detail);
