/**
 * Effects on a cluster: each is recorded with its undo before it starts, found again on a retry, undone on cancel.
 *
 * Undo looks before it acts: it takes back only what is still the thing that was made.
 */
import { z } from 'zod';
import type { Cluster } from '../elasticsearch/cluster.js';
import { JsonObjectSchema, type JsonObject } from '../domain/json.js';
import { opaqueIdPrefix } from '../domain/reindex/slice-query.js';
import { GodwitError } from '../domain/errors.js';
import type { Effect, Store } from '../store/store.js';
import type { ActivityDeps } from './deps.js';
import { undoComponentEffect } from './component-undo.js';
import { attemptNumber, report, withPulse } from './context.js';
import { isAbsent, tryCall } from '../elasticsearch/calls.js';
import { countMatching } from '../elasticsearch/count-documents.js';
import { deleteTemplate, putSettings, readDefinition } from '../elasticsearch/prepare-index.js';
import { cancelTask, findTasks } from '../elasticsearch/reindex-tasks.js';
import { keepBackups, undoBackup, undoFeatureState } from './feature-state-undo.js';
import { restoreWriteBlock } from '../elasticsearch/write-block.js';
import { undoSavedObjects } from './saved-object-effects.js';
import { deleteTarget, rowOfUndo, undoRestore } from './restored-index.js';

/** Kinds of effects, as they stand in the store and the report. */
export const EFFECT = {
  registerRepository: 'register-repository',
  probeSnapshot: 'probe-snapshot',
  createSnapshot: 'create-snapshot',
  restore: 'restore',
  replace: 'replace',
  restoreFeatureStates: 'restore-feature-states',
  backUpFeatureStates: 'back-up-feature-states',
  createIndex: 'create-index',
  createDataStream: 'create-data-stream',
  createTemplate: 'create-template',
  loadSettings: 'load-settings',
  addAliases: 'add-aliases',
  runTasks: 'run-tasks',
  forgetDeletes: 'forget-deletes-at-once',
  writeBlock: 'write-block',
  repairDocuments: 'repair-documents',
} as const;

export type EffectKey = Pick<Effect, 'kind' | 'connection' | 'subject'>;

/** Effects read from the store at once. */
const PAGE = 200;

export interface Undone {
  readonly state: 'undone' | 'left';
  readonly note: string | null;
}

const undone: Undone = { state: 'undone', note: null };

/**
 * Takes one effect back. Safe to repeat: what is gone already counts as undone.
 *
 * @returns `left` with the reason where it cannot be taken back
 */
async function undo(deps: ActivityDeps, id: string, effect: Effect): Promise<Undone> {
  const ofKibana = await undoSavedObjects(deps, id, effect);
  if (ofKibana !== null) return ofKibana;
  const { clusters, store } = deps;
  const cluster = clusters.get(effect.connection);
  switch (effect.kind) {
    case EFFECT.registerRepository:
      return deleteRepository(cluster, effect.subject);
    case EFFECT.probeSnapshot:
    case EFFECT.createSnapshot:
      return deleteSnapshot(cluster, effect);
    case EFFECT.restore:
      return undoRestored(store, id, cluster, effect);
    case EFFECT.replace:
      return { state: 'left', note: 'the index that was replaced cannot be brought back by Godwit' };
    case EFFECT.restoreFeatureStates:
      return undoFeatureState(cluster, effect);
    case EFFECT.backUpFeatureStates:
      return undoBackup(cluster, store, id, effect);
    case EFFECT.createIndex:
      return undoCreatedIndex(store, id, cluster, effect);
    case EFFECT.createDataStream:
      await deleteTarget(cluster, effect.subject, 'data-stream');
      return undone;
    case EFFECT.createTemplate:
      await deleteTemplate(cluster, effect.subject);
      return undone;
    case EFFECT.writeBlock:
      return liftWriteBlock(cluster, effect);
    case EFFECT.forgetDeletes:
    case EFFECT.loadSettings:
      await putSettings(cluster, effect.subject, objectOf(effect.undo, 'settings'));
      return undone;
    case EFFECT.addAliases:
      await removeAliases(cluster, effect);
      return undone;
    case EFFECT.runTasks:
      for (const task of await findTasks(cluster, opaqueIdPrefix(id))) await cancelTask(cluster, task.id);
      return undone;
    case EFFECT.repairDocuments:
      return { state: 'left', note: 'documents of the target that were rewritten or deleted cannot be brought back by Godwit' };
    default:
      return (await undoComponentEffect(store, id, cluster, effect)) ?? { state: 'left', note: `nothing is known to undo ${effect.kind}` };
  }
}

async function deleteRepository(cluster: Cluster, name: string): Promise<Undone> {
  await tryCall(cluster, { action: `remove the registration of repository ${name}`, subject: name }, () => cluster.client.snapshot.deleteRepository({ name }), isAbsent);
  return undone;
}

async function deleteSnapshot(cluster: Cluster, effect: Effect): Promise<Undone> {
  const repository = textOf(effect.undo, 'repository');
  const snapshot = textOf(effect.undo, 'snapshot');
  await tryCall(
    cluster,
    { action: `delete snapshot ${snapshot}`, subject: snapshot },
    // Deleting waits for a running snapshot to stop; that may take long on a large shard.
    () => cluster.client.snapshot.delete({ repository, snapshot }, { requestTimeout: 8 * 60_000 }),
    isAbsent,
  );
  return undone;
}

