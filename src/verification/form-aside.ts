/**
 * Brings large documents into the form in which they are compared, in a thread: some seconds in which the loop of the
 * worker would do nothing else, no heartbeat either.
 *
 * One thread for the process, one document after the other, as before in the loop itself. It ends when it has had
 * nothing to do for a while.
 */
import type { Worker } from 'node:worker_threads';
import { GodwitError } from '../domain/errors.js';
import { orStopped, stopped } from '../transfer/pause.js';
import { startThread } from '../transfer/start-thread.js';
import type { Form } from './forms.js';

export interface ToForm {
  readonly number: number;
  readonly form: Form;
  readonly source: Uint8Array;
}

export interface Formed {
  readonly number: number;
  readonly formed: Uint8Array;
}

const IDLE_MS = 10_000;

interface Waiting {
  readonly resolve: (formed: Buffer) => void;
  readonly reject: (error: GodwitError) => void;
}

class FormThread {
  readonly #worker: Worker;
  readonly #onEnd: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#worker = startThread(new URL('./form-thread.js', import.meta.url), { name: 'form', env: {} });
    this.#worker.on('message', ({ number, formed }: Formed) => this.#waiting.get(number)?.resolve(Buffer.from(formed.buffer, formed.byteOffset, formed.length)));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(null));
  }

  /** @throws CopyThreadLost (retryable), Canceled */
  async form(form: Form, source: Buffer, signal: AbortSignal): Promise<Buffer> {
    if (signal.aborted) throw stopped();
    clearTimeout(this.#idle);
    this.#worker.ref();
    const number = (this.#last += 1);
    try {
      const formed = new Promise<Buffer>((resolve, reject) => {
        this.#waiting.set(number, { resolve, reject });
        const message: ToForm = { number, form, source };
        this.#worker.postMessage(message);
      });
      return await orStopped(formed, signal);
    } finally {
      this.#waiting.delete(number);
      if (this.#waiting.size === 0) this.#rest();
    }
  }

  #rest(): void {
    this.#worker.unref();
    this.#idle = setTimeout(() => {
      this.#end(null);
      void this.#worker.terminate();
    }, IDLE_MS).unref();
  }

  #end(cause: unknown): void {
    this.#onEnd();
    for (const { reject } of this.#waiting.values()) reject(new GodwitError('CopyThreadLost', 'the thread that compared a large document has ended', { cause }));
  }
}

let thread: FormThread | null = null;

/** @returns the same as the form itself would. @throws CopyThreadLost (retryable), Canceled */
export async function formAside(form: Form, source: Buffer, signal: AbortSignal): Promise<Buffer> {
  const one = (thread ??= new FormThread(() => {
    if (thread === one) thread = null;
  }));
  return one.form(form, source, signal);
}
