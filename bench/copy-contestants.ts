/** The ways to copy an index that `bench/copy.ts` compares, each as something to run and measure. */
import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import type { ElasticsearchDescription } from '../test/servers/elasticsearch.js';
import { type Measurement, measure } from './measure.js';
import { startNatively, waitNatively } from './native-reindex.js';
import { forgetPeak, usageOf } from './process-usage.js';

export const [INDEX, TARGET] = ['bench-source', 'bench-target'];
const TOOLS = join(import.meta.dirname, 'tools');

export interface Contestant {
  readonly run: () => Promise<Measurement>;
  /** What takes minutes is run once. */
  readonly isSlow?: boolean;
}

export interface Field {
  readonly source: ElasticsearchDescription;
  readonly target: ElasticsearchDescription;
  readonly documents: number;
  readonly averageBytes: number;
  readonly folder: string;
  /** Options of the engine. */
  readonly godwit: object;
}

function taskFile({ folder, source, target, documents, averageBytes }: Field, options: object): string {
  const file = join(folder, `task-${String(Math.random()).slice(2)}.json`);
  writeFileSync(file, JSON.stringify({ source, target, index: INDEX, targetIndex: TARGET, documents, averageBytes, options }));
  return file;
}

const AnswerSchema = z.object({ seconds: z.number() });

/** Godwit in one process for all rounds, as in a worker; only the copy counts. */
export class WarmGodwit {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  constructor(field: Field) {
    this.#child = spawn(process.execPath, [join(TOOLS, 'godwit-worker.mjs')], { env: { ...process.env, BENCH_TASK: taskFile(field, field.godwit) }, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout);
  }

  async copy(slices: number): Promise<Measurement> {
    const { pid = 0 } = this.#child;
    forgetPeak(pid);
    const before = usageOf(pid);
    this.#child.stdin.write(`${JSON.stringify({ slices })}\n`);
    const text = await new Promise<string>((resolve, reject) => {
      this.#lines.once('line', resolve);
      this.#child.once('close', () => reject(new Error('Godwit has ended')));
    });
    const after = usageOf(pid);
    return { seconds: AnswerSchema.parse(JSON.parse(text)).seconds, cpuSeconds: after.cpuSeconds - before.cpuSeconds, peakMb: after.peakMb };
  }

  stop(): void {
    this.#child.kill();
  }
}

/** By name, in the order of the table. */
export function contestants(field: Field, warm: WarmGodwit, isWanted: (name: string) => boolean): Map<string, Contestant> {
  const { source, target, documents } = field;
  const tool = (name: string, options: object): Contestant => ({ run: () => measure(process.execPath, [join(TOOLS, `${name}.mjs`)], { BENCH_TASK: taskFile(field, options) }) });
  const reindex = (size: number, queries: readonly object[] = [{ match_all: {} }]): Contestant => ({
    run: async () => {
      const started = performance.now();
      const tasks = await Promise.all(queries.map((query) => startNatively(source, target, INDEX, size, { into: TARGET, query })));
      await Promise.all(tasks.map((task) => waitNatively(target, task)));
      return { seconds: (performance.now() - started) / 1_000, cpuSeconds: NaN, peakMb: NaN };
    },
  });
  const middle = Math.floor(documents / 2);
  const halves = [{ range: { _seq_no: { lt: middle } } }, { range: { _seq_no: { gte: middle } } }];
  const found = new Map<string, Contestant>([
    ['godwit', { run: () => warm.copy(1) }],
    ['godwit, 2 slices in 2 threads', { run: () => warm.copy(2) }],
    ['godwit, process started anew', tool('godwit', field.godwit)],
    ['raw _bulk', tool('raw-bulk', { connections: 2 })],
    ['raw _bulk while an equal read runs', tool('raw-bulk', { connections: 2, read: 1 })],
    ['reindex, size 1,000', reindex(1_000)],
    ['reindex, size 5,000', reindex(5_000)],
    ['reindex, two disjoint tasks', reindex(1_000, halves)],
    ['client helpers', tool('client', {})],
  ]);
  for (const [name, contestant] of elasticdumps(field, isWanted)) found.set(name, contestant);
  return found;
}

function elasticdumps({ source, target }: Field, isWanted: (name: string) => boolean): [string, Contestant][] {
  const names = ['elasticdump, tuned', 'elasticdump, big integers', 'elasticdump, as installed'] as const;
  const program = names.some(isWanted) ? installElasticdump() : null;
  if (program === null) return [];
  const url = ({ url: base, username = '', password = '' }: ElasticsearchDescription, index: string): string => `${base.replace('://', `://${username}:${password}@`)}/${index}`;
  const run = (...more: string[]) => (): Promise<Measurement> =>
    measure(process.execPath, [program, `--input=${url(source, INDEX)}`, `--output=${url(target, TARGET)}`, '--type=data', ...more], { NODE_EXTRA_CA_CERTS: source.caFile ?? '' });
  const tuned = ['--limit=5000', '--noRefresh', '--quiet'];
  return [
    [names[0], { run: run(...tuned) }],
    [names[1], { run: run(...tuned, '--support-big-int'), isSlow: true }],
    [names[2], { run: run(), isSlow: true }],
  ];
}

/** Installed outside the project, since nothing else needs it; null where that is not possible. */
function installElasticdump(): string | null {
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

const DigestsSchema = z.object({ before: z.object({ documents: z.number(), digest: z.string() }), after: z.object({ documents: z.number(), digest: z.string() }) });

/** Reads both sides again. @throws Error if a byte differs */
export function mustBeEqual(field: Field): void {
  const text = execFileSync(process.execPath, [join(TOOLS, 'digest.mjs')], { env: { ...process.env, BENCH_TASK: taskFile(field, {}) }, encoding: 'utf8' });
  const { before, after } = DigestsSchema.parse(JSON.parse(text));
  if (before.digest !== after.digest || before.documents !== after.documents) throw new Error(`what arrived differs: ${text}`);
}
