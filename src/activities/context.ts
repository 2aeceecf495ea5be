/**
 * What an activity needs of Temporal: its pulse, its progress, its cancellation.
 *
 * Every activity beats by itself while it runs, so that a dead worker is noticed within the heartbeat timeout whatever
 * the activity waits for; what hangs is bounded by request timeouts instead.
 */
import { Context } from '@temporalio/activity';
import type { HeartbeatDetails } from '../workflows/contract.js';

const PULSE_MS = 4_000;

const latest = new WeakMap<Context, HeartbeatDetails>();

/** Reports progress; shown live by the API. */
export function report(details: HeartbeatDetails): void {
  const context = Context.current();
  latest.set(context, details);
  context.heartbeat(details);
}

/** What the previous attempt reported last, or nothing. */
export function previousReport(): HeartbeatDetails {
  const details: unknown = Context.current().info.heartbeatDetails;
  return typeof details === 'object' && details !== null ? details : {};
}

/** 1 for the first attempt. */
export function attemptNumber(): number {
  return Context.current().info.attempt;
}

export function cancellationSignal(): AbortSignal {
  return Context.current().cancellationSignal;
}

/** Waits; throws when the activity is canceled meanwhile. */
export async function pause(ms: number): Promise<void> {
  await Context.current().sleep(ms);
}

/** Throws if the activity was canceled. */
export function throwIfCanceled(): void {
  if (cancellationSignal().aborted) throw cancellationSignal().reason;
}

/** Share of the time waited so far that the next delay may take: how late an end is noticed, at most. */
const DELAY_SHARE = 0.1;

/** Delays between polls: quick at first, so that small work is not slowed down, then gentle on the cluster. */
export function* pollDelays(firstMs: number, maxMs: number): Generator<number, never> {
  const startedMs = Date.now();
  for (;;) yield Math.min(maxMs, Math.max(firstMs, Math.round((Date.now() - startedMs) * DELAY_SHARE)));
}

/** Makes an activity beat while it runs. */
export function withPulse<Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>): (...args: Args) => Promise<Result> {
  return async (...args) => {
    const context = Context.current();
    const pulse = setInterval(() => {
      context.heartbeat(latest.get(context) ?? {});
    }, PULSE_MS);
    try {
      return await run(...args);
    } finally {
      clearInterval(pulse);
    }
  };
}
