import { describe, expect, it } from 'vitest';
import { backingTarget, compileRename, invalidName, planNames, streamOfBackingIndex } from '../../../src/domain/rename.js';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'nothing thrown';
};

describe('rename', () => {
  it('replaces every match, as Elasticsearch does', () => {
    expect(compileRename({ pattern: 'o', replacement: '0' })('foo')).toBe('f00');
    expect(compileRename({ pattern: '(.+)', replacement: 'restored-$1' })('orders')).toBe('restored-orders');
  });

  it.each([
    [{ pattern: '(', replacement: 'x' }],
    [{ pattern: 'a', replacement: '$1' }],
    [{ pattern: '(a)', replacement: '$2' }],
    [{ pattern: '(a)', replacement: '$0' }],
    [{ pattern: '(a)', replacement: '\\1' }],
    [{ pattern: '(?<n>a)', replacement: '$<n>' }],
  ])('refuses %j, which Java and JavaScript read differently or not at all', (rename) => {
    expect(codeOf(() => compileRename(rename))).toBe('InvalidRename');
  });

  it('names two indices that would become one, and both stay out of the plan by that name', () => {
    const plan = planNames(['logs-1', 'logs-2', 'other'], { pattern: 'logs-.*', replacement: 'logs' });
    expect(plan.problems).toEqual([{ subject: 'logs-2', message: 'logs-1 and logs-2 would both become logs' }]);
    expect(plan.targets.get('other')).toBe('other');
  });

  it('names an index whose new name Elasticsearch would refuse', () => {
    const plan = planNames(['orders'], { pattern: '^', replacement: 'Up-' });
    expect(plan.problems[0]?.message).toBe('orders would become "Up-orders", which has upper case letters');
  });

  it.each(['', '.', '..', 'Abc', 'a b', 'a/b', '_x', '-x', '+x', 'a:b', 'x'.repeat(256)])('knows that %j is no index name', (name) => {
    expect(invalidName(name)).not.toBeNull();
  });

  it.each(['orders', '.ds-logs-2026.11.24-000001', 'übung', 'a+b', 'x'.repeat(255)])('accepts %j', (name) => {
    expect(invalidName(name)).toBeNull();
  });

  it('renames a backing index behind its prefix', () => {
    const rename = { pattern: '(.+)', replacement: 'new-$1' };
    expect(backingTarget('.ds-logs-app-2026.11.24-000001', rename)).toBe('.ds-new-logs-app-2026.11.24-000001');
    expect(streamOfBackingIndex('.ds-logs-app-default-2026.11.24-000001')).toBe('logs-app-default');
    expect(streamOfBackingIndex('orders')).toBeNull();
  });
});
