/**
 * The group `backups` of the store: what the target had and a migration overwrote, as the text that brings it back.
 *
 * The first text that is kept for a subject stays: a later one would be what this migration wrote itself.
 */
import { z } from 'zod';
import type { Database } from './database.js';
import type { Backup, Store } from './store.js';
import { plainText } from './values.js';

const RowSchema: z.ZodType<Backup> = z.object({ subject: z.string(), content: z.string() });

const KEEP = `
INSERT INTO godwit.backup (migration_id, part, subject, content_bytes, content)
SELECT $1, $2, r.subject, octet_length(r.content), r.content FROM unnest($3::text[], $4::text[]) AS r (subject, content)
ORDER BY r.subject COLLATE "C"
ON CONFLICT DO NOTHING`;

// The running sum is of a column beside the texts, so that only those of the page are read.
const PAGE = `
SELECT b.subject, b.content FROM (
  SELECT subject, sum(content_bytes) OVER (ORDER BY subject) AS running, row_number() OVER (ORDER BY subject) AS place
  FROM godwit.backup WHERE migration_id = $1 AND part = $2 AND subject > $3
) AS r JOIN godwit.backup AS b ON b.migration_id = $1 AND b.subject = r.subject
WHERE r.running <= $4 OR r.place = 1 ORDER BY b.subject`;

/** Texts in one statement, in characters. */
const STATEMENT_CHARS = 4 * 1024 * 1024;

export function backupsOf(database: Database): Store['backups'] {
  return {
    async keep(migrationId, part, backups) {
      let batch: Backup[] = [];
      let chars = 0;
      const flush = async (): Promise<void> => {
        if (batch.length > 0) await database.run(KEEP, [migrationId, part, batch.map(({ subject }) => plainText(subject)), batch.map(({ content }) => plainText(content))]);
        [batch, chars] = [[], 0];
      };
      for (const backup of backups) {
        if (chars + backup.content.length > STATEMENT_CHARS) await flush();
        batch.push(backup);
        chars += backup.content.length;
      }
      await flush();
    },
    page: (migrationId, part, { after, maxBytes }) => database.rows(RowSchema, PAGE, [migrationId, part, after ?? '', maxBytes]),
  };
}
