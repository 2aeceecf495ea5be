/** Catch-up of a source in use, on real clusters 8.19.8 -> 9.4.3: up to the last write, compared id by id by the test's own means. */
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Migration } from '../../src/contracts/migration.js';
import { call, send, type HttpTarget } from '../servers/http.js';
import { clearNodes, count, createIndex, deleteIndices, exists, numbered, readAll, write, type TestDocument } from '../support/clusters.js';
import { inStep, startStack, type Stack } from '../support/stack.js';
import { SteadyWriter, type Expected } from '../support/steady-writer.js';

const servers = inject('servers');
const { es8, es9 } = servers;
const RUN = Date.now().toString(36);
let stack: Stack;
let writer: SteadyWriter | null = null;

const clear = (): Promise<void> => clearNodes([es8, es9], 'cu');

beforeAll(async () => {
  await clear();
  stack = await startStack(servers);
});
afterEach(async () => {
  await writer?.stop();
  writer = null;
});
afterAll(async () => {
  await stack.stop();
  for (const index of Object.keys(await call(es8, 'GET', '/cu-*/_settings'))) await unblock(index);
  await clear();
});

const TYPES = ['reindex', 'copy'] as const;
const atGate = ({ gates }: Migration): boolean => gates.length > 0;
const migrate = (request: Readonly<Record<string, unknown>>): Promise<Migration> => stack.migrate({ source: 'es8', target: 'es9', ...request });
const detailOf = (migration: Migration, step: string): string => migration.steps.find(({ name }) => name === step)?.detail ?? '';

async function blockOf(target: HttpTarget, index: string): Promise<unknown> {
  const { [index]: found } = await call<Record<string, { settings: Record<string, unknown> }>>(target, 'GET', `/${index}/_settings?flat_settings`);
  return found?.settings['index.blocks.write'];
}

/** Of a data stream, oldest first. */
async function backingIndices(stream: string): Promise<string[]> {
  const { data_streams: found } = await call<{ data_streams: { backing_indices: string | string[] }[] }>(es8, 'GET', `/_resolve/index/${stream}`);
  return found.flatMap(({ backing_indices: backing }) => backing);
}

const unblock = (index: string): Promise<unknown> => call(es8, 'PUT', `/${index}/_settings`, { 'index.blocks.write': null });

/** All documents by id, with routing, source and version, read with a scroll. */
async function contentOf(target: HttpTarget, index: string): Promise<Map<string, Expected>> {
  interface Page {
    _scroll_id: string;
    hits: { hits: { _id: string; _routing?: string; _version: number; _source: object }[] };
  }
  await call(target, 'POST', `/${index}/_refresh`);
  const found = new Map<string, Expected>();
  let page = await call<Page>(target, 'POST', `/${index}/_search?scroll=1m`, { size: 2_000, sort: ['_doc'], version: true });
  while (page.hits.hits.length > 0) {
    for (const hit of page.hits.hits) {
      expect(found.has(hit._id), `${hit._id} is there twice`).toBe(false);
      found.set(hit._id, { routing: hit._routing, source: hit._source, version: hit._version });
    }
    page = await call<Page>(target, 'POST', '/_search/scroll', { scroll: '1m', scroll_id: page._scroll_id });
  }
  return found;
}

const sorted = (documents: ReadonlyMap<string, Expected>): [string, Expected][] => [...documents].sort(([a], [b]) => (a < b ? -1 : 1));

/** An index that is written to, with deletes that are forgotten at once, so that what is made anew begins at version 1. */
async function busyIndex(index: string, documents: number): Promise<SteadyWriter> {
  await createIndex(es8, index, { settings: { number_of_shards: 3, number_of_replicas: 0 }, mappings: { properties: { text: { type: 'keyword' }, number: { type: 'float' } } } });
  writer = new SteadyWriter(es8, index);
  await writer.load(documents);
  await call(es8, 'POST', `/${index}/_refresh`);
  return writer;
}

const forgetDeletes = (index: string): Promise<unknown> => call(es8, 'PUT', `/${index}/_settings`, { 'index.gc_deletes': '0s' });

