import { describe, expect, it } from 'vitest';
import { describeGroups, groupFailures, judgeTask, leftOut, type TaskResult } from '../../../../src/domain/reindex/outcome.js';
import { batchSize, sliceSize, smallerBatch } from '../../../../src/domain/reindex/sizes.js';

const result = (over: Partial<TaskResult> = {}): TaskResult => ({ total: 10, created: 10, updated: 0, deleted: 0, noops: 0, versionConflicts: 0, canceled: null, failures: [], searchFailures: [], ...over });

describe('a slice is done', () => {
  it('when its task processed what the source counts', () => {
    expect(judgeTask(result(), 10, 10)).toEqual({ kind: 'done', documents: 10 });
    expect(judgeTask(result({ created: 4, versionConflicts: 6 }), 10, 10)).toEqual({ kind: 'done', documents: 10 });
  });

  it('when documents left the range or grew into it meanwhile', () => {
    expect(judgeTask(result(), 12, 9).kind).toBe('done');
    expect(judgeTask(result(), 10, 11).kind).toBe('done');
  });

  it.each([
    ['was cancelled', result({ canceled: 'by user request' }), 10, 10],
    ['stopped half-way', result({ created: 6 }), 10, 10],
    ['found fewer than the source has', result({ total: 7, created: 7 }), 10, 10],
    ['could not read', result({ searchFailures: [{ id: null, type: 'x', reason: 'shard is gone', status: 500 }] }), 10, 10],
  ])('not when its task %s', (_what, task, before, after) => {
    expect(judgeTask(task, before, after).kind).toBe('again');
  });

  it('not when documents were rejected', () => {
    expect(judgeTask(result({ failures: [{ id: 'a', type: 't', reason: 'r', status: 400 }] }), 10, 10).kind).toBe('rejected');
  });
});

it('what a pipeline drops counts as updated, and is told from that where there was nothing to update', () => {
  const task = { noops: 1, deleted: 2, updated: 4 };
  expect([leftOut(task, false), leftOut(task, true)]).toEqual([7, 3]);
});

describe('failures', () => {
  it('are grouped by cause, not by document', () => {
    const failures = Array.from({ length: 37 }, (_, at) => ({ id: `d${String(at)}`, type: 'document_parsing_exception', reason: `[1:${String(at)}] failed to parse field [n] of type [long] in document with id 'd${String(at)}'. Preview of field's value: 'x${String(at)}'`, status: 400 }));
    const groups = groupFailures([...failures, { id: 'e', type: 'other', reason: 'no', status: 400 }]);
    expect(groups.map(({ count }) => count)).toEqual([37, 1]);
    expect(groups[0]?.ids).toHaveLength(10);
    expect(describeGroups(groups)).toMatch(/^37 x document_parsing_exception: .*\(d0, d1, d2, d3, d4, \.\.\.\); 1 x other: no \(e\)$/);
  });
});

describe('sizes', () => {
  it('small documents go in batches of 10,000, large ones in few', () => {
    expect(batchSize(100, null)).toBe(10_000);
    expect(batchSize(18_000, null)).toBe(466);
    expect(batchSize(50_000_000, null)).toBe(1);
  });

  it('a small heap lowers the batch to well under a tenth of it', () => {
    expect(batchSize(18_000, 100 * 1_048_576) * 18_000).toBeLessThan(10 * 1_048_576);
  });

  it('is lowered until one document is left', () => {
    expect([smallerBatch(1_000), smallerBatch(3), smallerBatch(1)]).toEqual([250, 1, null]);
  });

  it('a slice is bounded in bytes and in documents', () => {
    expect([sliceSize(100), sliceSize(10_000), sliceSize(10_000_000)]).toEqual([500_000, 53_687, 1_000]);
  });

  it('an index has two slices for each that runs at once, unless they were too small to be worth it', () => {
    const size = (bytes: number, documents: number, concurrency: number): number => sliceSize(bytes, { documents, concurrency });
    expect([size(550, 500_000, 2), size(550, 500_000, 1), size(18_000, 20_000, 2)]).toEqual([125_000, 250_000, 5_000]);
    expect(size(550, 60_000, 2)).toBe(61_008);
  });
});
