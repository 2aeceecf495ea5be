/** copy over HTTP, on real clusters: what arrives byte for byte, what parks and is mended, what a killed worker and a cancel leave. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { call } from '../servers/http.js';
import { bulky, clearNodes, count, createIndex, exists, numbered, readAll, write } from '../support/clusters.js';
import { EXTREMES, putBytes, sourceBytes } from '../support/extremes.js';
import { inStep, readSlices, startStack, type SliceItem, type Stack } from '../support/stack.js';
import type { DeadLetterLine } from '../../src/contracts/dead-letters.js';
import type { Migration } from '../../src/contracts/migration.js';
import type { PreflightResult } from '../../src/contracts/preflight.js';

const servers = inject('servers');
const { es7, es8, es9 } = servers;
const RUN = Date.now().toString(36);
let stack: Stack;

const clear = (): Promise<void> => clearNodes([es7, es8, es9], 'cp');

beforeAll(async () => {
  await clear();
  stack = await startStack(servers);
});
afterAll(async () => {
  await stack.stop();
  await clear();
});

const migrate = (request: Readonly<Record<string, unknown>>): Promise<Migration> => stack.migrate({ type: 'copy', source: 'es8', target: 'es9', ...request });

const attention = (migration: Migration): boolean => migration.status === 'needs-attention';
const slices = (id: string): Promise<SliceItem[]> => readSlices(stack, id);

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
    // The total is of the documents that a search sees when it is planned.
    await call(node, 'POST', `/${index}/_refresh`);

    const { id } = await migrate({ source, indices: [index], rename: { pattern: '^', replacement: 'moved-' }, sliceDocuments: 5 });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 }, progress: { documents: { done: EXTREMES.length, total: EXTREMES.length } } });
    for (const { id: document, routing, source: sent, arrives = sent } of EXTREMES) {
      const arrived = await sourceBytes(es9, `moved-${index}`, document, routing);
      if (!arrived.equals(Buffer.from(arrives))) throw new Error(`${document.slice(0, 50)} arrived as ${arrived.toString('utf8', 0, 500)}`);
    }
    expect(await call(es9, 'GET', `/moved-${index}/_doc/nothing`)).toMatchObject({ _version: 3 });
  }, 120_000);

  it('a data stream, its documents once, and what is written meanwhile, by catch-up', async () => {
    const name = `cp-b${RUN}`;
    await call(es8, 'PUT', `/_index_template/${name}`, { index_patterns: [`${name}-stream*`], priority: 900, data_stream: {}, template: { settings: { number_of_replicas: 0 } } });
    const stamped = (from: number, to: number): ReturnType<typeof numbered> => numbered(to, () => ({ '@timestamp': '2026-11-24T00:00:00Z' })).slice(from);
    await write(es8, `${name}-stream`, stamped(0, 300), 'create');
    const { id } = await migrate({ indices: [`${name}-stream`], rename: { pattern: '^cp-', replacement: 'moved-cp-' }, sliceDocuments: 100, concurrency: 1, requestsPerSecond: 30, catchUp: { passes: 3 } });
    await stack.until(id, (migration) => migration.progress.documents.done > 0);
    await write(es8, `${name}-stream`, stamped(300, 340), 'create');
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(await readAll(es9, `moved-${name}-stream`)).toEqual(await readAll(es8, `${name}-stream`));
  }, 120_000);
});

describe('what the target refuses', () => {
  const strict = { mappings: { properties: { number: { type: 'integer' } } } };

  it('is kept by cause with its document; the rest arrives; retry moves only these, skip accepts the loss', async () => {
    const index = `cp-c${RUN}`;
    await createIndex(es8, index, { mappings: { dynamic: false } });
    await write(es8, index, numbered(200));
    await putBytes(es8, index, { id: 'bad "one"', routing: 'r', source: '{"number":"none",  "exact":1.0}' });
    await putBytes(es8, index, { id: 'bad two', source: '{"number":1e400}' });
    await call(es8, 'POST', `/${index}/_refresh`);
    await createIndex(es9, `moved-${index}`, strict);

    const { id } = await migrate({ indices: [index], rename: { pattern: '^', replacement: 'moved-' }, onExisting: 'merge' });
    const parked = await stack.until(id, attention);
    expect(parked.attention).toMatchObject([{ subject: `${index}#1`, code: 'DocumentsRejected', skippable: true }]);
    await call(es9, 'POST', `/moved-${index}/_refresh`);
    expect(await count(es9, `moved-${index}`)).toBe(200);

    const url = `/v1/migrations/${id}/dead-letters`;
    const { items } = (await stack.call<{ items: DeadLetterLine[] }>('GET', url)).body;
    expect(items).toMatchObject([
      { index, slice: 1, target: `moved-${index}`, id: 'bad "one"', routing: 'r', status: 400, cause: 'document_parsing_exception', document: '{"number":"none",  "exact":1.0}' },
      { id: 'bad two', routing: null, document: '{"number":1e400}' },
    ]);
    const lines = (await stack.call<string>('GET', url, undefined, { accept: 'application/x-ndjson' })).body;
    expect(JSON.stringify(lines)).toContain(JSON.stringify('"document":{"number":"none",  "exact":1.0}}').slice(1, -1));
    expect((await stack.report(id)).deadLetters).toMatchObject([{ cause: 'document_parsing_exception', documents: 2, accepted: 0, ids: ['bad "one"', 'bad two'] }]);

    // One is mended at the source; only the two are read again.
    await putBytes(es8, index, { id: 'bad two', source: '{"number":7}' });
    await call(es8, 'POST', `/${index}/_refresh`);
    await stack.control(id, 'retry', { subject: `${index}#1` });
    await stack.until(id, (migration) => attention(migration) && migration.attention[0]?.error.includes('1 document') === true);
    expect((await stack.call<{ items: DeadLetterLine[] }>('GET', url)).body.items).toMatchObject([{ id: 'bad "one"' }]);
    await call(es9, 'POST', `/moved-${index}/_refresh`);
    expect(await count(es9, `moved-${index}`)).toBe(201);

    await stack.control(id, 'skip', { subject: `${index}#1` });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    const report = await stack.report(id);
    expect(report.deadLetters).toMatchObject([{ documents: 1, accepted: 1, ids: ['bad "one"'] }]);
    expect(report.indices[0]).toMatchObject({ index, verdict: 'skipped', sourceDocuments: 202, targetDocuments: 201 });
  }, 120_000);
});

describe('a transform', () => {
  it('is shown on a sample before, changes what it names and no other byte, and puts aside what it cannot change', async () => {
    const index = `cp-t${RUN}`;
    await createIndex(es8, index, { mappings: { dynamic: false } });
    await putBytes(es8, index, { id: 'one', source: '{"z":1.0,  "name":"x","1":9007199254740993,"count":"12345678901234567890","password":"hush","deep":{"old":[1e400]}}' });
    const transform = [
      { op: 'rename', field: 'name', to: 'title' },
      { op: 'convert', field: 'count', to: 'integer' },
      { op: 'remove', field: 'password' },
      { op: 'rename', field: 'deep.old', to: 'deep.new' },
      { op: 'add', field: 'moved.by', value: 'godwit' },
    ];
    await call(es8, 'POST', `/${index}/_refresh`);
    const request = { indices: [index], rename: { pattern: '^', replacement: 'moved-' }, transform };
    const found = await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', { type: 'copy', source: 'es8', target: 'es9', ...request });
    const sample = found.body.findings.find(({ code }) => code === 'TransformSample');
    expect(sample).toMatchObject({ severity: 'info', subject: index });
    expect(sample?.message).toContain('count: "12345678901234567890" -> 12345678901234567890');
    expect(JSON.stringify(found.body)).not.toContain('hush');

    await putBytes(es8, index, { id: 'two', source: '{"count":"many"}' });
    await call(es8, 'POST', `/${index}/_refresh`);
    const { id } = await migrate(request);
    await stack.until(id, attention);
    expect((await stack.call<{ items: DeadLetterLine[] }>('GET', `/v1/migrations/${id}/dead-letters`)).body.items).toMatchObject([{ id: 'two', status: 0, cause: 'transform_failed', document: '{"count":"many"}' }]);
    expect((await sourceBytes(es9, `moved-${index}`, 'one')).toString()).toBe('{"z":1.0,"title":"x","1":9007199254740993,"count":12345678901234567890,"deep":{"new":[1e400]},"moved":{"by":"godwit"}}');
    await putBytes(es8, index, { id: 'two', source: '{"count":"2.0"}' });
    await call(es8, 'POST', `/${index}/_refresh`);
    await stack.control(id, 'retry');
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect((await sourceBytes(es9, `moved-${index}`, 'two')).toString()).toBe('{"count":2,"moved":{"by":"godwit"}}');
    expect((await stack.report(id)).deadLetters).toEqual([]);
  }, 120_000);
});

describe('what is interrupted', () => {
  it('a killed worker costs the slice in flight; a raised throttle counts at once', async () => {
    const index = `cp-d${RUN}`;
    await createIndex(es8, index);
    await write(es8, index, numbered(1_000));
    const { id } = await migrate({ indices: [index], rename: { pattern: '^', replacement: 'moved-' }, sliceDocuments: 250, concurrency: 1, requestsPerSecond: 100 });
    await stack.until(id, (migration) => migration.progress.documents.done > 300);
    await stack.killWorkers();
    await stack.startWorker();
    await stack.control(id, 'throttle', { requestsPerSecond: 100_000 });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 }, progress: { documents: { done: 1_000 } } });
    expect(await readAll(es9, `moved-${index}`)).toEqual(await readAll(es8, index));
    const tried = (await slices(id)).filter(({ slice }) => slice > 0);
    expect(tried.map(({ attempts }) => attempts).sort()).toEqual([1, 1, 1, 2]);
  }, 120_000);

  it('a cancel stops reading and writing before the target is taken back', async () => {
    const index = `cp-e${RUN}`;
    await createIndex(es8, index);
    await write(es8, index, bulky(3_000, 1_000));
    const { id } = await migrate({ indices: [index], rename: { pattern: '^', replacement: 'moved-' }, sliceDocuments: 1_000, requestsPerSecond: 300 });
    await stack.until(id, (migration) => inStep('transfer')(migration) && migration.progress.documents.done > 0);
    await stack.control(id, 'cancel');
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect(await exists(es9, `moved-${index}`)).toBe(false);
  }, 120_000);
});
