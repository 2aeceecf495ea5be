/** How a reindex ends: settings as at the source, no task left, the rest kept. */
import { GodwitError } from '../domain/errors.js';
import { JsonObjectSchema, type JsonObject } from '../domain/json.js';
import { chunkNames } from '../elasticsearch/names.js';
import { putSettingsOfAll } from '../elasticsearch/prepare-index.js';
import type { Effect } from '../store/store.js';
import { report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT, keepRest, undoAll, type Undone } from './effects.js';

const PAGE = 500;

interface Alike {
  readonly connection: string;
  readonly settings: JsonObject;
  readonly effects: Effect[];
}

/** Effects that are undone by the same settings: one request is enough for many indices. */
function alike(effects: readonly Effect[]): Alike[] {
  const groups = new Map<string, Alike>();
  for (const effect of effects) {
    const settings = JsonObjectSchema.parse(effect.undo['settings']);
    const key = JSON.stringify([effect.kind, effect.connection, settings]);
    const group = groups.get(key) ?? { connection: effect.connection, settings, effects: [] };
    group.effects.push(effect);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Sets replicas, refreshes and pipelines as at the source, once everything has arrived. Safe to repeat. */
async function settleSettings(deps: ActivityDeps, id: string): Promise<Counts> {
  const kinds = [EFFECT.loadSettings, EFFECT.forgetDeletes];
  let settled = 0;
  let beforeId: number | undefined;
  for (;;) {
    const effects = await deps.store.effects.list(id, { kinds, states: ['begun', 'done'], limit: PAGE, ...(beforeId === undefined ? {} : { beforeId }) });
    if (effects.length === 0) break;
    for (const group of alike(effects)) settled += await settleAlike(deps, id, group);
    beforeId = effects.at(-1)?.id;
  }
  // Those that were refused together are tried one by one, so that only what cannot be set is left.
  const rest = await undoAll(deps, id, ({ kind }) => kind === EFFECT.loadSettings || kind === EFFECT.forgetDeletes);
  return { ...rest, undone: settled + rest.undone };
}

type Counts = Record<Undone['state'], number>;

/** @returns how many are settled */
async function settleAlike({ clusters, store }: ActivityDeps, id: string, { connection, settings, effects }: Alike): Promise<number> {
  let settled = 0;
  for (const names of chunkNames(effects.map(({ subject }) => subject))) {
    report({ step: 'cutover', detail: `settings of ${names[0] ?? ''} and ${String(names.length - 1)} more` });
    try {
      await putSettingsOfAll(clusters.get(connection), names, settings);
    } catch (error) {
      if (error instanceof GodwitError && !error.retryable) continue;
      throw error;
    }
    const chunk = new Set(names);
    await store.effects.settleAll(
      id,
      effects.filter(({ subject }) => chunk.has(subject)),
      'undone',
    );
    settled += names.length;
  }
  return settled;
}

export function createReindexEndingActivities(deps: ActivityDeps) {
  return {
    settleSettings: withPulse(({ id }: { id: string }) => settleSettings(deps, id)),

    /** No task is left, what was made stays. Safe to repeat. */
    cleanUpReindex: withPulse(async ({ id }: { id: string }): Promise<void> => {
      await undoAll(deps, id, ({ kind }) => kind === EFFECT.runTasks);
      await keepRest(deps.store, id);
    }),
  };
}
