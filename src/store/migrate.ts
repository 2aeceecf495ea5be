/**
 * Brings the tables of the store to the version that this code needs.
 *
 * A runner of its own instead of node-pg-migrate: that one holds a session lock and a transaction open over many
 * messages, and in the embedded store all clients share one session, where a session lock excludes nobody. Here
 * every version is one simple query message, which both PostgreSQL and PGlite run as one transaction: it takes a
 * lock, looks whether the version is there, and applies it if not. Two processes may start at the same time.
 */
import { z } from 'zod';
import { GodwitError } from '../domain/errors.js';
import type { Database } from './database.js';
import { SCHEMA_VERSIONS, type SchemaVersion } from './schema.js';

/** Any constant will do, as long as it is always the same: "godwit" in ASCII. */
const LOCK = 0x676f64776974n.toString();

function statement({ version, name, sql }: SchemaVersion): string {
  return `
SELECT pg_advisory_xact_lock(${LOCK});
CREATE SCHEMA IF NOT EXISTS godwit;
CREATE TABLE IF NOT EXISTS godwit.schema_version (
  version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
DO $apply$ BEGIN
  IF NOT EXISTS (SELECT FROM godwit.schema_version WHERE version = ${version}) THEN
    EXECUTE $body$${sql}$body$;
    INSERT INTO godwit.schema_version (version, name) VALUES (${version}, '${name}');
  END IF;
END $apply$;`;
}

async function currentVersion(database: Database): Promise<number> {
  const exists = await database.rows(z.object({ found: z.boolean() }), `SELECT to_regclass('godwit.schema_version') IS NOT NULL AS found`);
  if (exists[0]?.found !== true) {
    return 0;
  }
  const rows = await database.rows(z.object({ version: z.number() }), 'SELECT coalesce(max(version), 0)::int AS version FROM godwit.schema_version');
  return rows[0]?.version ?? 0;
}

/**
 * Safe to repeat and to run in several processes at once.
 *
 * @throws StoreUnavailable when the database does not answer, or was made by a newer version of Godwit
 */
export async function migrateStore(database: Database, versions: readonly SchemaVersion[] = SCHEMA_VERSIONS): Promise<void> {
  const current = await currentVersion(database);
  const newest = versions.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new GodwitError('StoreUnavailable', `The store has version ${current}, this Godwit knows ${newest}`, {
      remedy: 'Run the newer Godwit, or give this one a store of its own.',
      retryable: false,
    });
  }
  for (const version of versions) {
    if (version.version > current) {
      await database.script(statement(version));
    }
  }
}
