/** What may be asked of `saved-objects`: what Kibana keeps, space by space, through Kibana's own API. */
import { z } from 'zod';
import { commonOptions } from './common-options.js';
import { VerifyModeSchema } from './names.js';

export const ON_CONFLICT = ['fail', 'skip', 'overwrite', 'copy'] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];

export const SavedObjectsRequestSchema = z.strictObject({
  type: z.literal('saved-objects'),
  source: commonOptions.source,
  target: commonOptions.target,
  spaces: z
    .array(z.string().regex(/^-?[a-z0-9_*-]+$/, 'the id of a space, a wildcard or an exclusion: lower case letters, digits, "_", "-", "*"').max(255))
    .min(1)
    .max(1_000)
    .default(['*'])
    .describe('Ids, wildcards and exclusions ("-test*") of spaces. What is missing at the target is created with its settings'),
  types: z
    .array(z.string().regex(/^([a-z0-9][a-z0-9_.-]*|\*)$/, 'a type such as dashboard, or "*"').max(255))
    .min(1)
    .max(200)
    .default(['*'])
    .describe('Types of saved objects, and `advanced-settings`, `value-list`, `exception-list`, `timeline`, `detection-rule`; "*" is all that can be exported. `config` goes as `advanced-settings`, since its id is the version of Kibana'),
  includeReferences: z.boolean().default(true).describe('Take along what the objects refer to, and so on to the end'),
  onConflict: z
    .enum(ON_CONFLICT)
    .default('fail')
    .describe('With an object that is at the target and differs: fail stops; skip leaves it; overwrite replaces it, keeping a backup for the undo; copy makes a second one, once. An equal one is left as it is'),
  missingReferences: z
    .enum(['fail', 'ignore'])
    .default('fail')
    .describe('With an object that refers to a data view or search that does not arrive: fail parks it; ignore brings it with the dangling reference. What dangles at the source already arrives so'),
  rename: commonOptions.rename.describe('Rewrites the titles of data views (index patterns), each of their parts by itself; give what the indices were renamed with'),
  enableRules: z.boolean().default(false).describe('Enable the rules that are enabled at the source, last of all. Each gets a new API key of the target connection'),
  connectorGate: z.boolean().default(true).describe('Wait for approval, as gate `connector-secrets`, while connectors that arrived lack secrets'),
  verify: VerifyModeSchema.default('full')
    .refine((value) => value !== 'sample', 'only "counts" and "full" are available for saved-objects')
    .describe('full compares every object with its source; counts only looks that it is there'),
  concurrency: z.number().int().min(1).max(16).default(2).describe('Spaces at once'),
});
export type SavedObjectsRequest = z.infer<typeof SavedObjectsRequestSchema>;