describe.each(TYPES)('%s', (type) => {
  it('behind a gate: written to, updated, deleted and made again all the time; in the end every document is there once, in its last version', async () => {
    const index = `cu-a-${type}${RUN}`;
    const busy = await busyIndex(index, 2_000);
    const { id } = await migrate({ type, indices: [index], sliceDocuments: 400, requestsPerSecond: 600, catchUp: { passes: 2, gate: true } });
    await stack.until(id, inStep('transfer'));
    // Only now, so that the target keeps its own 60 s.
    await forgetDeletes(index);
    busy.start();
    await stack.until(id, ({ progress }) => progress.documents.done >= 1_200);
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    const waiting = await stack.until(id, (migration) => atGate(migration) && migration.status === 'awaiting-approval');
    expect(waiting.gates).toEqual([expect.objectContaining({ name: 'cutover' })]);
    expect(waiting.gates[0]?.question).toContain(`a write block on ${index} at es8`);
    expect(await blockOf(es8, index)).toBeUndefined();
    // It says how much waits.
    await stack.until(id, (migration) => /^waits for approval; [1-9]\d* operation/.test(detailOf(migration, 'catch-up')));

    expect((await stack.control(id, 'approve', { gate: 'cutover' })).status).toBe(200);
    expect((await stack.control(id, 'approve', { gate: 'cutover' })).status).toBe(409);
    const migration = await stack.ended(id);
    await busy.stop();
    expect(migration).toMatchObject({ status: 'completed', gates: [], verification: { status: 'verified', mismatches: 0 } });
    expect(busy.counts.refused).toBeGreaterThan(0);
    expect(Math.min(busy.counts.recreated, busy.counts.created, busy.counts.updated)).toBeGreaterThan(10);

    const arrived = await contentOf(es9, index);
    expect(sorted(arrived)).toEqual(sorted(busy.documents));
    expect([...busy.deleted].filter((gone) => arrived.has(gone))).toEqual([]);
    expect(detailOf(migration, 'catch-up')).toMatch(/[1-9]\d* delete\(s\) carried over; [1-9]\d* document\(s\) that began anew moved again/);
    const report = await stack.report(id);
    expect(report.indices).toEqual([expect.objectContaining({ index, verdict: 'equal', operationsAfterCutoff: 0 })]);
    expect(report.effects).toContainEqual({ kind: 'write-block', connection: 'es8', subject: index, state: 'kept', note: null });
    expect(report.effects.filter(({ state }) => state === 'left')).toEqual([]);
    expect(await blockOf(es8, index)).toBe('true');
    const { [index]: made } = await call<Record<string, { settings: Record<string, unknown> }>>(es9, 'GET', `/${index}/_settings?flat_settings`);
    expect(made?.settings).not.toHaveProperty('index.gc_deletes');
  }, 200_000);

  it('a data stream: updates and deletes in its backing index arrive, and the backing index is blocked', async () => {
    const stream = `cu-e-${type}${RUN}`;
    await call(es8, 'PUT', `/_index_template/${stream}`, { index_patterns: [stream], priority: 900, data_stream: {}, template: { settings: { number_of_replicas: 0 } } });
    await write(es8, stream, numbered(200, () => ({ '@timestamp': '2026-11-24T00:00:00Z' })), 'create');
    const { hits } = await call<{ hits: { hits: { _index: string }[] } }>(es8, 'POST', `/${stream}/_search`, { size: 1 });
    const backing = hits.hits[0]?._index ?? '';
    const { id } = await migrate({ type, indices: [stream], catchUp: { passes: 1, gate: true } });
    await stack.until(id, atGate);
    await write(es8, stream, [{ id: 'late', source: { '@timestamp': '2026-11-24T00:00:01Z', number: 1_000 } }], 'create');
    const changed = await call<{ _seq_no: number; _primary_term: number }>(es8, 'GET', `/${backing}/_doc/d5`);
    await call(es8, 'PUT', `/${backing}/_doc/d5?if_seq_no=${String(changed._seq_no)}&if_primary_term=${String(changed._primary_term)}`, { '@timestamp': '2026-11-24T00:00:00Z', number: -5 });
    await send(es8, 'POST', '/_bulk', `${JSON.stringify({ delete: { _index: backing, _id: 'd9' } })}\n`);
    await stack.control(id, 'approve', { gate: 'cutover' });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(await blockOf(es8, backing)).toBe('true');
    await call(es9, 'POST', `/${stream}/_refresh`);
    const arrived = await readAll(es9, stream);
    expect([arrived.size, arrived.has('d9'), arrived.get('d5')?.source, arrived.has('late')]).toEqual([200, false, { '@timestamp': '2026-11-24T00:00:00Z', number: -5 }, true]);
    expect(arrived).toEqual(await readAll(es8, stream));
    await unblock(backing);
  }, 200_000);
});

