/**
 * Throughput over time, from the migrations that the event stream brings. Pure.
 *
 * A sample holds the speed between it and the one before; what is older than the limit is thinned out, not dropped.
 */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */

/** @import { Progress } from '../../../contracts/migration.js' */
/**
 * @typedef {{ atMs: number, documents: number, bytes: number, documentsPerSecond: number | null, bytesPerSecond: number | null, etaSeconds: number | null }} Sample
 */

/** Most samples that are kept: a point for each pixel or so. */
export const MAX_SAMPLES = 600;
/** Speeds are taken over at least this span, milliseconds: counts arrive in jumps. */
const SPEED_SPAN_MS = 10_000;
/** Without a sample for so long the line is broken, milliseconds. */
const GAP_MS = 60_000;

/**
 * @param {readonly Sample[]} samples in order of time
 * @param {Progress} progress
 * @param {number} atMs
 * @returns {Sample[]}
 */
export function withSample(samples, progress, atMs) {
  const { documents, bytes, documentsPerSecond, etaSeconds } = progress;
  const last = samples.at(-1);
  if (last !== undefined && atMs <= last.atMs) return [...samples];
  const isGap = last !== undefined && atMs - last.atMs > GAP_MS;
  const isStepBack = last !== undefined && bytes.done < last.bytes;
  const base = isGap || isStepBack ? undefined : samples.findLast((sample) => atMs - sample.atMs >= SPEED_SPAN_MS && atMs - sample.atMs <= GAP_MS);
  const seconds = base === undefined ? 0 : (atMs - base.atMs) / 1000;
  const bytesPerSecond = base === undefined ? null : Math.max(0, (bytes.done - base.bytes) / seconds);
  const sample = { atMs, documents: documents.done, bytes: bytes.done, documentsPerSecond, bytesPerSecond, etaSeconds };
  // An empty sample makes the chart show the gap instead of a line across it.
  const gap = isGap ? [{ ...last, atMs: last.atMs + 1, documentsPerSecond: null, bytesPerSecond: null, etaSeconds: null }] : [];
  return thinned([...samples, ...gap, sample]);
}

/** @param {Sample[]} samples @returns {Sample[]} every second one of the older half, when there are too many */
function thinned(samples) {
  if (samples.length <= MAX_SAMPLES) return samples;
  const half = Math.floor(samples.length / 2);
  return [...samples.slice(0, half).filter((_sample, at) => at % 2 === 0), ...samples.slice(half)];
}

/** @param {unknown} value what was kept in the browser @returns {Sample[]} empty if it is anything else */
export function readSamples(value) {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (sample) => typeof sample === 'object' && sample !== null && Number.isFinite(sample.atMs) && Number.isFinite(sample.bytes) && Number.isFinite(sample.documents),
  );
}
