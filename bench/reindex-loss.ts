/** What is lost with a process that is killed when half of the documents have arrived. */
import type { Child } from '../demo/children.js';
import { loseByGodwit, loseNatively, type LossRun, restartTarget, runNatively, secondsOf, type Setting } from './reindex-pair.js';
import { NATIVE_SIZES } from './reindex-speed.js';
import { load, median } from './statistics.js';

/** As a large index has many; with the two of the default, all there is would be in flight. */
const SLICES = 20;
const CONCURRENCY = 2;
const NATIVE_SIZE = NATIVE_SIZES[1];

type Rows = Map<string, LossRun[]>;

export async function compareLosses(setting: Setting, rounds: number, firstWorker: Child): Promise<void> {
  const options = { concurrency: CONCURRENCY, sliceDocuments: Math.ceil(setting.documents / SLICES) };
  const undisturbed = (): Promise<number> => Promise.resolve(0);
  const loseWorker = workerLoss(setting, firstWorker);
  const runs: readonly (readonly [string, () => Promise<LossRun>])[] = [
    ['native, undisturbed', async () => ({ ...(await runNatively(setting, NATIVE_SIZE)), outage: 0, again: 0 })],
    ["native, target's node killed", () => loseNatively(setting, NATIVE_SIZE)],
    ['Godwit, undisturbed', () => loseByGodwit(setting, options, undisturbed)],
    ["Godwit, target's node killed", () => loseByGodwit(setting, options, () => restartTarget(setting))],
    ['Godwit, worker killed', () => loseByGodwit(setting, options, loseWorker)],
  ];
  const rows: Rows = new Map(runs.map(([name]) => [name, []]));
  console.log(`\nkilled at a half; Godwit with ${String(SLICES)} slices of ${String(options.sliceDocuments)} documents, ${String(CONCURRENCY)} at a time; a native task has no worker to lose`);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, run] of runs) {
      const measured = await run();
      rows.get(name)?.push(measured);
      console.log(`round ${String(round)}: ${name} ${measured.seconds.toFixed(1)} s, load ${load()}`);
    }
  }
  print(rows, setting.documents);
}

/** Each call kills the worker that the call before has started. */
function workerLoss({ stage }: Setting, firstWorker: Child): () => Promise<number> {
  let [worker, number] = [firstWorker, 1];
  return () =>
    secondsOf(async () => {
      await stage.killWorker(worker);
      number += 1;
      worker = await stage.startWorker(number);
    });
}

function print(rows: Rows, documents: number): void {
  console.log('\n| medians | s | until it was back, s | more than undisturbed without that, s | documents moved again |\n| --- | --- | --- | --- | --- |');
  const middle = (name: string, value: (run: LossRun) => number): number => median((rows.get(name) ?? []).map(value));
  for (const name of rows.keys()) {
    const [seconds, outage, again] = [middle(name, (run) => run.seconds), middle(name, (run) => run.outage), middle(name, (run) => run.again)];
    const undisturbed = middle(`${name.split(',')[0] ?? ''}, undisturbed`, (run) => run.seconds);
    console.log(`| ${name} | ${seconds.toFixed(1)} | ${outage.toFixed(1)} | ${(seconds - outage - undisturbed).toFixed(1)} | ${again.toFixed(0)} (${((again / documents) * 100).toFixed(0)}%) |`);
  }
}
