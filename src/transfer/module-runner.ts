/**
 * Runs a module of a user over documents, in a thread of its own that is ended when a document takes too long.
 *
 * Whatever a module does, it costs one document: an endless loop, a regular expression that does not end, memory without
 * bound. A module that does so again and again is given up.
 */
import { GodwitError } from '../domain/errors.js';
import { fromBatch, toBatch, type FromModule, type ModuleFailure, type ToModule, type TransformModule } from './module-messages.js';
import { stopped } from './pause.js';
import { startThread } from './start-thread.js';

export interface ModuleLimits {
  /** Longest that one document may take, milliseconds. */
  readonly documentMs: number;
  /** Longest that the thread may take until the module is loaded, milliseconds. */
  readonly loadMs: number;
  readonly memoryBytes: number;
}

export const MODULE_LIMITS: ModuleLimits = { documentMs: 5_000, loadMs: 30_000, memoryBytes: 256 * 1024 * 1024 };

/** Documents that may go over a limit before the module is given up. */
const MOST_OVERRUNS = 10;

export class ModuleRunner {
  readonly #module: TransformModule;
  readonly #limits: ModuleLimits;
  #thread: ModuleThread | null = null;
  #overruns = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(module: TransformModule, limits: ModuleLimits = MODULE_LIMITS) {
    this.#module = module;
    this.#limits = limits;
  }

  /**
   * @param documents each in one line
   * @returns what became of each, in the same order
   * @throws TransformModuleFailed if the module cannot be used, or goes over its limits too often; Canceled
   */
  async run(documents: readonly Buffer[], signal: AbortSignal): Promise<(Buffer | ModuleFailure)[]> {
    // One batch at a time: a thread tells of one document only where it is.
    const run = this.#last.then(() => this.#runAll(documents, signal));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #runAll(documents: readonly Buffer[], signal: AbortSignal): Promise<(Buffer | ModuleFailure)[]> {
    const results: (Buffer | ModuleFailure)[] = [...documents];
    for (let waiting = [...documents.keys()]; waiting.length > 0; ) {
      const thread = await this.#ready(signal);
      const answer = await thread.ask({ kind: 'run', batch: toBatch(waiting.flatMap((at) => documents[at] ?? [])) }, signal);
      if (answer.kind === 'lost') {
        // Only that document is to blame; the others are changed once more.
        this.#thread = null;
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

  async #ready(signal: AbortSignal): Promise<ModuleThread> {
    if (this.#thread !== null) return this.#thread;
    const thread = new ModuleThread(this.#limits);
    this.#thread = thread;
    const { module, limits } = { module: this.#module, limits: this.#limits };
    const answer = await thread.ask({ kind: 'load', module, memoryBytes: limits.memoryBytes, progress: thread.progress }, signal);
    if (answer.kind === 'loaded') return thread;
    await this.close();
    throw this.#unusable(answer.kind === 'unusable' ? answer.why : answer.kind === 'lost' ? answer.failure.why : 'it did not load');
  }

  #unusable(why: string): GodwitError {
    return new GodwitError('TransformModuleFailed', `the module ${this.#module.name} of the transform cannot be used: ${why}`, { subject: 'transform' });
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.end();
  }
}

interface Lost {
  readonly kind: 'lost';
  /** Number of the document that was being changed; -1: the module was being loaded. */
  readonly at: number;
  readonly failure: ModuleFailure;
}

class ModuleThread {
  readonly progress = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  readonly #limits: ModuleLimits;
  /** Of the environment it gets nothing. */
  readonly #worker = startThread(new URL('./module-thread.js', import.meta.url), { name: 'transform', env: {} });

  constructor(limits: ModuleLimits) {
    this.#limits = limits;
    // Told by whoever asks; nobody asks a thread that has ended.
    this.#worker.on('error', () => undefined);
  }

  /** Ends the thread when it takes too long over one document. @throws Canceled */
  async ask(message: ToModule, signal: AbortSignal): Promise<FromModule | Lost> {
    if (signal.aborted) throw stopped();
    const worker = this.#worker;
    let cleanUp = (): void => undefined;
    try {
      return await new Promise<FromModule | Lost>((resolve, reject) => {
        const onMessage = (answer: FromModule): void => resolve(answer);
        const onError = (error: Error): void => resolve(this.#lost('transform_failed', `its thread failed: ${error.message}`));
        const onExit = (): void => resolve(this.#lost('transform_failed', 'its thread ended'));
        const stop = (): void => reject(stopped());
        const longestMs = message.kind === 'load' ? this.#limits.loadMs : this.#limits.documentMs;
        const watch = setInterval(this.#watch(longestMs, resolve), Math.ceil(longestMs / 10));
        worker.on('message', onMessage).on('error', onError).on('exit', onExit);
        signal.addEventListener('abort', stop, { once: true });
        cleanUp = () => {
          clearInterval(watch);
          worker.off('message', onMessage).off('error', onError).off('exit', onExit);
          signal.removeEventListener('abort', stop);
        };
        this.progress.fill(-1);
        worker.postMessage(message, message.kind === 'run' ? [message.batch.bytes.buffer] : []);
      });
    } finally {
      cleanUp();
    }
  }

  /** A document is late when it is the same one for all that time. */
  #watch(longestMs: number, tell: (lost: Lost) => void): () => void {
    let [seen, since] = [-2, Date.now()];
    return () => {
      const at = Atomics.load(this.progress, 0);
      if (at !== seen) [seen, since] = [at, Date.now()];
      else if (Date.now() - since >= longestMs) {
        tell(this.#lost('transform_timeout', `it took longer than ${String(longestMs / 1_000)} s`));
        void this.end();
      }
    };
  }

  #lost(type: ModuleFailure['type'], why: string): Lost {
    return { kind: 'lost', at: Atomics.load(this.progress, 0), failure: { type, why } };
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
