/** Writes the migration's state and its end into the store, beyond Temporal's retention. */
import { JsonObjectSchema } from '../domain/json.js';
import type { Store } from '../store/store.js';
import type { MigrationState } from '../workflows/contract.js';
import { withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { buildReport } from './report.js';

async function save(store: Store, state: MigrationState): Promise<void> {
  await store.migrations.save({
    id: state.id,
    type: state.type,
    source: state.source,
    target: state.target,
    status: state.status,
    createdAt: state.createdAt,
    endedAt: state.endedAt,
    requestHash: null,
    // Through JSON, so that what is stored is plain JSON whatever the payload converter made of it.
    state: JsonObjectSchema.parse(JSON.parse(JSON.stringify(state))),
  });
}

export function createOutcomeActivities({ store }: ActivityDeps) {
  return {
    /** Keeps the state for when no worker can be asked. Safe to repeat. */
    saveState: withPulse((state: MigrationState) => save(store, state)),

    /** Keeps the last state and the final report. Safe to repeat: a final report is never replaced. */
    saveOutcome: withPulse(async (state: MigrationState): Promise<void> => {
      await save(store, state);
      await store.reports.save(state.id, await buildReport(store, state.id, state));
    }),
  };
}
