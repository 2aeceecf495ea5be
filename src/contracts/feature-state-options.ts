/** Options of whatever restores feature states: the way back, and Godwit's own credential. */
import { z } from 'zod';

export const featureStateOptions = {
  backupRepository: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('A repository that the target has registered for writing, at another place than `repository`: what is replaced is kept there first, and a cancel brings it back'),
  ownCredential: z
    .enum(['survives', 'reissued'])
    .default('survives')
    .describe(
      'With `security`: whether the credential of the target connection survives it. survives: proven in preflight, or refused. reissued: after the restore Godwit waits until the connections file has one that works',
    ),
};
