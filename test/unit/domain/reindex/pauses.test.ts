import { describe, expect, it } from 'vitest';
import { pauseMs } from '../../../../src/domain/reindex/pauses.js';

describe('the pause before a slice is issued again', () => {
  const pauses = (code: string): number[] => [1, 2, 3, 4, 5, 6].map((tries) => pauseMs(code, tries) / 1_000);

  it('grows', () => {
    expect(pauses('TaskLost')).toEqual([1, 2, 4, 8, 16, 30]);
  });

  it('is longer where a cluster has too much to do', () => {
    expect(pauses('Unavailable')).toEqual([5, 10, 20, 40, 60, 60]);
  });
});
