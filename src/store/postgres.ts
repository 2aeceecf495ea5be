/** The store over PostgreSQL, a server of its own or the embedded one: composes the groups over one pool. */
import { auditOf } from './audit.js';
import { backupsOf } from './backups.js';
import { createDatabase, type DatabaseOptions } from './database.js';
import { deadLettersOf } from './dead-letters.js';
import { effectsOf } from './effects.js';
import { ledgerOf } from './ledger.js';
import { migrateStore } from './migrate.js';
import { migrationsOf } from './migrations.js';
import { reportsOf } from './reports.js';
import type { Store } from './store.js';

/**
 * Connects, brings the tables to this version, and gives the store.
 *
 * @throws StoreUnavailable when the database cannot be reached, or was made by a newer Godwit
 */
export async function openPostgresStore(options: DatabaseOptions): Promise<Store> {
  const database = createDatabase(options);
  try {
    await migrateStore(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    migrations: migrationsOf(database),
    ledger: ledgerOf(database),
    effects: effectsOf(database),
    deadLetters: deadLettersOf(database),
    backups: backupsOf(database),
    audit: auditOf(database),
    reports: reportsOf(database),
    ping: () => database.run('SELECT 1'),
    close: () => (closing ??= database.close()),
  };
}
