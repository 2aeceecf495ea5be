/** Comparing documents over HTTP, on real clusters: what is found, located, told apart, repaired, and what goes on after a kill. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { call, send, type HttpTarget } from '../servers/http.js';
import { clearNodes, createIndex, numbered, write } from '../support/clusters.js';
import { EXTREMES, putBytes, sourceBytes } from '../support/extremes.js';
import { inStep, startStack, type Stack } from '../support/stack.js';
import type { Migration } from '../../src/contracts/migration.js';
import type { ContentReport } from '../../src/contracts/content-report.js';

const servers = inject('servers');
const { es7, es8, es9 } = servers;
let stack: Stack;

const clear = (): Promise<void> => clearNodes([es7, es8, es9], 'vf');

beforeAll(async () => {
  await clear();
  stack = await startStack(servers);
});
afterAll(async () => {
  await stack.stop();
  await clear();
});

const migrate = (request: Readonly<Record<string, unknown>>): Promise<Migration> => stack.migrate({ type: 'verify', source: 'es8', target: 'es9', ...request });
const attention = (migration: Migration): boolean => migration.status === 'needs-attention';
const UNMAPPED = { mappings: { dynamic: false }, settings: { number_of_replicas: 0, number_of_shards: 2 } };

async function contentOf(id: string, index: string): Promise<ContentReport> {
  const found = (await stack.report(id)).indices.find((item) => item.index === index)?.content;
  if (found === null || found === undefined) throw new Error(`${index} was not compared`);
  return found;
}

const found = ({ missing, extra, different, rewritten }: ContentReport): number[] => [missing, extra, different, rewritten];

/** The request that a remedy names. */
function requestIn(remedy: string): Record<string, unknown> {
  const [, json = ''] = /POST \/v1\/migrations (\{.*\}) and approve/.exec(remedy) ?? [];
  return JSON.parse(json) as Record<string, unknown>;
}

async function putExtremes(node: HttpTarget, index: string, documents = EXTREMES): Promise<void> {
  for (const document of documents) await putBytes(node, index, document);
}

/** Without the one of 10 MB, for what is compared again and again. */
const LIGHT = EXTREMES.filter(({ source }) => source.length < 1_000_000);

