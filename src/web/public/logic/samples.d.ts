/**
 * @param {readonly Sample[]} samples in order of time
 * @param {Progress} progress
 * @param {number} atMs
 * @returns {Sample[]}
 */
export function withSample(samples: readonly Sample[], progress: Progress, atMs: number): Sample[];
/** @param {unknown} value what was kept in the browser @returns {Sample[]} empty if it is anything else */
export function readSamples(value: unknown): Sample[];
/**
 * Throughput over time, from the migrations that the event stream brings. Pure.
 *
 * A sample holds the speed between it and the one before; what is older than the limit is thinned out, not dropped.
 */
/** @import { Progress } from '../../../contracts/migration.js' */
/**
 * @typedef {{ atMs: number, documents: number, bytes: number, documentsPerSecond: number | null, bytesPerSecond: number | null, etaSeconds: number | null }} Sample
 */
/** Most samples that are kept: a point for each pixel or so. */
export const MAX_SAMPLES: 600;
export type Sample = {
    atMs: number;
    documents: number;
    bytes: number;
    documentsPerSecond: number | null;
    bytesPerSecond: number | null;
    etaSeconds: number | null;
};
import type { Progress } from '../../../contracts/migration.js';
