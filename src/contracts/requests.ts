/**
 * What may be asked for: the body of `POST /v1/migrations`, one strict schema a type.
 *
 * An unknown field is an error, never ignored: a misspelt option must not become a silent default.
 * Fields are only ever added, and added as optional: a running history may hold yesterday's input.
 */
import { z } from 'zod';
import { VerifyModeSchema } from './names.js';

export const ConnectionNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'a connection name: letters, digits, "_", ".", "-", at most 63 characters')
  .describe('A name from the connections file');

export const RenameSchema = z
  .strictObject({
    pattern: z.string().min(1).max(500).describe('Regular expression over the index or data stream name'),
    replacement: z.string().max(500).describe('Replacement for every match; $1, $2... stand for its groups'),
  })
  .describe('How names change on the way to the target');

export const ON_EXISTING = ['fail', 'merge', 'replace'] as const;

/** Repository settings that would carry a credential into places that are kept. Elasticsearch keeps these in its keystore. */
const SECRET_SETTING = /(secret|password|passwd|token|credential|access_key|sas|(^|[._])key$)/i;

const RepositorySettingsSchema = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .superRefine((settings, context) => {
    for (const [name, value] of Object.entries(settings)) {
      if (SECRET_SETTING.test(name)) {
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'looks like a secret; put it into the Elasticsearch keystore of the cluster and name its client here',
        });
      } else if (typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]+@/i.test(value)) {
        context.addIssue({ code: 'custom', path: [name], message: 'holds credentials in a URL; remove them' });
      }
    }
  });

export const RepositorySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[^\s#,"*\\<>|?/]+$/, 'a repository name: no white space and none of # , " * \\ < > | ? /')
    .refine((name) => name === name.toLowerCase(), 'a repository name is lower case')
    .max(200)
    .describe('Name of the snapshot repository, the same on both sides. One that exists at the source is reused'),
  type: z
    .enum(['fs', 's3', 'gcs', 'azure', 'url'])
    .optional()
    .describe('Needed when the repository is not registered at the source yet'),
  settings: RepositorySettingsSchema.optional().describe('Settings at the source, e.g. { location } for fs'),
  targetSettings: RepositorySettingsSchema.optional().describe(
    'Settings at the target where they differ from those of the source, e.g. another mount point',
  ),
});

const indexPattern = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\s,#"\\<>|?/]+$/, 'an index name, wildcard or exclusion: no white space and none of , # " \\ < > | ? /');

/** Options that every type of migration takes. */
export const commonOptions = {
  source: ConnectionNameSchema.describe('Connection to read from'),
  target: ConnectionNameSchema.describe('Connection to write to'),
  indices: z
    .array(indexPattern)
    .min(1)
    .max(10_000)
    .default(['*'])
    .describe('Names, wildcards and exclusions ("-logs-debug*"), of indices and data streams; system indices never match'),
  rename: RenameSchema.optional(),
  onExisting: z
    .enum(ON_EXISTING)
    .default('fail')
    .describe('What to do with an index that exists at the target: fail stops in preflight'),
  verify: VerifyModeSchema.default('counts').describe('How the target is compared with the source'),
};

export const SnapshotRestoreRequestSchema = z.strictObject({
  type: z.literal('snapshot-restore'),
  ...commonOptions,
  onExisting: z
    .enum(ON_EXISTING)
    .default('fail')
    .refine((value) => value !== 'merge', 'a restore replaces whole indices and cannot merge; use "replace", a rename, or another type')
    .describe('fail stops in preflight; replace restores over an index of the same name'),
  verify: VerifyModeSchema.default('counts')
    .refine((value) => value === 'counts', 'only "counts" is available for snapshot-restore so far')
    .describe('counts compares the number of documents of every index on both sides'),
  repository: RepositorySchema.describe('The snapshot repository that both clusters reach'),
  snapshot: z
    .string()
    .min(1)
    .max(255)
    .refine((name) => name === name.toLowerCase(), 'a snapshot name is lower case')
    .optional()
    .describe('Restore this existing snapshot instead of making one; it is never deleted'),
  featureStates: z.array(z.string().min(1)).max(50).default([]).describe('Feature states to restore, by name; none by default'),
  includeGlobalState: z.boolean().default(false).describe('Restore the cluster state too: it replaces templates, pipelines and settings'),
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

export const MigrationRequestSchema = z.discriminatedUnion('type', [SnapshotRestoreRequestSchema]);
export type MigrationRequest = z.infer<typeof MigrationRequestSchema>;
/** What a caller may write, before defaults are filled in. */
export type MigrationRequestInput = z.input<typeof MigrationRequestSchema>;
