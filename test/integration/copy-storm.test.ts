/** copy into six shards of a 9.4.3 node of its own with a write queue for one request, while others write there too. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Migration } from '../../src/contracts/migration.js';
import { startElasticsearch, type ElasticsearchNode } from '../servers/elasticsearch.js';
import { call } from '../servers/http.js';
import { createIndex, deleteIndices, numbered, readAll, write } from '../support/clusters.js';
import { floodWrites } from '../support/flood-writes.js';
import { readSlices, startStack, type Stack } from '../support/stack.js';

const servers = inject('servers');
const { es7 } = servers;
let node: ElasticsearchNode;
let stack: Stack;

const INDEX = 'co-storm';
const DOCUMENTS = 8_000;

beforeAll(async () => {
  await deleteIndices(es7, INDEX);
  const tiny = { 'thread_pool.write.size': 1, 'thread_pool.write.queue_size': 1 };
  [node] = await Promise.all([
    startElasticsearch({ name: 'co-tiny', version: '9.4.3', settings: tiny }),
    createIndex(es7, INDEX, { settings: { number_of_replicas: 0, number_of_shards: 6 } }).then(() => write(es7, INDEX, numbered(DOCUMENTS, (number) => ({ text: `document ${String(number)}`.repeat(10) })))),
  ]);
  // Under the name of a connection that every stack has.
  [stack] = await Promise.all([startStack({ ...servers, es9: node.description }), createIndex(node.description, 'co-flood', { settings: { number_of_replicas: 0, number_of_shards: 6 } })]);
});
afterAll(async () => {
  await stack.stop();
  await node.kill();
  await deleteIndices(es7, INDEX);
});

it('through a storm of 429s every document arrives once: only what was rejected is sent again, slower, with the reason, and faster again', async () => {
  // Slowly enough that it is still on its way when the flood of others has begun and ended.
  const { id } = await stack.migrate({ type: 'copy', source: 'es7', target: 'es9', indices: [INDEX], sliceDocuments: 1_000, concurrency: 8, requestsPerSecond: 640 });
  await stack.until(id, ({ progress }) => progress.documents.done > 0);
  const stopFlood = floodWrites(node.description, 'co-flood', { writers: 12, documents: 1_000 });
  let lowest = 100;
  try {
    const slowed = await stack.until(id, (migration) => (lowest = Math.min(lowest, shareOf(migration))) < 100);
    expect(transferOf(slowed)).toMatch(/slowed to \d+%: target (write queue \d+\/1|indexing pressure|turned down \d+)/);
  } finally {
    await stopFlood();
  }
  // So slowly that a request has documents of one shard only, and is in nobody's way: of six at once the node takes two.
  await stack.control(id, 'throttle', { requestsPerSecond: 8 });
  // A slice that has not told since may still be shown at full speed, so only a share counts that is higher and not all.
  await stack.until(id, (migration) => {
    const share = shareOf(migration);
    lowest = Math.min(lowest, share);
    return share > lowest && share < 100;
  });

  // Alone and at full speed: eight slices at once, in requests with documents of six shards, for one thread and one place in the queue.
  const before = await rejections();
  await stack.control(id, 'throttle', { requestsPerSecond: null });
  expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  expect((await rejections()) - before).toBeGreaterThan(0);

  expect(await readAll(node.description, INDEX)).toEqual(await readAll(es7, INDEX));
  const slices = (await readSlices(stack, id)).filter(({ slice }) => slice > 0);
  expect(slices.map(({ attempts }) => attempts)).toEqual(slices.map(() => 1));
  // Of what was not rejected nothing was sent twice: it would be a version conflict, which counts as failed.
  const { _all: all } = await call<{ _all: { primaries: { indexing: object } } }>(node.description, 'GET', `/${INDEX}/_stats/indexing`);
  expect(all.primaries.indexing).toMatchObject({ index_total: DOCUMENTS, index_failed: 0 });
}, 240_000);

async function rejections(): Promise<number> {
  const { nodes } = await call<{ nodes: Record<string, { thread_pool: { write: { rejected: number } } }> }>(node.description, 'GET', '/_nodes/stats/thread_pool');
  return Object.values(nodes)[0]?.thread_pool.write.rejected ?? 0;
}

const transferOf = ({ steps }: Migration): string => steps.find(({ name }) => name === 'transfer')?.detail ?? '';
const shareOf = (migration: Migration): number => Number(/slowed to (\d+)%/.exec(transferOf(migration))?.[1] ?? 100);