describe('verify', () => {
  it('equal clusters are equal; what was changed, removed, added and rerouted by hand is found, located and repaired', async () => {
    for (const [node, index] of [[es8, 'vf-a'], [es9, 'moved-vf-a']] as const) {
      await createIndex(node, index, UNMAPPED);
      await putExtremes(node, index, LIGHT);
      await write(node, index, numbered(600));
    }
    const request = { indices: ['vf-a'], rename: { pattern: '^', replacement: 'moved-' }, content: 'exact' };
    const equal = await migrate(request);
    expect(await stack.ended(equal.id)).toMatchObject({ status: 'completed', verification: { status: 'verified', mode: 'full', mismatches: 0 } });
    const { digests, ...counts } = await contentOf(equal.id, 'vf-a');
    expect(counts).toMatchObject({ missing: 0, extra: 0, different: 0, sourceDocuments: 600 + LIGHT.length, targetDocuments: 600 + LIGHT.length });
    expect(digests?.source).toBe(digests?.target);

    await putBytes(es8, 'vf-a', { id: 'big', source: '{"n":9007199254740993,"form":1.0}' });
    await putBytes(es9, 'moved-vf-a', { id: 'big', source: '{"n":9007199254740992,"form":1.0}' });
    await putBytes(es9, 'moved-vf-a', { id: 'd11', source: '{"number": 11}' });
    await putBytes(es9, 'moved-vf-a', { id: 'only "here"\n', source: '{}' });
    await putBytes(es8, 'vf-a', { id: 'rerouted', routing: 'right', source: '{"r":1}' });
    await putBytes(es9, 'moved-vf-a', { id: 'rerouted', routing: 'wrong', source: '{"r":1}' });
    await call(es9, 'DELETE', '/moved-vf-a/_doc/d234?refresh=true');
    const differing = await migrate(request);
    const parked = await stack.until(differing.id, attention);
    expect(parked.attention[0]).toMatchObject({ subject: 'vf-a', code: 'VerificationMismatch', skippable: true, step: 'verify' });
    expect(parked.attention[0]?.error).toMatch(/^vf-a and moved-vf-a at es9 differ: 1 missing, 1 extra, 3 different \(/);
    const content = await contentOf(differing.id, 'vf-a');
    expect(found(content)).toEqual([1, 1, 3, 0]);
    const listed = new Map(content.differences.map((difference) => [difference.id, difference]));
    expect(listed.get('big')).toMatchObject({ kind: 'different', fields: [{ path: 'n', source: '9007199254740993', target: '9007199254740992' }] });
    // Only the bytes differ: one space.
    expect(listed.get('d11')).toMatchObject({ kind: 'different', fields: [] });
    expect(listed.get('rerouted')).toMatchObject({ kind: 'different', fields: [{ path: '_routing', source: '"right"', target: '"wrong"' }] });
    expect(listed.get('only "here"\n')).toMatchObject({ kind: 'extra' });
    expect(listed.get('d234')).toMatchObject({ kind: 'missing' });

    // The very request that the remedy names.
    const repair = await stack.migrate(requestIn(parked.attention[0]?.remedy ?? ''));
    const waiting = await stack.until(repair.id, ({ status }) => status === 'awaiting-approval');
    expect(waiting.gates).toEqual([{ name: 'repair', question: expect.stringMatching(/write 1 missing and 3 different .* delete 1 that only the target has/) as string }]);
    expect((await send(es9, 'HEAD', '/moved-vf-a/_doc/d234')).status).toBe(404);
    await stack.control(repair.id, 'approve', { gate: 'repair' });
    const repaired = await stack.ended(repair.id);
    expect(repaired).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(repaired.steps.map((step) => `${step.name} ${step.status}`)).toEqual(['preflight', 'verify', 'repair', 'cleanup'].map((name) => `${name} completed`));
    expect(await contentOf(repair.id, 'vf-a')).toMatchObject({ missing: 0, extra: 0, different: 0, repaired: expect.any(Number) as number });
    expect((await stack.report(repair.id)).effects).toEqual([expect.objectContaining({ kind: 'repair-documents', connection: 'es9', subject: 'moved-vf-a', state: 'kept', note: expect.stringMatching(/^[56] document\(s\) rewritten or deleted: 1 were missing, 3 different, 1 extra$/) as string })]);
    expect((await sourceBytes(es9, 'moved-vf-a', 'big')).toString()).toBe('{"n":9007199254740993,"form":1.0}');

    expect((await stack.control(differing.id, 'retry', { subject: 'vf-a' })).status).toBe(200);
    expect(await stack.ended(differing.id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  }, 120_000);

  it('7.17.8 and 9.4.3, canonical: other bytes are equal; a sample finds what all of it would', async () => {
    for (const [node, index] of [[es7, 'vf-b'], [es9, 'vf-b']] as const) await createIndex(node, index, UNMAPPED);
    await putBytes(es7, 'vf-b', { id: 'form', source: '{"b":1.0,"a":"\\u00e9", "e":1E5}' });
    await putBytes(es9, 'vf-b', { id: 'form', source: '{"a":"é","e":100000,"b":1}' });
    await putBytes(es7, 'vf-b', { id: 'rounded', source: '{"a":1e400,"b":0.1000000000000000055511151231257827}' });
    await putBytes(es9, 'vf-b', { id: 'rounded', source: '{"a":"Infinity","b":0.1}' });
    const equal = await migrate({ source: 'es7', indices: ['vf-b'] });
    expect(await stack.ended(equal.id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(found(await contentOf(equal.id, 'vf-b'))).toEqual([0, 0, 0, 1]);
    await write(es7, 'vf-b', [{ id: 'missing', source: {} }]);
    await write(es9, 'vf-b', [{ id: 'extra', source: {} }]);
    const sample = await migrate({ source: 'es7', indices: ['vf-b'], verify: 'sample' });
    const parked = await stack.until(sample.id, attention);
    expect(parked.attention[0]?.error).toMatch(/1 missing, 1 extra in a sample of 3 and 3/);
    expect(await contentOf(sample.id, 'vf-b')).toMatchObject({ mode: 'sample', note: 'a random sample of at most 1000 documents of each side' });
    expect((await stack.control(sample.id, 'skip', { subject: 'vf-b' })).status).toBe(200);
    expect(await stack.ended(sample.id)).toMatchObject({ status: 'completed', verification: { mismatches: 1 } });
    expect((await stack.report(sample.id)).indices[0]).toMatchObject({ index: 'vf-b', verdict: 'mismatch' });
  }, 120_000);

  it('a killed worker: what was compared stays compared, the rest goes on', async () => {
    for (const node of [es8, es9]) {
      for (const name of ['vf-c-1', 'vf-c-2', 'vf-c-3']) {
        await createIndex(node, name);
        await write(node, name, numbered(400));
      }
    }
    await write(es9, 'vf-c-1', [{ id: 'extra', source: {} }]);
    const { id } = await migrate({ indices: ['vf-c-*'], requestsPerSecond: 250, concurrency: 1 });
    await stack.until(id, ({ attentionTotal, progress }) => attentionTotal === 1 && progress.documents.done > 400);
    await stack.killWorkers();
    await stack.startWorker();
    await stack.insist(id, 'throttle', { requestsPerSecond: null });
    const parked = await stack.until(id, attention);
    expect(parked.attention.map(({ subject }) => subject)).toEqual(['vf-c-1']);
    expect(found(await contentOf(id, 'vf-c-1'))).toEqual([0, 1, 0, 0]);
    expect(found(await contentOf(id, 'vf-c-3'))).toEqual([0, 0, 0, 0]);
    await stack.control(id, 'skip');
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', progress: { documents: { done: 1_200, total: 1_200 } } });
  }, 150_000);

  it('what the source writes meanwhile is told apart from a loss', async () => {
    for (const node of [es8, es9]) {
      await createIndex(node, 'vf-d');
      await write(node, 'vf-d', numbered(1_500));
    }
    await write(es9, 'vf-d', [{ id: 'd7', source: { number: -7 } }]);
    const { id } = await migrate({ indices: ['vf-d'], requestsPerSecond: 1_500 });
    await stack.until(id, ({ progress }) => progress.documents.done > 0);
    await write(es8, 'vf-d', [{ id: 'late', source: {} }, { id: 'd8', source: { number: -8 } }]);
    await call(es8, 'DELETE', '/vf-d/_doc/d9?refresh=true');
    const parked = await stack.until(id, attention);
    expect(parked.attention[0]?.error).toMatch(/differ: 1 different \(different d7\)/);
    await stack.control(id, 'skip');
    await stack.ended(id);
  }, 120_000);
});

describe('as a part of other types', () => {
  it('copy: exact, the source is not read again; reindex: values, and says what Elasticsearch has rounded', async () => {
    await createIndex(es8, 'vf-e', UNMAPPED);
    await putExtremes(es8, 'vf-e');
    await write(es8, 'vf-e', numbered(500));
    const total = 500 + EXTREMES.length;
    const copy = await migrate({ type: 'copy', indices: ['vf-e'], rename: { pattern: '^', replacement: 'moved-' }, verify: 'full', sliceDocuments: 100 });
    expect(await stack.ended(copy.id)).toMatchObject({ status: 'completed', verification: { mode: 'full', mismatches: 0 } });
    expect(await contentOf(copy.id, 'vf-e')).toMatchObject({ content: 'exact', sourceDocuments: null, targetDocuments: total, missing: 0, extra: 0, different: 0 });

    await createIndex(es8, 'vf-f', UNMAPPED);
    await putBytes(es8, 'vf-f', { id: 'rounded', source: '{"a":1e400,"b":0.1000000000000000055511151231257827,"c":1E5, "u":"\\u00e9"}' });
    await putBytes(es8, 'vf-f', { id: 'kept', routing: 'r', source: '{"a":9007199254740993,"b":12345678901234567890,"c":1.0,"e":{ }}' });
    const reindex = await migrate({ type: 'reindex', indices: ['vf-f'], verify: 'full' });
    expect(await stack.ended(reindex.id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const content = await contentOf(reindex.id, 'vf-f');
    expect(content).toMatchObject({ content: 'canonical', sourceDocuments: 2, targetDocuments: 2 });
    expect(found(content)).toEqual([0, 0, 0, 1]);
  }, 120_000);

  it('a difference parks with the request that mends it; retry compares again', async () => {
    await createIndex(es8, 'vf-g');
    await write(es8, 'vf-g', numbered(400));
    const { id } = await migrate({ type: 'copy', indices: ['vf-g'], query: { range: { number: { lt: 300 } } }, verify: 'full', requestsPerSecond: 150, sliceDocuments: 50, concurrency: 1 });
    await stack.until(id, inStep('transfer'));
    await stack.until(id, ({ progress }) => progress.documents.done > 0);
    await write(es9, 'vf-g', [{ id: 'stranger', source: { number: 1 } }]);
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    const parked = await stack.until(id, attention);
    expect(parked.attention[0]?.error).toMatch(/1 extra \(extra stranger\)/);
    const repair = await stack.migrate(requestIn(parked.attention[0]?.remedy ?? ''));
    await stack.until(repair.id, ({ status }) => status === 'awaiting-approval');
    await stack.control(repair.id, 'approve', { gate: 'repair' });
    expect(await stack.ended(repair.id)).toMatchObject({ status: 'completed' });
    await stack.control(id, 'retry');
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  }, 120_000);

  it('snapshot-restore: all documents', async () => {
    await createIndex(es8, 'vf-h-docs', UNMAPPED);
    await putExtremes(es8, 'vf-h-docs');
    const { id } = await migrate({ type: 'snapshot-restore', indices: ['vf-h-*'], rename: { pattern: '^', replacement: 'moved-' }, verify: 'full', repository: { name: 'vf-h', type: 'fs', settings: { location: 'vf-h' } } });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mode: 'full', mismatches: 0 } });
    expect(await contentOf(id, 'vf-h-docs')).toMatchObject({ sourceDocuments: EXTREMES.length, targetDocuments: EXTREMES.length, missing: 0, different: 0 });
  }, 120_000);
});

describe('what is refused', () => {
  beforeAll(async () => {
    await createIndex(es8, 'vf-i');
  });
  it.each([
    ['documents that a script changes', { type: 'reindex', verify: 'full', script: { source: 'ctx._source.a = 1' } }, 'verify', /script change them on their way/],
    ['documents that a pipeline changes', { type: 'copy', verify: 'sample', pipeline: 'p' }, 'verify', /pipeline change them on their way/],
    ['the repair of a sample', { type: 'verify', verify: 'sample', repair: true }, 'repair', /use verify: "full"/],
    ['counts alone', { type: 'verify', verify: 'counts' }, 'verify', /./],
  ])('%s', async (_what, request, path, message) => {
    const { status, body } = await stack.call<{ errors: { path: string; message: string }[] }>('POST', '/v1/migrations', { source: 'es8', target: 'es9', indices: ['vf-i'], ...request });
    expect(Math.floor(status / 100)).toBe(4);
    expect(body.errors.find((error) => error.path === path)?.message).toMatch(message);
  });

  it('an index that the target lacks is named in preflight', async () => {
    const { body } = await stack.call<{ findings: object[] }>('POST', '/v1/migrations/preflight', { type: 'verify', source: 'es8', target: 'es9', indices: ['vf-i'] });
    expect(body.findings[0]).toMatchObject({ severity: 'error', code: 'IndexNotFound', subject: 'vf-i' });
  });
});
