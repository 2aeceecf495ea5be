/** Runs a tool as a process of its own and measures it from outside, in the same way for all: /proc, so Linux only. */
import { spawn } from 'node:child_process';
import { usageOf } from './process-usage.js';

export interface Measurement {
  /** Wall time, seconds; a tool may print its own. */
  readonly seconds: number;
  /** Of the process, its start included. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

const SAMPLE_MS = 25;

/** @throws Error with the end of its output if the tool fails */
export async function measure(program: string, parameters: readonly string[], env: Readonly<Record<string, string>>): Promise<Measurement> {
  const started = performance.now();
  const child = spawn(program, parameters, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let [cpuSeconds, peakMb] = [0, 0];
  const timer = setInterval(() => {
    try {
      const usage = usageOf(child.pid ?? 0);
      cpuSeconds = usage.cpuSeconds;
      // One that has ended and was not waited for yet has no memory any more.
      peakMb = Math.max(peakMb, usage.peakMb);
    } catch {
      // It has just ended.
    }
  }, SAMPLE_MS);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${program} ${parameters.join(' ')} ended with ${String(code)}: ${output.slice(-600)}`);
  const own = /"seconds":([\d.]+)/.exec(output)?.[1];
  return { seconds: own === undefined ? (performance.now() - started) / 1_000 : Number(own), cpuSeconds, peakMb };
}