describe('without a gate', () => {
  it('what was written, deleted, and made again by the last pass arrives; nothing is blocked; several into one', async () => {
    const name = `cu-b-${RUN}`;
    await createIndex(es8, `${name}-two`, { mappings: { properties: { number: { type: 'float' } } } });
    await write(es8, `${name}-two`, numbered(20).map((document) => ({ ...document, id: `two-${document.id}` })));
    const busy = await busyIndex(`${name}-one`, 1_000);
    const { id } = await migrate({ type: 'reindex', indices: [`${name}-*`], rename: { pattern: '^(.*)-(one|two)$', replacement: '$1' }, sliceDocuments: 250, requestsPerSecond: 300, catchUp: { passes: 3 } });
    await stack.until(id, inStep('transfer'));
    await forgetDeletes(`${name}-one`);
    busy.start();
    await stack.until(id, ({ progress }) => progress.documents.done >= 500);
    await busy.stop();
    await call(es8, 'POST', `/${name}-two/_bulk?refresh=true`, `${JSON.stringify({ delete: { _id: 'two-d7' } })}\n`);
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    const migration = await stack.ended(id);
    expect(migration).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const arrived = await contentOf(es9, name);
    const [one, two] = [[...arrived].filter(([key]) => !key.startsWith('two-')), [...arrived].filter(([key]) => key.startsWith('two-'))];
    expect(sorted(new Map(one))).toEqual(sorted(busy.documents));
    expect(two.map(([key]) => key).sort()).toEqual(numbered(20).map((document) => `two-${document.id}`).filter((key) => key !== 'two-d7').sort());
    expect(await blockOf(es8, `${name}-one`)).toBeUndefined();
    expect((await stack.report(id)).effects.map(({ kind }) => kind)).not.toContain('write-block');
  }, 200_000);
});

