/**
 * The newest migrations of visibility before a point in time, in order, though visibility itself cannot order.
 *
 * It looks at windows of time from the cursor backwards, counts before it fetches, widens an empty window and
 * narrows a crowded one, so that a page costs a few calls whether there are ten migrations or a million.
 */
import type { MigrationRuns, RunFilter, RunSummary, TimeWindow } from './runs.js';

/** So many rows are fetched and sorted at once at most. */
const MAX_ROWS = 1_000;
const FIRST_WINDOW_MS = 3_600_000;
const WIDENING = 6;

/** What lists are ordered by. */
export interface Listed {
  readonly id: string;
  /** RFC 3339 UTC. */
  readonly startedAt: string;
}

/** Where a page begins: after this one. */
export interface Position {
  readonly startedAtMs: number;
  readonly id: string;
}

/** Newest first; equal times by id, so that a cursor is exact. */
export function newerFirst(a: Listed, b: Listed): number {
  const byTime = Date.parse(b.startedAt) - Date.parse(a.startedAt);
  if (byTime !== 0) return byTime;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

export function isBefore(position: Position | null, item: Listed): boolean {
  if (position === null) return true;
  const startedAtMs = Date.parse(item.startedAt);
  return startedAtMs < position.startedAtMs || (startedAtMs === position.startedAtMs && item.id < position.id);
}

/**
 * @param wanted how many are enough; fewer come back only if there are no more
 * @param nowMs milliseconds since the epoch; where to begin without a cursor
 */
export async function newestRuns(
  runs: Pick<MigrationRuns, 'list' | 'count'>,
  filter: RunFilter,
  before: Position | null,
  wanted: number,
  nowMs: number,
): Promise<RunSummary[]> {
  const page = async (window: TimeWindow): Promise<RunSummary[]> =>
    (await runs.list(filter, window, MAX_ROWS)).filter((run) => isBefore(before, run)).sort(newerFirst);
  const upper = before === null ? {} : { untilMs: before.startedAtMs };
  const total = await runs.count(filter, upper);
  if (total === 0) return [];
  if (total <= MAX_ROWS) return (await page(upper)).slice(0, wanted);

  const found: RunSummary[] = [];
  let untilMs = before?.startedAtMs;
  let spanMs = FIRST_WINDOW_MS;
  for (;;) {
    // The first window has no upper end: clocks of two API replicas differ a little.
    const fromMs = Math.max(0, (untilMs ?? nowMs) - spanMs);
    const window: TimeWindow = { fromMs, untilMs };
    const count = await runs.count(filter, window);
    if (count > MAX_ROWS && spanMs > 1) {
      spanMs = Math.max(1, Math.floor(spanMs / WIDENING));
      continue;
    }
    if (count > 0) found.push(...(await page(window)));
    if (found.length >= wanted || fromMs === 0) return found.slice(0, wanted);
    untilMs = fromMs - 1;
    spanMs *= WIDENING;
  }
}
