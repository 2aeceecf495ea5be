/** What a transform of a copy does on real clusters: compared, located, repaired, put aside, driven again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { call } from '../servers/http.js';
import { clearNodes, createIndex, numbered, write } from '../support/clusters.js';
import { putBytes, sourceBytes } from '../support/extremes.js';
import { readSlices, startStack, type Stack } from '../support/stack.js';
import type { ContentReport } from '../../src/contracts/content-report.js';
import type { DeadLetterLine } from '../../src/contracts/dead-letters.js';
import type { Migration } from '../../src/contracts/migration.js';
import type { PreflightResult } from '../../src/contracts/preflight.js';

const servers = inject('servers');
const { es7, es8, es9 } = servers;
const RUN = Date.now().toString(36);
const FOLDER = mkdtempSync(join(tmpdir(), 'godwit-transforms-'));
let stack: Stack;

const clear = (): Promise<void> => clearNodes([es7, es8, es9], 'ct');

beforeAll(async () => {
  await clear();
  stack = await startStack(servers, { env: { GODWIT_TRANSFORMS: FOLDER } });
});
afterAll(async () => {
  await stack.stop();
  rmSync(FOLDER, { recursive: true });
  await clear();
});

const RENAME = { pattern: '^', replacement: 'moved-' };
const UNMAPPED = { mappings: { dynamic: false }, settings: { number_of_replicas: 0, number_of_shards: 2 } };
const migrate = (request: Readonly<Record<string, unknown>>): Promise<Migration> => stack.migrate({ type: 'copy', source: 'es8', target: 'es9', rename: RENAME, ...request });
const attention = (migration: Migration): boolean => migration.status === 'needs-attention';

async function contentOf(id: string, index: string): Promise<ContentReport> {
  const found = (await stack.report(id)).indices.find((item) => item.index === index)?.content;
  if (found === null || found === undefined) throw new Error(`${index} was not compared`);
  return found;
}

/** The request that a remedy names. */
function requestIn(remedy: string): Record<string, unknown> {
  const [, json = ''] = /POST \/v1\/migrations (\{.*\}) and approve/.exec(remedy) ?? [];
  return JSON.parse(json) as Record<string, unknown>;
}

const FIELDS = ['number', 'c*', 'f'];
const TRANSFORM = [
  { op: 'rename', field: 'number', to: 'n' },
  { op: 'convert', field: 'count', to: 'integer' },
];

