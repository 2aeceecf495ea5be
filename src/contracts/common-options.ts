/** Options that every type of migration takes, and the words in them. */
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
