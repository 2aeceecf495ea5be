/** Restores feature states and, if asked, the global state: what replaces instead of adding. */
import type { SnapshotRestoreRequest } from '../contracts/requests.js';
import { call } from '../elasticsearch/calls.js';
import { withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT } from './effects.js';
import { snapshotOf } from './snapshots.js';

interface FeatureStatesInput {
  readonly id: string;
  readonly request: SnapshotRestoreRequest;
}

/** Longest time that Elasticsearch is waited for; system indices are small. Milliseconds. */
const RESTORE_MS = 20 * 60_000;

/** Safe to repeat: the same states are replaced by the same content again. */
async function restoreFeatureStates({ clusters, store }: ActivityDeps, { id, request }: FeatureStatesInput): Promise<void> {
  const cluster = clusters.get(request.target);
  const subject = [...request.featureStates, ...(request.includeGlobalState ? ['global state'] : [])].join(', ');
  const key = { kind: EFFECT.restoreFeatureStates, connection: request.target, subject };
  await store.effects.begin(id, { ...key, undo: {} });
  await call(cluster, { action: `restore ${subject}`, subject: 'feature states' }, () =>
    cluster.client.snapshot.restore(
      {
        repository: request.repository.name,
        snapshot: snapshotOf({ id, request }),
        wait_for_completion: true,
        indices: ['-*'],
        ignore_unavailable: true,
        include_aliases: false,
        include_global_state: request.includeGlobalState,
        feature_states: request.featureStates.length > 0 ? [...request.featureStates] : ['none'],
      },
      { requestTimeout: RESTORE_MS },
    ),
  );
  await store.effects.settle(id, key, 'done');
}

export function createFeatureStateActivities(deps: ActivityDeps) {
  return { restoreFeatureStates: withPulse((input: FeatureStatesInput) => restoreFeatureStates(deps, input)) };
}
