import { describe, expect, it } from 'vitest';
import { cutoverQuestion, decideCopy, deletesStay, isTransformed } from '../../../../src/domain/reindex/catch-up.js';

const same = (): boolean => true;
const other = (): boolean => false;

describe('a document whose write met a copy', () => {
  it.each<[string, number, number | null, () => boolean, 'keep' | 'write' | 'replace']>([
    ['has arrived before', 3, 3, same, 'keep'],
    ['is not there', 1, null, other, 'write'],
    ['is newer than its copy', 4, 3, other, 'write'],
    ['began anew: its copy has a higher version', 1, 5, other, 'replace'],
    ['began anew with the same content: it keeps its version', 1, 5, same, 'replace'],
    ['began anew and has come to the same version', 2, 2, other, 'replace'],
  ])('%s', (_what, original, copy, isSame, decision) => {
    expect(decideCopy(original, copy, true, isSame)).toBe(decision);
  });

  it('in a data stream only the content tells', () => {
    expect(decideCopy(7, 1, false, same)).toBe('keep');
    expect(decideCopy(7, 1, false, other)).toBe('replace');
  });

  it('changed on the way it cannot be compared: it is moved again, unless it is not there', () => {
    expect(decideCopy(2, 2, true, null)).toBe('replace');
    expect(decideCopy(2, 1, true, null)).toBe('write');
    expect(decideCopy(2, null, true, null)).toBe('keep');
  });
});

describe('deletes', () => {
  it('are carried over where every document of the target is one of the source under the same id', () => {
    expect(deletesStay({}, 0)).toBeNull();
    expect(deletesStay({ sourceFields: ['a'], pipeline: '_none' }, 0)).toBeNull();
    expect(deletesStay({ transform: [] }, 0)).toBeNull();
  });

  it.each([
    ['a query', { query: { match_all: {} } }, 0],
    ['a pipeline', { pipeline: 'p' }, 0],
    ['a script', { script: { source: '' } }, 0],
    ['documents that were there before', {}, 1],
  ])('stay with %s', (_what, request, existing) => {
    expect(deletesStay(request, existing)).toEqual(expect.any(String));
  });

  it('content is the same unless something changes it', () => {
    expect([isTransformed({}), isTransformed({ query: {} }), isTransformed({ pipeline: '_none' })]).toEqual([false, false, false]);
    expect([isTransformed({ sourceFields: ['a'] }), isTransformed({ pipeline: 'p' }), isTransformed({ script: {} }), isTransformed({ transform: {} })]).toEqual([true, true, true, true]);
  });
});

describe('the question of the gate', () => {
  const about = { source: 'old', operations: 12_345, names: ['a', 'b'], total: 7, keepBlock: true, hasStreams: false };

  it('says what waits, what is blocked, what stays and what a refusal means', () => {
    const question = cutoverQuestion(about);
    expect(question).toContain('12,345 operation(s) at old since the last pass');
    expect(question).toContain('a write block on a, b and 5 more at old, a last pass');
    expect(question).toContain('the write block stays');
    expect(question).toContain('Cancel to refuse: nothing is blocked');
  });

  it('says that the block is lifted, and where it is on a data stream', () => {
    expect(cutoverQuestion({ ...about, keepBlock: false })).toContain('is lifted at the end');
    expect(cutoverQuestion({ ...about, hasStreams: true })).toContain('on every backing index');
  });
});
