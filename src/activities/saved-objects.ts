/** Activities that only saved-objects uses. */
import type { ActivityDeps } from './deps.js';
import { createSavedObjectsEndingActivities } from './saved-objects-ending.js';
import { createSavedObjectsPreflightActivities } from './saved-objects-preflight.js';
import { createSavedObjectsSpaceActivities } from './saved-objects-spaces.js';
import { createSavedObjectsTransferActivities } from './saved-objects-transfer.js';
import { createSavedObjectsVerificationActivities } from './saved-objects-verification.js';

export function createSavedObjectsActivities(deps: ActivityDeps) {
  return {
    ...createSavedObjectsPreflightActivities(deps),
    ...createSavedObjectsSpaceActivities(deps),
    ...createSavedObjectsTransferActivities(deps),
    ...createSavedObjectsVerificationActivities(deps),
    ...createSavedObjectsEndingActivities(deps),
  };
}
export type SavedObjectsActivities = ReturnType<typeof createSavedObjectsActivities>;
