/** Side by side, but bounded: for work on many things of which each waits for a cluster most of the time. */

/**
 * Works all items off, so many at once. Comes back when nothing of it runs any more.
 *
 * @throws the first error; what was not begun by then is not begun
 */
export async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T, at: number) => Promise<void>): Promise<void> {
  const queue = items.entries();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const [at, item] of queue) {
      if (failures.length > 0) return;
      await work(item, at).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
}
