/** The group `migrations` of the store: one row a migration, with its last known state. */
import { z } from 'zod';
import type { Database } from './database.js';
import type { MigrationFilter, MigrationRecord, Store } from './store.js';
import { JsonObjectSchema } from '../domain/json.js';
import { jsonText, TimestampSchema } from './values.js';

const RowSchema: z.ZodType<MigrationRecord> = z.object({
  id: z.string(),
  type: z.string(),
  source: z.string(),
  target: z.string(),
  status: z.string(),
  createdAt: TimestampSchema,
  endedAt: TimestampSchema.nullable(),
  requestHash: z.string().nullable(),
  state: JsonObjectSchema.nullable(),
});

const COLUMNS = 'id, type, source, target, status, created_at AS "createdAt", ended_at AS "endedAt", request_hash AS "requestHash", state';

const SAVE = `
INSERT INTO godwit.migration AS m (id, type, source, target, status, created_at, ended_at, request_hash, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::json)
ON CONFLICT (id) DO UPDATE SET
  type = EXCLUDED.type, source = EXCLUDED.source, target = EXCLUDED.target, status = EXCLUDED.status,
  created_at = EXCLUDED.created_at, ended_at = EXCLUDED.ended_at,
  request_hash = coalesce(EXCLUDED.request_hash, m.request_hash), state = coalesce(EXCLUDED.state, m.state)
-- A late write, e.g. of an attempt that timed out but went on, never takes an end back.
WHERE m.ended_at IS NULL OR EXCLUDED.ended_at IS NOT NULL`;

/** Absent conditions are null parameters, so that there is one statement for every filter. */
const LIST = `
SELECT ${COLUMNS} FROM godwit.migration
WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR type = $2)
  AND ($3::text IS NULL OR source = $3) AND ($4::text IS NULL OR target = $4)
  AND ($5::timestamptz IS NULL OR created_at >= $5) AND ($6::timestamptz IS NULL OR created_at < $6)
ORDER BY created_at DESC, id DESC LIMIT $7`;

export function migrationsOf(database: Database): Store['migrations'] {
  return {
    save: (record: MigrationRecord) =>
      database.run(SAVE, [
        record.id,
        record.type,
        record.source,
        record.target,
        record.status,
        record.createdAt,
        record.endedAt,
        record.requestHash,
        record.state === null ? null : jsonText(record.state),
      ]),
    async find(id) {
      const rows = await database.rows(RowSchema, `SELECT ${COLUMNS} FROM godwit.migration WHERE id = $1`, [id]);
      return rows[0] ?? null;
    },
    list: (filter: MigrationFilter) =>
      database.rows(RowSchema, LIST, [
        filter.status ?? null,
        filter.type ?? null,
        filter.source ?? null,
        filter.target ?? null,
        filter.createdFrom ?? null,
        filter.createdBefore ?? null,
        filter.limit,
      ]),
  };
}
