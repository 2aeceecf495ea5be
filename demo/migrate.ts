/**
 * The migration itself, over HTTP: starts it, shows it move, kills the worker in the middle, starts another one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Migration } from '../src/contracts/migration.js';
import type { MigrationRequestInput } from '../src/contracts/requests.js';
import { send } from '../test/servers/http.js';
import { migrationEvents } from '../test/support/events.js';
import type { Api } from './api.js';
import type { Child } from './children.js';
import { DemoFailure } from './failure.js';
import { mebibytes, seconds } from './format.js';
import { viewOf } from './render.js';
import type { Screen } from './screen.js';
import { Speed } from './speed.js';
import type { Stage } from './stage.js';

/** Part of all bytes at which the worker is killed: early enough for the next one to find the snapshot still running. */
const KILL_AT = 0.06;
const LIMIT_MS = 10 * 60_000;
const LOGS = ['worker-2.log', 'worker-1.log', 'api.log'];

interface SnapshotStatus {
  snapshots: { stats: { processed?: { size_in_bytes: number } } }[];
}

/** What the murder is about: who was killed when, and what the migration said then. */
interface Incident {
  readonly atMs: number;
  readonly bytes: number;
  isOver: boolean;
  /** False when nobody wants to know any more, because of success or failure. */
  isWatched: boolean;
  /** What the source says while no worker is there to ask it. */
  remark: string | null;
}

/** @throws DemoFailure when it does not complete */
export async function migrate(stage: Stage, api: Api, screen: Screen, request: MigrationRequestInput, worker: Child): Promise<Migration> {
  const accepted = await api.post<Migration>('/v1/migrations', request, { 'idempotency-key': 'demo-1' });
  screen.say(`  accepted: ${api.url}${accepted.links.self}`);
  const startedMs = Date.now();
  const speed = new Speed();
  const signal = AbortSignal.timeout(LIMIT_MS);
  let incident: Incident | null = null;
  /** What goes on beside the events; its failure is the demo's. */
  let aside: Promise<void> = Promise.resolve();
  let last = accepted;
  try {
    for await (const migration of migrationEvents(api.url + accepted.links.events, signal)) {
      last = migration;
      if (migration.attention.length > 0) throw stuck(migration);
      const { done, total } = migration.progress.bytes;
      if (incident === null && isSnapshotRunning(migration) && done >= (total ?? Infinity) * KILL_AT) {
        incident = { atMs: Date.now(), bytes: done, isOver: false, isWatched: true, remark: 'no worker' };
        aside = replaceWorker(stage, screen, worker, migration.id, incident);
        aside.catch(() => undefined);
      } else if (incident?.isOver === false && done > incident.bytes) {
        incident.isOver = true;
        incident.isWatched = false;
        incident.remark = null;
        screen.say(`  ${seconds((Date.now() - incident.atMs) / 1_000)} after the kill worker 2 has taken over: it has found the snapshot by its name, and nothing is done twice`);
      }
      screen.show(viewOf(migration, (Date.now() - startedMs) / 1_000, speed.note(Date.now(), done), incident?.remark));
    }
  } catch (error) {
    if (signal.aborted) throw new DemoFailure(`the migration has not ended after ${seconds(LIMIT_MS / 1_000)}`, 'look at the last line above, and at the logs.', LOGS, error);
    if (error instanceof DemoFailure) throw error;
    throw new DemoFailure(`the event stream of the migration broke off: ${String(error)}`, 'see in the log why the API ended.', ['api.log'], error);
  } finally {
    if (incident !== null) incident.isWatched = false;
    screen.settle();
  }
  await aside;
  const ended = await api.migration(last.id);
  if (ended.status !== 'completed') throw new DemoFailure(`the migration is ${ended.status}: ${ended.failure?.message ?? ''}`, ended.failure?.remedy ?? 'look at the logs.', LOGS);
  if (incident?.isOver !== true) throw new DemoFailure('the migration was over before another worker took over', 'run it again with more --documents.', LOGS);
  return ended;
}

function isSnapshotRunning({ steps }: Migration): boolean {
  return steps.some(({ name, status, detail }) => name === 'transfer' && status === 'running' && (detail ?? '').startsWith('snapshot:'));
}

async function replaceWorker(stage: Stage, screen: Screen, worker: Child, id: string, incident: Incident): Promise<void> {
  await stage.killWorker(worker);
  screen.say(`  SIGKILL: worker 1 (process ${String(worker.pid)}) is dead, in the middle of the snapshot. Nobody works for Godwit now.`);
  const watching = watchSource(stage, id, incident);
  await sleep(2_000);
  const next = await stage.startWorker(2);
  screen.say(`  worker 2 (process ${String(next.pid)}) runs. Temporal gives it the work when the heartbeats of worker 1 have been missing for 12 s.`);
  await watching;
}

/** Asks the source itself how far the snapshot is: Elasticsearch goes on without us. */
async function watchSource(stage: Stage, id: string, incident: Incident): Promise<void> {
  while (incident.isWatched) {
    // Only for the show: whether the source answers is the migration's business.
    const answer = await send<SnapshotStatus>(stage.source.description, 'GET', `/_snapshot/demo/godwit-${id}/_status`).catch(() => null);
    const written = answer?.status === 200 ? answer.body.snapshots[0]?.stats.processed?.size_in_bytes : undefined;
    if (written !== undefined) incident.remark = `the source itself has written ${mebibytes(written)} by now`;
    await sleep(1_000);
  }
}

function stuck({ attention }: Migration): DemoFailure {
  const [first] = attention;
  return new DemoFailure(`the migration needs attention: ${first?.error ?? ''}`, first?.remedy ?? '', LOGS);
}
