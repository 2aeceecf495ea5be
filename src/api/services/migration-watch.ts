/**
 * Watches migrations for event streams: one poll a second and migration, however many subscribers it has.
 *
 * A subscriber gets the present migration at once, then each one that differs from the last; the final one ends it.
 */
import type { Logger } from 'pino';
import type { Migration } from '../../contracts/migration.js';
import { isFinal } from './migration-view.js';

/** Milliseconds between two looks at a migration. */
const POLL_MS = 1_000;

export interface Subscriber {
  /** Called for every change, never twice at once with the same migration. */
  changed(migration: Migration): void;
  /** Nothing comes after it: the migration has ended, or this process shuts down (null). */
  ended(migration: Migration | null): void;
}

interface Watched {
  readonly subscribers: Set<Subscriber>;
  timer: NodeJS.Timeout | null;
  /** The last migration that was published, as JSON, to compare with. */
  last: string;
}

export class MigrationWatch {
  readonly #show: (id: string) => Promise<Migration>;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #watched = new Map<string, Watched>();

  constructor(show: (id: string) => Promise<Migration>, log: Pick<Logger, 'warn'>) {
    this.#show = show;
    this.#log = log;
  }

  /** @param first the migration as it was just read @returns the function that ends the subscription; safe to call again */
  subscribe(id: string, first: Migration, subscriber: Subscriber): () => void {
    subscriber.changed(first);
    if (isFinal(first.status)) {
      subscriber.ended(first);
      return () => undefined;
    }
    const watched: Watched = this.#watched.get(id) ?? { subscribers: new Set(), timer: null, last: JSON.stringify(first) };
    this.#watched.set(id, watched);
    watched.subscribers.add(subscriber);
    this.#schedule(id, watched);
    return () => {
      watched.subscribers.delete(subscriber);
      if (watched.subscribers.size === 0) this.#drop(id, watched);
    };
  }

  /** Ends all subscriptions, for a shutdown. */
  close(): void {
    for (const [id, watched] of this.#watched) {
      this.#drop(id, watched);
      for (const subscriber of watched.subscribers) subscriber.ended(null);
    }
  }

  #schedule(id: string, watched: Watched): void {
    watched.timer ??= setTimeout(() => void this.#poll(id, watched), POLL_MS);
  }

  async #poll(id: string, watched: Watched): Promise<void> {
    try {
      this.#publish(id, watched, await this.#show(id));
    } catch (error) {
      // Temporal restarts now and then; the stream goes on once it is back.
      this.#log.warn({ err: error, migration: id }, 'a watched migration could not be read');
    }
    watched.timer = null;
    if (this.#watched.get(id) === watched) this.#schedule(id, watched);
  }

  #publish(id: string, watched: Watched, migration: Migration): void {
    const json = JSON.stringify(migration);
    if (json !== watched.last) {
      watched.last = json;
      for (const subscriber of watched.subscribers) subscriber.changed(migration);
    }
    if (!isFinal(migration.status)) return;
    this.#drop(id, watched);
    for (const subscriber of watched.subscribers) subscriber.ended(migration);
  }

  #drop(id: string, watched: Watched): void {
    if (watched.timer !== null) clearTimeout(watched.timer);
    if (this.#watched.get(id) === watched) this.#watched.delete(id);
  }
}
