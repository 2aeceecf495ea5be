/**
 * Runs a module of a user over documents, in a thread that is ended when a document takes too long.
 *
 * Whatever a module does, it costs one document: an endless loop, a regular expression that does not end, memory without
 * bound. A module that does so again and again is given up.
 */
import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { GodwitError } from '../domain/errors.js';
import { fromBatch, toBatch, type ModuleFailure, type TransformModule } from './module-messages.js';
import { borrowHost, startHost, type ModuleHost, type ModuleLimits } from './module-host.js';

export const MODULE_LIMITS: ModuleLimits = {
  documentMs: 5_000,
  loadMs: 30_000,
  memoryBytes: 256 * 1024 * 1024,
  // A thread that copies slices has one for all of them; comparisons, which run in the main thread, have one for each core.
  threads: isMainThread ? availableParallelism() : 1,
};

/** Documents that may go over a limit before the module is given up. */
const MOST_OVERRUNS = 10;

export class ModuleRunner {
  readonly #module: TransformModule;
  readonly #limits: ModuleLimits;
  readonly #isAlone: boolean;
  #host: ModuleHost | null = null;
  #overruns = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param isAlone in a thread of its own, which has seen no other document */
  constructor(module: TransformModule, limits: ModuleLimits = MODULE_LIMITS, isAlone = false) {
    this.#module = module;
    this.#limits = limits;
    this.#isAlone = isAlone;
  }

  /**
   * @param documents each in one line
   * @returns what became of each, in the same order
   * @throws TransformModuleFailed if the module cannot be used, or goes over its limits too often; Canceled
   */
  async run(documents: readonly Buffer[], signal: AbortSignal): Promise<(Buffer | ModuleFailure)[]> {
    const host = (this.#host ??= (this.#isAlone ? startHost : borrowHost)(this.#module, this.#limits));
    const run = host.alone(() => this.#runAll(host, documents, signal), signal);
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #runAll(host: ModuleHost, documents: readonly Buffer[], signal: AbortSignal): Promise<(Buffer | ModuleFailure)[]> {
    const results: (Buffer | ModuleFailure)[] = [...documents];
    for (let waiting = [...documents.keys()]; waiting.length > 0; ) {
      const loaded = await host.load(signal);
      if (loaded.kind !== 'loaded') throw this.#unusable(loaded.kind === 'unusable' ? loaded.why : loaded.kind === 'lost' ? loaded.failure.why : 'it did not load');
      const answer = await host.ask({ kind: 'run', batch: toBatch(waiting.flatMap((at) => documents[at] ?? [])) }, signal);
      if (answer.kind === 'lost') {
        // Only that document is to blame; the others are changed once more.
        const stuck = waiting[Math.max(0, answer.at)];
        if (stuck !== undefined) results[stuck] = answer.failure;
        waiting = waiting.filter((at) => at !== stuck);
        this.#countOverrun(answer.failure);
      } else if (answer.kind === 'changed') {
        const changed = fromBatch(answer.batch);
        for (const [number, at] of waiting.entries()) results[at] = changed[number] ?? Buffer.alloc(0);
        for (const { at: number, type, why } of answer.failures) {
          const at = waiting[number];
          if (at !== undefined) results[at] = { type, why };
          if (type !== 'transform_failed') this.#countOverrun({ type, why });
        }
        waiting = [];
      } else throw this.#unusable(answer.kind === 'unusable' ? answer.why : 'it was loaded twice');
    }
    return results;
  }

  #countOverrun({ why }: ModuleFailure): void {
    this.#overruns += 1;
    if (this.#overruns >= MOST_OVERRUNS) throw this.#unusable(`it went over its limits with ${String(this.#overruns)} documents, with the last one since ${why}`);
  }

  #unusable(why: string): GodwitError {
    return new GodwitError('TransformModuleFailed', `the module ${this.#module.name} of the transform cannot be used: ${why}`, { subject: 'transform' });
  }

  /** Gives its thread back, once nothing of it runs there any more. */
  async close(): Promise<void> {
    await this.#last;
    this.#host?.giveBack();
    this.#host = null;
  }
}