describe('documents that a transform changes', () => {
  it.each([
    ['7.17.8', 'es7', es7],
    ['8.19.8', 'es8', es8],
  ] as const)('%s -> 9.4.3: are compared with what they are to be; a difference is located and repaired', async (version, source, node) => {
    const index = `ct-a${version.replaceAll('.', '')}`;
    await createIndex(node, index, UNMAPPED);
    await write(node, index, numbered(300));
    await putBytes(node, index, { id: 'exact', routing: 'r', source: '{"number":9007199254740993,  "gone":{"f":1},"count":"12345678901234567890","f":[1.0,1e400]}' });
    await call(node, 'POST', `/${index}/_refresh`);

    const full = await migrate({ source, indices: [index], sourceFields: FIELDS, transform: TRANSFORM, verify: 'full', sliceDocuments: 100 });
    expect(await stack.ended(full.id)).toMatchObject({ status: 'completed', verification: { status: 'verified', mode: 'full', mismatches: 0 } });
    // What was sent is known: only the target was read.
    expect(await contentOf(full.id, index)).toMatchObject({ content: 'exact', sourceDocuments: null, targetDocuments: 301, missing: 0, extra: 0, different: 0 });
    expect((await sourceBytes(es9, `moved-${index}`, 'exact', 'r')).toString()).toBe('{"n":9007199254740993,"count":12345678901234567890,"f":[1.0,1e400]}');

    await putBytes(es9, `moved-${index}`, { id: 'd7', source: '{"number":7}' });
    await putBytes(es9, `moved-${index}`, { id: 'stranger', source: '{}' });
    await call(es9, 'DELETE', `/moved-${index}/_doc/d8?refresh=true`);
    await call(es9, 'POST', `/moved-${index}/_refresh`);
    const differing = await stack.migrate({ type: 'verify', source, target: 'es9', indices: [index], rename: RENAME, content: 'exact', transform: [{ op: 'keep', fields: FIELDS }, ...TRANSFORM] });
    const parked = await stack.until(differing.id, attention);
    expect(parked.attention[0]?.error).toMatch(/differ: 1 missing, 1 extra, 1 different/);
    const { differences } = await contentOf(differing.id, index);
    expect(differences.find(({ id }) => id === 'd7')).toMatchObject({ kind: 'different', fields: [{ path: 'n', source: '7', target: null }, { path: 'number', source: null, target: '7' }] });

    const repair = await stack.migrate(requestIn(parked.attention[0]?.remedy ?? ''));
    await stack.until(repair.id, ({ status }) => status === 'awaiting-approval');
    await stack.control(repair.id, 'approve', { gate: 'repair' });
    expect(await stack.ended(repair.id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect((await sourceBytes(es9, `moved-${index}`, 'd7')).toString()).toBe('{"n":7}');
    await stack.control(differing.id, 'retry');
    expect(await stack.ended(differing.id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
  }, 120_000);

  it('a sample, after a catch-up: deletes are carried over, and what cannot be changed is missing', async () => {
    const index = `ct-b${RUN}`;
    // One shard, so that what is written later is in no slice of the first pass.
    await createIndex(es8, index, { mappings: { dynamic: false } });
    await write(es8, index, numbered(400));
    const { id } = await migrate({ indices: [index], sourceFields: FIELDS, transform: TRANSFORM, verify: 'sample', catchUp: { passes: 3 }, sliceDocuments: 100, concurrency: 1, requestsPerSecond: 100 });
    await stack.until(id, ({ progress }) => progress.documents.done > 0);
    await call(es8, 'DELETE', `/${index}/_doc/d5`);
    await putBytes(es8, index, { id: 'bad', source: '{"count":"many"}' });
    await putBytes(es8, index, { id: 'd6', source: '{"number":-6}' });
    await call(es8, 'POST', `/${index}/_refresh`);
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    const parked = await stack.until(id, attention);
    expect(parked.attention[0]).toMatchObject({ code: 'DocumentsRejected', step: 'catch-up' });
    await stack.control(id, 'skip');
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect(await contentOf(id, index)).toMatchObject({ mode: 'sample', missing: 1, extra: 0, different: 0, differences: [{ kind: 'missing', id: 'bad' }] });
    expect((await sourceBytes(es9, `moved-${index}`, 'd6')).toString()).toBe('{"n":-6}');
    await expect(sourceBytes(es9, `moved-${index}`, 'd5')).rejects.toThrow();
  }, 120_000);

  it('a format of dates that is none is a 400 that names the step', async () => {
    const index = `ct-d${RUN}`;
    await createIndex(es8, index);
    const answer = await stack.call<{ errors: { path: string; message: string }[] }>('POST', '/v1/migrations', { type: 'copy', source: 'es8', target: 'es9', indices: [index], transform: [{ op: 'remove', field: 'a' }, { op: 'convert', field: 'at', to: 'date', format: 'yyyy-MM' }] });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ path: 'transform.1', message: expect.stringMatching(/^step 2 of the transform, convert at: "yyyy-MM" is no format of a whole date/) as string }]);
  }, 60_000);
});

describe('documents that the target refused', () => {
  it('once they have arrived, the digest of the slice is that of all of it: the source is not read again', async () => {
    const index = `ct-c${RUN}`;
    await createIndex(es8, index, UNMAPPED);
    await write(es8, index, numbered(50));
    await putBytes(es8, index, { id: 'late', routing: 'r', source: '{"number":1,"other":1.0}' });
    await call(es8, 'POST', `/${index}/_refresh`);
    await createIndex(es9, `moved-${index}`, { mappings: { dynamic: 'strict', properties: { number: { type: 'integer' } } } });
    const { id } = await migrate({ indices: [index], onExisting: 'merge', verify: 'full' });
    expect((await stack.until(id, attention)).attention[0]?.code).toBe('DocumentsRejected');
    await call(es9, 'PUT', `/moved-${index}/_mapping`, { properties: { other: { type: 'double' } } });
    await stack.control(id, 'retry');
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(await contentOf(id, index)).toMatchObject({ sourceDocuments: null, targetDocuments: 51, missing: 0, extra: 0, different: 0 });
  }, 120_000);
});

describe('more documents than are kept', () => {
  it('are counted in the attention, the list and the report; a retry copies the whole slice', async () => {
    const index = `ct-h${RUN}`;
    await createIndex(es8, index, { mappings: { dynamic: false } });
    await write(es8, index, numbered(1_200, (number) => ({ count: number < 1_100 ? 'many' : '7' })));
    const { id } = await migrate({ indices: [index], transform: TRANSFORM, sliceDocuments: 5_000 });
    const parked = await stack.until(id, attention);
    expect(parked.attention[0]?.error).toMatch(/the transform could not change 1100 document\(s\) of slice 1, of which 1000 are kept, the others have arrived: 1000 x transform_failed/);
    const { body } = await stack.call<{ items: DeadLetterLine[]; notKept: number }>('GET', `/v1/migrations/${id}/dead-letters?limit=10`);
    expect(body).toMatchObject({ notKept: 100, items: { length: 10 } });
    const report = await stack.report(id);
    expect(report).toMatchObject({ deadLetters: [{ cause: 'transform_failed', documents: 1_000, accepted: 0 }], deadLettersNotKept: 100 });
    const markdown = await stack.call<string>('GET', `/v1/migrations/${id}/report`, undefined, { accept: 'text/markdown' });
    expect(markdown.body).toContain('... and 100 more that are not kept');

    await stack.control(id, 'retry', { transform: [{ op: 'rename', field: 'number', to: 'n' }] });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const ended = await stack.report(id);
    expect(ended.deadLetters).toEqual([]);
    expect(ended).not.toHaveProperty('deadLettersNotKept');
  }, 120_000);
});

describe('a module of a user', () => {
  const put = (name: string, text: string): void => writeFileSync(join(FOLDER, name), text);
  const preflight = async (index: string, transform: readonly object[]): Promise<PreflightResult> =>
    (await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', { type: 'copy', source: 'es8', target: 'es9', rename: RENAME, indices: [index], transform })).body;
  const letters = async (id: string): Promise<DeadLetterLine[]> => (await stack.call<{ items: DeadLetterLine[] }>('GET', `/v1/migrations/${id}/dead-letters`)).body.items;

  it('is tried before, changes documents without loss, and what it cannot change is put aside by cause; another transform brings it through', async () => {
    const index = `ct-e${RUN}`;
    await createIndex(es8, index, UNMAPPED);
    await write(es8, index, numbered(100));
    await putBytes(es8, index, { id: 'exact', source: '{"number":9007199254740993,"price":1.50,"far":1e400}' });
    await putBytes(es8, index, { id: 'odd', routing: 'r', source: '{"number":"many","price":2.0}' });
    await putBytes(es8, index, { id: 'endless', source: '{"number":"loop"}' });
    await call(es8, 'POST', `/${index}/_refresh`);
    put('orders.js', 'export default (document) => {\n  if (document.number === "loop") for (;;);\n  if (typeof document.number === "string") throw new Error(`no number: ${document.number}`);\n  document.label = `no. ${document.number}`;\n  return document;\n};\n');
    const transform = [{ op: 'module', name: 'orders.js' }, { op: 'rename', field: 'number', to: 'n' }];
    const found = await preflight(index, transform);
    expect(found.findings).toContainEqual(expect.objectContaining({ code: 'TransformSample', message: expect.stringContaining('label: absent -> "no. ') as string }));

    const { id } = await migrate({ indices: [index], transform, verify: 'full' });
    const parked = await stack.until(id, attention);
    expect(parked.attention.map(({ code }) => code)).toContain('DocumentsRejected');
    expect((await letters(id)).map(({ id: document, routing, status, cause, reason, document: source }) => ({ document, routing, status, cause, reason, source })).sort((a, b) => a.document.localeCompare(b.document))).toEqual([
      { document: 'endless', routing: null, status: 0, cause: 'transform_timeout', reason: 'step 1 of the transform, module orders.js: it took longer than 5 s', source: '{"number":"loop"}' },
      { document: 'odd', routing: 'r', status: 0, cause: 'transform_failed', reason: expect.stringMatching(/^step 1 of the transform, module orders\.js: Error: no number: many \(orders\.js:3:\d+\)$/) as string, source: '{"number":"many","price":2.0}' },
    ]);
    expect((await sourceBytes(es9, `moved-${index}`, 'exact')).toString()).toBe('{"n":9007199254740993,"price":1.50,"far":1e400,"label":"no. 9007199254740993"}');
    expect((await stack.report(id)).request).toMatchObject({ transform: [{ name: 'orders.js', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }, {}] });

    // A transform that is none is refused, one whose module is not there needs attention again; neither moves anything.
    expect((await stack.control(id, 'retry', { transform: [] })).status).toBe(400);
    expect((await stack.control(id, 'retry', { transform: [{ op: 'convert', field: 'a', to: 'date', format: 'never' }] })).status).toBe(400);
    await stack.control(id, 'retry', { transform: [{ op: 'module', name: 'no-such.js' }] });
    const again = await stack.until(id, (migration) => attention(migration) && migration.attention.every(({ code }) => code === 'TransformModuleMissing'));
    expect(again.attention[0]?.error).toBe('the folder of GODWIT_TRANSFORMS has no file no-such.js');
    put('orders.js', 'export default (document) => {\n  document.label = `no. ${document.number}`;\n  return document;\n};\n');
    await stack.control(id, 'retry', { transform });
    const ended = await stack.ended(id);
    expect(ended).toMatchObject({ status: 'completed', verification: { mode: 'full', mismatches: 0 } });
    expect((await sourceBytes(es9, `moved-${index}`, 'odd', 'r')).toString()).toBe('{"n":"many","price":2.0,"label":"no. many"}');
    // Several transforms have changed them, so the source was read too.
    expect(await contentOf(id, index)).toMatchObject({ sourceDocuments: 103, targetDocuments: 103, missing: 0, extra: 0, different: 0 });
    const report = await stack.report(id);
    expect(report.deadLetters).toEqual([]);
    expect(report.audit.filter(({ action }) => action === 'retry').at(-1)?.detail).toContain('orders.js');
    expect((await readSlices(stack, id)).every(({ status }) => status === 'verified')).toBe(true);
  }, 120_000);

  it('that has changed since preflight stops what is not moved yet, and is named; the retry of another type takes no transform', async () => {
    const index = `ct-f${RUN}`;
    await createIndex(es8, index, UNMAPPED);
    await write(es8, index, numbered(300));
    put('steady.js', 'export default (document) => document;');
    const transform = [{ op: 'module', name: 'steady.js' }];
    const { id } = await migrate({ indices: [index], transform, sliceDocuments: 50, concurrency: 1, requestsPerSecond: 50 });
    await stack.until(id, ({ progress }) => progress.documents.done > 0);
    put('steady.js', 'export default (document) => ({ ...document, changed: true });');
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    const parked = await stack.until(id, attention);
    expect(parked.attention[0]).toMatchObject({ code: 'TransformModuleChanged', error: expect.stringMatching(/the module steady\.js of the transform has the SHA-256 [0-9a-f]{64} here, and the migration goes by [0-9a-f]{64}/) as string });
    put('steady.js', 'export default (document) => document;');
    await stack.control(id, 'retry');
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const other = await stack.migrate({ type: 'verify', source: 'es8', target: 'es9', indices: [index], rename: RENAME, content: 'exact', transform: [{ op: 'remove', field: 'number' }] });
    await stack.until(other.id, attention);
    expect((await stack.control(other.id, 'retry', { transform })).status).toBe(409);
    await stack.control(other.id, 'cancel');
    await stack.ended(other.id);
  }, 120_000);

  it('that is no function of the document, or cannot be used, is an error of preflight', async () => {
    const index = `ct-g${RUN}`;
    await createIndex(es8, index);
    await write(es8, index, numbered(10));
    put('counts.js', 'let seen = 0; export default (document) => ({ ...document, seen: seen++ });');
    put('broken.js', 'export default (document => document');
    for (const [name, why] of [
      ['counts.js', /makes two different documents of the same one/],
      ['broken.js', /cannot be used: SyntaxError/],
      ['absent.js', /has no file absent\.js/],
    ] as const) {
      const { ok, findings } = await preflight(index, [{ op: 'module', name }]);
      expect(ok).toBe(false);
      expect(findings[0]).toMatchObject({ severity: 'error', subject: 'transform', message: expect.stringMatching(why) as string });
    }
    expect((await stack.call('POST', '/v1/migrations', { type: 'copy', source: 'es8', target: 'es9', indices: [index], transform: [{ op: 'module', name: '../etc/passwd' }] })).status).toBe(400);
  }, 60_000);
});
