/** Bodies of the control calls. */
import { z } from 'zod';
import { TransformSchema } from './transform.js';

export const ApproveBodySchema = z.strictObject({
  gate: z.string().min(1).describe('Name of the open gate, as in the migration\'s gates'),
});
export const SubjectBodySchema = z.strictObject({
  subject: z.string().min(1).optional().describe('One subject of the migration\'s attention; without it, all of them'),
});
export const RetryBodySchema = SubjectBodySchema.extend({
  transform: TransformSchema.optional().describe('Of a copy: takes the place of its transform from now on, in all that is still moved and in the comparison'),
});
export const ThrottleBodySchema = z
  .strictObject({
    requestsPerSecond: z.number().positive().nullable().optional().describe('null: no limit'),
    concurrency: z.number().int().min(1).max(256).optional(),
  })
  .refine((body) => body.requestsPerSecond !== undefined || body.concurrency !== undefined, {
    message: 'give requestsPerSecond, concurrency or both',
  });
export type ThrottleBody = z.infer<typeof ThrottleBodySchema>;
