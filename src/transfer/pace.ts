/** Keeps to a number of documents a second, which may change while somebody waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stopped } from './pause.js';

/** Longest wait before the speed is looked at again. */
const LOOK_MS = 500;

export class Pace {
  /** Documents a second; null: no limit. */
  #rate: number | null;
  /** When the documents that were let through are due to be through. */
  #dueMs = 0;
  readonly #followers = new Set<(rate: number | null) => void>();

  constructor(rate: number | null) {
    this.#rate = rate;
  }

  get rate(): number | null {
    return this.#rate;
  }

  change(rate: number | null): void {
    if (rate === this.#rate) return;
    this.#rate = rate;
    // What was planned at the old speed is forgotten: a raised limit counts at once.
    this.#dueMs = Date.now();
    for (const follower of this.#followers) follower(rate);
  }

  /** Calls back at every change. @returns a function that ends it */
  follow(follower: (rate: number | null) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Most documents to be handled in one go: about a second's worth. */
  get portion(): number {
    return this.#rate === null ? Infinity : Math.max(1, Math.floor(this.#rate));
  }

  /** Waits until more may go, and counts `documents` as gone. @throws GodwitError Canceled when the signal fires */
  async take(documents: number, signal: AbortSignal): Promise<void> {
    for (let wait = this.#dueMs - Date.now(); this.#rate !== null && wait > 0; wait = this.#dueMs - Date.now()) {
      try {
        await sleep(Math.min(LOOK_MS, wait), undefined, { signal });
      } catch {
        throw stopped();
      }
    }
    if (this.#rate !== null) this.#dueMs = Math.max(this.#dueMs, Date.now()) + (documents / this.#rate) * 1_000;
  }
}
