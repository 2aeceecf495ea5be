/** The snapshot repository as a request names it. */
import { z } from 'zod';

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

export const SnapshotNameSchema = z.string().min(1).max(255).refine((name) => name === name.toLowerCase(), 'a snapshot name is lower case');

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
