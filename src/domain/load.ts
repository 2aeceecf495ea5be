/**
 * Whether a cluster has more to do than is good for it, from two readings of its nodes. Pure.
 *
 * The target is judged by what writing costs it, the source by what reading costs it. Rejections and tripped breakers
 * are counters, of which only the increase says something about now.
 */

export interface Pool {
  readonly threads: number;
  /** Requests that wait. */
  readonly queue: number;
  /** How many may wait; null: without limit, or unknown. */
  readonly capacity: number | null;
  /** Since the node started. */
  readonly rejected: number;
}

export interface NodeLoad {
  readonly id: string;
  readonly name: string;
  readonly write: Pool;
  readonly search: Pool;
  readonly heapPercent: number;
  /** Since the node started. */
  readonly breakerTrips: number;
  readonly indexingRejections: number;
  /** Share of what writes may hold in memory, 0 to 1. */
  readonly indexingMemory: number;
}

export interface ClusterLoad {
  readonly nodes: readonly NodeLoad[];
  /** Of all searches since the nodes started. */
  readonly searches: number;
  readonly searchMillis: number;
}

export type Side = 'source' | 'target';

/** Requests that wait for each thread: so many times the usual time, everybody's writes take. */
const WAITING_PER_THREAD = 20;
const QUEUE_SHARE = 0.5;
const HEAP_PERCENT = 92;
const INDEXING_MEMORY = 0.8;
const SLOWER_TIMES = 4;
const SLOW_SEARCH_MS = 200;
const MIN_SEARCHES = 10;

/** @returns what is too much, for a person: `target write queue 180/200`; null: nothing is */
export function pressureOn(side: Side, before: ClusterLoad, now: ClusterLoad, usualSearchMs: number | null): string | null {
  for (const node of now.nodes) {
    const earlier = before.nodes.find(({ id }) => id === node.id);
    const reason = side === 'target' ? pressureOfWrites(node, earlier) : pressureOfPool('search', node.search, earlier?.search);
    if (reason !== null) return `${side} ${reason}`;
    if (earlier === undefined) continue;
    if (node.breakerTrips > earlier.breakerTrips) return `${side} circuit breaker tripped on ${node.name}`;
    // One reading may be just before a collection.
    if (node.heapPercent >= HEAP_PERCENT && earlier.heapPercent >= HEAP_PERCENT) return `${side} heap ${String(node.heapPercent)}% on ${node.name}`;
  }
  if (side === 'target') return null;
  const latency = searchMs(before, now);
  if (latency === null || usualSearchMs === null || latency < SLOW_SEARCH_MS || latency < usualSearchMs * SLOWER_TIMES) return null;
  return `source searches take ${String(Math.round(latency))} ms, usually ${String(Math.round(usualSearchMs))} ms`;
}

function pressureOfWrites(node: NodeLoad, earlier: NodeLoad | undefined): string | null {
  const queue = pressureOfPool('write', node.write, earlier?.write);
  if (queue !== null) return queue;
  if (earlier !== undefined && node.indexingRejections > earlier.indexingRejections) return `indexing pressure: ${String(node.indexingRejections - earlier.indexingRejections)} rejected on ${node.name}`;
  return node.indexingMemory >= INDEXING_MEMORY ? `indexing pressure ${String(Math.round(node.indexingMemory * 100))}% on ${node.name}` : null;
}

function pressureOfPool(what: 'write' | 'search', pool: Pool, earlier: Pool | undefined): string | null {
  const rejected = pool.rejected - (earlier?.rejected ?? pool.rejected);
  const waiting = `${what} queue ${String(pool.queue)}${pool.capacity === null ? '' : `/${String(pool.capacity)}`}`;
  if (rejected > 0) return `${waiting}, ${String(rejected)} rejected`;
  const most = Math.min((pool.capacity ?? Infinity) * QUEUE_SHARE, Math.max(1, pool.threads) * WAITING_PER_THREAD);
  return pool.queue >= Math.max(1, most) ? waiting : null;
}

/** Average time of the searches between two readings, milliseconds; null: too few to say. */
export function searchMs(before: ClusterLoad, now: ClusterLoad): number | null {
  const searches = now.searches - before.searches;
  return searches < MIN_SEARCHES ? null : Math.max(0, now.searchMillis - before.searchMillis) / searches;
}
