/**
 * reindex 7.17.8 -> 8.19.8 whose target turns batches down. What it answers about the task is put in its place, in the words
 * of a real node with a full write queue and of one that is short of memory; all else is real.
 */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { bulky, clearNodes, createIndex, readAll, write } from '../support/clusters.js';
import { HoldingProxy } from '../support/holding-proxy.js';
import { readSlices, startStack, type Stack } from '../support/stack.js';

const { es7, es8, ...servers } = inject('servers');
const INDEX = 'rq-busy';
let proxy: HoldingProxy;
let stack: Stack;

beforeAll(async () => {
  await clearNodes([es7, es8], 'rq');
  proxy = await HoldingProxy.start(es8);
  stack = await startStack({ es7, es8, ...servers }, { more: { busy: { kind: 'self-managed', url: proxy.url } } });
});
afterAll(async () => {
  await stack.stop();
  await proxy.stop();
  await clearNodes([es7, es8], 'rq');
});

const FULL_QUEUE = {
  type: 'es_rejected_execution_exception',
  reason: 'rejected execution of TimedRunnable{original=ActionRunnable#wrap[org.elasticsearch.action.support.replication.TransportWriteAction$1]} on TaskExecutionTimeTrackingEsThreadPoolExecutor[name = own-1/write, queue capacity = 40, active threads = 1, queued tasks = 40]',
};
const SHORT_OF_MEMORY = {
  type: 'circuit_breaking_exception',
  reason: '[parent] Data too large, data for [indices:data/write/bulk[s]] would be [512000000/488.2mb], which is larger than the limit of [510027366/486.3mb], real usage: [503611392/480.2mb], new bytes reserved: [8388608/8mb]',
};

it('waits and goes on: with the same batches where its queue is full, with smaller ones where its memory is short', async () => {
  await createIndex(es7, INDEX);
  // Batches of 400 are large enough to shrink.
  await write(es7, INDEX, bulky(1_200, 3_000));
  const refusals = [FULL_QUEUE, SHORT_OF_MEMORY];
  const issued: { size: number; at: number }[] = [];
  proxy.stand = (line, body) => {
    if (line === 'POST /_reindex' && String(body).includes('"_seq_no"')) issued.push({ size: (JSON.parse(String(body)) as { source: { size: number } }).source.size, at: Date.now() });
    if (!line.startsWith('GET /_tasks/')) return null;
    const cause = refusals.shift();
    return cause === undefined ? null : { status: 200, body: { completed: true, response: { total: 1_200, created: 0, failures: [{ index: INDEX, id: 'd7', cause, status: 429 }] } } };
  };
  const { id } = await stack.migrate({ type: 'reindex', source: 'es7', target: 'busy', indices: [INDEX], size: 400, sliceDocuments: 5_000 });
  const waiting = await stack.until(id, ({ steps }) => steps.some(({ detail }) => detail?.includes('slowed to') === true || issued.length > 1));
  expect(waiting.attention).toEqual([]);
  expect(await stack.ended(id)).toMatchObject({ status: 'completed', attention: [], verification: { mismatches: 0 }, progress: { documents: { done: 1_200 } } });
  expect(issued.map(({ size }) => size)).toEqual([400, 400, 100]);
  const [first = 0, second = 0, third = 0] = issued.map(({ at }) => at);
  expect(second - first).toBeGreaterThanOrEqual(5_000);
  expect(third - second).toBeGreaterThanOrEqual(10_000);
  expect((await readSlices(stack, id)).find(({ slice }) => slice === 1)).toMatchObject({ attempts: 3, status: 'verified' });
  expect(await readAll(es8, INDEX)).toEqual(await readAll(es7, INDEX));
}, 90_000);
