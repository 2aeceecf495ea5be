import { describe, expect, it } from 'vitest';
import { matchesPattern, selectByPatterns } from '../../../src/domain/index-patterns.js';

const names = ['.monitoring-1', 'logs-app', 'logs-debug-1', 'logs-debug-2', 'metrics', 'orders', 'orders-2'];

describe('matchesPattern', () => {
  it.each([
    ['*', 'orders', true],
    ['orders', 'orders', true],
    ['orders', 'orders-2', false],
    ['logs-*', 'logs-', true],
    ['*-2', 'orders-2', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['*b*', 'abc', true],
    ['*.*', '.hidden', false],
    ['.h*', '.hidden', true],
    ['a**b', 'ab', true],
    ['a+*', 'aaa', false],
  ])('%s against %s is %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  it('answers at once for a pattern that would make a regular expression backtrack', () => {
    const started = performance.now();
    expect(matchesPattern(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
    expect(performance.now() - started).toBeLessThan(50);
  });
});

describe('selectByPatterns', () => {
  it('"*" takes everything but names with a leading dot', () => {
    expect(selectByPatterns(['*'], names)).toEqual({ selected: names.slice(1), unmatched: [] });
  });

  it('an exclusion takes out what was added before it', () => {
    expect(selectByPatterns(['logs-*', '-logs-debug*'], names).selected).toEqual(['logs-app']);
  });

  it('a name after an exclusion is added again', () => {
    expect(selectByPatterns(['logs-*', '-logs-debug*', 'logs-debug-2'], names).selected).toEqual(['logs-app', 'logs-debug-2']);
  });

  it('a list that begins with an exclusion begins from everything', () => {
    expect(selectByPatterns(['-logs-*'], names)).toEqual({ selected: ['metrics', 'orders', 'orders-2'], unmatched: [] });
  });

  it('a name with a dot is taken when named', () => {
    expect(selectByPatterns(['.monitoring-1'], names).selected).toEqual(['.monitoring-1']);
    expect(selectByPatterns(['.monitoring-*'], names).selected).toEqual(['.monitoring-1']);
  });

  it('reports every pattern that matched nothing, exclusions too', () => {
    expect(selectByPatterns(['orders', 'ordres-*', '-x*'], names)).toEqual({ selected: ['orders'], unmatched: ['ordres-*', '-x*'] });
    expect(selectByPatterns(['*'], [])).toEqual({ selected: [], unmatched: ['*'] });
  });
});
