/**
 * Speed and time left, from samples of what has been done. Pure.
 *
 * Says nothing rather than something wrong: an estimate that lies is worse than none.
 */
import type { Amount } from '../../contracts/migration.js';

export interface ProgressSample {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly documents: number;
  readonly bytes: number;
}

export interface ProgressRate {
  readonly documentsPerSecond: number | null;
  readonly etaSeconds: number | null;
}

export const UNKNOWN_RATE: ProgressRate = { documentsPerSecond: null, etaSeconds: null };

/** How far back samples count. */
export const RATE_WINDOW_MS = 60_000;
/** Below this the difference of two samples is noise of the polling. */
const MIN_SPAN_MS = 2_000;
/** Before this share is done, the speed at the start says nothing of the whole, and an estimate would be days off. */
const MIN_SHARE_FOR_ETA = 0.01;

/**
 * @param samples in order of time, the last one the present state
 * @returns null for what cannot be said: fewer than two samples 2 s apart, nothing moving, or no total
 */
export function progressRate(samples: readonly ProgressSample[], totals: { documents: Amount['total']; bytes: Amount['total'] }): ProgressRate {
  const last = samples.at(-1);
  const first = samples.find((sample) => last !== undefined && sample.atMs >= last.atMs - RATE_WINDOW_MS);
  if (last === undefined || first === undefined || last.atMs - first.atMs < MIN_SPAN_MS) return UNKNOWN_RATE;
  const seconds = (last.atMs - first.atMs) / 1_000;
  const documents = (last.documents - first.documents) / seconds;
  const bytes = (last.bytes - first.bytes) / seconds;
  return {
    documentsPerSecond: documents > 0 ? rounded(documents) : null,
    etaSeconds: totals.bytes === null ? eta(totals.documents, last.documents, documents) : eta(totals.bytes, last.bytes, bytes),
  };
}

function eta(total: number | null, done: number, perSecond: number): number | null {
  if (total === null || perSecond <= 0 || total < done || done < total * MIN_SHARE_FOR_ETA) return null;
  return Math.ceil((total - done) / perSecond);
}

function rounded(perSecond: number): number {
  return perSecond >= 100 ? Math.round(perSecond) : Math.round(perSecond * 10) / 10;
}

/**
 * Adds a sample: drops what is too old, and everything before a step back (an attempt that started again), since a
 * difference over it would be no speed.
 */
export function withSample(samples: readonly ProgressSample[], sample: ProgressSample): ProgressSample[] {
  const before = samples.at(-1);
  const isStepBack = before !== undefined && (sample.documents < before.documents || sample.bytes < before.bytes);
  const kept = isStepBack ? [] : samples.filter((old) => old.atMs >= sample.atMs - RATE_WINDOW_MS && old.atMs < sample.atMs);
  return [...kept, sample];
}
