/** Decisions of saved-objects: order, batches, titles, versions, policy, when two objects are the same. */
import { describe, expect, it } from 'vitest';
import { compileRename } from '../../../../src/domain/rename.js';
import { comparable } from '../../../../src/domain/saved-objects/comparison.js';
import { cutBatches, dependenciesFirst } from '../../../../src/domain/saved-objects/order.js';
import { decide, type Situation } from '../../../../src/domain/saved-objects/policy.js';
import { isObjectRow, rowName } from '../../../../src/domain/saved-objects/rows.js';
import { renameTitle } from '../../../../src/domain/saved-objects/titles.js';
import { importIncompatibility } from '../../../../src/domain/saved-objects/versions.js';

const item = (key: string, ...references: string[]): { key: string; references: string[]; bytes: number } => ({ key, references, bytes: 10 });
const keys = (items: readonly { key: string }[]): string => items.map(({ key }) => key).join(' ');

describe('order', () => {
  it('references come before what refers to them, the rest stays in order', () => {
    expect(keys(dependenciesFirst([item('dash', 'search', 'tag'), item('search', 'view'), item('tag'), item('view')]))).toBe('view search tag dash');
  });
  it('circles and references to what is not there do no harm', () => {
    expect(keys(dependenciesFirst([item('a', 'b', 'elsewhere'), item('b', 'c'), item('c', 'a')]))).toBe('c b a');
  });
  it('a chain as long as the list does not overflow', () => {
    const chain = Array.from({ length: 50_000 }, (_, at) => item(String(at), String(at + 1)));
    expect(dependenciesFirst(chain)[0]?.key).toBe('49999');
  });
  it('batches keep within both bounds; what is larger goes alone', () => {
    const sizes = (items: { bytes: number }[][]): number[][] => items.map((batch) => batch.map(({ bytes }) => bytes));
    expect(sizes(cutBatches([1, 2, 3, 4].map((bytes) => ({ bytes })), 3, 100))).toEqual([[1, 2, 3], [4]]);
    expect(sizes(cutBatches([60, 60, 500, 10].map((bytes) => ({ bytes })), 10, 100))).toEqual([[60], [60], [500], [10]]);
    expect(cutBatches([], 3, 100)).toEqual([]);
  });
});

describe('titles of data views', () => {
  const rename = compileRename({ pattern: '^logs-(.*)$', replacement: 'moved-$1' });
  it.each([
    ['logs-*', 'moved-*'],
    ['logs-a*, metrics-*,-logs-debug*', 'moved-a*, metrics-*,-moved-debug*'],
    ['other:logs-*', 'other:logs-*'],
    ['*', '*'],
  ])('%s becomes %s', (title, expected) => {
    expect(renameTitle(title, rename)).toBe(expected);
  });
});

describe('versions', () => {
  const version = (text: string, flavor: 'traditional' | 'serverless' = 'traditional'): Parameters<typeof importIncompatibility>[0] => {
    const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
    return { major, minor, patch, flavor };
  };
  it.each([
    ['8.7.0', '8.8.0', true],
    ['7.8.0', '8.3.0', true],
    ['8.11.0', '8.6.0', false],
    ['7.8.0', '9.0.0', false],
    ['9.4.3', '8.19.8', false],
    ['8.19.8', '8.19.2', true],
  ])('%s into %s', (source, target, works) => {
    expect(importIncompatibility(version(source), version(target)) === null).toBe(works);
  });
  it('a serverless project takes from any release, and no release takes from it', () => {
    expect(importIncompatibility(version('8.0.0'), version('8.0.0', 'serverless'))).toBeNull();
    expect(importIncompatibility(version('8.0.0', 'serverless'), version('9.4.3'))).toContain('serverless');
  });
});

