/** Judges a target by how it answers the writes of one slice, which is all that some targets show of their load. Pure. */

/** Sums since the slice began. */
export interface WriteSums {
  /** Documents that it could not take yet, each time. */
  readonly turnedDown: number;
  /** Requests that it has answered. */
  readonly requests: number;
  /** What these took together, milliseconds. */
  readonly requestMs: number;
}

/** So many requests before their time is judged: one may have met a pause of the target's. */
const MIN_REQUESTS = 4;
const SLOWER_TIMES = 4;
/** Requests of a few megabytes; on a small cluster those of many slices wait for each other for a second or two. */
const SLOW_MS = 5_000;

export class WriteAnswers {
  #last: WriteSums = { turnedDown: 0, requests: 0, requestMs: 0 };
  #usualMs: number | null = null;

  /** @returns what is too much, for a person; null: nothing is */
  judge(now: WriteSums): string | null {
    const turnedDown = now.turnedDown - this.#last.turnedDown;
    const requests = now.requests - this.#last.requests;
    if (turnedDown === 0 && requests < MIN_REQUESTS) return null;
    const ms = (now.requestMs - this.#last.requestMs) / requests;
    this.#last = now;
    // What is turned down is answered fast.
    if (turnedDown > 0) return `target turned down ${String(turnedDown)} document(s)`;
    const usualMs = this.#usualMs;
    // Follows a drop at once, a rise only slowly: else what is too slow would soon be usual.
    this.#usualMs = usualMs === null ? ms : Math.min(ms, usualMs * 1.01 + 1);
    if (usualMs === null || ms < SLOW_MS || ms < usualMs * SLOWER_TIMES) return null;
    return `target answers writes in ${(ms / 1_000).toFixed(1)} s, usually ${(usualMs / 1_000).toFixed(1)} s`;
  }
}
