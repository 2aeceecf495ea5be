/** All activities of a worker, composed from their dependencies. */
import { createContentActivities } from './content-verification.js';
import { createCopySliceActivities } from './copy-slices.js';
import type { ActivityDeps } from './deps.js';
import { createComponentActivities } from './components.js';
import { createEffectActivities } from './effects.js';
import { createFeatureStatePreflightActivities } from './feature-state-preflight.js';
import { createFeatureStateActivities } from './feature-states.js';
import { createNewTransformActivities } from './new-transform.js';
import { createOutcomeActivities } from './outcome.js';
import { createPreflightActivities } from './preflight.js';
import { createReindexPreflightActivities } from './reindex-preflight.js';
import { createReindexTargetActivities } from './reindex-targets.js';
import { createReindexSliceActivities } from './reindex-slices.js';
import { createReindexEndingActivities } from './reindex-ending.js';
import { createReindexCatchUpActivities } from './reindex-catch-up.js';
import { createDeleteActivities } from './deletes.js';
import { createReconcileActivities } from './reconcile.js';
import { createWriteBlockActivities } from './write-blocks.js';
import { createReindexVerificationActivities } from './reindex-verification.js';
import { createRepositoryActivities } from './repositories.js';
import { createRestoreActivities } from './restores.js';
import { createRowActivities } from './rows.js';
import { createSavedObjectsActivities } from './saved-objects.js';
import { createSnapshotActivities } from './snapshots.js';
import { createSystemIndicesActivities } from './system-indices.js';
import { createVerificationActivities } from './verification.js';
import { createVerifyActivities } from './verify-migration.js';

/** Those that only reindex and copy use. */
export function createSlicedActivities(deps: ActivityDeps) {
  return {
    ...createReindexPreflightActivities(deps),
    ...createReindexTargetActivities(deps),
    ...createReindexSliceActivities(deps),
    ...createReindexCatchUpActivities(deps),
    ...createReconcileActivities(deps),
    ...createDeleteActivities(deps),
    ...createWriteBlockActivities(deps),
    ...createReindexVerificationActivities(deps),
    ...createReindexEndingActivities(deps),
    ...createCopySliceActivities(deps),
    ...createNewTransformActivities(deps),
  };
}

/** Those that only system-indices uses. */
export function createSystemStateActivities(deps: ActivityDeps) {
  return { ...createFeatureStatePreflightActivities(deps), ...createSystemIndicesActivities(deps) };
}

/** Those that compare documents, and the ones of `verify`. */
export function createComparingActivities(deps: ActivityDeps) {
  return { ...createContentActivities(deps), ...createVerifyActivities(deps) };
}

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
    ...createSlicedActivities(deps),
    ...createComponentActivities(deps),
    ...createSystemStateActivities(deps),
    ...createComparingActivities(deps),
    ...createSavedObjectsActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
export type ComparingActivities = ReturnType<typeof createComparingActivities>;
export type SlicedActivities = ReturnType<typeof createSlicedActivities>;
export type SystemStateActivities = ReturnType<typeof createSystemStateActivities>;
export type { SavedObjectsActivities } from './saved-objects.js';
