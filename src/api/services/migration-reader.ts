/**
 * Shows one migration: from the store once it has ended, from the workflow while it runs, and from the last state known
 * when no worker answers. Not found, not running and worker absent are three different answers.
 */
import type { Migration } from '../../contracts/migration.js';
import { GodwitError } from '../../domain/errors.js';
import type { MigrationRecord } from '../../store/store.js';
import type { MigrationState } from '../../workflows/contract.js';
import type { AppDeps } from '../deps.js';
import { withLiveProgress } from './live-progress.js';
import { endedFromOutside, isFinal, keptState, latestTime, lostState, stateOfSummary, toMigration } from './migration-view.js';
import { RateMemory } from './rate-memory.js';
import type { PendingActivity, RunDescription } from './runs.js';

type ReaderDeps = Pick<AppDeps, 'runs' | 'store' | 'settings' | 'log'>;

export class MigrationReader {
  readonly #deps: ReaderDeps;
  readonly #rates = new RateMemory();

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  /** @throws MigrationNotFound, TemporalUnavailable; StoreUnavailable only if Temporal does not know the id either */
  async show(id: string): Promise<Migration> {
    const { record, problem } = await this.#record(id);
    const kept = keptState(record);
    // Its workflow wrote this at the end and nothing changes it any more: no need of Temporal or of a worker.
    if (kept !== null && isFinal(kept.status)) return this.#ended(kept);
    const run = await this.#deps.runs.describe(id);
    if (run !== null) return this.#fromWorkflow(run, record);
    if (record !== null) return toMigration(lostState(record));
    throw problem ?? notFound(id);
  }

  /** Cheaper than showing it. @throws MigrationNotFound and what `show` throws */
  async mustExist(id: string): Promise<void> {
    const { record, problem } = await this.#record(id);
    if (record !== null || (await this.#deps.runs.describe(id)) !== null) return;
    throw problem ?? notFound(id);
  }

  /** The migration after a control call, from the state that the call answered. */
  async showAfter(state: MigrationState): Promise<Migration> {
    if (isFinal(state.status)) return this.#ended(state);
    const run = await this.#deps.runs.describe(state.id);
    return this.#live(state, run?.pending ?? []);
  }

  async #record(id: string): Promise<{ record: MigrationRecord | null; problem: unknown }> {
    try {
      return { record: await this.#deps.store.migrations.find(id), problem: null };
    } catch (problem) {
      this.#deps.log.warn({ err: problem, migration: id }, 'the store does not answer; showing what Temporal knows');
      return { record: null, problem };
    }
  }

  async #fromWorkflow(run: RunDescription, record: MigrationRecord | null): Promise<Migration> {
    try {
      const state = endedFromOutside(await this.#deps.runs.queryState(run.id), run);
      if (isFinal(state.status)) return this.#ended(state);
      return this.#live(state, run.pending);
    } catch (error) {
      if (!(error instanceof GodwitError) || error.code !== 'WorkerAbsent') throw error;
      return this.#lastKnown(run, record, error.message);
    }
  }

  #live(state: MigrationState, pending: readonly PendingActivity[]): Migration {
    const now = Date.now();
    const live = withLiveProgress(state, pending, now);
    return toMigration(live, this.#rates.note(live, now));
  }

  async #lastKnown(run: RunDescription, record: MigrationRecord | null, why: string): Promise<Migration> {
    const last = run.execution === 'open' ? this.#rates.last(run.id) : null;
    const state = endedFromOutside(last?.state ?? stateOfSummary(run, record), run);
    if (isFinal(state.status)) return this.#ended(state);
    const since = last === null ? latestTime(state) : new Date(last.atMs).toISOString();
    return toMigration(state, undefined, await this.#notice(why, since));
  }

  async #notice(why: string, since: string): Promise<string> {
    const { taskQueue } = this.#deps.settings;
    const lastPoll = await this.#deps.runs.lastPollAt().catch(() => null);
    const polled =
      lastPoll === null
        ? `No worker polls the task queue "${taskQueue}"`
        : `The task queue "${taskQueue}" was last polled by a worker at ${lastPoll}`;
    return `${polled} (${why}). This is the last state known, of ${since}; the migration goes on by itself once a worker is back (godwit worker).`;
  }

  #ended(state: MigrationState): Migration {
    this.#rates.forget(state.id);
    return toMigration(state);
  }
}

function notFound(id: string): GodwitError {
  return new GodwitError('MigrationNotFound', `no migration has the id "${id}"`);
}
