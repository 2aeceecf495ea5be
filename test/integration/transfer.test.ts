/**
 * The copy engine between real clusters. What arrived is compared byte by byte with plain HTTP and string search, by
 * nothing of what is tested.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readSequences } from '../../src/elasticsearch/sequence.js';
import { addDigests } from '../../src/domain/document-digest.js';
import { type CopyResult, type CopySliceOptions, copySlice } from '../../src/transfer/copy-slice.js';
import { digestSlice } from '../../src/verification/digest.js';
import { type ElasticsearchNode, startElasticsearch } from '../servers/elasticsearch.js';
import { type HttpTarget, call, send } from '../servers/http.js';
import { type Toxiproxy, startToxiproxy } from '../servers/toxiproxy.js';
import { clearNodes, count, createIndex, numbered, write } from '../support/clusters.js';
import { type DirectCluster, directCluster } from '../support/direct-cluster.js';
import { EXTREMES, largeText, putBytes, sourceBytes } from '../support/extremes.js';

const { es7, es8, es9 } = inject('servers');
const { signal } = new AbortController();
const clusters: DirectCluster[] = [];
const LOOSE = { mappings: { dynamic: false } };

afterAll(async () => {
  await clearNodes([es7, es8, es9], 'tr');
  for (const cluster of clusters) await cluster.close();
});

function clusterOf(name: string, target: HttpTarget): DirectCluster['cluster'] {
  const direct = directCluster(name, target);
  clusters.push(direct);
  return direct.cluster;
}

const [old7, old8, new9] = [clusterOf('es7', es7), clusterOf('es8', es8), clusterOf('es9', es9)];
const quick = { attempts: 40, firstWaitMs: 50, longestWaitMs: 500 };

describe.each([
  ['7.17.8', es7, old7],
  ['8.19.8', es8, old8],
])('%s -> 9.4.3', (version, node, source) => {
  const name = `tr-${version.replaceAll('.', '')}`;
  const copy = (options: Partial<CopySliceOptions> = {}): Promise<CopyResult> => copySlice(source, new9, { index: name, targetIndex: name, signal, retries: quick, ...options });

  it.each(['pit', 'scroll'] as const)('carries every extreme document over byte for byte, read by %s', async (paging) => {
    const [index, targetIndex] = [`${name}-extreme`, `${name}-extreme-${paging}`];
    if (paging === 'pit') {
      await createIndex(node, index, LOOSE);
      for (const document of EXTREMES) await putBytes(node, index, document);
      await call(node, 'POST', `/${index}/_refresh`);
    }
    // A default pipeline of the target must not touch what is copied.
    await createIndex(es9, targetIndex, { settings: { number_of_replicas: 0, 'index.default_pipeline': 'tr-not-there' }, mappings: { dynamic: false } });
    const result = await copy({ index, targetIndex, paging });
    expect(result).toMatchObject({ read: EXTREMES.length, written: EXTREMES.length, noops: 0, deadLetters: [] });
    for (const { id, routing, source: sent, arrives = sent } of EXTREMES) {
      expect(await sourceBytes(node, index, id, routing).then((bytes) => bytes.equals(Buffer.from(sent))), `${id} at the source`).toBe(true);
      const arrived = await sourceBytes(es9, targetIndex, id, routing);
      if (!arrived.equals(Buffer.from(arrives))) throw new Error(`${id.slice(0, 50)} arrived as ${arrived.toString('utf8', 0, 500)}`);
    }
    await call(es9, 'POST', `/${targetIndex}/_refresh`);
    expect(await digestSlice(new9, { index: targetIndex, signal, paging })).toEqual({ documents: EXTREMES.length, digest: result.digest });
    expect(await digestSlice(source, { index, signal })).toEqual({ documents: EXTREMES.length, digest: result.digest });
  });

  describe('many documents', () => {
    const documents = numbered(3_000, (number) => ({ text: 'x'.repeat(number % 700), exact: number / 7 }));
    beforeAll(async () => {
      await createIndex(node, name, { settings: { number_of_replicas: 0, number_of_shards: 3 }, mappings: { properties: { exact: { type: 'double' } } } });
      await write(node, name, documents);
      await createIndex(es9, name);
    });

    it('copies disjoint ranges of sequence numbers that add up to the whole, and finds a changed document', async () => {
      const highest = Math.max(...Object.values(await readSequences(source, [name])));
      const cut = Math.floor(highest / 3);
      const ranges = [
        { from: 0, to: cut },
        { from: cut, to: highest + 1 },
      ];
      const parts: CopyResult[] = [];
      for (const range of ranges) parts.push(await copy({ range, pageBytes: 100_000, requestBytes: 50_000 }));
      expect(parts.map(({ read }) => read).every((read) => read > 500)).toBe(true);
      expect(parts.reduce((sum, { written }) => sum + written, 0)).toBe(3_000);
      await call(es9, 'POST', `/${name}/_refresh`);
      expect(await count(es9, name)).toBe(3_000);
      const whole = parts.map(({ digest }) => digest).reduce(addDigests);
      expect((await digestSlice(new9, { index: name, signal })).digest).toBe(whole);
      for (const range of ranges) expect(parts.map(({ digest }) => digest)).toContain((await digestSlice(source, { index: name, range, signal })).digest);

      await call(es9, 'PUT', `/${name}/_doc/d77?refresh=true`, { number: 77.5 });
      expect((await digestSlice(new9, { index: name, signal })).digest).not.toBe(whole);
    });

    it('overwrites what is older at the target, and nothing that is newer', async () => {
      await write(node, name, [{ id: 'd5', source: { changed: 1 } }]);
      for (const number of [1, 2, 3]) await call(es9, 'PUT', `/${name}/_doc/d6`, { number });
      const result = await copy();
      // d77 was overwritten by hand and is newer there; d5 is newer here.
      expect(result).toMatchObject({ read: 3_000, written: 1, noops: 2_999, refused: 0 });
      expect((await sourceBytes(es9, name, 'd5')).toString()).toBe('{"changed":1}');
      expect((await sourceBytes(es9, name, 'd6')).toString()).toBe('{"number":3}');
      expect((await call<{ _version: number }>(es9, 'GET', `/${name}/_doc/d5`))._version).toBe(2);
    });

    it('copies only what a query matches, and creates only what is not there', async () => {
      const targetIndex = `${name}-some`;
      const options = { targetIndex, opType: 'create', query: { range: { number: { lt: 100 } } } } as const;
      await call(es9, 'PUT', `/${targetIndex}/_doc/d3`, { mine: true });
      expect(await copy(options)).toMatchObject({ read: 99, written: 98, noops: 1 });
      expect(await copy(options)).toMatchObject({ read: 99, written: 0, noops: 99 });
      expect((await sourceBytes(es9, targetIndex, 'd3')).toString()).toBe('{"mine":true}');
    });

    it('keeps what the target refuses as dead letters with its reasons', async () => {
      const targetIndex = `${name}-strict`;
      await createIndex(es9, targetIndex, { mappings: { properties: { exact: { type: 'integer', coerce: false } } } });
      const result = await copy({ targetIndex, maxDeadLetters: 5 });
      expect(result.read).toBe(result.written + result.refused);
      expect(result.refused).toBeGreaterThan(2_000);
      expect(result.deadLetters).toHaveLength(5);
      expect(result.deadLetters[0]).toMatchObject({ status: 400, type: 'document_parsing_exception', reason: expect.stringContaining('failed to parse field [exact]') });
    });
  });

  it('says which index is not there, on either side', async () => {
    await expect(copy({ index: 'tr-absent' })).rejects.toMatchObject({ code: 'IndexNotFound', subject: 'tr-absent' });
    await send(es9, 'DELETE', `/${name}-closed`);
    await createIndex(es9, `${name}-closed`);
    await call(es9, 'POST', `/${name}-closed/_close`);
    await expect(copy({ targetIndex: `${name}-closed` })).rejects.toMatchObject({ subject: `${name}-closed`, retryable: false });
    await send(es9, 'DELETE', `/${name}-closed`);
  });
});

describe('trouble on the way', () => {
  let toxiproxy: Toxiproxy;
  beforeAll(async () => {
    toxiproxy = await startToxiproxy();
    await createIndex(es8, 'tr-way', LOOSE);
    await write(es8, 'tr-way', numbered(6_000, (number) => ({ text: String(number).repeat(400) })));
  });
  afterAll(() => toxiproxy.stop());

  it('loses and doubles nothing when connections of both sides are cut in the middle of answers and requests', async () => {
    const [before, behind] = [await toxiproxy.proxy(es8.url), await toxiproxy.proxy(es9.url)];
    const [source, target] = [clusterOf('es8', { ...es8, url: before.url }), clusterOf('es9', { ...es9, url: behind.url })];
    await createIndex(es9, 'tr-way', LOOSE);
    await before.throttle(8_000);
    await behind.throttle(8_000);
    let cuts = 0;
    const stop = new AbortController();
    const cutting = (async () => {
      for (const proxy of [before, behind, before, behind]) {
        await sleep(250);
        if (stop.signal.aborted) return;
        await proxy.cut();
        await sleep(100);
        await proxy.restore();
        await proxy.throttle(8_000);
        cuts += 1;
      }
    })();
    const result = await copySlice(source, target, { index: 'tr-way', targetIndex: 'tr-way', signal, retries: quick, pageBytes: 1_000_000, requestBytes: 500_000 });
    stop.abort();
    await cutting;
    expect(cuts).toBeGreaterThanOrEqual(2);
    // What was written although its answer was lost counts as already there.
    expect(result.read).toBe(6_000);
    expect(result.written + result.noops).toBe(6_000);
    await call(es9, 'POST', '/tr-way/_refresh');
    expect(await digestSlice(new9, { index: 'tr-way', signal })).toEqual({ documents: 6_000, digest: result.digest });
  });

  describe('a target with a tiny write queue', () => {
    let node: ElasticsearchNode;
    beforeAll(async () => {
      node = await startElasticsearch({ name: 'tr-tiny', version: '9.4.3', heapMb: 1_536, settings: { 'thread_pool.write.size': 1, 'thread_pool.write.queue_size': 1 } });
    });
    afterAll(() => node.kill());

    it('carries a document of 32 MB over, and says why a target with a small heap takes it not', async () => {
      const document = { id: 'large', source: largeText(32_000_000) };
      await createIndex(es8, 'tr-large', LOOSE);
      await putBytes(es8, 'tr-large', document);
      await write(es8, 'tr-large', numbered(10));
      await createIndex(node.description, 'tr-large', LOOSE);
      await createIndex(es9, 'tr-large', LOOSE);
      const options = { index: 'tr-large', targetIndex: 'tr-large', signal };
      expect(await copySlice(old8, clusterOf('roomy', node.description), options)).toMatchObject({ read: 11, written: 11 });
      expect((await sourceBytes(node.description, 'tr-large', 'large')).equals(Buffer.from(document.source))).toBe(true);
      const refused = await copySlice(old8, new9, options);
      expect(refused).toMatchObject({ read: 11, written: 10, refused: 1 });
      expect(refused.deadLetters).toMatchObject([{ id: 'large', status: 429, reason: expect.stringContaining('max_primary_bytes') }]);
    });

    it('gets everything through a storm of 429s', async () => {
      const tiny = node.description;
      await createIndex(tiny, 'tr-storm', { settings: { number_of_shards: 6, number_of_replicas: 0 }, mappings: { dynamic: false } });
      const options = { index: 'tr-way', targetIndex: 'tr-storm', signal, requestBytes: 200_000, connections: 6, retries: { attempts: 100, firstWaitMs: 20, longestWaitMs: 200 } };
      const result = await copySlice(old8, clusterOf('tiny', tiny), options);
      const stats = await call<{ nodes: Record<string, { thread_pool: { write: { rejected: number } } }> }>(tiny, 'GET', '/_nodes/stats/thread_pool');
      expect(Object.values(stats.nodes)[0]?.thread_pool.write.rejected).toBeGreaterThan(10);
      expect(result).toMatchObject({ read: 6_000, written: 6_000, refused: 0 });
      await send(tiny, 'POST', '/tr-storm/_refresh');
      expect(await digestSlice(clusterOf('tiny', tiny), { index: 'tr-storm', signal })).toEqual({ documents: 6_000, digest: result.digest });
    });
  });
});
