/**
 * Kills and cuts what a reindex stands on, over HTTPS with a private CA, on nodes of its own. At the end every document is
 * there, and no slice that had succeeded was run again: counted in the ledger and in what the target keeps of its tasks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startElasticsearch, type ElasticsearchNode } from '../servers/elasticsearch.js';
import { call } from '../servers/http.js';
import { startToxiproxy, type Toxiproxy } from '../servers/toxiproxy.js';
import { count, createIndex, numbered, readAll, write } from '../support/clusters.js';
import { HoldingProxy } from '../support/holding-proxy.js';
import { readSlices, startStack, type SliceItem, type Stack } from '../support/stack.js';
import type { Migration } from '../../src/contracts/migration.js';

const servers = inject('servers');
let source: ElasticsearchNode;
let target: ElasticsearchNode;
let toxiproxy: Toxiproxy;
/** In front of the source, as the target sees it. Godwit itself goes past it. */
let proxy: Awaited<ReturnType<Toxiproxy['proxy']>>;
/** In front of the target, as Godwit sees it. */
let holder: HoldingProxy;
let stack: Stack;

beforeAll(async () => {
  [source, target, toxiproxy] = await Promise.all([
    startElasticsearch({ name: 'reindex-faults-8', version: '8.19.8' }),
    startElasticsearch({ name: 'reindex-faults-9', version: '9.4.3' }),
    startToxiproxy(),
  ]);
  proxy = await toxiproxy.proxy(source.url);
  holder = await HoldingProxy.start(target.description);
  stack = await startStack({ ...servers, es8: source.description, es9: target.description }, { more: { held: { kind: 'self-managed', url: holder.url } } });
});
afterAll(async () => {
  await stack.stop();
  await Promise.all([toxiproxy.stop(), holder.stop(), source.kill(), target.kill()]);
});

const attention = (migration: Migration): boolean => migration.status === 'needs-attention';
const FULL_SPEED = { requestsPerSecond: null, concurrency: 3 };

/** 1,000 documents in 10 slices, slowly, so that there is something to interrupt. */
async function begin(index: string, options: object = {}): Promise<string> {
  await createIndex(source.description, index, { settings: { number_of_shards: 2, number_of_replicas: 0 } });
  await write(source.description, index, numbered(1_000));
  return (await stack.migrate({ type: 'reindex', source: 'es8', target: 'es9', indices: [index], sliceDocuments: 100, size: 10, ...FULL_SPEED, requestsPerSecond: 150, ...options })).id;
}

const slicesOf = async (id: string): Promise<SliceItem[]> => (await readSlices(stack, id)).filter(({ slice }) => slice > 0);
const isDone = ({ status }: SliceItem): boolean => status === 'completed' || status === 'verified';

/** Waits for the ledger to get somewhere: what happens to a slice is no event of its own. */
async function whenSlices(id: string, condition: (all: readonly SliceItem[]) => boolean): Promise<SliceItem[]> {
  for (const deadline = Date.now() + 100_000; Date.now() < deadline; await sleep(100)) {
    const all = await slicesOf(id);
    if (all.length > 0 && condition(all)) return all;
  }
  throw new Error(`${id} did not get there: ${JSON.stringify(await slicesOf(id))}`);
}

/** Waits until some slices are done and others are under way. @returns those that are done */
const halfway = async (id: string): Promise<SliceItem[]> =>
  (await whenSlices(id, (all) => all.filter(isDone).length >= 2 && all.some(({ status }) => status === 'running'))).filter(isDone);

/** Waits until the target has ended every task of the migration. */
async function whenNoTaskRuns(id: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(200)) {
    const { nodes } = await call<{ nodes: Record<string, { tasks: Record<string, { headers: Record<string, string> }> }> }>(target.description, 'GET', '/_tasks?actions=*reindex');
    if (!Object.values(nodes).some(({ tasks }) => Object.values(tasks).some(({ headers }) => headers['X-Opaque-Id']?.startsWith(`godwit/${id}/`)))) return;
  }
  throw new Error(`tasks of ${id} still run`);
}

interface StoredTask {
  task: { headers: Record<string, string> };
  response?: { failures: unknown[]; canceled?: string };
}

/** Tasks that succeeded, by slice: the results that the target itself has kept. A search sees them some time later. */
async function succeeded(id: string, slices: number): Promise<Map<string, number>> {
  for (const deadline = Date.now() + 20_000; ; await sleep(200)) {
    const { hits } = await call<{ hits: { hits: { _source: StoredTask }[] } }>(target.description, 'POST', '/.tasks/_search', { size: 1_000 });
    const tags = hits.hits
      .filter(({ _source: { response } }) => response !== undefined && response.failures.length === 0 && response.canceled === undefined)
      .map(({ _source }) => _source.task.headers['X-Opaque-Id'] ?? '')
      .filter((tag) => tag.startsWith(`godwit/${id}/`));
    const counted = new Map([...new Set(tags)].map((tag) => [tag, tags.filter((other) => other === tag).length]));
    if (counted.size >= slices || Date.now() > deadline) return counted;
  }
}

