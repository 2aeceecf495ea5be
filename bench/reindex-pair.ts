/** The same index moved by one `_reindex` task and by Godwit: one run of each, with what it cost. */
import type { Client } from '@temporalio/client';
import type { Api } from '../demo/api.js';
import type { Stage } from '../demo/stage.js';
import type { Slice } from '../src/contracts/migration.js';
import { call, type HttpTarget } from '../test/servers/http.js';
import { count, deleteIndices } from '../test/support/clusters.js';
import { SHAPE } from './documents.js';
import { runToEnd, until } from './godwit-migration.js';
import { startNatively, waitNatively } from './native-reindex.js';
import { forgetPeak, usageOf } from './process-usage.js';

export const INDEX = 'bench-reindex';
/** How often Godwit is asked how far it is, until a half. */
const LOOK_MS = 200;

export interface Setting {
  readonly stage: Stage;
  readonly api: Api;
  readonly temporal: Client;
  readonly documents: number;
}

export interface NativeRun {
  readonly seconds: number;
}

export interface GodwitRun extends NativeRun {
  readonly id: string;
  /** Of the step alone. */
  readonly transfer: number;
  readonly events: number;
  readonly worker: { readonly cpuSeconds: number; readonly peakMb: number };
  /** Of API and store. */
  readonly others: { readonly cpuSeconds: number; readonly peakMb: number };
}

/** What a fault cost. */
export interface LossRun extends NativeRun {
  /** From the kill until the replacement answered. */
  readonly outage: number;
  /** Documents that were read and sent again; a slice that was issued again counts whole. */
  readonly again: number;
}

export const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
};

export async function runNatively(setting: Setting, size: number): Promise<NativeRun> {
  const [source, target] = await clear(setting, true);
  const seconds = await secondsOf(async () => waitNatively(target, await startNatively(source, target, INDEX, size)));
  await check(setting);
  return { seconds };
}

export async function runByGodwit(setting: Setting, options: object, { keepsTarget } = { keepsTarget: false }): Promise<GodwitRun> {
  if (!keepsTarget) await clear(setting, false);
  const { pids } = setting.stage;
  for (const pid of pids.values()) forgetPeak(pid);
  const before = new Map([...pids].map(([name, pid]) => [name, usageOf(pid).cpuSeconds]));
  const times = await runToEnd(setting.api, setting.temporal, requestOf(options));
  const used = [...pids].map(([name, pid]) => {
    const { cpuSeconds, peakMb } = usageOf(pid);
    return { isWorker: name.startsWith('worker'), cpuSeconds: cpuSeconds - (before.get(name) ?? 0), peakMb };
  });
  await check(setting);
  const sum = (parts: typeof used): GodwitRun['worker'] => ({ cpuSeconds: parts.reduce((all, part) => all + part.cpuSeconds, 0), peakMb: parts.reduce((all, part) => all + part.peakMb, 0) });
  return { id: times.id, seconds: times.completed, transfer: times.steps['transfer'] ?? NaN, events: times.events, worker: sum(used.filter(({ isWorker }) => isWorker)), others: sum(used.filter(({ isWorker }) => !isWorker)) };
}

/** The node is killed when half has been written; the same request is made again as soon as it answers. */
export async function loseNatively(setting: Setting, size: number): Promise<LossRun> {
  const [source, target] = await clear(setting, true);
  let [outage, again] = [0, 0];
  const seconds = await secondsOf(async () => {
    again = await waitNatively(target, await startNatively(source, target, INDEX, size), setting.documents / 2);
    outage = await restartTarget(setting);
    await waitNatively(target, await startNatively(source, target, INDEX, size));
  });
  await check(setting);
  return { seconds, outage, again };
}

/** @param lose is done when half has arrived. @returns seconds until it is made good */
export async function loseByGodwit(setting: Setting, options: object, lose: () => Promise<number>): Promise<LossRun> {
  await clear(setting, false);
  let outage = 0;
  const onHalf = async (id: string): Promise<void> => {
    await until(setting.api, id, ({ progress }) => progress.documents.done >= setting.documents / 2, LOOK_MS);
    outage = await lose();
  };
  const { id, completed } = await runToEnd(setting.api, setting.temporal, requestOf(options), onHalf);
  await check(setting);
  const { items } = await setting.api.get<{ items: Slice[] }>(`/v1/migrations/${id}/slices?limit=200`);
  const again = items.filter(({ attempts }) => attempts > 1).reduce((all, { documents }) => all + (documents ?? 0), 0);
  return { seconds: completed, outage, again };
}

/** SIGKILL. @returns seconds until it answered again */
export async function restartTarget({ stage }: Setting): Promise<number> {
  return secondsOf(async () => {
    await stage.target.kill();
    await stage.target.start();
  });
}

function requestOf(options: object): object {
  return { type: 'reindex', source: 'old', target: 'new', indices: [INDEX], ...options };
}

/** A script would load without refreshes too, as Godwit does. */
async function clear({ stage }: Setting, mustCreate: boolean): Promise<[HttpTarget, HttpTarget]> {
  const [source, target] = [stage.source.description, stage.target.description];
  await deleteIndices(target, INDEX);
  if (mustCreate) await call(target, 'PUT', `/${INDEX}`, { ...SHAPE, settings: { ...SHAPE.settings, refresh_interval: '-1' } });
  return [source, target];
}

async function check({ stage, documents }: Setting): Promise<void> {
  const target = stage.target.description;
  await call(target, 'POST', `/${INDEX}/_refresh`);
  const arrived = await count(target, INDEX);
  if (arrived !== documents) throw new Error(`${String(arrived)} documents arrived of ${String(documents)}`);
}
