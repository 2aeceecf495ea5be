/** reindex with a 9.4.3 node of its own: an index without sequence numbers there, and a target with a tiny write queue. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Migration } from '../../src/contracts/migration.js';
import { startElasticsearch, type ElasticsearchNode } from '../servers/elasticsearch.js';
import { send } from '../servers/http.js';
import { createIndex, deleteIndices, numbered, readAll, write } from '../support/clusters.js';
import { floodWrites } from '../support/flood-writes.js';
import { readSlices, startStack, type SliceItem, type Stack } from '../support/stack.js';

const servers = inject('servers');
const { es9 } = servers;
let node: ElasticsearchNode;
let stack: Stack;

beforeAll(async () => {
  await deleteIndices(es9, 'ro-*');
  node = await startElasticsearch({ name: 'ro-own', version: '9.4.3', security: false, settings: { 'thread_pool.write.size': 1, 'thread_pool.write.queue_size': 40 } });
  // Under the name of a connection that every stack has.
  stack = await startStack({ ...servers, es8: node.description });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await node.kill();
  await deleteIndices(es9, 'ro-*');
});

const slices = async (id: string): Promise<SliceItem[]> => (await readSlices(stack, id)).filter(({ slice }) => slice > 0);

it('an index without sequence numbers is cut by a date; what lacks it is a slice; a catch-up finds what was written since', async () => {
  const index = 'ro-numberless';
  await createIndex(node.description, index, { settings: { number_of_replicas: 0, number_of_shards: 2, 'index.disable_sequence_numbers': true }, mappings: { properties: { number: { type: 'keyword' }, at: { type: 'date' }, tags: { type: 'long' } } } });
  // Unevenly spread, before 1970 too; 30 documents have no date.
  const dated = numbered(600, (number) => (number < 30 ? { tags: [1, 2] } : { tags: [number], at: new Date(-86_400_000 * 400 + number ** 3 * 1_000).toISOString() }));
  await write(node.description, index, dated);
  const refused = await send(node.description, 'POST', `/${index}/_count`, { query: { range: { _seq_no: { gte: 0 } } } });
  expect(refused.status).toBe(400);

  const { id } = await stack.migrate({ type: 'reindex', source: 'es8', target: 'es9', indices: [index], sliceDocuments: 100, size: 20, concurrency: 1, requestsPerSecond: 150, catchUp: { passes: 2 } });
  await stack.until(id, (migration: Migration) => migration.progress.documents.done > 0);
  await write(node.description, index, [{ id: 'late', source: { at: '2031-01-01T00:00:00Z' } }, { id: 'd40', source: { number: 40, at: '2032-01-01T00:00:00Z' } }]);
  await stack.control(id, 'throttle', { requestsPerSecond: null });
  expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  expect(await readAll(es9, index)).toEqual(await readAll(node.description, index));
  expect((await readAll(es9, index)).size).toBe(601);
  const cut = await slices(id);
  expect(cut.length).toBeGreaterThanOrEqual(12);
  expect(cut.every(({ documents }) => (documents ?? 0) <= 150)).toBe(true);
  expect(cut.filter(({ documents }) => documents === 30).length).toBeGreaterThanOrEqual(2);
}, 120_000);

it('an index with neither numbers nor a field to cut by is one slice', async () => {
  const index = 'ro-fieldless';
  await createIndex(node.description, index, { settings: { number_of_replicas: 0, 'index.disable_sequence_numbers': true }, mappings: { properties: { number: { type: 'keyword' }, tags: { type: 'long' } } } });
  await write(node.description, index, numbered(250, (number) => ({ tags: [number, number + 1] })));
  const { id } = await stack.migrate({ type: 'reindex', source: 'es8', target: 'es9', indices: [index], sliceDocuments: 100, verify: 'full' });
  expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  expect(await readAll(es9, index)).toEqual(await readAll(node.description, index));
  expect((await slices(id)).map(({ documents }) => documents)).toEqual([250]);
  expect((await stack.report(id)).indices[0]?.content).toMatchObject({ mode: 'full', sourceDocuments: 250, targetDocuments: 250, missing: 0, extra: 0, different: 0 });

  await write(es9, index, [{ id: 'd7', source: { tags: [0] } }]);
  const sampled = await stack.migrate({ type: 'verify', source: 'es8', target: 'es9', indices: [index], verify: 'sample' });
  expect((await stack.until(sampled.id, ({ status }: Migration) => status === 'needs-attention')).attention[0]).toMatchObject({ code: 'VerificationMismatch', subject: index });
  expect((await stack.report(sampled.id)).indices[0]?.content).toMatchObject({ mode: 'sample', missing: 0, extra: 0, different: 1, differences: [{ id: 'd7' }] });
  await stack.control(sampled.id, 'cancel');
}, 60_000);

const detailOf = (migration: Migration): string => migration.steps.find(({ name }) => name === 'transfer')?.detail ?? '';

/** Slowly enough that it is still on its way when a flood begins and when it ends. */
async function beginSlowly(type: 'reindex' | 'copy'): Promise<{ id: string; index: string }> {
  const index = `ro-slow-${type}`;
  await deleteIndices(servers.es7, index);
  await createIndex(servers.es7, index);
  await write(servers.es7, index, numbered(12_000, (number) => ({ text: `document ${String(number)}` })));
  const { id } = await stack.migrate({ type, source: 'es7', target: 'es8', indices: [index], sliceDocuments: 100_000, concurrency: 1, requestsPerSecond: 300, ...(type === 'reindex' ? { size: 50 } : {}) });
  await stack.until(id, (migration: Migration) => migration.progress.documents.done > 0);
  return { id, index };
}

it('reindex and copy slow down while others fill the write queue of the target, say why, and recover', async () => {
  await createIndex(node.description, 'ro-flood');
  const reindex = await beginSlowly('reindex');
  const copy = await beginSlowly('copy');
  const both = [reindex, copy];
  const stopFlood = floodWrites(node.description, 'ro-flood', { writers: 60, documents: 3_000 });
  try {
    for (const slowed of await Promise.all(both.map(({ id }) => stack.until(id, (migration) => /slowed to \d+%: target write queue \d+\/40/.test(detailOf(migration)), 60_000)))) {
      expect(detailOf(slowed)).toMatch(/^ro-slow-(reindex|copy): slice 1; slowed to/);
    }
    // What the task is really told, beside what a person is told.
    await expect.poll(async () => (await limitsOf(reindex.id))[0] ?? Infinity, { timeout: 20_000 }).toBeLessThan(250);
  } finally {
    await stopFlood();
  }
  await Promise.all(both.map(({ id }) => stack.until(id, (migration) => detailOf(migration) !== '' && !detailOf(migration).includes('slowed'), 90_000)));
  await expect.poll(async () => (await limitsOf(reindex.id))[0], { timeout: 20_000 }).toBe(300);
  for (const { id } of both) {
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  }
}, 240_000);

/** `requests_per_second` of the tasks of a migration. */
async function limitsOf(id: string): Promise<number[]> {
  const { body } = await send<{ nodes: Record<string, { tasks: Record<string, { headers: Record<string, string>; status: { requests_per_second: number } }> }> }>(node.description, 'GET', '/_tasks?actions=*reindex&detailed');
  return Object.values(body.nodes).flatMap(({ tasks }) => Object.values(tasks).flatMap(({ headers, status }) => ((headers['X-Opaque-Id'] ?? '').startsWith(`godwit/${id}/`) ? [status.requests_per_second] : [])));
}
