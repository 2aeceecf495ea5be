/**
 * What Godwit is measured against: the same migration by a plain script, with bare calls of Elasticsearch's API.
 *
 * It has no retries, keeps no record and cannot go on after a crash. It does what somebody would write in an hour.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { call, type HttpTarget } from '../test/servers/http.js';

export interface PlainTimes {
  /** Until every count has been compared. */
  readonly migrated: number;
  /** Seconds of each part. */
  readonly parts: { readonly snapshot: number; readonly restore: number; readonly counts: number };
  /** With the snapshot deleted and both registrations removed, as Godwit does it too. */
  readonly cleanedUp: number;
}

const POLL_MS = 250;

/** @returns seconds. @throws Error when something fails, or a count differs */
export async function migratePlainly(source: HttpTarget, target: HttpTarget, names: readonly string[], repository: string): Promise<PlainTimes> {
  const startedMs = performance.now();
  const elapsed = (): number => (performance.now() - startedMs) / 1_000;
  const snapshot = `/_snapshot/${repository}/all`;
  const settings = { location: repository };
  await call(source, 'PUT', `/_snapshot/${repository}`, { type: 'fs', settings });
  const what = { indices: names.join(','), include_global_state: false, feature_states: ['none'] };
  await call(source, 'PUT', `${snapshot}?wait_for_completion=false`, what);
  await until(async () => {
    const { snapshots } = await call<{ snapshots: { state: string }[] }>(source, 'GET', snapshot);
    return snapshots[0]?.state === 'SUCCESS';
  });
  const snapshotted = elapsed();
  await call(target, 'PUT', `/_snapshot/${repository}`, { type: 'fs', settings: { ...settings, readonly: true } });
  await call(target, 'POST', `${snapshot}/_restore?wait_for_completion=false`, what);
  await until(async () => {
    const health = await call<{ status: string; active_primary_shards: number }>(target, 'GET', `/_cluster/health/${commonPattern(names)}`);
    return health.status !== 'red' && health.active_primary_shards === names.length;
  });
  const restored = elapsed();
  for (const name of names) {
    const [there, here] = await Promise.all([source, target].map((cluster) => call<{ count: number }>(cluster, 'GET', `/${name}/_count`)));
    if (there?.count !== here?.count) throw new Error(`${name}: ${String(there?.count)} documents at the source, ${String(here?.count)} at the target`);
  }
  const migrated = elapsed();
  await call(source, 'DELETE', snapshot);
  await call(source, 'DELETE', `/_snapshot/${repository}`);
  await call(target, 'DELETE', `/_snapshot/${repository}`);
  const parts = { snapshot: snapshotted, restore: restored - snapshotted, counts: migrated - restored };
  return { migrated, parts, cleanedUp: elapsed() };
}

/** A hundred names would not fit into a request line for ever. */
function commonPattern(names: readonly string[]): string {
  return `${(names[0] ?? '').replace(/\d+$/, '')}*`;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(POLL_MS);
}
