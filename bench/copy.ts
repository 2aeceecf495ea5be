/**
 * Compares ways to copy an index between two clusters, in one run, in turns, with the same nodes and documents.
 *
 *   npm run bench:copy -- --documents 100000 --bytes 550 --rounds 3 [--only godwit,reindex]
 *
 * Prints medians of wall time, rates, CPU seconds of the tool per GB of documents, its peak memory, and how many times
 * as long as Godwit each took. The nodes share the machine with the tool, and with whatever else runs: see the load.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ElasticsearchDescription, startElasticsearch } from '../test/servers/elasticsearch.js';
import { call, send } from '../test/servers/http.js';
import { fillIndex, SHAPE } from './documents.js';
import { type Measurement, measure } from './measure.js';
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
const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'));
const TOOLS = join(import.meta.dirname, 'tools');
const [INDEX, TARGET] = ['bench-source', 'bench-target'];

function isWanted(name: string): boolean {
  return values.only === undefined || values.only.split(',').some((word) => name.includes(word));
}

type Run = () => Promise<Measurement>;

function contestants(source: ElasticsearchDescription, target: ElasticsearchDescription, averageBytes: number): Map<string, Run> {
  const tool = (name: string, options: object): Run => {
    const task = join(folder, `${name}-${String(Math.random()).slice(2)}.json`);
    writeFileSync(task, JSON.stringify({ source, target, index: INDEX, targetIndex: TARGET, averageBytes, options }));
    return () => measure(process.execPath, [join(TOOLS, `${name}.mjs`)], { BENCH_TASK: task });
  };
  const reindex = (size: number): Run => async () => {
    const started = performance.now();
    const remote = { host: source.url, username: source.username, password: source.password };
    const answer = await call<{ failures: unknown[] }>(target, 'POST', '/_reindex?refresh=false&timeout=10m', { source: { remote, index: INDEX, size }, dest: { index: TARGET, version_type: 'external' } });
    if (answer.failures.length > 0) throw new Error(JSON.stringify(answer.failures).slice(0, 500));
    return { seconds: (performance.now() - started) / 1_000, cpuSeconds: NaN, peakMb: NaN };
  };
  const found = new Map<string, Run>([
    ['godwit', tool('godwit', JSON.parse(values.godwit))],
    ['raw _bulk, 2 connections', tool('raw-bulk', { connections: 2 })],
    ['reindex, size 1,000', reindex(1_000)],
    ['client helpers', tool('client', {})],
  ]);
  const dump = elasticdump();
  if (dump !== null) {
    const run = (...more: string[]): Run => () => {
      const url = ({ url: base, username = '', password = '' }: ElasticsearchDescription, index: string): string => `${base.replace('://', `://${username}:${password}@`)}/${index}`;
      return measure(process.execPath, [dump, `--input=${url(source, INDEX)}`, `--output=${url(target, TARGET)}`, '--type=data', ...more], { NODE_EXTRA_CA_CERTS: source.caFile ?? '' });
    };
    found.set('elasticdump, tuned', run('--limit=5000', '--noRefresh', '--quiet'));
    found.set('elasticdump, as installed', run());
  }
  return found;
}

/** Installed outside the project, since nothing else needs it; null where that is not possible. */
function elasticdump(): string | null {
  if (!isWanted('elasticdump, tuned') && !isWanted('elasticdump, as installed')) return null;
  const home = join(tmpdir(), 'godwit-bench-elasticdump');
  const program = join(home, 'node_modules', 'elasticdump', 'bin', 'elasticdump');
  try {
    if (!existsSync(program)) execFileSync('npm', ['install', '--prefix', home, '--no-audit', '--no-fund', 'elasticdump'], { stdio: 'ignore' });
    return program;
  } catch {
    console.log('elasticdump cannot be installed here, so it is left out');
    return null;
  }
}

async function round(target: ElasticsearchDescription, run: Run): Promise<Measurement> {
  await send(target, 'DELETE', `/${TARGET}`);
  await call(target, 'PUT', `/${TARGET}`, SHAPE);
  const measurement = await run();
  await call(target, 'POST', `/${TARGET}/_refresh`);
  const { count } = await call<{ count: number }>(target, 'GET', `/${TARGET}/_count`);
  if (count !== documents) throw new Error(`${String(count)} documents arrived of ${String(documents)}`);
  return measurement;
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
  const start = (name: string, version: '8.19.8' | '9.4.3') => startElasticsearch({ name, version, heapMb, quickStart: false });
  const [source, target] = await Promise.all([start('bench-source', '8.19.8'), start('bench-target', '9.4.3')]);
  try {
    const totalBytes = await fillIndex(source.description, INDEX, documents, documentBytes);
    console.log(`${String(documents)} documents, ${(totalBytes / 1e6).toFixed(0)} MB; 8.19.8 -> 9.4.3 with ${String(heapMb)} MB of heap each; ${String(cpus().length)} cores shared by all; Node.js ${process.version}; load before ${load()}`);
    const all = contestants(source.description, target.description, totalBytes / documents);
    const chosen = new Map([...all].filter(([name]) => isWanted(name)));
    const results = new Map<string, Measurement[]>([...chosen.keys()].map((name) => [name, []]));
    // Both nodes compile their hot code in the first copies, whoever makes them: these do not count.
    for (const name of ['godwit', 'reindex, size 1,000', 'godwit']) await round(target.description, all.get(name) ?? (() => Promise.reject(new Error(`there is no ${name}`))));
    const names = [...chosen.keys()];
    for (let number = 1; number <= rounds; number += 1) {
      for (const name of names) {
        // What takes minutes is run once.
        if (name === 'elasticdump, as installed' && number > 1) continue;
        try {
          const measurement = await round(target.description, chosen.get(name) ?? (() => Promise.reject(new Error('nothing to run'))));
          results.get(name)?.push(measurement);
          console.log(`round ${String(number)}: ${name} ${measurement.seconds.toFixed(1)} s, load ${load()}`);
        } catch (error) {
          console.log(`round ${String(number)}: ${name} failed: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`);
        }
      }
      // Each starts in another place: what runs first, or behind a slow one, is at a disadvantage.
      names.push(...names.splice(0, 1));
    }
    print(results, totalBytes);
  } finally {
    await Promise.all([source.kill(), target.kill()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
