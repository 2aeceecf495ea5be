/** One feature state out of a snapshot, forwards and back: asked for once, found again, waited for. */
import { GLOBAL_STATE } from '../domain/feature-states.js';
import { GodwitError } from '../domain/errors.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { call } from '../elasticsearch/calls.js';
import type { SnapshotInfo } from '../elasticsearch/snapshots.js';
import { comesFrom } from '../elasticsearch/system-indices.js';
import { pause, pollDelays } from './context.js';

/** Longest time that Elasticsearch is waited for; system indices are small. Milliseconds. */
const RESTORE_MS = 20 * 60_000;

interface Restore {
  readonly repository: string;
  readonly snapshot: SnapshotInfo;
  readonly state: string;
  /** Whether an earlier attempt may have asked for it: then it is looked for first. */
  readonly mayBeUnderWay: boolean;
}

/**
 * Deletes what the cluster has of the state and restores it from the snapshot; returns when its shards have started.
 *
 * @throws RestoreFailed if shards could not be restored
 */
export async function restoreFrom(cluster: Cluster, { repository, snapshot, state, mayBeUnderWay }: Restore): Promise<void> {
  if (mayBeUnderWay && (await isAdopted(cluster, repository, snapshot, indicesIn(snapshot, state)))) return;
  const isGlobal = state === GLOBAL_STATE;
  const answer = await call(cluster, { action: `restore ${state}`, subject: state }, () =>
    cluster.client.snapshot.restore(
      {
        repository,
        snapshot: snapshot.name,
        wait_for_completion: true,
        indices: ['-*'],
        ignore_unavailable: true,
        include_aliases: false,
        include_global_state: isGlobal,
        feature_states: isGlobal ? ['none'] : [state],
      },
      { requestTimeout: RESTORE_MS },
    ),
  );
  const failed = answer.snapshot?.shards.failed ?? 0;
  if (failed > 0) throw new GodwitError('RestoreFailed', `${String(failed)} shard(s) of ${state} could not be restored at ${cluster.connection}`, { subject: state });
}

/** Waits for a restore that is under way. @returns whether there is one, or was */
async function isAdopted(cluster: Cluster, repository: string, snapshot: SnapshotInfo, indices: readonly string[]): Promise<boolean> {
  const until = Date.now() + RESTORE_MS;
  for (const delay of pollDelays(200, 2_000)) {
    const found = await comesFrom(cluster, indices, repository, snapshot.name);
    if (found !== 'running') return found === 'done';
    if (Date.now() > until) throw new GodwitError('Timeout', `the restore from ${snapshot.name} at ${cluster.connection} does not end`);
    await pause(delay);
  }
  return false;
}

export function indicesIn(snapshot: SnapshotInfo, state: string): readonly string[] {
  return snapshot.indicesByState.get(state) ?? [];
}
