/** What a process has used, seen from outside: /proc, so Linux only. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Usage {
  readonly cpuSeconds: number;
  /** Most memory that was resident at once, since it began or `forgetPeak` was called. */
  readonly peakMb: number;
}

const TICKS_PER_SECOND = 100;

/** @throws Error when there is no such process */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, peakMb: Number(peak ?? 0) / 1_024 };
}

/** From here on the peak counts anew. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${String(pid)}/clear_refs`, '5');
}
