/**
 * The group `ledger` of the store: one row a slice, for every type of migration.
 *
 * Reads and the two batch writes. A change names only what changes; fields that it does not name stay as they are.
 */
import { z } from 'zod';
import { SliceStatusSchema } from '../contracts/names.js';
import { VerdictSchema } from '../contracts/report.js';
import type { Database } from './database.js';
import { foldChanges } from './ledger-changes.js';
import { indexReports } from './ledger-reports.js';
import type { LedgerOrder, LedgerRow, LedgerSummary, Store } from './store.js';
import { JsonObjectSchema, JsonSchema } from '../domain/json.js';
import { batches, jsonText } from './values.js';

const RowSchema: z.ZodType<LedgerRow> = z.object({
  index: z.string(),
  slice: z.number(),
  target: z.string(),
  method: z.string(),
  status: SliceStatusSchema,
  documents: z.coerce.number().nullable(),
  bytes: z.coerce.number().nullable(),
  attempts: z.number(),
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
  cursor: JsonSchema,
  digest: z.string().nullable(),
  verdict: VerdictSchema.nullable(),
  detail: JsonObjectSchema,
});

const SummarySchema: z.ZodType<LedgerSummary> = z.object({
  status: SliceStatusSchema,
  verdict: VerdictSchema.nullable(),
  rows: z.number(),
  documents: z.number(),
  bytes: z.number(),
});

const COLUMNS =
  'index_name AS "index", slice, target, method, status, documents, bytes, attempts, error, cursor, digest, verdict, detail';

const ADD = `
INSERT INTO godwit.ledger (migration_id, index_name, slice, target, method, documents, bytes, detail)
SELECT $1, r.index, r.slice, r.target, r.method, r.documents, r.bytes, r.detail
FROM json_to_recordset($2::json)
  AS r (index text, slice int, target text, method text, documents bigint, bytes bigint, detail jsonb)
ORDER BY r.index COLLATE "C", r.slice
ON CONFLICT DO NOTHING`;

// A key that is present with null sets null; a key that is absent leaves the column alone. The rows come as arrays,
// whose length the planner sees: with jsonb_array_elements it guesses 100 and reads the whole ledger for one row.
const CHANGE = `
UPDATE godwit.ledger AS l SET
  target    = CASE WHEN c ? 'target' THEN c->>'target' ELSE l.target END,
  method    = CASE WHEN c ? 'method' THEN c->>'method' ELSE l.method END,
  status    = CASE WHEN c ? 'status' THEN c->>'status' ELSE l.status END,
  documents = CASE WHEN c ? 'documents' THEN (c->>'documents')::bigint ELSE l.documents END,
  bytes     = CASE WHEN c ? 'bytes' THEN (c->>'bytes')::bigint ELSE l.bytes END,
  error     = CASE WHEN c ? 'error' THEN nullif(c->'error', 'null')::json ELSE l.error END,
  cursor    = CASE WHEN c ? 'cursor' THEN nullif(c->'cursor', 'null')::json ELSE l.cursor END,
  digest    = CASE WHEN c ? 'digest' THEN c->>'digest' ELSE l.digest END,
  verdict   = CASE WHEN c ? 'verdict' THEN c->>'verdict' ELSE l.verdict END,
  detail    = l.detail || coalesce(c->'detail', '{}'),
  attempts  = l.attempts + (c->>'addAttempts')::int
FROM (SELECT index, slice, body::jsonb AS c FROM unnest($2::text[], $3::int[], $4::text[]) AS r (index, slice, body)) AS r
WHERE l.migration_id = $1 AND l.index_name = r.index AND l.slice = r.slice`;

const page = (after: string, order: string): string => `
SELECT ${COLUMNS} FROM godwit.ledger
WHERE migration_id = $1 AND ($2::text[] IS NULL OR status = ANY ($2)) AND ($3::text IS NULL OR index_name = $3)
  AND ($4::text[] IS NULL OR verdict = ANY ($4)) AND ($5::text IS NULL OR ${after})
  AND ($8::text[] IS NULL OR method = ANY ($8))
ORDER BY ${order} LIMIT $7`;

/** Each has an index of the table to walk along from the position. */
const PAGES = {
  index: page('(index_name, slice) > ($5, $6::int)', 'index_name, slice'),
  turn: page('(slice, index_name) > ($6::int, $5)', 'slice, index_name'),
} as const satisfies Record<LedgerOrder, string>;

const BY_INDEX = `
SELECT ${COLUMNS} FROM godwit.ledger WHERE migration_id = $1 AND index_name = ANY ($2) ORDER BY index_name, slice`;

const SUMMARY = `
SELECT status, verdict, count(*)::int AS rows, coalesce(sum(documents), 0)::float8 AS documents,
  coalesce(sum(bytes), 0)::float8 AS bytes
FROM godwit.ledger WHERE migration_id = $1 GROUP BY status, verdict ORDER BY status, verdict`;

const OUTCOMES = `
SELECT detail->>'outcome' AS outcome, count(*)::int AS rows FROM godwit.ledger
WHERE migration_id = $1 AND detail ? 'outcome' GROUP BY 1 ORDER BY 1`;
const OutcomeSchema = z.object({ outcome: z.string(), rows: z.number() });

const EARLIER = `
SELECT l.index_name AS "index", l.digest FROM godwit.migration AS m
JOIN godwit.migration AS e ON e.type = m.type AND e.source = m.source AND e.target = m.target AND e.id <> m.id
JOIN godwit.ledger AS l ON l.migration_id = e.id AND l.index_name = ANY ($2) AND l.digest IS NOT NULL
WHERE m.id = $1`;
const EarlierSchema = z.object({ index: z.string(), digest: z.string() });

export function ledgerOf(database: Database): Store['ledger'] {
  return {
    async add(migrationId, rows) {
      for (const batch of batches(rows)) {
        await database.run(ADD, [migrationId, jsonText(batch)]);
      }
    },
    async change(migrationId, changes) {
      for (const batch of batches(foldChanges(changes))) {
        await database.run(CHANGE, [migrationId, batch.map(({ index }) => index), batch.map(({ slice }) => slice), batch.map((change) => jsonText(change))]);
      }
    },
    page: (migrationId, filter) =>
      database.rows(RowSchema, PAGES[filter.order ?? 'index'], [
        migrationId,
        filter.statuses ?? null,
        filter.index ?? null,
        filter.verdicts ?? null,
        filter.after?.index ?? null,
        filter.after?.slice ?? null,
        filter.limit,
        filter.methods ?? null,
      ]),
    byIndex: (migrationId, indices) => database.rows(RowSchema, BY_INDEX, [migrationId, [...indices]]),
    summary: (migrationId) => database.rows(SummarySchema, SUMMARY, [migrationId]),
    async outcomes(migrationId) {
      return Object.fromEntries((await database.rows(OutcomeSchema, OUTCOMES, [migrationId])).map(({ outcome, rows }) => [outcome, rows]));
    },
    async earlierDigests(migrationId, indices) {
      const found = new Map<string, Set<string>>();
      for (const { index, digest } of indices.length === 0 ? [] : await database.rows(EarlierSchema, EARLIER, [migrationId, [...indices]])) {
        found.set(index, (found.get(index) ?? new Set()).add(digest));
      }
      return found;
    },
    indexReports: (migrationId, limit) => indexReports(database, migrationId, limit),
  };
}
