/** How long a slice waits before it is issued again. Pure. */

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A cluster that has too much to do: Elasticsearch itself has tried for a minute by then. */
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 60_000;

/** @param code why it is issued again; @param tries how often it was issued */
export function pauseMs(code: string, tries: number): number {
  const [first, longest] = code === 'Unavailable' ? [FIRST_REST_MS, LONGEST_REST_MS] : [FIRST_MS, LONGEST_MS];
  return Math.min(longest, first * 2 ** (tries - 1));
}
