/** The group `reports` of the store: one report a migration, replaced as the migration goes on. */
import { z } from 'zod';
import { ReportSchema } from '../contracts/report.js';
import type { Database } from './database.js';
import type { Store } from './store.js';
import { jsonText } from './values.js';

const RowSchema = z.object({ report: ReportSchema });

const SAVE = `
INSERT INTO godwit.report (migration_id, report) VALUES ($1, $2::json)
ON CONFLICT (migration_id) DO UPDATE SET report = EXCLUDED.report`;

export function reportsOf(database: Database): Store['reports'] {
  return {
    save: (migrationId, report) => database.run(SAVE, [migrationId, jsonText(report)]),
    async find(migrationId) {
      const rows = await database.rows(RowSchema, 'SELECT report FROM godwit.report WHERE migration_id = $1', [migrationId]);
      return rows[0]?.report ?? null;
    },
  };
}