describe('policy', () => {
  const situation = (change: Partial<Situation>): Situation => ({ id: 'a', error: { type: 'conflict' }, onConflict: 'fail', equal: new Set(), copyId: 'copy', hasCopy: false, mayDangle: () => false, ...change });
  const ambiguous = { type: 'ambiguous_conflict', destinations: [{ id: 'new' }, { id: 'old' }] };
  it.each<[string, Partial<Situation>, object]>([
    ['what is the same is left, whatever the policy', { equal: new Set(['a']), onConflict: 'overwrite' }, { kind: 'settled', outcome: 'unchanged', targetId: 'a' }],
    ['fail', {}, { kind: 'park', code: 'ObjectConflict' }],
    ['skip', { onConflict: 'skip', error: { type: 'conflict', destinationId: 'b' } }, { kind: 'settled', outcome: 'kept', targetId: 'b' }],
    ['overwrite', { onConflict: 'overwrite', error: { type: 'conflict', destinationId: 'b' } }, { kind: 'overwrite', targetId: 'b' }],
    ['copy', { onConflict: 'copy' }, { kind: 'copy', targetId: 'copy' }],
    ['copy, once more', { onConflict: 'copy', hasCopy: true, equal: new Set(['copy']) }, { kind: 'settled', outcome: 'unchanged', targetId: 'copy' }],
    ['copy, changed since', { onConflict: 'copy', hasCopy: true }, { kind: 'settled', outcome: 'kept', targetId: 'copy' }],
    ['ambiguous, fail', { error: ambiguous }, { kind: 'park', code: 'ObjectConflict' }],
    ['ambiguous, one of them the same', { error: ambiguous, equal: new Set(['old']) }, { kind: 'settled', outcome: 'unchanged', targetId: 'old' }],
    ['ambiguous, overwrite takes the last changed and says so', { error: ambiguous, onConflict: 'overwrite' }, { kind: 'overwrite', targetId: 'new', note: expect.stringContaining('2 objects') }],
    ['missing references', { error: { type: 'missing_references', references: [{ type: 'index-pattern', id: 'x' }] } }, { kind: 'park', code: 'ReferenceMissing', reason: expect.stringContaining('index-pattern:x') }],
    ['missing references that may dangle', { error: { type: 'missing_references', references: [{ type: 'index-pattern', id: 'x' }] }, mayDangle: () => true }, { kind: 'dangle' }],
    ['an unknown type', { error: { type: 'unsupported_type' } }, { kind: 'park', code: 'ObjectUnsupported' }],
    ['anything else', { error: { type: 'unknown', message: 'no', statusCode: 400 } }, { kind: 'park', code: 'ObjectRejected', reason: 'Kibana refused it: no (400)' }],
    ['an error of a newer Kibana', { error: { type: 'requires_profile_id' } }, { kind: 'park', code: 'ObjectRejected' }],
  ])('%s', (_what, change, expected) => {
    expect(decide(situation(change))).toMatchObject(expected);
  });
});

describe('sameness', () => {
  it('the order of keys and references, and the state of a rule, make no difference', () => {
    const one = comparable({ type: 'alert', attributes: { name: 'a', enabled: true, apiKey: 'x', params: { a: 1, b: 2 } }, references: [{ type: 'action', id: '1', name: 'x' }, { type: 'tag', id: '2', name: 'y' }] });
    const other = comparable({ type: 'alert', attributes: { params: { b: 2, a: 1 }, name: 'a', enabled: false, apiKey: null }, references: [{ type: 'tag', id: '2', name: 'y' }, { type: 'action', id: '1', name: 'x' }] });
    expect(one).toBe(other);
    expect(comparable({ type: 'dashboard', attributes: { enabled: true }, references: [] })).not.toBe(comparable({ type: 'dashboard', attributes: { enabled: false }, references: [] }));
  });
  it('rows of objects are told from rows of spaces, and an id never looks like a slice', () => {
    expect(rowName({ space: 'ops', type: 'dashboard', id: 'a#3' })).toBe('ops/dashboard:a%233');
    expect([isObjectRow('ops'), isObjectRow('ops/dashboard:a')]).toEqual([false, true]);
  });
});
