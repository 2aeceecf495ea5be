import { describe, expect, it } from 'vitest';
import { MAX_REASON_CHARS, readBulkAnswer } from '../../../src/transfer/bulk-answer.js';
import { MalformedAnswer } from '../../../src/transfer/json-cursor.js';

const read = (answer: unknown, count: number): ReturnType<typeof readBulkAnswer> => readBulkAnswer(Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer)), count);
const failed = (status: number, type: string, reason: string | null = 'r', more: object = {}): object => ({ index: { status, error: { type, reason, ...more } } });

describe('readBulkAnswer', () => {
  it('knows from "errors":false that every item was written, wherever it stands', () => {
    expect(read('{"errors":false,"items":[{"index":{"status":201}}]}', 1)).toBeNull();
    expect(read('{"took":3,"items":[{"index":{"status":201,"error":"\\"errors\\":true"}}],\n"errors" : false}', 1)).toBeNull();
  });

  it.each([1, 2, 5_000])('knows the answer to %i new documents byte for byte', (count) => {
    for (const op of ['index', 'create']) {
      const answer = JSON.stringify({ errors: false, items: Array.from({ length: count }, () => ({ [op]: { status: 201 } })) });
      expect(read(answer, count)).toBeNull();
      expect(() => read(`${answer.slice(0, -1)} `, count)).toThrow(MalformedAnswer);
      expect(read(answer.replace('false', 'true').replace('201', '429'), count)?.map(({ kind }) => kind).slice(0, 2)).toEqual(['busy', 'written'].slice(0, count));
    }
  });

  it.each([
    ['an older version', failed(409, 'version_conflict_engine_exception'), { kind: 'superseded' }],
    ['a full write queue', failed(429, 'es_rejected_execution_exception'), { kind: 'busy', status: 429, isDocument: false }],
    ['an operation too large for the heap', failed(429, 'es_rejected_execution_exception', 'rejected execution of primary operation [all_bytes=9, primary_operation_bytes=120000032, max_primary_bytes=53687091]'), { kind: 'oversized', status: 429 }],
    ['an operation that fits but for its own request', failed(429, 'es_rejected_execution_exception', 'rejected execution of primary operation [coordinating_and_primary_bytes=45000093, primary_operation_bytes=179999572, max_primary_bytes=214748364]'), { kind: 'oversized', status: 429 }],
    ['an operation that would fit later', failed(429, 'es_rejected_execution_exception', 'rejected [primary_operation_bytes=100, max_primary_bytes=53687091]'), { kind: 'busy', status: 429 }],
    ['a shard that is not there', failed(503, 'unavailable_shards_exception'), { kind: 'busy', status: 503, isDocument: false }],
    ['an error inside the target', failed(500, 'null_pointer_exception', null), { kind: 'busy', status: 500, isDocument: true, reason: '' }],
    ['a document that does not fit the mapping', failed(400, 'document_parsing_exception', 'no', { caused_by: { type: 'x', reason: 'why' } }), { kind: 'refused', reason: 'no; caused by: why' }],
    ['a mapping that is full', failed(400, 'illegal_argument_exception', 'Limit of total fields [1000] has been exceeded'), { kind: 'refused' }],
    ['an index that is closed', failed(400, 'index_closed_exception'), { kind: 'blocked', status: 400 }],
    ['an index that is not there', failed(404, 'index_not_found_exception'), { kind: 'blocked', code: 'IndexNotFound' }],
    ['a missing privilege', failed(403, 'security_exception', 'action [x] is unauthorized for user [y]'), { kind: 'blocked', code: 'PrivilegeMissing' }],
    ['a disk that is full', failed(403, 'cluster_block_exception', 'index [a] blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];'), { kind: 'blocked', code: 'DiskFull' }],
    ['too many shards', failed(400, 'validation_exception', 'this action would add [2] shards, but this cluster currently has [9]/[10] maximum normal shards open'), { kind: 'blocked', code: 'ShardLimit' }],
  ])('recognises %s, item by item', (_what, item, outcome) => {
    const outcomes = read({ errors: true, items: [{ index: { status: 200 } }, item, { create: { status: 201 } }] }, 3);
    expect(outcomes).toMatchObject([{ kind: 'written' }, outcome, { kind: 'written' }]);
  });

  it('bounds reasons', () => {
    const [outcome] = read({ errors: true, items: [failed(400, 'mapper_parsing_exception', 'x'.repeat(50_000))] }, 1) ?? [];
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(JSON.stringify(outcome).length).toBeLessThan(MAX_REASON_CHARS + 200);
  });

  it.each([
    ['', 1],
    ['{"errors":false', 1],
    ['{"errors":false,"items":[{"index":{"status":20', 1],
    ['{"errors":false}}', 1],
    ['{"errors":"false"}', 1],
    ['{"took":1}', 1],
    ['{"errors":true,"items":[]}', 1],
    ['{"errors":true,"items":[{}]}', 1],
    ['{"errors":true,"items":[{"index":{}}]}', 1],
    ['<html></html>', 1],
  ])('refuses %j', (answer, count) => {
    expect(() => read(answer, count)).toThrow(MalformedAnswer);
  });
});
