/**
 * What copying costs the process that does it, without any Elasticsearch: CPU seconds per GB, cold and warm.
 *
 *   npm run bench:engine -- --documents 100000 --bytes 550 --slices 8 [--profile FOLDER] [--options '{"connections":2}'] [--threads 1,2]
 *
 * Source and target are a stand-in in a process of its own. The first slice pays for the compiler; of the others the
 * median counts. A worker pays for loading and warm-up once, not for every slice.
 *
 * `--threads 1,2` copies as a worker does, with one slice in each of so many threads at once, and says what the stand-in
 * took of the machine meanwhile: on two cores two threads cannot be twice as fast as one (Linux only).
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createAuthority, createCertificate } from '../test/servers/certificates.js';
import { usageOf } from './process-usage.js';
import { load, median } from './statistics.js';

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '100000' },
    bytes: { type: 'string', default: '550' },
    slices: { type: 'string', default: '8' },
    options: { type: 'string', default: '{}' },
    node: { type: 'string', default: '' },
    profile: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string' },
  },
});
const [documents, documentBytes, slices] = [values.documents, values.bytes, values.slices].map(Number) as [number, number, number];
/** 0: in the main thread, without threads. */
const threadCounts = values.threads === undefined ? [0] : values.threads.split(',').map(Number);
const TOOLS = join(import.meta.dirname, 'tools');
const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-engine-'));

const SliceSchema = z.object({ documents: z.number(), bytes: z.number(), userSeconds: z.number(), systemSeconds: z.number(), seconds: z.number(), utilization: z.number() });
const LoadedSchema = z.object({ loadSeconds: z.number() });
type Slice = z.infer<typeof SliceSchema>;

interface Ports {
  readonly plain: number;
  readonly secure: number;
}

async function withStandIn(certificate: { certificateFile: string; keyFile: string }, run: (ports: Ports, pid: number) => Promise<void>): Promise<void> {
  const task = { documents, documentBytes, certificateFile: certificate.certificateFile, keyFile: certificate.keyFile };
  const child = spawn(process.execPath, [join(TOOLS, 'stand-in.mjs')], { env: { ...process.env, BENCH_TASK: JSON.stringify(task) }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await new Promise<string[]>((resolve) => createInterface(child.stdout).once('line', (text) => resolve([text])));
    await run(z.object({ plain: z.number(), secure: z.number() }).parse(JSON.parse(line ?? '')), child.pid ?? 0);
  } finally {
    child.kill();
  }
}

async function measure(name: string, endpoint: { url: string; ca?: string }, threads: number, standIn: number): Promise<void> {
  const file = join(folder, 'task.json');
  writeFileSync(file, JSON.stringify({ source: endpoint, target: endpoint, averageBytes: documentBytes, slices, threads, options: JSON.parse(values.options) as unknown }));
  const profile = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`, `--cpu-prof-name=${name}.cpuprofile`];
  const more = values.node === '' ? [] : values.node.split(' ');
  const child = spawn(process.execPath, [...profile, ...more, join(TOOLS, 'engine.mjs')], { env: { ...process.env, BENCH_TASK: file }, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: unknown[] = [];
  /** Of the stand-in, by line. */
  const taken: { readonly ms: number; readonly cpuSeconds: number }[] = [];
  createInterface(child.stdout).on('line', (text) => {
    lines.push(JSON.parse(text));
    if (threads > 0) taken.push({ ms: performance.now(), cpuSeconds: usageOf(standIn).cpuSeconds });
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the engine ended with ${String(code)}`);
  const [loaded, ...rest] = lines;
  const all = rest.map((line) => SliceSchema.parse(line));
  if (threads === 0) return print(name, LoadedSchema.parse(loaded).loadSeconds, all);
  const [from, to] = [taken[Math.ceil(all.length / 2)], taken.at(-1)];
  printThreads(name, threads, all, from === undefined || to === undefined ? 0 : (to.cpuSeconds - from.cpuSeconds) / ((to.ms - from.ms) / 1_000));
}

function printThreads(name: string, threads: number, all: readonly Slice[], standInCores: number): void {
  const warm = all.slice(Math.ceil(all.length / 2));
  const of = (value: (slice: Slice) => number): number => median(warm.map(value));
  const cores = of(({ userSeconds, systemSeconds, seconds }) => (userSeconds + systemSeconds) / seconds);
  const gb = (slice: Slice): number => (slice.documents * documentBytes) / 1e9;
  const perGb = of((slice) => (slice.userSeconds + slice.systemSeconds) / gb(slice));
  console.log(`| ${name} | ${String(threads)} | ${of((slice) => slice.documents / slice.seconds).toFixed(0)} | ${of((slice) => (gb(slice) * 1_000) / slice.seconds).toFixed(0)} | ${perGb.toFixed(2)} | ${cores.toFixed(2)} | ${standInCores.toFixed(2)} |`);
}

function print(name: string, loadSeconds: number, all: readonly Slice[]): void {
  const perGb = (slice: Slice): number => (slice.userSeconds + slice.systemSeconds) / (slice.documents * documentBytes / 1e9);
  const [first, ...others] = all;
  const warm = others.slice(Math.floor(others.length / 2));
  const of = (value: (slice: Slice) => number): string => median(warm.map(value)).toFixed(2);
  const system = of((slice) => slice.systemSeconds / (slice.documents * documentBytes / 1e9));
  const rate = of((slice) => (slice.documents * documentBytes) / 1e6 / slice.seconds);
  console.log(`| ${name} | ${loadSeconds.toFixed(2)} | ${first === undefined ? '-' : perGb(first).toFixed(2)} | ${of(perGb)} | ${system} | ${of(({ utilization }) => utilization)} | ${rate} |`);
}

async function main(): Promise<void> {
  execFileSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  const authority = await createAuthority(join(folder, 'authority'));
  const certificate = await createCertificate(authority, folder, 'stand-in');
  console.log(`${String(slices)} slices of ${String(documents)} documents of ${String(documentBytes)} bytes, ${String(cpus().length)} cores, Node.js ${process.version}, load ${load()}`);
  if (values.threads === undefined) console.log('\n| | load s | first slice CPU s/GB | warm CPU s/GB | of it system | loop busy | MB/s |\n| --- | --- | --- | --- | --- | --- | --- |');
  else console.log(`\nThe stand-in for both clusters is one process on the same ${String(cpus().length)} cores: where both together take all of them, more threads cannot be faster.\n\n| | threads | documents/s | MB/s | warm CPU s/GB | cores taken | cores the stand-in takes |\n| --- | --- | --- | --- | --- | --- | --- |`);
  await withStandIn(certificate, async ({ plain, secure }, pid) => {
    const endpoints: Readonly<Record<string, { url: string; ca?: string }>> = { HTTP: { url: `http://127.0.0.1:${String(plain)}` }, HTTPS: { url: `https://localhost:${String(secure)}`, ca: authority.ca } };
    for (const [name, endpoint] of Object.entries(endpoints)) {
      if (values.only !== undefined && values.only !== name) continue;
      for (const threads of threadCounts) await measure(name, endpoint, threads, pid);
    }
  });
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