/** Everything has arrived, and what was done before the fault was left alone. */
async function expectWhole(id: string, index: string, before: readonly SliceItem[]): Promise<SliceItem[]> {
  expect(await stack.ended(id, 150_000)).toMatchObject({ status: 'completed', verification: { status: 'verified', mismatches: 0 } });
  const after = await slicesOf(id);
  for (const { slice, attempts } of before) expect(after.find((other) => other.slice === slice)).toMatchObject({ slice, attempts });
  const tasks = await succeeded(id, after.length);
  for (const { slice } of before) expect(tasks.get(`godwit/${id}/${index}/${String(slice)}`)).toBe(1);
  // Each slice has succeeded, and none twice.
  expect([...tasks.values()]).toEqual(after.map(() => 1));
  expect(await readAll(target.description, index)).toEqual(await readAll(source.description, index));
  return after;
}

describe('what is killed', () => {
  it('a worker: the tasks go on without it, and another one takes them over; one whose start it did not hear of is found by its tag', async () => {
    const [id, unheard] = await Promise.all([begin('rf-worker'), begin('rf-unheard', { target: 'held' })]);
    const [done, doneUnheard] = await Promise.all([halfway(id), halfway(unheard)]);
    const { reached, release } = holder.hold('answer', /^POST \/_reindex$/);
    await reached;
    await stack.killWorkers();
    await whenNoTaskRuns(unheard);
    release();
    await stack.startWorker();
    await stack.insist(id, 'throttle', FULL_SPEED);
    for (const after of [await expectWhole(id, 'rf-worker', done), await expectWhole(unheard, 'rf-unheard', doneUnheard)]) expect(after.every(({ attempts }) => attempts === 1)).toBe(true);
  }, 240_000);

  it('the node of the target: the slices in flight are issued again, no other', async () => {
    const id = await begin('rf-target');
    const done = await halfway(id);
    await target.kill();
    await target.start();
    await stack.control(id, 'throttle', FULL_SPEED);
    const after = await expectWhole(id, 'rf-target', done);
    const again = after.filter(({ attempts }) => attempts > 1);
    expect(again.length).toBeGreaterThanOrEqual(1);
    expect(again.length).toBeLessThanOrEqual(FULL_SPEED.concurrency);
  }, 240_000);

  it('the node of the source, which is restarted', async () => {
    const id = await begin('rf-source');
    const done = await halfway(id);
    await source.stop();
    await source.start();
    await stack.control(id, 'throttle', FULL_SPEED);
    await expectWhole(id, 'rf-source', done);
  }, 240_000);
});

