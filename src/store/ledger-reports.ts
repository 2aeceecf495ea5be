/**
 * What the ledger says about each index: its slices folded into one line of the report.
 *
 * Counts of a comparison are in `detail` of the rows: `sourceDocuments`, `targetDocuments`,
 * `operationsAfterCutoff` (numbers) and `note`. An index is as good as the worst of its slices.
 */
import { z } from 'zod';
import { VerdictSchema, type IndexReport } from '../contracts/report.js';
import type { Database } from './database.js';

const RowSchema = z.object({
  index: z.string(),
  target: z.string(),
  verdict: VerdictSchema,
  sourceDocuments: z.number().nullable(),
  targetDocuments: z.number().nullable(),
  operationsAfterCutoff: z.number().nullable(),
  note: z.string().nullable(),
});

const VERDICT = `coalesce(verdict, CASE WHEN status = 'skipped' THEN 'skipped' ELSE 'not-compared' END)`;
/** Worst first; those that are equal come last, as the report may be cut off before them. */
const RANKING = `ARRAY['mismatch', 'not-compared', 'skipped', 'within-cutoff', 'equal']`;

const REPORTS = `
SELECT index_name AS "index", min(target) AS target,
  (${RANKING})[min(array_position(${RANKING}, ${VERDICT}))] AS verdict,
  sum(coalesce((detail->>'sourceDocuments')::float8, documents::float8)) AS "sourceDocuments",
  sum((detail->>'targetDocuments')::float8) AS "targetDocuments",
  sum((detail->>'operationsAfterCutoff')::float8) AS "operationsAfterCutoff",
  string_agg(DISTINCT detail->>'note', '; ') AS note
FROM godwit.ledger WHERE migration_id = $1
GROUP BY index_name
ORDER BY min(array_position(${RANKING}, ${VERDICT})), index_name LIMIT $2`;

const TOTAL = 'SELECT count(DISTINCT index_name)::int AS total FROM godwit.ledger WHERE migration_id = $1';

export async function indexReports(database: Database, migrationId: string, limit: number): Promise<{ items: IndexReport[]; total: number }> {
  const items = await database.rows(RowSchema, REPORTS, [migrationId, limit]);
  const counted = await database.rows(z.object({ total: z.number() }), TOTAL, [migrationId]);
  return { items, total: counted[0]?.total ?? 0 };
}
