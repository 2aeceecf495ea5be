/** Opens the store that the settings ask for: PostgreSQL by its URL, or else the embedded one of this machine. */
import type { Logger } from 'pino';
import { GodwitError } from '../domain/errors.js';
import { ensureEmbeddedServer } from './embedded.js';
import { openPostgresStore } from './postgres.js';
import type { Store } from './store.js';

export interface OpenStoreOptions {
  /** `postgres://...`; without it, the embedded store. */
  readonly databaseUrl?: string | undefined;
  /** Directory of Godwit's own state; the embedded store lives in `<dataDir>/store`. */
  readonly dataDir: string;
  readonly log: Logger;
  /** How long the embedded server stays without a client, milliseconds. */
  readonly idleExitMs?: number;
}

/** One process of Godwit runs at most this many statements at once. */
const MAX_CONNECTIONS = 10;
/** The embedded server runs one statement at a time; a second connection has the next one ready. */
const MAX_EMBEDDED_CONNECTIONS = 2;

/** A server that was just ending itself when it answered is gone a moment later; the next try starts another. */
const MAX_EMBEDDED_TRIES = 3;

async function openEmbeddedStore(options: OpenStoreOptions): Promise<Store> {
  const address = await ensureEmbeddedServer(options);
  return openPostgresStore({
    // Idle connections are kept: the server ends itself when nobody is connected any more.
    pool: { ...address, user: 'postgres', database: 'postgres', max: MAX_EMBEDDED_CONNECTIONS, idleTimeoutMillis: 0 },
    log: options.log,
    revive: async () => {
      await ensureEmbeddedServer(options);
    },
  });
}

/** @throws StoreUnavailable when it cannot be reached or started */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { databaseUrl, log } = options;
  if (databaseUrl !== undefined) {
    return openPostgresStore({ pool: { connectionString: databaseUrl, max: MAX_CONNECTIONS }, log });
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openEmbeddedStore(options);
    } catch (error) {
      if (attempt === MAX_EMBEDDED_TRIES || !(error instanceof GodwitError) || !error.retryable) {
        throw error;
      }
    }
  }
}
