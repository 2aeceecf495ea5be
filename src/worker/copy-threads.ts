/**
 * Copies slices in threads, so that one worker fills the cores of its machine and its own loop stays free for
 * heartbeats, progress and cancellation.
 *
 * A thread is started when all others have a slice already, up to as many as there may be; then slices share threads.
 * One that dies takes its slices along: they fail with a code that is retried, which is safe since a slice can be copied
 * twice. No pool library: those hand out short tasks, while a slice runs for minutes and is spoken to meanwhile.
 */
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { ConnectionRegistry } from '../config/connections.js';
import { GodwitError } from '../domain/errors.js';
import type { CopyProgress, CopyResult, CopySliceOptions } from '../transfer/copy-slice.js';
import { Pace } from '../transfer/pace.js';
import { stopped } from '../transfer/pause.js';
import type { SliceCopier } from '../transfer/slice-copier.js';
import { startThread } from '../transfer/start-thread.js';
import { errorOf, plainConnection, type FromThread, type SliceNumber, type ToThread } from './copy-messages.js';

type Connections = Pick<ConnectionRegistry, 'names' | 'get' | 'onChange'>;

export interface CopyThreadsOptions {
  /** Most threads at once. */
  readonly most: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Default: a thread of this process. */
  readonly start?: () => Worker;
}

/** An idle thread holds some 40 MB, and a new one takes some tenths of a second to load its code. */
const IDLE_MS = 60_000;

export class CopyThreads implements SliceCopier {
  readonly #connections: Connections;
  readonly #options: CopyThreadsOptions;
  readonly #threads = new Set<CopyThread>();
  readonly #unfollow: () => void;

  constructor(connections: Connections, options: CopyThreadsOptions) {
    this.#connections = connections;
    this.#options = options;
    this.#unfollow = connections.onChange((changed) => {
      for (const thread of this.#threads) thread.renew(changed);
    });
  }

  async copy(source: string, target: string, options: CopySliceOptions): Promise<CopyResult> {
    return this.#leastBusy().copy(source, target, options);
  }

  #leastBusy(): CopyThread {
    const [idlest] = [...this.#threads].sort((a, b) => a.slices - b.slices);
    if (idlest !== undefined && (idlest.slices === 0 || this.#threads.size >= this.#options.most)) return idlest;
    const { log, start = startCopyThread } = this.#options;
    const thread = new CopyThread(start(), this.#connections, (failure) => {
      this.#threads.delete(thread);
      if (failure !== null) log.warn({ err: failure }, 'a thread that copies slices has ended; they are copied again');
    });
    this.#threads.add(thread);
    return thread;
  }

  /** Ends all threads; slices that still run in them fail. */
  async close(): Promise<void> {
    this.#unfollow();
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }
}

export function startCopyThread(): Worker {
  return startThread(new URL('./copy-thread.js', import.meta.url), { name: 'copy' });
}

interface Waiting {
  readonly resolve: (result: CopyResult) => void;
  readonly reject: (error: GodwitError) => void;
  readonly onProgress: ((progress: CopyProgress) => void) | undefined;
}

class CopyThread {
  readonly #worker: Worker;
  readonly #connections: Connections;
  readonly #onEnd: (failure: Error | null) => void;
  readonly #waiting = new Map<SliceNumber, Waiting>();
  /** Revisions of the connections that it was told of. */
  readonly #told = new Map<string, number>();
  #last: SliceNumber = 0;
  #idle: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /** @param onEnd called once; null if it was ended on purpose */
  constructor(worker: Worker, connections: Connections, onEnd: (failure: Error | null) => void) {
    this.#worker = worker;
    this.#connections = connections;
    this.#onEnd = onEnd;
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', (code) => this.#end(new Error(`the thread ended with ${String(code)}`)));
  }

  get slices(): number {
    return this.#waiting.size;
  }

  async copy(source: string, target: string, { pace = new Pace(null), signal, onProgress, ...options }: CopySliceOptions): Promise<CopyResult> {
    if (signal.aborted) throw stopped();
    for (const name of [source, target]) this.#tellConnection(name);
    clearTimeout(this.#idle);
    const slice = (this.#last += 1);
    const stop = (): void => this.#tell({ kind: 'stop', slice });
    const unfollow = pace.follow((rate) => this.#tell({ kind: 'pace', slice, rate }));
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise<CopyResult>((resolve, reject) => {
        this.#waiting.set(slice, { resolve, reject, onProgress });
        this.#tell({ kind: 'copy', slice, source, target, rate: pace.rate, options });
      });
    } finally {
      signal.removeEventListener('abort', stop);
      unfollow();
      this.#waiting.delete(slice);
      if (this.#waiting.size === 0 && !this.#hasEnded) this.#idle = setTimeout(() => void this.end(), IDLE_MS).unref();
    }
  }

  /** The connections that changed are told again, if this thread uses them. */
  renew(changed: readonly string[]): void {
    const known = this.#connections.names();
    for (const name of changed) {
      if (!this.#told.has(name)) continue;
      if (known.includes(name)) this.#tellConnection(name);
      else this.#tellOfLoss(name);
    }
  }

  #tellOfLoss(name: string): void {
    this.#told.delete(name);
    this.#tell({ kind: 'no-connection', name });
  }

  #tellConnection(name: string): void {
    const config = this.#connections.get(name);
    if (this.#told.get(name) === config.revision) return;
    this.#told.set(name, config.revision);
    this.#tell({ kind: 'connection', connection: plainConnection(config) });
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromThread): void {
    const waiting = this.#waiting.get(message.slice);
    if (message.kind === 'progress') waiting?.onProgress?.(message.progress);
    else if (message.kind === 'copied') waiting?.resolve(message.result);
    else waiting?.reject(errorOf(message.error));
  }

  async end(): Promise<void> {
    this.#end(null);
    await this.#worker.terminate();
  }

  #end(failure: Error | null): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#idle);
    this.#onEnd(failure);
    for (const { reject } of this.#waiting.values()) reject(new GodwitError('CopyThreadLost', 'the thread that copied the slice has ended', { cause: failure }));
  }
}
