/** Takes replaced feature states back: what the target had comes from the snapshot that was made of it first. */
import { z } from 'zod';
import { wayBackByHand } from '../domain/feature-states.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { isAbsent, tryCall } from '../elasticsearch/calls.js';
import { findSnapshot } from '../elasticsearch/snapshots.js';
import type { Effect, Store } from '../store/store.js';
import { EFFECT, type Undone } from './effects.js';
import { restoreFrom } from './feature-state-restore.js';

const KeptSchema = z.object({ repository: z.string(), snapshot: z.string(), isKept: z.boolean() });
const BackupSchema = z.object({ repository: z.string(), snapshot: z.string() });

/** Safe to repeat: the same state comes back from the same snapshot, and a restore under way is adopted. */
export async function undoFeatureState(cluster: Cluster, effect: Effect): Promise<Undone> {
  const { repository, snapshot, isKept } = KeptSchema.parse(effect.undo);
  if (repository === '') return { state: 'left', note: 'what the target had was not kept: no backupRepository was named' };
  if (!isKept) return { state: 'left', note: 'the target had nothing of it before; what came cannot be deleted by a restore, only through the feature itself' };
  const backup = await findSnapshot(cluster, repository, snapshot);
  if (backup === null) return { state: 'left', note: `snapshot ${snapshot} of the target, which held it, is gone from repository ${repository}` };
  await restoreFrom(cluster, { repository, snapshot: backup, state: effect.subject, mayBeUnderWay: true });
  return { state: 'undone', note: null };
}

/** Deletes the snapshot that was the way back, unless it is still the only one. */
export async function undoBackup(cluster: Cluster, store: Store, id: string, effect: Effect): Promise<Undone> {
  const { repository, snapshot } = BackupSchema.parse(effect.undo);
  const open = await heldStates(store, id);
  if (open.length > 0) return { state: 'left', note: `it is the way back for ${open.join(', ')}: ${wayBackByHand(repository, snapshot, open)}` };
  await tryCall(cluster, { action: `delete snapshot ${snapshot}`, subject: snapshot }, () => cluster.client.snapshot.delete({ repository, snapshot }, { requestTimeout: 8 * 60_000 }), isAbsent);
  return { state: 'undone', note: null };
}

/** At a good end the way back stays, and the report says how to go it by hand. */
export async function keepBackups(store: Store, id: string): Promise<void> {
  for (const effect of await store.effects.list(id, { states: ['begun', 'done'], kinds: [EFFECT.backUpFeatureStates], limit: 100 })) {
    const { repository, snapshot } = BackupSchema.parse(effect.undo);
    await store.effects.settle(id, effect, 'kept', `the way back: ${wayBackByHand(repository, snapshot, await heldStates(store, id))}`);
  }
}

/** States that were replaced and not taken back, of which the backup holds the old content. */
async function heldStates(store: Store, id: string): Promise<string[]> {
  const replaced = await store.effects.list(id, { states: ['begun', 'done', 'kept', 'left'], kinds: [EFFECT.restoreFeatureStates], limit: 100 });
  return replaced.filter(({ undo }) => KeptSchema.parse(undo).isKept).map(({ subject }) => subject);
}
