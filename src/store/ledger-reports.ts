/**
 * What the ledger says about each index: its slices folded into one line of the report.
 *
 * Counts of a comparison are in `detail` of the rows: `sourceDocuments`, `targetDocuments`,
 * `operationsAfterCutoff` (numbers) and `note`. An index is as good as the worst of its slices.
 */
import { z } from 'zod';
import { ContentReportSchema } from '../contracts/content-report.js';
import { VerdictSchema } from '../contracts/report.js';
import type { Database } from './database.js';
import type { Store } from './store.js';

const RowSchema = z.object({
  index: z.string(),
  target: z.string(),
  verdict: VerdictSchema,
  sourceDocuments: z.number().nullable(),
  targetDocuments: z.number().nullable(),
  operationsAfterCutoff: z.number().nullable(),
  note: z.string().nullable(),
  content: ContentReportSchema.nullable(),
});

/** A slice has no verdict of its own once its index, row 0, has one. */
const VERDICT = `coalesce(verdict, CASE WHEN status = 'skipped' THEN 'skipped' WHEN slice > 0 AND status IN ('verified', 'canceled') THEN NULL ELSE 'not-compared' END)`;
/** Worst first; those that are equal come last, as the report may be cut off before them. */
const RANKING = `ARRAY['mismatch', 'not-compared', 'skipped', 'within-cutoff', 'equal']`;

/** Indices whose differences are listed; of the others there are counts. */
const MAX_LISTED = 100;

const REPORTS = `
SELECT index_name AS "index", min(target) AS target,
  (${RANKING})[min(array_position(${RANKING}, ${VERDICT}))] AS verdict,
  coalesce(sum((detail->>'sourceDocuments')::float8), sum(documents::float8)) AS "sourceDocuments",
  sum((detail->>'targetDocuments')::float8) AS "targetDocuments",
  sum((detail->>'operationsAfterCutoff')::float8) AS "operationsAfterCutoff",
  string_agg(DISTINCT detail->>'note', '; ') AS note,
  coalesce((array_agg(detail->'content') FILTER (WHERE detail ? 'content'))[1], 'null') AS content
FROM godwit.ledger WHERE migration_id = $1
GROUP BY index_name
ORDER BY min(array_position(${RANKING}, ${VERDICT})), index_name LIMIT $2`;

const TOTALS = `
SELECT verdict, count(*)::int AS indices, (count(*) FILTER (WHERE arrived))::int AS arrived
FROM (
  SELECT (${RANKING})[min(array_position(${RANKING}, ${VERDICT}))] AS verdict,
    bool_and(status IN ('completed', 'verified', 'canceled')) AS arrived
  FROM godwit.ledger WHERE migration_id = $1 GROUP BY index_name
) AS indices GROUP BY verdict`;

const TotalSchema = z.object({ verdict: VerdictSchema, indices: z.number(), arrived: z.number() });

export async function indexReports(database: Database, migrationId: string, limit: number): ReturnType<Store['ledger']['indexReports']> {
  const items = await database.rows(RowSchema, REPORTS, [migrationId, limit]);
  items.slice(MAX_LISTED).forEach((item) => item.content?.differences.splice(0));
  const totals = await database.rows(TotalSchema, TOTALS, [migrationId]);
  const sum = (field: 'indices' | 'arrived'): number => totals.reduce((total, row) => total + row[field], 0);
  return { items, total: sum('indices'), arrived: sum('arrived'), verdicts: Object.fromEntries(totals.map(({ verdict, indices }) => [verdict, indices])) };
}
