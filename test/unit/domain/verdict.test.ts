import { describe, expect, it } from 'vitest';
import { operationsAfter, verdictOf } from '../../../src/domain/verdict.js';

describe('verdict of a comparison by counts', () => {
  it('equal counts are equal', () => {
    expect(verdictOf({ sourceDocuments: 5, targetDocuments: 5, operationsAfterCutoff: 0 })).toBe('equal');
  });

  it('a missing document without any write since is a mismatch', () => {
    expect(verdictOf({ sourceDocuments: 5, targetDocuments: 4, operationsAfterCutoff: 0 })).toBe('mismatch');
  });

  it('a difference is explained by as many operations since, and not by fewer', () => {
    expect(verdictOf({ sourceDocuments: 9, targetDocuments: 4, operationsAfterCutoff: 5 })).toBe('within-cutoff');
    expect(verdictOf({ sourceDocuments: 10, targetDocuments: 4, operationsAfterCutoff: 5 })).toBe('mismatch');
    expect(verdictOf({ sourceDocuments: 1, targetDocuments: 4, operationsAfterCutoff: 3 })).toBe('within-cutoff');
  });

  it('counts operations shard by shard, and a shard that the copy lacks whole', () => {
    expect(operationsAfter({ 'a/0': 10, 'a/1': 5 }, { 'a/0': 7, 'a/1': 5 })).toBe(3);
    expect(operationsAfter({ 'a/0': 10, 'b/0': 4 }, { 'a/0': 10 })).toBe(5);
    expect(operationsAfter({ 'a/0': -1 }, { 'a/0': -1 })).toBe(0);
  });
});