describe.concurrent('what does not get through', () => {
  it('the way between the clusters, cut, then slow: it goes on by itself', async () => {
    const id = await begin('rf-way', { remote: { host: proxy.url } });
    const done = await halfway(id);
    await proxy.cut();
    await whenSlices(id, (all) => all.some(({ attempts }) => attempts > 1));
    await proxy.restore();
    await proxy.throttle(30);
    await stack.control(id, 'throttle', FULL_SPEED);
    await expectWhole(id, 'rf-way', done);
    await proxy.restore();
  }, 240_000);

  it('a disk that passes the flood stage: says so, and retry goes on where it was', async () => {
    const index = 'rf-flood';
    await createIndex(source.description, 'rf-flood-other');
    await write(source.description, 'rf-flood-other', numbered(50));
    const id = await begin(index, { indices: ['rf-flood*'] });
    const done = await halfway(id);
    // What Elasticsearch itself does when the disk of a node that has a shard of it is nearly full.
    await call(target.description, 'PUT', `/${index}/_settings`, { 'index.blocks.read_only_allow_delete': true });
    await stack.control(id, 'throttle', FULL_SPEED);
    await whenSlices(id, (all) => all.every((slice) => isDone(slice) || slice.status === 'needs-attention'));
    const parked = await stack.until(id, attention);
    const codes = new Set(parked.attention.map(({ code, remedy }) => `${code}: ${remedy}`));
    expect([...codes]).toEqual([expect.stringMatching(/^DiskFull: Free or add disk at the target.*Then retry\.$/)]);
    expect(parked.attention[0]?.error).toMatch(/es9 takes no documents into rf-flood: .*flood stage/);
    await call(target.description, 'POST', '/rf-flood-other/_refresh');
    expect(await count(target.description, 'rf-flood-other')).toBe(50);
    await call(target.description, 'PUT', `/${index}/_settings`, { 'index.blocks.read_only_allow_delete': null });
    expect((await stack.control(id, 'retry')).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const after = await slicesOf(id);
    for (const { slice, attempts } of done) expect(after.find((other) => other.index === index && other.slice === slice)?.attempts).toBe(attempts);
    expect([...(await succeeded(id, after.length)).values()]).toEqual(after.map(() => 1));
    expect(await readAll(target.description, index)).toEqual(await readAll(source.description, index));
  }, 240_000);

  it('37 documents that do not fit the mapping: all are named, and retry moves only these', async () => {
    const index = 'rf-conflict';
    const bad = (number: number): boolean => number % 10 === 3 && number < 370;
    await createIndex(source.description, index);
    await write(source.description, index, numbered(400, (number) => ({ code: bad(number) ? `x${String(number)}` : String(number) })));
    await createIndex(target.description, index, { mappings: { properties: { code: { type: 'long' } } } });
    const { id } = await stack.migrate({ type: 'reindex', source: 'es8', target: 'es9', indices: [index], onExisting: 'merge', sliceDocuments: 200, size: 50 });
    const parked = await stack.until(id, (migration) => migration.attention.length === 2);
    expect(parked.attention.map(({ code }) => code)).toEqual(['DocumentsRejected', 'DocumentsRejected']);
    // Slices of which a part was moved: that part counts.
    expect(parked.progress.documents).toEqual({ done: 363, total: 400 });
    expect(parked.attention.find(({ subject }) => subject === `${index}#1`)?.error).toMatch(/rejected 20 document\(s\) of slice 1, the others have arrived: 20 x .*failed to parse field \[code\]/);
    const named = (await slicesOf(id)).flatMap(({ rejected }) => rejected);
    expect(named.sort()).toEqual(numbered(400).filter((_, number) => bad(number)).map((document) => document.id).sort());
    const { items: letters } = (await stack.call<{ items: { id: string; slice: number; status: number; cause: string; reason: string }[] }>('GET', `/v1/migrations/${id}/dead-letters?limit=100`)).body;
    expect(letters.map((letter) => letter.id).sort()).toEqual(named);
    for (const letter of letters) expect(letter).toMatchObject({ status: 400, cause: 'document_parsing_exception', reason: expect.stringMatching(new RegExp(`failed to parse field \\[code\\].*'${letter.id}'`)) });
    expect((await stack.report(id)).deadLetters).toEqual([expect.objectContaining({ documents: 37, accepted: 0, cause: 'document_parsing_exception' })]);
    await call(target.description, 'POST', `/${index}/_refresh`);
    expect(await count(target.description, index)).toBe(363);

    // Nothing is mended: the same again, and no slice passes for done because nothing else is left of it.
    expect((await stack.control(id, 'retry')).status).toBe(200);
    await stack.until(id, (migration) => migration.attention.length === 2 && migration.attention.every(({ since }) => parked.attention.every((earlier) => since > earlier.since)));
    expect((await slicesOf(id)).map(({ status, rejected }) => ({ status, rejected: rejected.length }))).toEqual([20, 17].map((rejected) => ({ status: 'needs-attention', rejected })));

    // The mapping is mended: an index with the same documents, and the name leads to it.
    await call(target.description, 'PUT', `/${index}-mended`, { settings: { number_of_replicas: 0 }, mappings: { properties: { code: { type: 'keyword' } } } });
    await call(target.description, 'POST', '/_reindex?refresh=true', { source: { index }, dest: { index: `${index}-mended`, version_type: 'external' } });
    await call(target.description, 'POST', '/_aliases', { actions: [{ remove_index: { index } }, { add: { index: `${index}-mended`, alias: index } }] });
    const before = await indexed(`${index}-mended`);
    expect((await stack.control(id, 'retry')).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 }, progress: { documents: { done: 400, total: 400 } } });
    expect((await indexed(`${index}-mended`)) - before).toBe(37);
    expect((await slicesOf(id)).map(({ documents, status }) => ({ documents, status }))).toEqual([200, 200].map((documents) => ({ documents, status: 'verified' })));
    expect((await slicesOf(id)).flatMap(({ rejected }) => rejected)).toEqual([]);
    expect((await stack.report(id)).deadLetters).toEqual([]);
    expect(await readAll(target.description, index)).toEqual(await readAll(source.description, index));
  }, 240_000);
});

/** Index operations that the shards have counted. */
async function indexed(index: string): Promise<number> {
  const { _all } = await call<{ _all: { primaries: { indexing: { index_total: number } } } }>(target.description, 'GET', `/${index}/_stats/indexing`);
  return _all.primaries.indexing.index_total;
}
