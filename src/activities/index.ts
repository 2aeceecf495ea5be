/** All activities of a worker, composed from their dependencies. */
import type { ActivityDeps } from './deps.js';
import { createEffectActivities } from './effects.js';
import { createFeatureStateActivities } from './feature-states.js';
import { createOutcomeActivities } from './outcome.js';
import { createPreflightActivities } from './preflight.js';
import { createRepositoryActivities } from './repositories.js';
import { createRestoreActivities } from './restores.js';
import { createRowActivities } from './rows.js';
import { createSnapshotActivities } from './snapshots.js';
import { createVerificationActivities } from './verification.js';

export function createActivities(deps: ActivityDeps) {
  return {
    ...createPreflightActivities(deps),
    ...createRepositoryActivities(deps),
    ...createSnapshotActivities(deps),
    ...createRestoreActivities(deps),
    ...createFeatureStateActivities(deps),
    ...createVerificationActivities(deps),
    ...createRowActivities(deps),
    ...createEffectActivities(deps),
    ...createOutcomeActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
