/**
 * Slows the slices of a migration down while one of its clusters has too much to do, and lets them recover.
 *
 * One governor a migration in each worker process: it looks at both clusters every two seconds as long as slices run.
 * Workers need not agree, since all see the same load and additive increase with multiplicative decrease evens out.
 * Nothing of it goes into a history; a worker that dies leaves the others to go on, and a new one begins at full speed.
 */
import type { Logger } from 'pino';
import { Stretches, fullSpeed } from '../domain/full-speed.js';
import { describeSpeed, FULL_SPEED, govern, governRefusal, LEAST_SHARE, limitOf, type Governing } from '../domain/governor.js';
import { pressureOn, searchMs, type ClusterLoad, type Side } from '../domain/load.js';
import { WriteAnswers, type WriteSums } from '../domain/write-answers.js';
import type { LoadReader } from '../elasticsearch/load.js';

const LOOK_EVERY_MS = 2_000;
/** What was learned outlives the gap between two slices. */
const KEEP_MS = 60_000;
/**
 * What any slice can do, bytes a second. One that was seen first when its cluster had too much to do already is taken to
 * do this much: a share of less would be next to nothing.
 */
const MODEST_BYTES = 512 * 1024;

/** What one slice asks for. */
export interface Asked {
  /** Its share of what the throttle asks for, documents a second; null: no limit. */
  readonly asked: number | null;
  /** Size of a document; null: not known. */
  readonly documentBytes: number | null;
}

/** The speed of one slice while it runs. */
export interface SliceSpeed {
  /** Tells how far it is. */
  seen(documents: number): void;
  /** Tells how the target has answered its writes. */
  answered(sums: WriteSums): void;
  /** Tells that a cluster has turned a batch of it down. @param what for a person: `target turns batches down` */
  refused(what: string): void;
  /** Documents a second that it is to go from now on; null: no limit. @param asked its share of what the throttle asks for */
  limit(asked: number | null): number | null;
  /** What it does, and why slower if it is. */
  detail(text: string): string;
  leave(): void;
}

export class Governors {
  readonly #readerOf: (connection: string) => LoadReader;
  readonly #log: Pick<Logger, 'info'>;
  readonly #running = new Map<string, Governor>();

  /** @param readerOf reads the load of a connection's cluster */
  constructor(readerOf: (connection: string) => LoadReader, log: Pick<Logger, 'info'>) {
    this.#readerOf = readerOf;
    this.#log = log;
  }

  /** The lowest share of full speed of all migrations here; 1: none is slowed. */
  get lowestShare(): number {
    return Math.min(1, ...[...this.#running.values()].map((governor) => governor.state.share));
  }

  /** Governs a slice of a migration from now until it leaves. @param documentBytes size of a document; null: not known */
  join(id: string, { source, target }: { readonly source: string; readonly target: string }, documentBytes: number | null): SliceSpeed {
    const known = this.#running.get(id);
    const governor = known ?? new Governor({ source: this.#readerOf(source), target: this.#readerOf(target) }, this.#log, () => this.#running.delete(id));
    this.#running.set(id, governor);
    return governor.join(documentBytes);
  }

  /** Documents a second at which a slice is to begin; null: no limit. */
  limitAtStart(id: string, slice: Asked): number | null {
    return this.#running.get(id)?.limit(slice) ?? slice.asked;
  }
}

interface Watched {
  readonly read: LoadReader;
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

  constructor(sides: Readonly<Record<Side, LoadReader>>, log: Pick<Logger, 'info'>, onEnd: () => void) {
    const watch = (read: LoadReader): Watched => ({ read, last: null });
    this.#sides = { source: watch(sides.source), target: watch(sides.target) };
    this.#log = log;
    this.#onEnd = onEnd;
    this.#timer = setInterval(() => this.#tick(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  join(documentBytes: number | null): SliceSpeed {
    this.#slices += 1;
    let isIn = true;
    const [stretches, answers] = [new Stretches(), new WriteAnswers()];
    const refused = (what: string): void => this.#change(governRefusal(this.state, what));
    return {
      seen: (documents) => {
        const rate = stretches.seen(documents, Date.now());
        // Under pressure a slice does less than it could, with its limit or without.
        if (rate !== null && (this.#full === null || this.state.share === 1)) this.#full = fullSpeed(this.#full, rate);
      },
      answered: (sums) => {
        const what = answers.judge(sums);
        if (what !== null) refused(what);
      },
      refused,
      limit: (asked) => {
        const limit = this.limit({ asked, documentBytes });
        stretches.limited(limit);
        return limit;
      },
      detail: (text) => [text, describeSpeed(this.state)].filter((part) => part !== null).join('; '),
      leave: () => {
        if (!isIn) return;
        isIn = false;
        this.#slices -= 1;
        this.#idleSince = Date.now();
      },
    };
  }

  limit({ asked, documentBytes }: Asked): number | null {
    const modest = documentBytes === null ? 0 : MODEST_BYTES / documentBytes;
    return limitOf(this.state, { asked, full: this.#full === null ? null : Math.max(this.#full, modest) });
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
    this.#change(govern(this.state, target ?? source));
  }

  #change(state: Governing): void {
    const before = this.state;
    this.state = state;
    if (this.state.share < before.share) this.#log.info({ share: this.state.share, reason: this.state.reason, least: LEAST_SHARE }, 'slowed down');
  }

  async #pressure(side: Side): Promise<string | null> {
    const watched = this.#sides[side];
    const now = await watched.read();
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
