/**
 * One door to PostgreSQL: a pool, statements with parameters, rows parsed by a schema.
 *
 * Every call is a single statement, so no transaction is ever held open between two round trips. That keeps each
 * write atomic, and it is what the embedded store needs, where all clients share one PostgreSQL session.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isConnectionError, isRolledBack, translateStoreError } from './errors.js';

export interface Database {
  /** @throws StoreUnavailable; Internal when a row does not match or a statement is refused */
  rows<Row>(schema: z.ZodType<Row>, text: string, values?: readonly unknown[]): Promise<Row[]>;
  run(text: string, values?: readonly unknown[]): Promise<void>;
  /** Several statements without parameters in one message: PostgreSQL runs them as one transaction. */
  script(text: string): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly pool: pg.PoolConfig;
  readonly log: Logger;
  /** Called when no connection can be made, before one more attempt: the embedded store starts its server again. */
  readonly revive?: () => Promise<void>;
}

/** A statement that lost a deadlock was rolled back as a whole; issuing it again is safe. */
const MAX_TRIES = 4;

export function createDatabase({ pool: config, log, revive }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    // A statement of ours takes milliseconds. Past 30 s the database is in trouble, and waiting longer hides it.
    statement_timeout: 30_000,
    query_timeout: 35_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: 'godwit',
    ...config,
  });
  // Without a listener, an idle connection that the server closes would end the process. The pool drops it by itself.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle connection to the store was lost'));
  // The same for one that is in use: its statement fails, and beyond that the client emits the error by itself.
  pool.on('connect', (client) => client.on('error', () => undefined));

  async function connect(): Promise<pg.PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      if (revive === undefined || !isConnectionError(error)) {
        throw error;
      }
      await revive();
      return await pool.connect();
    }
  }

  async function once(text: string, values?: readonly unknown[]): Promise<unknown[]> {
    const client = await connect();
    try {
      // Without values the driver sends one simple query message; with them, the extended protocol.
      const result = values === undefined ? await client.query<Record<string, unknown>>(text) : await client.query<Record<string, unknown>>(text, [...values]);
      client.release();
      return result.rows;
    } catch (error) {
      client.release(isConnectionError(error));
      throw error;
    }
  }

  async function query(text: string, values?: readonly unknown[]): Promise<unknown[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(text, values);
      } catch (error) {
        if (!isRolledBack(error) || attempt === MAX_TRIES) {
          throw translateStoreError(error);
        }
      }
    }
  }

  return {
    async rows(schema, text, values = []) {
      const found = await query(text, values);
      const parsed = z.array(schema).safeParse(found);
      if (!parsed.success) {
        throw translateStoreError(new Error(`a row does not have the expected form: ${z.prettifyError(parsed.error)}`));
      }
      return parsed.data;
    },
    async run(text, values = []) {
      await query(text, values);
    },
    async script(text) {
      await query(text);
    },
    close: () => pool.end(),
  };
}
