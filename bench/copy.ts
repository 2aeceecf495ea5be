/**
 * Compares ways to copy an index between two clusters, in one run, in turns, with the same nodes and documents.
 *
 *   npm run bench:copy -- --documents 100000 --bytes 550 --rounds 3 [--only godwit,reindex]
 *
 * Prints medians of wall time, rates, CPU seconds of the tool per GB of documents, its peak memory, and how many times
 * as long as Godwit each took; then the aims, and ends with 1 if one is missed. The nodes share the machine with the
 * tool, and with whatever else runs: see the load. Linux only.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ElasticsearchDescription, startElasticsearch } from '../test/servers/elasticsearch.js';
import { call, send } from '../test/servers/http.js';
import { aimsOf, printAims } from './copy-aims.js';
import { contestants, type Contestant, type Field, INDEX, mustBeEqual, TARGET, WarmGodwit } from './copy-contestants.js';
import { fillIndex, SHAPE } from './documents.js';
import type { Measurement } from './measure.js';
import { load, median } from './statistics.js';

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '100000' },
    bytes: { type: 'string', default: '550' },
    rounds: { type: 'string', default: '3' },
    heapMb: { type: 'string', default: '1024' },
    only: { type: 'string' },
    godwit: { type: 'string', default: '{}' },
  },
});
const [documents, documentBytes, rounds, heapMb] = [values.documents, values.bytes, values.rounds, values.heapMb].map(Number) as [number, number, number, number];

/** From here on documents count as large ones, which have aims of their own. */
const LARGE_BYTES = 5_000;

function isWanted(name: string): boolean {
  return values.only === undefined || values.only.split(',').some((word) => name.includes(word));
}

async function round(target: ElasticsearchDescription, run: Contestant['run']): Promise<Measurement> {
  await send(target, 'DELETE', `/${TARGET}`);
  await call(target, 'PUT', `/${TARGET}`, SHAPE);
  const measurement = await run();
  await call(target, 'POST', `/${TARGET}/_refresh`);
  const { count } = await call<{ count: number }>(target, 'GET', `/${TARGET}/_count`);
  if (count !== documents) throw new Error(`${String(count)} documents arrived of ${String(documents)}`);
  return measurement;
}

async function compete(field: Field, warm: WarmGodwit): Promise<Map<string, Measurement[]>> {
  const all = contestants(field, warm, isWanted);
  const chosen = new Map([...all].filter(([name]) => isWanted(name)));
  const results = new Map<string, Measurement[]>([...chosen.keys()].map((name) => [name, []]));
  // Both nodes compile their hot code in the first copies, whoever makes them, and so does Godwit: these do not count.
  for (const name of ['godwit', 'reindex, size 1,000', 'godwit']) await round(field.target, all.get(name)?.run ?? (() => Promise.reject(new Error(`there is no ${name}`))));
  mustBeEqual(field);
  const names = [...chosen.keys()];
  for (let number = 1; number <= rounds; number += 1) {
    for (const name of names) {
      const contestant = chosen.get(name);
      if (contestant === undefined || (contestant.isSlow === true && number > 1)) continue;
      try {
        const measurement = await round(field.target, contestant.run);
        results.get(name)?.push(measurement);
        console.log(`round ${String(number)}: ${name} ${measurement.seconds.toFixed(1)} s, load ${load()}`);
      } catch (error) {
        console.log(`round ${String(number)}: ${name} failed: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`);
      }
    }
    // Each starts in another place: what runs first, or behind a slow one, is at a disadvantage.
    names.push(...names.splice(0, 1));
  }
  return results;
}

function print(results: ReadonlyMap<string, readonly Measurement[]>, totalBytes: number): void {
  const godwit = median((results.get('godwit') ?? []).map(({ seconds }) => seconds));
  console.log('\n| | wall s (median; all) | times Godwit | docs/s | MB/s | tool CPU s/GB | peak MB |\n| --- | --- | --- | --- | --- | --- | --- |');
  for (const [name, measurements] of results) {
    if (measurements.length === 0) {
      console.log(`| ${name} | failed | | | | | |`);
      continue;
    }
    const seconds = median(measurements.map((measurement) => measurement.seconds));
    const cpu = median(measurements.map(({ cpuSeconds }) => cpuSeconds)) / (totalBytes / 1e9);
    const peak = Math.max(...measurements.map(({ peakMb }) => peakMb));
    const shown = (number: number, digits: number): string => (Number.isNaN(number) ? '-' : number.toFixed(digits));
    const all = measurements.map((measurement) => measurement.seconds.toFixed(1)).join(', ');
    console.log(`| ${name} | ${seconds.toFixed(1)} (${all}) | ${shown(seconds / godwit, 2)} | ${shown(documents / seconds, 0)} | ${shown(totalBytes / 1e6 / seconds, 1)} | ${shown(cpu, 1)} | ${shown(peak, 0)} |`);
  }
}

async function main(): Promise<void> {
  execFileSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'));
  const start = (name: string, version: '8.19.8' | '9.4.3') => startElasticsearch({ name, version, heapMb, quickStart: false });
  const [source, target] = await Promise.all([start('bench-source', '8.19.8'), start('bench-target', '9.4.3')]);
  let warm: WarmGodwit | null = null;
  try {
    const totalBytes = await fillIndex(source.description, INDEX, documents, documentBytes);
    console.log(`${String(documents)} documents, ${(totalBytes / 1e6).toFixed(0)} MB; 8.19.8 -> 9.4.3 with ${String(heapMb)} MB of heap each; ${String(cpus().length)} cores shared by all; Node.js ${process.version}; load before ${load()}`);
    const field: Field = { source: source.description, target: target.description, documents, averageBytes: totalBytes / documents, folder, godwit: JSON.parse(values.godwit) as object };
    warm = new WarmGodwit(field);
    const results = await compete(field, warm);
    print(results, totalBytes);
    if (!printAims(aimsOf(results, totalBytes / 1e9, documentBytes >= LARGE_BYTES))) process.exitCode = 1;
  } finally {
    warm?.stop();
    await Promise.all([source.kill(), target.kill()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
