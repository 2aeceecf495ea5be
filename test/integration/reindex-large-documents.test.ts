/**
 * Documents that do not fit into the 100 MB that a remote reindex buffers: batches shrink, and what does not fit even alone is
 * moved by Godwit itself, or named. On nodes of its own, which take such documents.
 */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { startElasticsearch, type ElasticsearchNode } from '../servers/elasticsearch.js';
import { call } from '../servers/http.js';
import { count, createIndex } from '../support/clusters.js';
import { readSlices, startStack, type Stack } from '../support/stack.js';

const servers = inject('servers');
const MEGABYTE = 1_000_000;
/** A body of 104,857,500 bytes: with what is around it the answer is longer than 100 MiB. */
const GIANT_BYTES = 104_857_500;
let source: ElasticsearchNode;
let target: ElasticsearchNode;
let stack: Stack;

beforeAll(async () => {
  // Compressed, as over plain HTTP by default, a letter that repeats would fit.
  const settings = { 'http.max_content_length': '200mb', 'indexing_pressure.memory.limit': '80%' };
  [source, target] = await Promise.all([
    startElasticsearch({ name: 'large-7', version: '7.17.8', security: false, heapMb: 1_024, settings: { ...settings, 'http.compression': false } }),
    startElasticsearch({ name: 'large-8', version: '8.19.8', security: false, heapMb: 1_536, settings }),
  ]);
  stack = await startStack({ ...servers, es8: source.description, es9: target.description });
}, 300_000);
afterAll(async () => {
  await stack.stop();
  await Promise.all([source.kill(), target.kill()]);
});

const MAPPINGS = { properties: { text: { type: 'object', enabled: false } } };

async function put(index: string, id: string, bytes: number): Promise<void> {
  const [head, tail] = ['{"text":{"a":"', '"}}'];
  // A letter of its own, so that one document is not taken for another.
  const body = head + id.charAt(0).repeat(bytes - head.length - tail.length) + tail;
  await call(source.description, 'PUT', `/${index}/_doc/${id}?refresh=true`, new TextEncoder().encode(body), { 'content-type': 'application/json' });
}

async function lengthAt(node: ElasticsearchNode, index: string, id: string): Promise<number> {
  return JSON.stringify((await call<{ _source: object }>(node.description, 'GET', `/${index}/_doc/${id}`))._source).length;
}

it('documents of 30 MB in batches of 8: the batch shrinks until it fits', async () => {
  await createIndex(source.description, 'rl-thirty', { mappings: MAPPINGS });
  for (const id of ['a', 'b', 'c', 'd']) await put('rl-thirty', id, 30 * MEGABYTE);
  const { id } = await stack.migrate({ type: 'reindex', source: 'es8', target: 'es9', indices: ['rl-thirty'], size: 8 });
  expect(await stack.ended(id, 250_000)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  expect(await count(target.description, 'rl-thirty')).toBe(4);
  expect(await lengthAt(target, 'rl-thirty', 'c')).toBe(30 * MEGABYTE);
  // 8 did not fit, 2 did.
  expect((await readSlices(stack, id)).find(({ slice }) => slice === 1)?.attempts).toBe(2);
}, 300_000);

it('one that does not fit even alone is moved by Godwit itself; with a script it is named with its size, and the others arrive', async () => {
  await createIndex(source.description, 'rl-giant', { mappings: MAPPINGS });
  await put('rl-giant', 'giant', GIANT_BYTES);
  for (const id of ['a', 'b', 'c']) await put('rl-giant', id, 2_000);
  const moved = await stack.migrate({ type: 'reindex', source: 'es8', target: 'es9', indices: ['rl-giant'], size: 4 });
  expect(await stack.ended(moved.id, 250_000)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  expect(await count(target.description, 'rl-giant')).toBe(4);
  expect(await lengthAt(target, 'rl-giant', 'giant')).toBe(GIANT_BYTES);

  await call(target.description, 'DELETE', '/rl-giant');
  const named = await stack.migrate({ type: 'reindex', source: 'es8', target: 'es9', indices: ['rl-giant'], size: 4, script: { source: 'ctx._source.by = "godwit"' } });
  const { attention } = await stack.until(named.id, ({ status }) => status === 'needs-attention', 250_000);
  expect(attention).toHaveLength(1);
  expect(attention[0]).toMatchObject({ code: 'BatchTooLarge', subject: 'rl-giant#1' });
  expect(attention[0]?.error).toMatch(/1 document\(s\) of slice 1 are too large, the others have arrived: giant \(100\.0 MiB of _source/);
  expect(attention[0]?.remedy).toContain('type copy with query {"ids":{"values":["giant"]}}');
  expect((await readSlices(stack, named.id)).find(({ slice }) => slice === 1)?.rejected).toEqual(['giant']);
  await call(target.description, 'POST', '/rl-giant/_refresh');
  expect(await count(target.description, 'rl-giant')).toBe(3);
  expect((await stack.control(named.id, 'skip', { subject: 'rl-giant#1' })).status).toBe(200);
  expect(await stack.ended(named.id)).toMatchObject({ status: 'completed' });
}, 300_000);
