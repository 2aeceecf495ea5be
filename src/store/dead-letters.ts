/**
 * The group `deadLetters` of the store: documents that a target refused, with the reason, until somebody purges them.
 *
 * They are the only documents that Godwit keeps. A slice that is moved again replaces its letters.
 */
import { z } from 'zod';
import type { Database } from './database.js';
import type { DeadLetter, DeadLetterGroup, Store } from './store.js';
import { batches, jsonText } from './values.js';

/** Letters in one statement: each may carry a document. */
const BATCH = 100;

const RowSchema: z.ZodType<DeadLetter> = z.object({
  sequence: z.coerce.number(),
  index: z.string(),
  slice: z.number(),
  target: z.string(),
  id: z.string(),
  routing: z.string().nullable(),
  status: z.number(),
  cause: z.string(),
  reason: z.string(),
  documentBytes: z.coerce.number(),
  document: z.string().nullable(),
});

const GroupSchema: z.ZodType<DeadLetterGroup> = z.object({
  cause: z.string(),
  reason: z.string(),
  documents: z.number(),
  accepted: z.number(),
  ids: z.array(z.string()),
});

const ADD = `
INSERT INTO godwit.dead_letter (migration_id, index_name, slice, target, document_id, routing, status, cause, reason, document_bytes, document)
SELECT $1, $2, $3, $4, r.id, r.routing, r.status, r.cause, r.reason, r."documentBytes", r.document
FROM json_to_recordset($5::json)
  AS r (id text, routing text, status int, cause text, reason text, "documentBytes" bigint, document text)
LIMIT greatest(0, $6::int - (SELECT count(*)::int FROM godwit.dead_letter WHERE migration_id = $1))`;

const PAGE = `
SELECT sequence, index_name AS "index", slice, target, document_id AS id, routing, status, cause, reason,
  document_bytes AS "documentBytes", document
FROM godwit.dead_letter
WHERE migration_id = $1 AND ($2::text IS NULL OR cause = $2) AND sequence > $3
ORDER BY sequence LIMIT $4`;

const GROUPS = `
SELECT d.cause, min(d.reason) AS reason, count(*)::int AS documents,
  (count(*) FILTER (WHERE l.status = 'skipped'))::int AS accepted,
  (array_agg(d.document_id ORDER BY d.sequence))[1:10] AS ids
FROM godwit.dead_letter d JOIN godwit.ledger l USING (migration_id, index_name, slice)
WHERE d.migration_id = $1 GROUP BY d.cause ORDER BY count(*) DESC, d.cause LIMIT $2`;

const NOT_KEPT = `
SELECT greatest(0,
  (SELECT coalesce(sum((detail->>'refused')::bigint), 0) FROM godwit.ledger WHERE migration_id = $1 AND detail ? 'refused')
  - (SELECT count(*) FROM godwit.dead_letter WHERE migration_id = $1))::float8 AS documents`;
const NotKeptSchema = z.object({ documents: z.number() });

export function deadLettersOf(database: Database): Store['deadLetters'] {
  return {
    async replace(migrationId, { index, slice, target }, letters, maxLetters) {
      await database.run('DELETE FROM godwit.dead_letter WHERE migration_id = $1 AND index_name = $2 AND slice = $3', [migrationId, index, slice]);
      for (const batch of batches(letters, BATCH)) {
        await database.run(ADD, [migrationId, index, slice, target, jsonText(batch), maxLetters]);
      }
    },
    page: (migrationId, { cause, after, limit }) => database.rows(RowSchema, PAGE, [migrationId, cause ?? null, after ?? 0, limit]),
    groups: (migrationId, limit) => database.rows(GroupSchema, GROUPS, [migrationId, limit]),
    async notKept(migrationId) {
      return (await database.rows(NotKeptSchema, NOT_KEPT, [migrationId])).reduce((sum, { documents }) => sum + documents, 0);
    },
  };
}
