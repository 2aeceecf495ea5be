/** The group `audit` of the store: who did what. Rows are only ever added. */
import { z } from 'zod';
import type { AuditEntry } from '../contracts/report.js';
import type { Database } from './database.js';
import type { Store } from './store.js';
import { plainText, plainTextOrNull, TimestampSchema } from './values.js';

const RowSchema: z.ZodType<AuditEntry> = z.object({
  at: TimestampSchema,
  actor: z.string(),
  role: z.string(),
  action: z.string(),
  detail: z.string().nullable(),
});

/** The unique index audit_once makes the second of two equal appends do nothing. */
const APPEND = `
INSERT INTO godwit.audit (migration_id, at, actor, role, action, detail) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING`;

export function auditOf(database: Database): Store['audit'] {
  return {
    append: (migrationId, entry) =>
      database.run(APPEND, [migrationId, entry.at, plainText(entry.actor), entry.role, entry.action, plainTextOrNull(entry.detail)]),
    list: (migrationId) =>
      database.rows(RowSchema, 'SELECT at, actor, role, action, detail FROM godwit.audit WHERE migration_id = $1 ORDER BY at, id', [
        migrationId,
      ]),
  };
}
