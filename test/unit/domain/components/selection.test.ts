/** Which components a request means, their order, and how differences are told. */
import { describe, expect, it } from 'vitest';
import { ComponentsRequestSchema } from '../../../../src/contracts/components-request.js';
import { describeDifferences, differences } from '../../../../src/domain/components/compare.js';
import { compareComponentIds, componentId, parseComponentId } from '../../../../src/domain/components/kinds.js';
import { selectComponents } from '../../../../src/domain/components/selection.js';

describe('selection', () => {
  it('kinds, names, wildcards and exclusions, in their order', () => {
    const { kinds, isSelected } = selectComponents(['ml-*', 'role/ops-*', '-role/ops-test', '-ml-filter']);
    expect(kinds).toEqual(['role', 'ml-job', 'ml-datafeed', 'ml-calendar', 'ml-analytics']);
    expect(isSelected('role', 'ops-a')).toBe(true);
    expect(isSelected('role', 'ops-test')).toBe(false);
    expect(isSelected('role', 'dev')).toBe(false);
    expect(isSelected('ml-job', '.internal')).toBe(true);
  });

  it('a list that begins with an exclusion begins from everything', () => {
    const { kinds, isSelected } = selectComponents(['-user', '-cluster-setting/logger.*']);
    expect(kinds).not.toContain('user');
    expect(isSelected('cluster-setting', 'logger.org')).toBe(false);
    expect(isSelected('cluster-setting', 'search.max_buckets')).toBe(true);
  });

  it('a name that matches nothing is told; a kind of which there is none is not', () => {
    const { unmatched } = selectComponents(['role', 'watch/a', 'script/b*']);
    expect(unmatched([{ kind: 'script', name: 'bb' }])).toEqual(['watch/a']);
  });

  it('a pattern that begins with no kind is refused', () => {
    const of = (components: string[]): boolean => ComponentsRequestSchema.safeParse({ type: 'components', source: 'a', target: 'b', components }).success;
    expect([['*'], ['ml-*'], ['-role/x'], ['*/x']].map(of)).toEqual([true, true, true, true]);
    expect([['pipelines'], ['roles/x'], ['']].map(of)).toEqual([false, false, false]);
  });
});

describe('ids', () => {
  it('order by dependency, then name', () => {
    expect(['role/a', 'watch/z', 'index-template/b', 'component-template/c', 'index-template/a'].sort(compareComponentIds)).toEqual(['component-template/c', 'index-template/a', 'index-template/b', 'watch/z', 'role/a']);
  });

  it('a name with a number sign is not taken for a slice, and comes back', () => {
    const key = { kind: 'script', name: 'a#1%23/b' } as const;
    expect(componentId(key)).not.toContain('#');
    expect(parseComponentId(componentId(key))).toEqual(key);
    expect(parseComponentId('nothing/x')).toBeNull();
  });
});

describe('differences', () => {
  it('names each field, lists by position', () => {
    const found = differences({ a: { b: 1, c: [1, { d: 2 }] }, e: null }, { a: { b: 2, c: [1, { d: 3 }, 4] }, e: null });
    expect(found.map(({ path }) => path)).toEqual(['a.b', 'a.c[1].d', 'a.c[2]']);
    expect(describeDifferences(found, false)).toBe('a.b: 1 at the source, 2 at the target; a.c[1].d: 2 at the source, 3 at the target; a.c[2]: nothing at the source, 4 at the target');
    expect(describeDifferences(found, true)).toBe('a.b; a.c[1].d; a.c[2]');
  });

  it('a list is no object, and null is not absent', () => {
    expect(differences({ a: [] }, { a: {} })).toHaveLength(1);
    expect(differences({ a: null }, {})).toHaveLength(1);
  });
});
