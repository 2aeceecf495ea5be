/** Keeps reading at a number of documents a second, over all that share it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stopped } from '../transfer/pause.js';

export class Pace {
  readonly #perSecond: number | null;
  /** When what was taken so far has been paid for, milliseconds. */
  #paidAt = 0;

  /** @param perSecond null: no limit */
  constructor(perSecond: number | null) {
    this.#perSecond = perSecond;
  }

  /** Waits until so many more are allowed. @throws GodwitError Canceled when the signal fires */
  async take(documents: number, signal: AbortSignal): Promise<void> {
    if (this.#perSecond === null) return;
    const now = performance.now();
    this.#paidAt = Math.max(this.#paidAt, now) + (documents / this.#perSecond) * 1_000;
    try {
      await sleep(this.#paidAt - now, undefined, { signal });
    } catch {
      throw stopped();
    }
  }
}
