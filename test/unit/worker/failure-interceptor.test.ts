import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, GodwitError } from '../../../src/domain/errors.js';
import { failureInterceptor, toApplicationFailure } from '../../../src/worker/failure-interceptor.js';
import { createWorkerMetrics } from '../../../src/worker/metrics.js';

const redact = (text: string): string => text.replaceAll('hunter2', '[redacted]');

describe('what an activity throws becomes a failure for the history', () => {
  it('a GodwitError: its code, message, subject and remedy', () => {
    const failure = toApplicationFailure(new GodwitError('DiskFull', 'disk of node-1 is full', { subject: 'logs-1' }), redact);
    expect(failure).toMatchObject({ type: 'DiskFull', nonRetryable: true, message: 'disk of node-1 is full' });
    expect(failure.details).toEqual([{ subject: 'logs-1', remedy: ERROR_TABLE.DiskFull.remedy }]);
    expect(toApplicationFailure(new GodwitError('Timeout', 'late'), redact).nonRetryable).toBe(false);
    expect(toApplicationFailure(new GodwitError('DiskFull', 'passes', { retryable: true }), redact).nonRetryable).toBe(false);
  });

  it('anything else: a retryable Internal, short, redacted, without cause and foreign stack', () => {
    const foreign = Object.assign(new Error(`boom hunter2 ${'x'.repeat(5_000)}`), { meta: { headers: { authorization: 'hunter2' } }, stack: 'hunter2' });
    const failure = toApplicationFailure(foreign, redact);
    expect(failure).toMatchObject({ type: 'Internal', nonRetryable: false });
    expect(failure.message.length).toBeLessThanOrEqual(1_000);
    expect(failure.cause).toBeUndefined();
    expect(JSON.stringify([failure.message, failure.details, failure.stack])).not.toContain('hunter2');
    expect(toApplicationFailure('text', redact).message).toBe('text');
  });

  it('secrets in message, subject and remedy are redacted', () => {
    const failure = toApplicationFailure(new GodwitError('ConnectionFailed', 'a hunter2', { subject: 'b hunter2', remedy: 'c hunter2', cause: new Error('hunter2') }), redact);
    expect(JSON.stringify([failure.message, failure.details, failure.stack, failure.cause])).not.toContain('hunter2');
  });
});

describe('the interceptor', () => {
  const metrics = createWorkerMetrics(null);

  async function run(error: unknown, isCanceled: boolean = false): Promise<unknown> {
    const controller = new AbortController();
    const canceled = Promise.reject(new CancelledFailure('canceled'));
    canceled.catch(() => undefined);
    if (isCanceled) {
      controller.abort();
    }
    // Only what the interceptor looks at; a real context needs a worker.
    const context = { info: { activityType: 'wait', attempt: 1 }, cancellationSignal: controller.signal, cancelled: canceled } as unknown as Context;
    const { inbound } = failureInterceptor({ redact, log: pino({ level: 'silent' }), metrics })(context);
    return inbound?.execute?.({ args: [], headers: {} }, () => Promise.reject(error)).catch((thrown: unknown) => thrown);
  }

  it('translates, counts by code, and counts nothing as running afterwards', async () => {
    expect(await run(new GodwitError('TaskLost', 'gone'))).toMatchObject({ type: 'TaskLost', nonRetryable: true });
    const text = await metrics.text();
    expect(text).toContain('godwit_activity_failures_total{activity="wait",code="TaskLost"} 1');
    expect(text).toContain('godwit_activities_running{activity="wait"} 0');
  });

  it('leaves a failure made on purpose alone', async () => {
    const own = ApplicationFailure.nonRetryable('own', 'Own');
    expect(await run(own)).toBe(own);
  });

  it('a request cut short by the cancellation is a cancellation', async () => {
    expect(await run(new GodwitError('ConnectionFailed', 'aborted'), true)).toBeInstanceOf(CancelledFailure);
  });
});
