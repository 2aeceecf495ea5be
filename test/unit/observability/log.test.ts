import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/observability/log.js';
import { temporalLogger } from '../../../src/observability/temporal-log.js';

function capture(): { lines: string[]; log: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', name: 'test', redact: (text) => text.replaceAll('hunter2', '[redacted]'), write: (line) => lines.push(line) });
  return { lines, log };
}

describe('log', () => {
  it('writes JSON lines in which no field, child or error lets a secret through', () => {
    const { lines, log } = capture();
    const error = new Error('hunter2 failed', { cause: new Error('since hunter2') });
    log.child({ token: 'hunter2' }).warn({ err: error, nested: { password: 'hunter2' } }, 'with hunter2');
    expect(lines.join('')).not.toContain('hunter2');
    const line: unknown = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({ level: 'warn', name: 'test', msg: 'with [redacted]', err: { message: '[redacted] failed', cause: { message: 'since [redacted]' } } });
  });

  it('keeps of a foreign error only its texts, and those bounded', () => {
    const { lines, log } = capture();
    log.error({ err: Object.assign(new Error('x'.repeat(100_000)), { meta: { body: 'a document' }, code: 'E1' }) }, 'failed');
    expect(lines[0]).not.toContain('a document');
    expect(lines[0]?.length).toBeLessThan(8_000);
    expect(lines[0]).toContain('"code":"E1"');
  });

  it('takes the lines of the Temporal SDK', () => {
    const { lines, log } = capture();
    const logger = temporalLogger(log);
    logger.info('Worker state changed', { state: 'RUNNING', taskToken: new Uint8Array(100), [Symbol('time')]: 1n });
    logger.warn('Activity failed', { error: new Error('with hunter2') });
    logger.debug('not shown');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('taskToken');
    expect(lines[1]).toContain('"err":{"type":"Error","message":"with [redacted]"');
  });
});
