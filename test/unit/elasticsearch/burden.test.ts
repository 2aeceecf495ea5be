import { describe, expect, it } from 'vitest';
import { burdenOf } from '../../../src/elasticsearch/burden.js';

const pressure = (operation: number, limit: number): string =>
  `rejected execution of coordinating operation [coordinating_and_primary_bytes=900, replica_bytes=0, all_bytes=900, coordinating_operation_bytes=${String(operation)}, max_coordinating_and_primary_bytes=${String(limit)}]`;
const breaker = (limit: number, wanted: number): string =>
  `[parent] Data too large, data for [<http_request>] would be [${String(wanted + 900)}/1kb], which is larger than the limit of [${String(limit)}/1kb], real usage: [900/900b], new bytes reserved: [${String(wanted)}/1kb], usages [fielddata=0/0b, request=0/0b]`;
/** As 8.19.8 ends a task after 63 s of tries, in short. */
const QUEUE =
  'rejected execution of TimedRunnable{original=org.elasticsearch.action.bulk.TransportAbstractBulkAction$2, creationTimeNanos=31545130641686, startTimeNanos=0, finishTimeNanos=-1, failedOrRejected=false} on TaskExecutionTimeTrackingEsThreadPoolExecutor[name = ovl-1/write, queue capacity = 1, task execution EWMA = 45.4ms, total task execution time = 1m, [Running, pool size = 1, active threads = 1, queued tasks = 1, completed tasks = 1493]]';

describe('a batch that was turned down', () => {
  it.each([
    ['an answer over the 100 MB that Elasticsearch buffers', ['illegal_argument_exception', 'content_too_long_exception'], 'Remote responded with a chunk that was too large. Use a smaller batch size.', 'size'],
    ['an operation over the limit for all', ['es_rejected_execution_exception'], pressure(1_001, 1_000), 'size'],
    ['an operation over the limit for one, from 9.x on', ['es_rejected_execution_exception'], 'rejected execution of primary operation [primary_operation_bytes=121, max_primary_bytes=120]', 'size'],
    ['a request over the whole of a breaker', ['circuit_breaking_exception'], breaker(1_000, 1_001), 'size'],
    ['an operation that leaves little room for others', ['es_rejected_execution_exception'], pressure(251, 1_000), 'memory'],
    ['a request that a breaker has no room for now', ['circuit_breaking_exception'], breaker(1_000, 200), 'memory'],
    ['a breaker of the source', ['status_exception'], 'body={"error":{"type":"circuit_breaking_exception","reason":"[fielddata] Data too large"},"status":429}', 'memory'],
    ['a small operation beside many', ['es_rejected_execution_exception'], pressure(250, 1_000), 'load'],
    ['a full write queue', ['es_rejected_execution_exception'], QUEUE, 'load'],
    ['a full search queue of the source', ['status_exception', 'response_exception'], `body={"error":{"root_cause":[{"type":"es_rejected_execution_exception","reason":"${QUEUE}"}]},"status":429}`, 'load'],
  ])('%s', (_what, types, text, burden) => {
    expect(burdenOf(types, text)).toBe(burden);
  });

  it.each([
    ['a script that fails', ['script_exception'], 'runtime error'],
    ['a full disk, although it has the status 429', ['cluster_block_exception'], 'index [shop] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];'],
  ])('is something else than %s', (_what, types, text) => {
    expect(burdenOf(types, text)).toBeNull();
  });
});
