import { describe, expect, it } from 'vitest';
import { canonicalNumber, rewrittenNumber } from '../../../src/domain/decimal.js';

describe('canonicalNumber', () => {
  it.each([
    ['the same value', ['1', '1.0', '1e0', '10e-1', '0.1e1', '1.000']],
    ['zero', ['0', '-0', '0.0', '0e5', '-0.000e-7']],
    ['a large value', ['100000', '1E5', '1e+5', '100000.0']],
    ['more digits than a double has', ['9007199254740993', '9007199254740993.0', '9.007199254740993e15']],
    ['beyond a double', ['1e400', '10e399', '1.0E+400']],
  ])('%s has one text: %j', (_what, literals) => {
    expect(new Set(literals.map(canonicalNumber)).size).toBe(1);
  });

  it('keeps apart what a double cannot', () => {
    const literals = ['9007199254740992', '9007199254740993', '0.1', '0.1000000000000000055511151231257827', '1e400', '1e401', '-1e400', '1e-400', '0'];
    expect(new Set(literals.map(canonicalNumber)).size).toBe(literals.length);
  });
});

describe('rewrittenNumber', () => {
  it('rounds what Elasticsearch reads as a double, and nothing else', () => {
    expect(rewrittenNumber('0.1000000000000000055511151231257827')).toBe(rewrittenNumber('0.1'));
    expect(rewrittenNumber('1E5')).toBe(rewrittenNumber('100000.0'));
    expect(rewrittenNumber('1e400')).toBe('"Infinity"');
    expect(rewrittenNumber('-1e400')).toBe('"-Infinity"');
    expect(rewrittenNumber('9007199254740993')).not.toBe(rewrittenNumber('9007199254740992'));
    expect(rewrittenNumber('12345678901234567890')).toBe(canonicalNumber('12345678901234567890'));
  });
});
