/**
 * Threads in which modules of users run. All who run the same module share some threads, however many they are: an engine
 * and what the module holds in it are paid for once a thread, not once a slice.
 *
 * A thread that nobody needs stays for a while, since the next slice comes soon.
 */
import { sizeIn, type FromModule, type ModuleFailure, type ToModule, type TransformModule } from './module-messages.js';
import { orStopped, stopped } from './pause.js';
import { startThread } from './start-thread.js';

export interface ModuleLimits {
  /** Longest that one document may take, milliseconds; a large one may take longer, see `BYTES_PER_MS`. */
  readonly documentMs: number;
  /** Longest that the thread may take until the module is loaded, milliseconds. */
  readonly loadMs: number;
  readonly memoryBytes: number;
  /** Most threads for one module. */
  readonly threads: number;
}

const IDLE_MS = 10_000;
/** To read and write a document of many small fields takes the engine some 0.3 s a megabyte, on a busy machine twice that. */
const BYTES_PER_MS = 1_000;

/** Of this thread of ours: by module and limits. */
const hosts = new Map<string, ModuleHost[]>();

/** Borrows a thread: one that nobody has, else a new one while there may be more, else the one that the fewest have. */
export function borrowHost(module: TransformModule, limits: ModuleLimits): ModuleHost {
  const key = JSON.stringify([module.name, module.text, limits]);
  const all = hosts.get(key) ?? [];
  hosts.set(key, all);
  const [idlest] = [...all].sort((a, b) => a.users - b.users);
  const isNew = idlest === undefined || (idlest.users > 0 && all.length < limits.threads);
  const host = isNew
    ? new ModuleHost(module, limits, (ended) => {
        all.splice(all.indexOf(ended), 1);
        if (all.length === 0) hosts.delete(key);
      })
    : idlest;
  if (isNew) all.push(host);
  host.borrow();
  return host;
}

/** A thread for one alone, which knows nothing of any document before. */
export function startHost(module: TransformModule, limits: ModuleLimits): ModuleHost {
  const host = new ModuleHost(module, limits, null);
  host.borrow();
  return host;
}

/** One thread at a time: when it is lost, another one takes its place. */
export class ModuleHost {
  users = 0;
  readonly #module: TransformModule;
  readonly #limits: ModuleLimits;
  readonly #onEnd: ((host: ModuleHost) => void) | null;
  #thread: ModuleThread | null = null;
  #isLoaded = false;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  /** @param onEnd called when nobody has needed it for a while; null: it ends with its only user */
  constructor(module: TransformModule, limits: ModuleLimits, onEnd: ((host: ModuleHost) => void) | null) {
    this.#module = module;
    this.#limits = limits;
    this.#onEnd = onEnd;
  }

  borrow(): void {
    this.users += 1;
    clearTimeout(this.#idle);
    this.#thread?.keep(true);
  }

  giveBack(): void {
    this.users -= 1;
    const onEnd = this.#onEnd;
    if (this.users > 0) return;
    if (onEnd === null) return this.#drop();
    this.#thread?.keep(false);
    this.#idle = setTimeout(() => {
      onEnd(this);
      this.#drop();
    }, IDLE_MS).unref();
  }

  /** One batch after the other: a thread tells of one document only where it is. @throws Canceled, also while it waits for its turn */
  async alone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const done = this.#last.then(() => {
      if (signal.aborted) throw stopped();
      return work();
    });
    this.#last = done.catch(() => undefined);
    return orStopped(done, signal);
  }

  /** Makes sure that the module is loaded. @throws Canceled */
  async load(signal: AbortSignal): Promise<FromModule | Lost> {
    if (this.#thread !== null && this.#isLoaded) return { kind: 'loaded' };
    this.#thread ??= new ModuleThread(this.#limits);
    const answer = await this.ask({ kind: 'load', module: this.#module, memoryBytes: this.#limits.memoryBytes, progress: this.#thread.progress }, signal);
    this.#isLoaded = answer.kind === 'loaded';
    if (!this.#isLoaded) this.#drop();
    return answer;
  }

  /** @throws Canceled */
  async ask(message: ToModule, signal: AbortSignal): Promise<FromModule | Lost> {
    const thread = this.#thread;
    if (thread === null) throw new Error('nothing is loaded');
    if (signal.aborted) throw stopped();
    try {
      const answer = await thread.ask(message, signal);
      if (answer.kind === 'lost') this.#drop();
      return answer;
    } catch (error) {
      // It may be at it still, and its answer is nobody's any more.
      this.#drop();
      throw error;
    }
  }

  #drop(): void {
    const thread = this.#thread;
    this.#thread = null;
    this.#isLoaded = false;
    void thread?.end();
  }
}

export interface Lost {
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
        const { loadMs, documentMs } = this.#limits;
        const longestMs = (at: number): number => (message.kind === 'load' ? loadMs : documentMs + sizeIn(message.batch, at) / BYTES_PER_MS);
        const watch = setInterval(this.#watch(longestMs, resolve), Math.ceil((message.kind === 'load' ? loadMs : documentMs) / 10));
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

  /** A document is late when it is the same one for all that time. @param longestMs for the document of a number */
  #watch(longestMs: (at: number) => number, tell: (lost: Lost) => void): () => void {
    let [seen, since] = [-2, Date.now()];
    return () => {
      const at = Atomics.load(this.progress, 0);
      if (at !== seen) [seen, since] = [at, Date.now()];
      else if (Date.now() - since >= longestMs(at)) {
        tell(this.#lost('transform_timeout', `it took longer than ${String(Math.round(longestMs(at) / 100) / 10)} s`));
        void this.end();
      }
    };
  }

  #lost(type: ModuleFailure['type'], why: string): Lost {
    return { kind: 'lost', at: Atomics.load(this.progress, 0), failure: { type, why } };
  }

  /** Whether the process has to wait for it. */
  keep(isNeeded: boolean): void {
    if (isNeeded) this.#worker.ref();
    else this.#worker.unref();
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
