/** How a reindex ends: settings as at the source, no task left, the rest kept. */
import { withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT, keepRest, undoAll } from './effects.js';

export function createReindexEndingActivities(deps: ActivityDeps) {
  return {
    /** Sets replicas, refreshes and pipelines as at the source, once everything has arrived. Safe to repeat. */
    settleSettings: withPulse(({ id }: { id: string }) => undoAll(deps, id, ({ kind }) => kind === EFFECT.loadSettings || kind === EFFECT.forgetDeletes)),

    /** No task is left, what was made stays. Safe to repeat. */
    cleanUpReindex: withPulse(async ({ id }: { id: string }): Promise<void> => {
      await undoAll(deps, id, ({ kind }) => kind === EFFECT.runTasks);
      await keepRest(deps.store, id);
    }),
  };
}
