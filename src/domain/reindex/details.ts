/**
 * What the ledger remembers of a reindex. Row 0 of an index (or data stream) stands for the whole of it; its slices
 * are the rows from 1 on.
 */
import { z } from 'zod';
import type { JsonObject } from '../json.js';
import { SliceRangeSchema } from './slice-range.js';

export const UnitDetailSchema = z.object({
  kind: z.enum(['index', 'data-stream']),
  /** Concrete indices at the source: itself, or the backing indices of a data stream. */
  sources: z.array(z.string()),
  /** All that go into the same target, itself too. */
  group: z.array(z.string()),
  /** Average size of a document, bytes. */
  documentBytes: z.number(),
  /** What the target is written as. */
  targetKind: z.enum(['index', 'data-stream']).optional(),
  /** UUID of the index that was made for it; null if it was not made by Godwit. */
  uuid: z.string().nullable().optional(),
  /** Documents that were in the target before. */
  existing: z.number().optional(),
  /** `source.size` of the slices. */
  size: z.number().optional(),
  /** The first slice that has no number yet. */
  nextSlice: z.number().optional(),
  /** Which catch-up pass was planned last; 0: the first pass. */
  pass: z.number().optional(),
  sliceDocuments: z.number().optional(),
  /** Documents of the pass that was planned last. */
  passDocuments: z.number().optional(),
  /** Writes, updates and deletes at the source that the catch-up passes have seen. */
  operations: z.number().optional(),
  /** Backing indices that were deleted at the source meanwhile, e.g. by a lifecycle. */
  gone: z.array(z.string()).optional(),
  /** When each concrete index was made, milliseconds: one of the same name that was made later is another one. */
  created: z.record(z.string(), z.number()).optional(),
  /** Why deletes at the source are not carried over. */
  deletesStay: z.string().optional(),
  /** By `index/shard`: up to where everything is in the slices. */
  checkpoints: z.record(z.string(), z.number()).optional(),
});
export type UnitDetail = z.infer<typeof UnitDetailSchema>;

export const SliceDetailSchema = z.object({
  /** Concrete index at the source. */
  source: z.string(),
  /** Its part of the index; null: the whole of it. */
  range: SliceRangeSchema.nullable(),
  pass: z.number(),
  targetKind: z.enum(['index', 'data-stream']),
  size: z.number(),
  /** The task that was started last; null between the mark and its start. */
  task: z.string().nullable().optional(),
  /** Those before it: what they did has been judged. */
  earlierTasks: z.array(z.string()).optional(),
  /** Only these documents of its part. */
  only: z.array(z.string()).optional(),
  /** Only these documents are left, since the target rejected them. */
  rejected: z.array(z.string()).optional(),
  /** How many were rejected, also beyond those that are kept as dead letters. */
  refused: z.number().optional(),
  /** The others of the slice have arrived. */
  isRestDone: z.boolean().optional(),
  /** What the target has rejected in the present attempt. */
  failing: z.array(z.object({ id: z.string(), type: z.string(), reason: z.string(), status: z.number().default(0) })).optional(),
  /** Too large for a batch; moved by Godwit itself. */
  moved: z.array(z.string()).optional(),
  /** Documents that a script or pipeline left out or deleted. */
  dropped: z.number().optional(),
  versionConflicts: z.number().optional(),
  /** Stands for the transform that has changed its documents; `mixed` if several have. */
  transform: z.string().optional(),
  /** Its version conflicts have been looked at, and what was stale is in other slices. */
  isReconciled: z.boolean().optional(),
});
export type SliceDetail = z.infer<typeof SliceDetailSchema>;

export const unitDetailOf = (detail: JsonObject): UnitDetail => UnitDetailSchema.parse(detail);
export const sliceDetailOf = (detail: JsonObject): SliceDetail => SliceDetailSchema.parse(detail);
