/**
 * The group `effects` of the store: what was done to a cluster, recorded before it is done, with its undo.
 *
 * An effect is known by kind, connection and subject. Beginning one that is there returns it as it is, with the undo
 * noted the first time: that one describes the cluster before Godwit touched it. Only one that was undone begins anew.
 */
import { z } from 'zod';
import type { Database } from './database.js';
import type { Effect, Store } from './store.js';
import { JsonObjectSchema } from '../domain/json.js';
import { batches, jsonText, plainText, plainTextOrNull } from './values.js';

type EffectKey = Pick<Effect, 'kind' | 'connection' | 'subject'>;
type NewEffect = EffectKey & Pick<Effect, 'undo'>;

const RowSchema: z.ZodType<Effect> = z.object({
  id: z.coerce.number(),
  kind: z.string(),
  connection: z.string(),
  subject: z.string(),
  undo: JsonObjectSchema,
  state: z.enum(['begun', 'done', 'undone', 'kept', 'left']),
  note: z.string().nullable(),
});

const COLUMNS = 'id, kind, connection, subject, undo, state, note';

// Sorted, so that two batches over the same effects take their row locks in the same order.
const BEGIN = `
INSERT INTO godwit.effect AS e (migration_id, kind, connection, subject, undo)
SELECT $1, r.kind, r.connection, r.subject, r.undo
FROM json_to_recordset($2::json) AS r (kind text, connection text, subject text, undo json)
ORDER BY r.kind, r.connection, r.subject
ON CONFLICT (migration_id, kind, connection, subject) DO UPDATE SET
  state = CASE WHEN e.state = 'undone' THEN 'begun' ELSE e.state END,
  undo = CASE WHEN e.state = 'undone' THEN EXCLUDED.undo ELSE e.undo END,
  note = CASE WHEN e.state = 'undone' THEN NULL ELSE e.note END
RETURNING ${COLUMNS}`;

const SETTLE = `
UPDATE godwit.effect AS e SET state = $3, note = $4
FROM unnest($2::text[], $5::text[], $6::text[]) AS r (kind, connection, subject)
WHERE e.migration_id = $1 AND e.kind = r.kind AND e.connection = r.connection AND e.subject = r.subject`;

const LIST = `
SELECT ${COLUMNS} FROM godwit.effect
WHERE migration_id = $1 AND ($2::text[] IS NULL OR state = ANY ($2)) AND ($3::text[] IS NULL OR kind = ANY ($3))
  AND ($4::bigint IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5`;

/** One statement may not touch a row twice; the first of two equal keys wins. */
function distinct<Item extends EffectKey>(items: readonly Item[]): Item[] {
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const key = JSON.stringify([item.kind, item.connection, item.subject]);
    if (!byKey.has(key)) {
      byKey.set(key, item);
    }
  }
  return [...byKey.values()];
}

export function effectsOf(database: Database): Store['effects'] {
  const begin = (migrationId: string, effects: readonly NewEffect[]): Promise<Effect[]> =>
    database.rows(RowSchema, BEGIN, [migrationId, jsonText(effects)]);
  const settle = (migrationId: string, keys: readonly EffectKey[], state: Effect['state'], note: string | null): Promise<void> =>
    database.run(SETTLE, [
      migrationId,
      keys.map(({ kind }) => kind),
      state,
      note,
      keys.map(({ connection }) => connection),
      keys.map(({ subject }) => plainText(subject)),
    ]);

  return {
    async begin(migrationId, effect) {
      const [begun] = await begin(migrationId, [effect]);
      if (begun === undefined) {
        throw new Error('an insert with RETURNING gave no row');
      }
      return begun;
    },
    async beginAll(migrationId, effects) {
      for (const batch of batches(distinct(effects))) {
        await begin(migrationId, batch);
      }
    },
    settle: (migrationId, key, state, note) => settle(migrationId, [key], state, plainTextOrNull(note)),
    async settleAll(migrationId, keys, state) {
      for (const batch of batches(distinct(keys))) {
        await settle(migrationId, batch, state, null);
      }
    },
    list: (migrationId, filter) =>
      database.rows(RowSchema, LIST, [migrationId, filter.states ?? null, filter.kinds ?? null, filter.beforeId ?? null, filter.limit]),
  };
}
