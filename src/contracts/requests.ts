/**
 * What may be asked for: the body of `POST /v1/migrations`, one strict schema a type.
 *
 * An unknown field is an error, never ignored: a misspelt option must not become a silent default.
 * Fields are only ever added, and added as optional: a running history may hold yesterday's input.
 */
import { z } from 'zod';
import { ON_EXISTING, commonOptions } from './common-options.js';
import { CopyRequestSchema, type CopyRequest } from './copy-request.js';
import { VerifyModeSchema } from './names.js';
import { ComponentsRequestSchema } from './components-request.js';
import { featureStateOptions } from './feature-state-options.js';
import { ReindexRequestSchema, type ReindexRequest } from './reindex-request.js';
import { RepositorySchema, SnapshotNameSchema } from './repository.js';
import { SavedObjectsRequestSchema } from './saved-objects-request.js';
import { SystemIndicesRequestSchema } from './system-indices-request.js';
import { VerifyRequestSchema, type VerifyRequest } from './verify-request.js';

export { ConnectionNameSchema, ON_EXISTING, RenameSchema, commonOptions } from './common-options.js';
export { CopyRequestSchema, type CopyRequest } from './copy-request.js';
export { ComponentsRequestSchema, type ComponentsRequest } from './components-request.js';
export { ReindexRequestSchema, type ReindexRequest } from './reindex-request.js';
export { RepositorySchema } from './repository.js';
export { SystemIndicesRequestSchema, type SystemIndicesRequest } from './system-indices-request.js';
export { VerifyRequestSchema, type VerifyRequest } from './verify-request.js';
export { SavedObjectsRequestSchema, type SavedObjectsRequest } from './saved-objects-request.js';

export const SnapshotRestoreRequestSchema = z.strictObject({
  type: z.literal('snapshot-restore'),
  ...commonOptions,
  onExisting: z
    .enum(ON_EXISTING)
    .default('fail')
    .refine((value) => value !== 'merge', 'a restore replaces whole indices and cannot merge; use "replace", a rename, or another type')
    .describe('fail stops in preflight; replace restores over an index of the same name'),
  verify: VerifyModeSchema.default('counts')
    .describe('counts compares the number of documents of every index; sample also the values of at most 1,000 random documents of each side; full those of all'),
  repository: RepositorySchema.describe('The snapshot repository that both clusters reach'),
  snapshot: SnapshotNameSchema.optional().describe('Restore this existing snapshot instead of making one; it is never deleted'),
  featureStates: z.array(z.string().min(1)).max(50).default([]).describe('Feature states to restore, by name, after an approval; none by default. The type system-indices does only this'),
  includeGlobalState: z.boolean().default(false).describe('Restore the cluster state too: it replaces templates, pipelines and settings'),
  ...featureStateOptions,
  includeAliases: z.boolean().default(true).describe('Restore aliases with their indices'),
  indexSettings: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .default({})
    .describe('Settings to set on restored indices, e.g. { "index.number_of_replicas": 0 }'),
  ignoreIndexSettings: z.array(z.string().min(1)).max(500).default([]).describe('Settings to leave out of restored indices'),
  partial: z.boolean().default(false).describe('Accept shards that the snapshot lacks; they are restored empty'),
  keepSnapshot: z.boolean().default(false).describe('Keep the snapshot that Godwit makes, instead of deleting it in the end'),
  concurrency: z.number().int().min(1).max(32).default(4).describe('Restore requests in flight at once'),
  minimalDowntime: z
    .undefined({ error: 'minimalDowntime is not available yet; leave it out' })
    .optional()
    .meta({ description: 'Not available yet' }),
});
export type SnapshotRestoreRequest = z.infer<typeof SnapshotRestoreRequestSchema>;

/** What making a snapshot and restoring feature states from it needs to know, whatever the type. */
export type SnapshotSource = Pick<SnapshotRestoreRequest, 'source' | 'target' | 'repository' | 'snapshot' | 'featureStates' | 'includeGlobalState' | 'partial'>;
export type StatesRequest = SnapshotSource & Pick<SnapshotRestoreRequest, 'backupRepository' | 'ownCredential'>;

export const MigrationRequestSchema = z.discriminatedUnion('type', [SnapshotRestoreRequestSchema, ReindexRequestSchema, CopyRequestSchema, ComponentsRequestSchema, SystemIndicesRequestSchema, VerifyRequestSchema, SavedObjectsRequestSchema]);
/** A migration that moves its documents slice by slice. */
export type SlicedRequest = ReindexRequest | CopyRequest;
/** A migration whose documents can be compared. */
export type ComparedRequest = SnapshotRestoreRequest | SlicedRequest | VerifyRequest;
export type MigrationRequest = z.infer<typeof MigrationRequestSchema>;
/** What a caller may write, before defaults are filled in. */
export type MigrationRequestInput = z.input<typeof MigrationRequestSchema>;
