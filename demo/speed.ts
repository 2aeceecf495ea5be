/** Speed from what has been done so far, over the last seconds. Pure. */

const WINDOW_MS = 10_000;
const MIN_SPAN_MS = 1_500;

export class Speed {
  #samples: { atMs: number; done: number }[] = [];

  /** @returns per second; null while there is too little to say */
  note(atMs: number, done: number): number | null {
    this.#samples = [...this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS), { atMs, done }];
    const [first] = this.#samples;
    if (first === undefined || atMs - first.atMs < MIN_SPAN_MS) return null;
    return Math.max(0, ((done - first.done) / (atMs - first.atMs)) * 1_000);
  }
}
