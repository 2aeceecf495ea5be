/**
 * The end of one request: its own signal, which follows the caller's signal and a timeout.
 *
 * Made by hand rather than with `AbortSignal.any`, which on Node.js 20 leaves a trace at a long-lived signal for
 * every request.
 */
export class RequestDeadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #abort = (): void => this.#controller.abort();
  #timer: NodeJS.Timeout | undefined;
  #hasTimedOut = false;

  /** @param timeoutMs milliseconds; null = no timeout */
  constructor(caller: AbortSignal | undefined, timeoutMs: number | null) {
    this.#caller = caller;
    if (caller?.aborted === true) this.#abort();
    caller?.addEventListener('abort', this.#abort, { once: true });
    if (timeoutMs === null) return;
    this.#timer = setTimeout(() => {
      this.#hasTimedOut = true;
      this.#abort();
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get hasTimedOut(): boolean {
    return this.#hasTimedOut;
  }

  /** The answer has begun: a stream may take as long as its reader does. */
  endTimeout(): void {
    clearTimeout(this.#timer);
  }

  /** The request is over: lets go of the caller's signal. */
  end(): void {
    this.endTimeout();
    this.#caller?.removeEventListener('abort', this.#abort);
  }
}
