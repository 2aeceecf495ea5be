/** Numbers that every benchmark prints. */
import { loadavg } from 'node:os';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Of the last minute: the nodes share the machine with what is measured, and with whatever else runs. */
export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}
