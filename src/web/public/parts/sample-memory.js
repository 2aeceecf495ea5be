/** Samples of the throughput while this tab is open; a reload keeps them. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- typed by JSDoc and checked by src/web/public/tsconfig.json */
import { readSamples, withSample } from '../logic/samples.js';
import { isFinal } from '../logic/status.js';

/** @typedef {import('../logic/samples.js').Sample} Sample */

/** @type {Map<string, Sample[]>} */
const memory = new Map();

/** @param {string} id @returns {Sample[]} */
export function samplesOf(id) {
  let samples = memory.get(id);
  if (samples === undefined) {
    samples = kept(id);
    memory.set(id, samples);
  }
  return samples;
}

/** @param {string} id @returns {Sample[]} */
function kept(id) {
  try {
    return readSamples(JSON.parse(sessionStorage.getItem(`godwit.samples.${id}`) ?? '[]'));
  } catch {
    return [];
  }
}

/** @param {import('../../../contracts/migration.js').Migration} migration */
export function keepSample(migration) {
  const { id, status, progress, notice } = migration;
  // An old state is no measurement, and after the end nothing moves.
  if (isFinal(status) || notice !== null) return;
  const samples = withSample(samplesOf(id), progress, Date.now());
  memory.set(id, samples);
  try {
    sessionStorage.setItem(`godwit.samples.${id}`, JSON.stringify(samples));
  } catch {
    // The browser's storage is full: the chart is then only as old as the page.
  }
}
