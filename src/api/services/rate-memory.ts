/** Remembers, for the migrations that are being watched, samples of their progress and the last answer of a worker. */
import type { MigrationState } from '../../workflows/contract.js';
import { type ProgressRate, type ProgressSample, UNKNOWN_RATE, progressRate, withSample } from './progress-rate.js';

/** So many migrations are remembered; the one asked for least recently is forgotten first. */
const MAX_MIGRATIONS = 1_000;
/** Requests that come closer together than this add no sample. */
const MIN_GAP_MS = 500;

interface Memory {
  readonly samples: readonly ProgressSample[];
  readonly state: MigrationState;
  readonly atMs: number;
}

export class RateMemory {
  readonly #byId = new Map<string, Memory>();

  /** Notes a state that a worker has just answered. @returns its speed */
  note(state: MigrationState, nowMs: number): ProgressRate {
    const before = this.#byId.get(state.id);
    const isTooSoon = before !== undefined && nowMs - before.atMs < MIN_GAP_MS;
    const { documents, bytes } = state.progress;
    const samples = isTooSoon
      ? before.samples
      : withSample(before?.samples ?? [], { atMs: nowMs, documents: documents.done, bytes: bytes.done });
    this.#byId.delete(state.id);
    this.#byId.set(state.id, { samples, state, atMs: isTooSoon ? before.atMs : nowMs });
    const oldest = this.#byId.keys().next();
    if (this.#byId.size > MAX_MIGRATIONS && oldest.done !== true) this.#byId.delete(oldest.value);
    // While it is paused or waits for a person, the speed of a minute ago says nothing about the end.
    return state.status === 'running' ? progressRate(samples, { documents: documents.total, bytes: bytes.total }) : UNKNOWN_RATE;
  }

  /** The last state that a worker answered, and when. */
  last(id: string): { readonly state: MigrationState; readonly atMs: number } | null {
    return this.#byId.get(id) ?? null;
  }

  forget(id: string): void {
    this.#byId.delete(id);
  }
}
