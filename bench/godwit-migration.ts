/** Measured migrations by Godwit, over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Api } from '../demo/api.js';
import type { Migration } from '../src/contracts/migration.js';
import { call, type HttpTarget } from '../test/servers/http.js';

export interface RunTimes {
  readonly id: string;
  /** From the request until the migration says that it is completed: verified and cleaned up. */
  readonly completed: number;
  /** Seconds of each step. */
  readonly steps: Readonly<Record<string, number>>;
  /** Events of the workflow's history, the last one's where it has continued as new. */
  readonly events: number;
}

export interface GodwitTimes extends RunTimes {
  /** When the last shard was whole, by the target's own account. */
  readonly lastShard: number;
}

interface Recoveries {
  [index: string]: { shards: { stop_time_in_millis: number }[] };
}

/** Seldom, because every look is a query to the worker; the end is taken from the migration's own account of itself. */
const POLL_MS = 1_000;

/** @returns seconds. @throws Error when it does not complete */
export async function migrateByGodwit(api: Api, temporal: Client, target: HttpTarget, pattern: string, repository: string): Promise<GodwitTimes> {
  const beganMs = Date.now();
  const times = await runToEnd(api, temporal, { type: 'snapshot-restore', source: 'old', target: 'new', indices: [pattern], repository: { name: repository, type: 'fs', settings: { location: repository } } });
  const recoveries = await call<Recoveries>(target, 'GET', `/${pattern}/_recovery`);
  const lastMs = Math.max(...Object.values(recoveries).flatMap(({ shards }) => shards.map((shard) => shard.stop_time_in_millis)));
  return { ...times, lastShard: (lastMs - beganMs) / 1_000 };
}

/**
 * Starts a migration and waits for its end.
 * @param onStarted what is done to it meanwhile @throws Error when it does not complete
 */
export async function runToEnd(api: Api, temporal: Client, request: object, onStarted: (id: string) => Promise<void> = () => Promise.resolve()): Promise<RunTimes> {
  const beganMs = Date.now();
  const { id } = await api.post<Migration>('/v1/migrations', request);
  await onStarted(id);
  const { endedAt, steps } = await until(api, id, ({ status }) => status === 'completed', POLL_MS);
  const completed = (Date.parse(endedAt ?? '') - beganMs) / 1_000;
  const { historyLength } = await temporal.workflow.getHandle(id).describe();
  return { id, completed, steps: Object.fromEntries(steps.map(({ name, startedAt, endedAt: stepEndedAt }) => [name, between(startedAt, stepEndedAt)])), events: historyLength };
}

/** Looks at a migration until the condition holds. @throws Error when it failed, or waits for a person */
export async function until(api: Api, id: string, condition: (migration: Migration) => boolean, pollMs: number): Promise<Migration> {
  for (;;) {
    const migration = await api.migration(id);
    if (migration.status === 'failed' || migration.attention.some(({ retryAt }) => retryAt === null)) throw new Error(`the migration is stuck: ${JSON.stringify(migration)}`);
    if (condition(migration)) return migration;
    await sleep(pollMs);
  }
}

function between(from: string | null, to: string | null): number {
  return from === null || to === null ? 0 : (Date.parse(to) - Date.parse(from)) / 1_000;
}
