/** What may be asked of `system-indices`: feature states of the source replace those of the target, by snapshot. */
import { z } from 'zod';
import { commonOptions } from './common-options.js';
import { featureStateOptions } from './feature-state-options.js';
import { VerifyModeSchema } from './names.js';
import { RepositorySchema, SnapshotNameSchema } from './repository.js';

const featurePattern = z
  .string()
  .min(1)
  .max(100)
  .regex(/^-?[a-z0-9_*]+$/, 'a name as GET _features lists it, "*", a wildcard, or an exclusion like "-tasks"');

export const SystemIndicesRequestSchema = z
  .strictObject({
    type: z.literal('system-indices'),
    source: commonOptions.source,
    target: commonOptions.target,
    featureStates: z
      .array(featurePattern)
      .min(1)
      .max(50)
      .default(['*'])
      .describe('Names, wildcards, exclusions. A wildcard takes what both sides have, but never `security`: that one has to be named'),
    repository: RepositorySchema.describe('The snapshot repository that both clusters reach'),
    snapshot: SnapshotNameSchema.optional().describe('Restore from this existing snapshot instead of making one; it is never deleted'),
    keepSnapshot: z.boolean().default(false).describe('Keep the snapshot that Godwit makes, instead of deleting it in the end'),
    includeGlobalState: z.boolean().default(false).describe('Restore the cluster state too: it replaces templates, pipelines, policies and persistent settings entirely'),
    ...featureStateOptions,
    acceptNoWayBack: z.boolean().default(false).describe('Go on without `backupRepository`: what is replaced is lost'),
    verify: VerifyModeSchema.default('counts')
      .refine((value) => value === 'counts', 'only "counts" is available for system-indices')
      .describe('counts compares documents, and with `security` the names of users, roles and role mappings'),
  })
  .superRefine((request, context) => {
    if (request.backupRepository !== undefined || request.acceptNoWayBack) return;
    context.addIssue({
      code: 'custom',
      path: ['backupRepository'],
      message: 'name a repository that the target may write to, so that there is a way back; or say acceptNoWayBack: true',
    });
  });
export type SystemIndicesRequest = z.infer<typeof SystemIndicesRequestSchema>;