async function undoRestored(store: Store, id: string, cluster: Cluster, effect: Effect): Promise<Undone> {
  const { index, slice } = rowOfUndo(effect.undo);
  const row = (await store.ledger.byIndex(id, [index])).find((candidate) => candidate.slice === slice);
  if (row === undefined) return { state: 'left', note: 'the ledger has no row for it' };
  return undoRestore(cluster, row);
}

/** Deletes an index that was made here, unless another one has its name by now. */
async function undoCreatedIndex(store: Store, id: string, cluster: Cluster, effect: Effect): Promise<Undone> {
  const { index } = rowOfUndo(effect.undo);
  const definition = await readDefinition(cluster, effect.subject);
  if (definition === null) return undone;
  const unit = (await store.ledger.byIndex(id, [index])).find((row) => row.slice === 0);
  const uuid = unit?.detail['uuid'];
  if (typeof uuid === 'string' && uuid !== definition.settings['index.uuid']) return { state: 'left', note: 'another index has its name by now' };
  // Made, and cut off before it was noted: nothing was written to it yet.
  if (typeof uuid !== 'string' && (await countMatching(cluster, effect.subject, { match_all: {} })) > 0) return { state: 'left', note: 'it has documents that are not known to be of this migration' };
  await deleteTarget(cluster, effect.subject, 'index');
  return undone;
}

async function removeAliases(cluster: Cluster, effect: Effect): Promise<void> {
  const names = z.array(z.string()).parse(effect.undo['aliases']);
  if (names.length === 0) return;
  await tryCall(cluster, { action: `remove the aliases of ${effect.subject}`, subject: effect.subject }, () => cluster.client.indices.deleteAlias({ index: effect.subject, name: names }), isAbsent);
}

/** Somebody else may have lifted it meanwhile, or the index may be gone. */
async function liftWriteBlock(cluster: Cluster, effect: Effect): Promise<Undone> {
  const earlier = z.string().nullable().parse(effect.undo['earlier']);
  const isOurs = await restoreWriteBlock(cluster, effect.subject, earlier);
  return { state: 'undone', note: isOurs ? null : 'it was lifted by somebody else' };
}

function objectOf(object: JsonObject, field: string): JsonObject {
  return JsonObjectSchema.parse(object[field]);
}

function textOf(object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value !== 'string') throw new GodwitError('Internal', `the recorded undo lacks ${field}`, { retryable: false });
  return value;
}

/** Takes effects back, newest first; one that fails is recorded as left and does not stop the others. */
export async function undoAll(
  deps: ActivityDeps,
  id: string,
  isMeant: (effect: Effect) => boolean = () => true,
  states: readonly Effect['state'][] = ['begun', 'done', 'left'],
): Promise<{ undone: number; left: number }> {
  const { store } = deps;
  const counts = { undone: 0, left: 0 };
  let beforeId: number | undefined;
  for (;;) {
    const effects = await store.effects.list(id, {
      states,
      limit: PAGE,
      ...(beforeId === undefined ? {} : { beforeId }),
    });
    if (effects.length === 0) return counts;
    for (const effect of effects.filter(isMeant)) {
      report({ step: 'cleanup', detail: `undoing ${effect.kind} ${effect.subject}` });
      const { state, note } = await undo(deps, id, effect).catch(leftBecause);
      await store.effects.settle(id, effect, state, note ?? undefined);
      counts[state] += 1;
    }
    beforeId = effects.at(-1)?.id;
  }
}

/** Attempts after which a cluster that stays away does not hold up the end any longer: about a minute. */
const UNDO_ATTEMPTS = 8;

function leftBecause(error: unknown): Undone {
  if (error instanceof GodwitError && (!error.retryable || attemptNumber() >= UNDO_ATTEMPTS)) return { state: 'left', note: error.message };
  throw error;
}

/** Marks what a finished migration leaves on purpose. */
export async function keepRest(store: Store, id: string): Promise<void> {
  await keepBackups(store, id);
  for (;;) {
    const effects = await store.effects.list(id, { states: ['begun', 'done'], limit: PAGE });
    if (effects.length === 0) return;
    await store.effects.settleAll(id, effects, 'kept');
  }
}

export function createEffectActivities(deps: ActivityDeps) {
  return {
    /**
     * Undoes everything, for a migration that was canceled or failed: also what an end that was under way marked as kept.
     * Safe to repeat.
     */
    undoEffects: withPulse(({ id }: { id: string }) => undoAll(deps, id, () => true, ['begun', 'done', 'kept', 'left'])),

    /**
     * Removes what was only needed on the way, in the order in which it depends on each other, and keeps the rest.
     * A snapshot that is to be kept stays within reach: so does the source's registration of its repository.
     */
    cleanUp: withPulse(async ({ id, keepSnapshotAt }: { id: string; keepSnapshotAt: string | null }) => {
      // An index that was given up half-way is of no use to anybody.
      await undoAll(deps, id, (effect) => effect.kind === EFFECT.restore && effect.state === 'begun');
      const counts = await undoAll(deps, id, ({ kind, connection }) => {
        if (kind === EFFECT.probeSnapshot) return true;
        if (kind === EFFECT.createSnapshot) return keepSnapshotAt === null;
        return kind === EFFECT.registerRepository && connection !== keepSnapshotAt;
      });
      await keepRest(deps.store, id);
      return {
        detail: `${String(counts.undone)} temporary thing(s) removed${counts.left > 0 ? `, ${String(counts.left)} left: see the report` : ''}`,
      };
    }),
  };
}
