/** copy into a 9.4.3 node of its own, with heap enough for documents of 50 MB. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startElasticsearch, type ElasticsearchNode } from '../servers/elasticsearch.js';
import { clearNodes, createIndex, numbered, write } from '../support/clusters.js';
import { largeText, putBytes, sourceBytes } from '../support/extremes.js';
import { startStack, type Stack } from '../support/stack.js';
import { forgetPeak, usageOf } from '../../bench/process-usage.js';

const servers = inject('servers');
const { es7, es8 } = servers;
let node: ElasticsearchNode;
let stack: Stack;

beforeAll(async () => {
  await clearNodes([es7, es8], 'cn');
  // From 9.x on a document needs five times its size, by default of a tenth of the heap: here of a quarter.
  const settings = { 'indexing_pressure.memory.limit': '25%', 'indexing_pressure.memory.max_operation_size': '25%' };
  node = await startElasticsearch({ name: 'co-own', version: '9.4.3', heapMb: 1_536, settings });
  // Under the name of a connection that every stack has.
  stack = await startStack({ ...servers, es9: node.description });
});
afterAll(async () => {
  await stack.stop();
  await node.kill();
  await clearNodes([es7, es8], 'cn');
});

describe('documents of 32 and 50 MB', () => {
  it.each([
    ['7.17.8', 'es7', es7],
    ['8.19.8', 'es8', es8],
  ] as const)('%s -> 9.4.3: arrive byte for byte, among small ones', async (version, source, from) => {
    const index = `cn-large-${version}`;
    await createIndex(from, index, { mappings: { dynamic: false } });
    const large = [32, 50].map((size) => ({ id: `of ${String(size)} MB`, source: largeText(size * 1_000_000 - 100) }));
    for (const document of large) await putBytes(from, index, document);
    await write(from, index, numbered(500));
    const [pid = 0] = stack.workerPids;
    forgetPeak(pid);
    const before = usageOf(pid).peakMb;
    const { id } = await stack.migrate({ type: 'copy', source, target: 'es9', indices: [index] });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 }, progress: { documents: { done: 502 } } });
    const { peakMb } = usageOf(pid);
    console.log(`${version}: the worker took ${peakMb.toFixed(0)} MB at most, ${before.toFixed(0)} MB before`);
    // Some five times the largest: the page, what is read ahead, what is in flight.
    expect(peakMb - before).toBeLessThan(500);
    for (const { id: document, source: sent } of large) expect((await sourceBytes(node.description, index, document)).equals(Buffer.from(sent))).toBe(true);
  }, 180_000);
});
