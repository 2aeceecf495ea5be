/** One native task against Godwit's slices, one and two at a time, in turns. */
import { type GodwitRun, type NativeRun, runByGodwit, runNatively, type Setting } from './reindex-pair.js';
import { load, median } from './statistics.js';

export const NATIVE_SIZES = [1_000, 5_000] as const;
const CONCURRENCIES = [1, 2] as const;
/** Whole migrations with all bookkeeping, as times of the best native task. */
const AIMS: Readonly<Record<number, number>> = { 1: 1.05, 2: 1 / 1.2 };

type Results = Map<string, NativeRun[]>;

const nameOfSize = (size: number): string => `native, size ${String(size)}`;
const nameOfConcurrency = (concurrency: number): string => `Godwit, concurrency ${String(concurrency)}`;
const isGodwit = (run: NativeRun): run is GodwitRun => 'transfer' in run;

function contestants(setting: Setting): Map<string, () => Promise<NativeRun>> {
  return new Map<string, () => Promise<NativeRun>>([
    ...NATIVE_SIZES.map((size) => [nameOfSize(size), () => runNatively(setting, size)] as const),
    ...CONCURRENCIES.map((concurrency) => [nameOfConcurrency(concurrency), () => runByGodwit(setting, { concurrency })] as const),
  ]);
}

/** @returns whether both aims were reached */
export async function compareSpeed(setting: Setting, rounds: number): Promise<boolean> {
  const all = contestants(setting);
  const results: Results = new Map([...all.keys()].map((name) => [name, []]));
  const order = [...all];
  // Both nodes compile their hot code in the first copies, whoever makes them: round 0 does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, run] of order) {
      const measured = await run();
      if (round > 0) results.get(name)?.push(measured);
      console.log(`${round === 0 ? 'warm-up' : `round ${String(round)}`}: ${name} ${describe(measured)}, load ${load()}`);
    }
    order.push(...order.splice(0, 1));
  }
  printTable(results, setting.documents);
  printOwnCost(results);
  return printAims(results);
}

function describe(run: NativeRun): string {
  return `${run.seconds.toFixed(1)} s${isGodwit(run) ? ` (transfer ${run.transfer.toFixed(1)})` : ''}`;
}

function bestNative(results: Results): number {
  return Math.min(...NATIVE_SIZES.map((size) => medianOf(results.get(nameOfSize(size)), ({ seconds }) => seconds)));
}

function medianOf<T>(runs: readonly T[] | undefined, value: (run: T) => number): number {
  return median((runs ?? []).map(value));
}

function printTable(results: Results, documents: number): void {
  const best = bestNative(results);
  console.log('\n| | median s (all) | times the best native | documents/s |\n| --- | --- | --- | --- |');
  const row = (name: string, seconds: readonly number[]): void => {
    const middle = median(seconds);
    console.log(`| ${name} | ${middle.toFixed(1)} (${seconds.map((one) => one.toFixed(1)).join(', ')}) | ${(middle / best).toFixed(2)} | ${(documents / middle).toFixed(0)} |`);
  };
  for (const [name, runs] of results) {
    row(name, runs.map(({ seconds }) => seconds));
    const own = runs.filter(isGodwit);
    if (own.length > 0) row(`${name}, its transfer alone`, own.map(({ transfer }) => transfer));
  }
}

function printOwnCost(results: Results): void {
  console.log("\nGodwit's own processes, medians; memory is the most that was resident");
  for (const [name, runs] of results) {
    const own = runs.filter(isGodwit);
    if (own.length === 0) continue;
    const text = (value: (run: GodwitRun) => number, digits = 0): string => medianOf(own, value).toFixed(digits);
    console.log(
      `${name}: worker ${text(({ worker }) => worker.cpuSeconds, 1)} s of CPU, ${text(({ worker }) => worker.peakMb)} MB; ` +
        `API and store ${text(({ others }) => others.cpuSeconds, 1)} s, ${text(({ others }) => others.peakMb)} MB; ${text(({ events }) => events)} events in history`,
    );
  }
}

function printAims(results: Results): boolean {
  const best = bestNative(results);
  return CONCURRENCIES.map((concurrency) => {
    const ratio = medianOf(results.get(nameOfConcurrency(concurrency)), ({ seconds }) => seconds) / best;
    const aim = AIMS[concurrency] ?? NaN;
    console.log(`${nameOfConcurrency(concurrency)}, whole: ${ratio.toFixed(2)} times the best native (aim: at most ${aim.toFixed(2)}, ${ratio <= aim ? 'reached' : 'missed'})`);
    return ratio <= aim;
  }).every(Boolean);
}
