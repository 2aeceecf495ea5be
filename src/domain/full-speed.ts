/**
 * How fast a slice goes with nothing in its way. Pure: it is told what time it is.
 *
 * Only stretches count in which the slice had no limit from beginning to end: what a throttle allows, or the governor
 * itself, is not what a slice can do, and a share of it would be a share of a share.
 */

/** Weight of what was measured last. */
const NEWEST = 0.3;
/** Shorter stretches say little about a speed, milliseconds. */
const MIN_STRETCH_MS = 400;

/** Documents a second, smoothed. */
export function fullSpeed(known: number | null, measured: number): number {
  return known === null ? measured : known * (1 - NEWEST) + measured * NEWEST;
}

/** Follows one slice. */
export class Stretches {
  #start: { readonly ms: number; readonly documents: number } | null = null;
  /** The slice's limit now; undefined: nobody has said. */
  #limit: number | null | undefined;
  #isFree = false;

  /** From now on the slice has this limit. */
  limited(limit: number | null): void {
    if (limit !== null) this.#isFree = false;
    this.#limit = limit;
  }

  /** @returns documents a second of the stretch that ends here; null: none does, or it was not free */
  seen(documents: number, ms: number): number | null {
    const start = this.#start;
    // What a slice has done before somebody looked has taken nobody knows how long.
    if (start === null) return this.#begin(documents, ms);
    if (ms - start.ms < MIN_STRETCH_MS) return null;
    const rate = ((documents - start.documents) * 1_000) / (ms - start.ms);
    const isFree = this.#isFree;
    this.#begin(documents, ms);
    return isFree && rate > 0 ? rate : null;
  }

  #begin(documents: number, ms: number): null {
    this.#start = { documents, ms };
    this.#isFree = this.#limit === null;
    return null;
  }
}
