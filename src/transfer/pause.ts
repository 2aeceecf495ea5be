/** Waiting before another attempt: longer each time, never in step with others, and ended by a signal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GodwitError } from '../domain/errors.js';

export interface RetryPolicy {
  /** Attempts in all. */
  readonly attempts: number;
  /** First wait, milliseconds; doubles each time. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** About a minute: a restart of a node is waited for; what takes longer is for the caller to retry. */
export const RETRIES: RetryPolicy = { attempts: 11, firstWaitMs: 100, longestWaitMs: 10_000 };

/** @throws GodwitError Canceled when the signal fires */
export async function pause(policy: RetryPolicy, attempt: number, signal: AbortSignal): Promise<void> {
  const wait = Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** attempt);
  try {
    await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal });
  } catch {
    throw stopped();
  }
}

/** Retryable: the worker may be shutting down. A real cancellation is known to whoever owns the signal. */
export function stopped(): GodwitError {
  return new GodwitError('Canceled', 'the copy was stopped', { retryable: true, remedy: 'Nothing; it goes on by itself if the migration does.' });
}

/** What work that goes on by itself answers, or the end of waiting for it. @throws GodwitError Canceled when the signal fires */
export async function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let cleanUp = (): void => undefined;
  const end = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(stopped());
    signal.addEventListener('abort', stop, { once: true });
    cleanUp = () => signal.removeEventListener('abort', stop);
  });
  return Promise.race([work, end]).finally(cleanUp);
}
