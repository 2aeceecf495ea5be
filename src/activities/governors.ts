/**
 * Slows the slices of a migration down while one of its clusters has too much to do, and lets them recover.
 *
 * One governor a migration in each worker process: it looks at both clusters every two seconds as long as slices run.
 * Workers need not agree, since all see the same load and additive increase with multiplicative decrease evens out.
 * Nothing of it goes into a history; a worker that dies leaves the others to go on, and a new one begins at full speed.
 */
import type { Logger } from 'pino';
import { describeSpeed, FULL_SPEED, fullSpeed, govern, LEAST_SHARE, lowerLimit, type Governing } from '../domain/governor.js';
import { pressureOn, searchMs, type ClusterLoad, type Side } from '../domain/load.js';
import type { Cluster, Clusters } from '../elasticsearch/cluster.js';
import { readLoad, readPoolSizes, type PoolSizes } from '../elasticsearch/load.js';

const LOOK_EVERY_MS = 2_000;
/** What was learned outlives the gap between two slices. */
const KEEP_MS = 60_000;
/** Shorter stretches say little about a speed. */
const MIN_STRETCH_MS = 400;

/** The speed of one slice while it runs. */
export interface SliceSpeed {
  /** Tells how far it is. */
  seen(documents: number): void;
  /** Tells that a cluster has turned a batch of it down. @param what for a person: `target turns batches down` */
  refused(what: string): void;
  /** Documents a second that it may go now; null: no limit. @param asked its share of what the throttle asks for */
  limit(asked: number | null): number | null;
  /** What it does, and why slower if it is. */
  detail(text: string): string;
  leave(): void;
}

export class Governors {
  readonly #clusters: Pick<Clusters, 'get'>;
  readonly #log: Pick<Logger, 'info'>;
  readonly #running = new Map<string, Governor>();

  constructor(clusters: Pick<Clusters, 'get'>, log: Pick<Logger, 'info'>) {
    this.#clusters = clusters;
    this.#log = log;
  }

  /** The lowest share of full speed of all migrations here; 1: none is slowed. */
  get lowestShare(): number {
    return Math.min(1, ...[...this.#running.values()].map((governor) => governor.state.share));
  }

  /** Governs a slice of a migration from now until it leaves. */
  join(id: string, { source, target }: { readonly source: string; readonly target: string }): SliceSpeed {
    const known = this.#running.get(id);
    const governor = known ?? new Governor({ source: this.#clusters.get(source), target: this.#clusters.get(target) }, this.#log, () => this.#running.delete(id));
    this.#running.set(id, governor);
    return governor.join();
  }

  /** Documents a second at which a slice is to begin; null: no limit. @param asked its share of what the throttle asks for */
  limitAtStart(id: string, asked: number | null): number | null {
    return this.#running.get(id)?.limit(asked) ?? asked;
  }
}

interface Watched {
  readonly cluster: Cluster;
  sizes: PoolSizes | null;
  last: ClusterLoad | null;
}

class Governor {
  state: Governing = FULL_SPEED;
  readonly #sides: Readonly<Record<Side, Watched>>;
  readonly #log: Pick<Logger, 'info'>;
  readonly #timer: NodeJS.Timeout;
  readonly #onEnd: () => void;
  #slices = 0;
  #idleSince = Date.now();
  #isLooking = false;
  /** Documents a second of one slice at full speed. */
  #full: number | null = null;
  #usualSearchMs: number | null = null;

  constructor(sides: Readonly<Record<Side, Cluster>>, log: Pick<Logger, 'info'>, onEnd: () => void) {
    const watch = (cluster: Cluster): Watched => ({ cluster, sizes: null, last: null });
    this.#sides = { source: watch(sides.source), target: watch(sides.target) };
    this.#log = log;
    this.#onEnd = onEnd;
    this.#timer = setInterval(() => this.#tick(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  join(): SliceSpeed {
    this.#slices += 1;
    let [since, documents, isIn] = [Date.now(), 0, true];
    return {
      seen: (now) => {
        const elapsed = Date.now() - since;
        if (elapsed < MIN_STRETCH_MS) return;
        const rate = ((now - documents) * 1_000) / elapsed;
        if (rate > 0 && (this.#full === null || this.state.share === 1)) this.#full = fullSpeed(this.#full, rate);
        [since, documents] = [Date.now(), now];
      },
      refused: (what) => this.#govern(what),
      limit: (asked) => this.limit(asked),
      detail: (text) => [text, describeSpeed(this.state)].filter((part) => part !== null).join('; '),
      leave: () => {
        if (!isIn) return;
        isIn = false;
        this.#slices -= 1;
        this.#idleSince = Date.now();
      },
    };
  }

  limit(asked: number | null): number | null {
    return lowerLimit(asked, this.state.share < 1 && this.#full !== null ? Math.max(1, this.#full * this.state.share) : null);
  }

  #tick(): void {
    if (this.#slices === 0 && Date.now() - this.#idleSince > KEEP_MS) {
      clearInterval(this.#timer);
      this.#onEnd();
      return;
    }
    if (this.#isLooking || this.#slices === 0) return;
    this.#isLooking = true;
    this.#look()
      // Whether it can be reached is for the slices to say; the speed stays as it is.
      .catch((error: unknown) => this.#log.info({ err: error }, 'the load of a cluster could not be read'))
      .finally(() => (this.#isLooking = false));
  }

  async #look(): Promise<void> {
    const [target, source] = [await this.#pressure('target'), await this.#pressure('source')];
    this.#govern(target ?? source);
  }

  #govern(pressure: string | null): void {
    const before = this.state;
    this.state = govern(before, pressure);
    if (this.state.share < before.share) this.#log.info({ share: this.state.share, reason: this.state.reason, least: LEAST_SHARE }, 'slowed down');
  }

  async #pressure(side: Side): Promise<string | null> {
    const watched = this.#sides[side];
    watched.sizes ??= await readPoolSizes(watched.cluster);
    const now = await readLoad(watched.cluster, watched.sizes ?? {});
    const before = watched.last;
    watched.last = now;
    if (now === null || before === null) return null;
    const pressure = pressureOn(side, before, now, this.#usualSearchMs);
    const latency = side === 'source' ? searchMs(before, now) : null;
    // Follows a drop at once, a rise only slowly: else what is too slow would soon be usual.
    if (latency !== null) this.#usualSearchMs = this.#usualSearchMs === null ? latency : Math.min(latency, this.#usualSearchMs * 1.01 + 0.1);
    return pressure;
  }
}
