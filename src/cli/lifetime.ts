/**
 * The life of a server process: start in order, run until a signal or a failure, stop in the reverse order.
 *
 * The first SIGINT or SIGTERM stops gracefully, a second one at once.
 */
import type { Logger } from 'pino';

export const EXIT = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

export interface Lifetime {
  /** Aborted by the first signal: what is still starting gives up. */
  readonly signal: AbortSignal;
  /** Stops this when the process ends; what was added last is stopped first. */
  readonly onStop: (name: string, stop: () => Promise<void>) => void;
}

/** Longest that one thing may take to stop before the next one's turn; a worker needs 10 to 20 s. */
const STOP_TIMEOUT_MS = 30_000;

async function stopAll(stops: readonly { name: string; stop: () => Promise<void> }[], log: () => Logger | undefined): Promise<void> {
  for (const { name, stop } of [...stops].reverse()) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`did not stop within ${STOP_TIMEOUT_MS / 1_000} s`)), STOP_TIMEOUT_MS);
    });
    try {
      await Promise.race([stop(), late]);
    } catch (error) {
      log()?.warn({ err: error }, `${name} did not stop cleanly`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * @param start starts everything; gives a promise that rejects if something ends by itself, and the log
 * @throws what start throws or what ended by itself, after everything has been stopped
 */
export async function live(start: (lifetime: Lifetime) => Promise<{ log: Logger; failure: Promise<unknown> }>): Promise<void> {
  const stops: { name: string; stop: () => Promise<void> }[] = [];
  const controller = new AbortController();
  const signalled = new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()));
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      process.exit(EXIT.interrupted);
    }
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  let log: Logger | undefined;
  try {
    const started = await start({ signal: controller.signal, onStop: (name, stop) => void stops.push({ name, stop }) });
    log = started.log;
    await Promise.race([signalled, started.failure]);
    log.info('stopping');
  } catch (error) {
    // Interrupted while it was starting: not a failure.
    if (!controller.signal.aborted) {
      throw error;
    }
  } finally {
    await stopAll(stops, () => log);
    log?.info('stopped');
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** For what never ends by itself. */
export const NEVER: Promise<never> = new Promise(() => undefined);
