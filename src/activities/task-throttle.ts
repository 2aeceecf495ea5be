/** Keeps the limit of a task of `_reindex` at what the throttle asks for and the load of both clusters allows. */
import type { Cluster } from '../elasticsearch/cluster.js';
import { rethrottleTask } from '../elasticsearch/reindex-tasks.js';
import type { SliceSpeed } from './governors.js';

/** Smaller changes are not worth a request. */
const TOLERANCE = 0.1;

export class TaskThrottle {
  readonly #target: Cluster;
  readonly #task: string;
  readonly #speed: SliceSpeed;
  #asked: number | null;
  /** The limit as it was set or seen last; undefined: not seen yet. */
  #known: number | null | undefined;

  constructor(target: Cluster, task: string, asked: number | null, speed: SliceSpeed) {
    this.#target = target;
    this.#task = task;
    this.#asked = asked;
    this.#speed = speed;
  }

  /** @param limit that the task has now: one that was not set here was asked for by a person meanwhile */
  async follow(limit: number | null): Promise<void> {
    if (this.#known !== undefined && differs(this.#known, limit, 0.001)) this.#asked = limit;
    this.#known = limit;
    const wanted = this.#speed.limit(this.#asked);
    // Back to all that is asked for: the last step may be a small one.
    if (!differs(limit, wanted, wanted === this.#asked ? 0.001 : TOLERANCE)) return;
    await rethrottleTask(this.#target, this.#task, wanted);
    this.#known = wanted;
  }
}

function differs(a: number | null, b: number | null, tolerance: number): boolean {
  if (a === null || b === null) return a !== b;
  return Math.abs(a - b) > Math.max(a, b) * tolerance;
}
