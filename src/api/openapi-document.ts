/** The OpenAPI document without a server: builds the app over dependencies that nothing is asked of. */
import { pino } from 'pino';
import { GodwitError } from '../domain/errors.js';
import type { Store } from '../store/store.js';
import { buildApp } from './app.js';
import type { MigrationRuns } from './services/runs.js';

const absent = (): never => {
  throw new GodwitError('Internal', 'there is nothing behind this API');
};

const RUNS: MigrationRuns = {
  start: absent,
  describe: absent,
  queryState: absent,
  update: absent,
  list: absent,
  count: absent,
  known: absent,
  lastPollAt: absent,
  ping: absent,
};

const STORE: Store = {
  migrations: { save: absent, find: absent, list: absent },
  ledger: { add: absent, change: absent, page: absent, byIndex: absent, summary: absent, outcomes: absent, earlierDigests: absent, indexReports: absent },
  effects: { begin: absent, beginAll: absent, settle: absent, settleAll: absent, list: absent },
  backups: { keep: absent, page: absent },
  deadLetters: { replace: absent, page: absent, groups: absent, notKept: absent },
  audit: { append: absent, list: absent },
  reports: { save: absent, find: absent },
  ping: absent,
  close: absent,
};

/** @returns a JSON value */
export async function openapiDocument(): Promise<unknown> {
  const app = await buildApp({
    settings: { tokens: null, taskQueue: 'godwit', rateLimitPerMinute: 0, bodyLimitBytes: 1_000_000 },
    runs: RUNS,
    store: STORE,
    log: pino({ level: 'silent' }),
    redact: (text) => text,
    connectionSummaries: () => [],
    checkConnection: absent,
    requestFindings: absent,
    preflight: absent,
    buildReport: absent,
  });
  try {
    const answer = await app.inject('/docs/json');
    return answer.json();
  } finally {
    await app.close();
  }
}