describe('faults and refusal', () => {
  const type = 'reindex';

  it('a worker killed while the write block is on: another one goes on; the block is lifted where that was asked for', async () => {
    const index = `cu-c-${type}${RUN}`;
    const busy = await busyIndex(index, 600);
    const { id } = await migrate({ type, indices: [index], catchUp: { passes: 1, gate: true, keepBlock: false } });
    await stack.until(id, atGate);
    busy.start();
    await expect.poll(() => busy.counts.deleted, { timeout: 30_000 }).toBeGreaterThan(20);
    await stack.control(id, 'throttle', { requestsPerSecond: 5 });
    await stack.control(id, 'approve', { gate: 'cutover' });
    await expect.poll(() => blockOf(es8, index), { timeout: 30_000 }).toBe('true');
    await stack.killWorkers();
    await busy.stop();
    await stack.startWorker();
    await stack.insist(id, 'throttle', { requestsPerSecond: null });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(sorted(await contentOf(es9, index))).toEqual(sorted(busy.documents));
    expect(await blockOf(es8, index)).toBeUndefined();
    expect((await stack.report(id)).effects).toContainEqual({ kind: 'write-block', connection: 'es8', subject: index, state: 'undone', note: null });
  }, 200_000);

  it('canceled at the gate nothing was blocked; canceled after approval the block is lifted, one that was there before stays', async () => {
    const name = `cu-d-${type}${RUN}`;
    for (const index of [`${name}-open`, `${name}-shut`]) {
      await createIndex(es8, index);
      await write(es8, index, numbered(100));
    }
    await call(es8, 'PUT', `/${name}-shut/_block/write`);
    const request = { type, indices: [`${name}-*`], catchUp: { passes: 1, gate: true } };
    const refused = await migrate(request);
    await stack.until(refused.id, atGate);
    await stack.control(refused.id, 'cancel');
    expect((await stack.ended(refused.id)).status).toBe('canceled');
    expect([await blockOf(es8, `${name}-open`), await blockOf(es8, `${name}-shut`), await exists(es9, `${name}-open`)]).toEqual([undefined, 'true', false]);
    expect((await stack.report(refused.id)).effects.filter(({ kind, state }) => kind === 'write-block' || state !== 'undone')).toEqual([]);

    const { id } = await migrate(request);
    await stack.until(id, atGate);
    await write(es8, `${name}-open`, numbered(100, () => ({ changed: true })));
    await stack.control(id, 'throttle', { requestsPerSecond: 2 });
    await stack.control(id, 'approve', { gate: 'cutover' });
    await expect.poll(() => blockOf(es8, `${name}-open`), { timeout: 30_000 }).toBe('true');
    await stack.until(id, (migration) => detailOf(migration, 'catch-up').startsWith('write block on 2 indices at es8, last pass'));
    expect((await send(es8, 'PUT', `/${name}-open/_doc/x`, {})).status).toBe(403);
    await stack.control(id, 'cancel');
    expect((await stack.ended(id)).status).toBe('canceled');
    expect([await blockOf(es8, `${name}-open`), await blockOf(es8, `${name}-shut`), await exists(es9, `${name}-open`)]).toEqual([undefined, 'true', false]);
    expect((await send(es8, 'PUT', `/${name}-open/_doc/x`, {})).status).toBe(201);
    const { effects } = await stack.report(id);
    expect(effects.filter(({ kind }) => kind === 'write-block').map(({ subject, state }) => `${subject} ${state}`).sort()).toEqual([`${name}-open undone`, `${name}-shut undone`]);
    expect(effects.filter(({ state }) => state !== 'undone')).toEqual([]);
  }, 200_000);

  it('what comes and goes at the source: a deleted index waits for a person and holds up no other; new backing indices are caught up with and blocked, what was moved of a deleted one stays', async () => {
    const name = `cu-i-${RUN}`;
    const [stays, dropped, stream] = [`${name}-stays`, `${name}-dropped`, `${name}-stream`];
    for (const index of [stays, dropped]) {
      await createIndex(es8, index);
      await write(es8, index, numbered(40));
    }
    await call(es8, 'PUT', `/_index_template/${stream}`, { index_patterns: [stream], priority: 900, data_stream: {}, template: { settings: { number_of_replicas: 0 } } });
    const events = (prefix: string, many: number): TestDocument[] => numbered(many).map((document) => ({ id: prefix + document.id, source: { '@timestamp': '2026-11-24T00:00:00Z' } }));
    await write(es8, stream, events('first-', 50), 'create');
    const { id } = await migrate({ type, indices: [`${name}-*`], catchUp: { passes: 1, gate: true } });
    await stack.until(id, atGate);
    await call(es8, 'POST', `/${stream}/_rollover`);
    await write(es8, stream, events('second-', 20), 'create');
    const [oldest = ''] = await backingIndices(stream);
    await call(es8, 'DELETE', `/${oldest}`);
    await deleteIndices(es8, dropped);
    await write(es8, stays, [{ id: 'late', source: { number: -1 } }]);
    await stack.control(id, 'approve', { gate: 'cutover' });

    const parked = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(parked.attention).toMatchObject([{ code: 'IndexNotFound', subject: dropped, step: 'catch-up', skippable: true, error: `${dropped} is gone at es8: it was deleted meanwhile` }]);
    expect(parked.attention[0]?.remedy).toMatch(/skip: what has been moved of it stays at the target.*then retry/);
    await call(es9, 'POST', `/${name}-*/_refresh`);
    expect([await count(es9, stays), await count(es9, stream)]).toEqual([41, 70]);
    // Still away: it asks again.
    await stack.control(id, 'retry', { subject: dropped });
    await stack.until(id, ({ status, attention }) => status === 'needs-attention' && (attention[0]?.since ?? '') > (parked.attention[0]?.since ?? ''));
    // Rolls over under the block: the new one has none.
    await call(es8, 'POST', `/${stream}/_rollover`);
    await write(es8, stream, events('third-', 5), 'create');
    await stack.control(id, 'skip', { subject: dropped });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', attention: [], verification: { status: 'verified', mismatches: 0 } });

    const left = await backingIndices(stream);
    expect(left).toHaveLength(2);
    for (const index of [...left, stays]) expect(await blockOf(es8, index)).toBe('true');
    const arrived = await readAll(es9, stream);
    expect(arrived).toEqual(new Map([...events('first-', 50), ...events('second-', 20), ...events('third-', 5)].map((document) => [document.id, { routing: undefined, source: document.source }])));
    expect(await readAll(es9, stays)).toEqual(await readAll(es8, stays));
    const { indices } = await stack.report(id);
    expect(indices).toContainEqual(expect.objectContaining({ index: stream, verdict: 'equal', sourceDocuments: 25, targetDocuments: 75, note: expect.stringContaining(`${oldest} deleted at the source meanwhile: 50 document(s) of it stay at the target`) }));
    expect(indices).toContainEqual(expect.objectContaining({ index: dropped, verdict: 'not-compared' }));
    for (const index of left) await unblock(index);
  }, 200_000);

  it.each(TYPES)('%s: of an index that is deleted while it is moved the rest waits for a person, the others are moved, and nobody calls it compared', async (moving) => {
    const name = `cu-j-${moving}${RUN}`;
    const [gone, stays] = [`${name}-gone`, `${name}-stays`];
    for (const index of [gone, stays]) {
      await createIndex(es8, index);
      await write(es8, index, numbered(200));
    }
    const { id } = await migrate({ type: moving, indices: [`${name}-*`], sliceDocuments: 50, requestsPerSecond: 20 });
    await stack.until(id, ({ progress }) => progress.documents.done >= 50);
    await deleteIndices(es8, gone);
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    const { attention } = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(attention.length).toBeGreaterThan(0);
    expect(new Set(attention.map(({ code, error, skippable }) => `${code} ${String(skippable)} ${error}`))).toEqual(new Set([`IndexNotFound true ${gone} is gone at es8: it was deleted meanwhile`]));
    expect(attention.every(({ subject }) => subject === gone || subject.startsWith(`${gone}#`))).toBe(true);
    await call(es9, 'POST', `/${stays}/_refresh`);
    expect(await readAll(es9, stays)).toEqual(await readAll(es8, stays));
    await stack.control(id, 'skip');
    const compared = await stack.until(id, (migration) => migration.status === 'needs-attention' && migration.attention.some(({ step }) => step === 'verify'));
    expect(compared.attention).toMatchObject([{ code: 'VerificationMismatch', subject: gone, error: `${gone} cannot be compared: ${gone} is gone at es8: it was deleted meanwhile` }]);
    await stack.control(id, 'skip');
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect((await stack.report(id)).indices.map(({ index, verdict }) => ({ index, verdict }))).toEqual([{ index: gone, verdict: 'not-compared' }, { index: stays, verdict: 'equal' }]);
  }, 100_000);

  it('an index that was made anew at the gate parks, though it has as many documents; a cancel leaves it as it is', async () => {
    const index = `cu-g-${RUN}`;
    await createIndex(es8, index);
    await write(es8, index, numbered(30));
    const { id } = await migrate({ type: 'reindex', indices: [index], catchUp: { passes: 1, gate: true } });
    await stack.until(id, atGate);
    await deleteIndices(es8, index);
    await createIndex(es8, index);
    await write(es8, index, numbered(30, () => ({ life: 'second' })));
    expect((await stack.control(id, 'approve', { gate: 'cutover' })).status).toBe(200);
    const { attention } = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(attention).toMatchObject([{ code: 'IndexNotFound' }]);
    expect(attention[0]?.error).toContain(`${index} at es8 is another index than the one that was moved: it was made anew meanwhile`);
    await stack.insist(id, 'cancel');
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect(await blockOf(es8, index)).toBeUndefined();
    expect([await count(es8, index), await exists(es9, index)]).toEqual([30, false]);
  }, 100_000);

  it('onExisting "merge": what is newer at either side stays, writes meanwhile arrive, deletes are not carried over', async () => {
    const index = `cu-h-${RUN}`;
    await createIndex(es8, index);
    await write(es8, index, numbered(30));
    await createIndex(es9, index);
    await write(es9, index, [...numbered(5, () => ({ from: 'target' })), { id: 'own', source: { from: 'target' } }]);
    // d0 is at version 3 there.
    for (const from of ['second', 'third']) await write(es9, index, [{ id: 'd0', source: { from } }]);
    await write(es8, index, numbered(5, () => ({ from: 'source' })));
    const { id } = await migrate({ type: 'reindex', indices: [index], onExisting: 'merge', catchUp: { passes: 1, gate: true } });
    await stack.until(id, atGate);
    await write(es8, index, [{ id: 'late', source: { from: 'source' } }, { id: 'd9', source: { from: 'source, late' } }]);
    await send(es8, 'DELETE', `/${index}/_doc/d20`);
    await stack.control(id, 'approve', { gate: 'cutover' });
    const migration = await stack.until(id, ({ status }) => status !== 'running' && status !== 'awaiting-approval');
    const arrived = await contentOf(es9, index);
    expect([arrived.size, arrived.get('own')?.source, arrived.get('d0'), arrived.get('d1')?.source, arrived.get('d9')?.source, arrived.has('late'), arrived.has('d20')]).toEqual([
      32,
      { from: 'target' },
      expect.objectContaining({ source: { from: 'third' }, version: 3 }),
      { number: 1, from: 'source' },
      { from: 'source, late' },
      true,
      true,
    ]);
    // The document that was deleted makes the counts differ: for a person to accept.
    expect(migration.attention).toMatchObject([{ code: 'VerificationMismatch', subject: index, skippable: true }]);
    expect(migration.attention[0]?.error).toContain('the target had 6 before; deletes at the source are not carried over');
    expect((await stack.control(id, 'skip', { subject: index })).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    await unblock(index);
  }, 100_000);
});
