/** The measured migration by Godwit, over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Api } from '../demo/api.js';
import type { Migration } from '../src/contracts/migration.js';
import { call, type HttpTarget } from '../test/servers/http.js';

export interface GodwitTimes {
  readonly id: string;
  /** From the request until the migration says that it is completed: verified and cleaned up. */
  readonly completed: number;
  /** Seconds of each step. */
  readonly steps: Readonly<Record<string, number>>;
  /** When the last shard was whole, by the target's own account. */
  readonly lastShard: number;
  /** Events of the workflow's history. */
  readonly events: number;
}

interface Recoveries {
  [index: string]: { shards: { stop_time_in_millis: number }[] };
}

/** Seldom, because every look is a query to the worker; the end is taken from the migration's own account of itself. */
const POLL_MS = 1_000;

/** @returns seconds. @throws Error when it does not complete */
export async function migrateByGodwit(api: Api, temporal: Client, target: HttpTarget, pattern: string, repository: string): Promise<GodwitTimes> {
  const beganMs = Date.now();
  const request = { type: 'snapshot-restore', source: 'old', target: 'new', indices: [pattern], repository: { name: repository, type: 'fs', settings: { location: repository } } };
  const { id } = await api.post<Migration>('/v1/migrations', request);
  let migration: Migration;
  do {
    await sleep(POLL_MS);
    migration = await api.migration(id);
    if (migration.attention.length > 0 || migration.status === 'failed') throw new Error(`the migration is stuck: ${JSON.stringify(migration)}`);
  } while (migration.status !== 'completed');
  const completed = (Date.parse(migration.endedAt ?? '') - beganMs) / 1_000;
  const { historyLength } = await temporal.workflow.getHandle(id).describe();
  const recoveries = await call<Recoveries>(target, 'GET', `/${pattern}/_recovery`);
  const lastMs = Math.max(...Object.values(recoveries).flatMap(({ shards }) => shards.map((shard) => shard.stop_time_in_millis)));
  const lastShard = (lastMs - beganMs) / 1_000;
  return { id, lastShard, completed, steps: Object.fromEntries(migration.steps.map(({ name, startedAt, endedAt }) => [name, between(startedAt, endedAt)])), events: historyLength };
}

function between(from: string | null, to: string | null): number {
  return from === null || to === null ? 0 : (Date.parse(to) - Date.parse(from)) / 1_000;
}
