/** copy over HTTP, on real clusters: what arrives byte for byte, what parks and is mended, what a killed worker and a cancel leave. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { call } from '../servers/http.js';
import { createIndex, deleteIndices } from '../support/clusters.js';
import { EXTREMES, putBytes, sourceBytes } from '../support/extremes.js';
import { startStack, type Stack } from '../support/stack.js';
import type { Migration } from '../../src/contracts/migration.js';

const servers = inject('servers');
const { es7, es8, es9 } = servers;
let stack: Stack;

const clear = async (): Promise<void> => {
  for (const node of [es7, es8, es9]) await deleteIndices(node, 'cp-*', 'moved-cp-*');
};

beforeAll(async () => {
  await clear();
  stack = await startStack(servers);
});
afterAll(async () => {
  await stack.stop();
  await clear();
});

const migrate = (request: Readonly<Record<string, unknown>>): Promise<Migration> => stack.migrate({ type: 'copy', source: 'es8', target: 'es9', ...request });

describe('what arrives', () => {
  it.each([
    ['7.17.8', 'es7', es7],
    ['8.19.8', 'es8', es8],
  ] as const)('%s -> 9.4.3: every byte of every document, its routing and its version', async (version, source, node) => {
    const index = `cp-a${version.replaceAll('.', '')}`;
    await createIndex(node, index, { settings: { number_of_replicas: 0, number_of_shards: 2, 'index.default_pipeline': 'cp-not-there' }, mappings: { dynamic: false } });
    await call(node, 'PUT', `/${index}/_settings`, { 'index.default_pipeline': null });
    for (const document of EXTREMES) await putBytes(node, index, document);
    await putBytes(node, index, { id: 'nothing', source: '{"second":1}' });
    await putBytes(node, index, { id: 'nothing', source: '{}' });

    const { id } = await migrate({ source, indices: [index], rename: { pattern: '^', replacement: 'moved-' }, sliceDocuments: 5 });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 }, progress: { documents: { done: EXTREMES.length, total: EXTREMES.length } } });
    for (const { id: document, routing, source: sent, arrives = sent } of EXTREMES) {
      const arrived = await sourceBytes(es9, `moved-${index}`, document, routing);
      if (!arrived.equals(Buffer.from(arrives))) throw new Error(`${document.slice(0, 50)} arrived as ${arrived.toString('utf8', 0, 500)}`);
    }
    expect(await call(es9, 'GET', `/moved-${index}/_doc/nothing`)).toMatchObject({ _version: 3 });
  }, 120_000);
});
