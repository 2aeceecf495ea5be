/** reindex over HTTP, on real clusters: what arrives, what parks and is mended, what a killed worker and a cancel leave. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createAuthority, createCertificate, LOCAL_NAMES, WRONG_NAMES } from '../servers/certificates.js';
import { call, send, type HttpTarget } from '../servers/http.js';
import { bulky, clearNodes, count, createIndex, createMany, exists, numbered, readAll, write } from '../support/clusters.js';
import { inStep, readSlices, startStack, type SliceItem, type Stack } from '../support/stack.js';
import type { Migration } from '../../src/contracts/migration.js';
import type { PreflightResult } from '../../src/contracts/preflight.js';

const servers = inject('servers');
const { es7, es8, es9 } = servers;
const RUN = Date.now().toString(36);
let stack: Stack;

const clear = (): Promise<void> => clearNodes([es7, es8, es9], 'ri');

beforeAll(async () => {
  await clear();
  stack = await startStack(servers);
});
afterAll(async () => {
  await stack.stop();
  await clear();
});

const migrate = (request: Readonly<Record<string, unknown>>): Promise<Migration> => stack.migrate({ type: 'reindex', source: 'es8', target: 'es9', ...request });
const preflight = async (request: Readonly<Record<string, unknown>>): Promise<PreflightResult> =>
  (await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', { type: 'reindex', source: 'es8', target: 'es9', ...request })).body;
const slices = (id: string): Promise<SliceItem[]> => readSlices(stack, id);
const attention = (migration: Migration): boolean => migration.status === 'needs-attention';

/** Versions by id, which `readAll` does not have. */
async function versions(target: HttpTarget, index: string): Promise<Map<string, number>> {
  const { hits } = await call<{ hits: { hits: { _id: string; _version: number }[] } }>(target, 'POST', `/${index}/_search`, { size: 10_000, version: true });
  return new Map(hits.hits.map((hit) => [hit._id, hit._version]));
}

/** Documents written, updated and deleted before, so that sequence numbers are sparse. */
async function worn(target: HttpTarget, index: string, body: object = {}): Promise<void> {
  await createIndex(target, index, { settings: { number_of_shards: 3, number_of_replicas: 0 }, ...body });
  const routed = numbered(900, (number) => ({ text: `first ${String(number)}` })).map((document, number) => ({ ...document, routing: `r${String(number % 7)}` }));
  await write(target, index, routed);
  await write(target, index, routed.slice(200, 500).map((document) => ({ ...document, source: { number: -1, text: 'second' } })));
  const deletes = routed.slice(600, 700).map(({ id, routing }) => JSON.stringify({ delete: { _id: id, routing } }));
  await call(target, 'POST', `/${index}/_bulk?refresh=true`, `${deletes.join('\n')}\n`);
}

describe('what arrives', () => {
  it('8.19.8 to 9.4.3: routing, versions, updates and deletes before, 3 shards, slices, an alias, small indices, a data stream', async () => {
    const a = `ri-a${RUN}`;
    await worn(es8, `${a}-worn`, { aliases: { [`${a}-alias`]: { filter: { term: { number: 1 } } } }, mappings: { properties: { text: { type: 'keyword' } } } });
    await createMany(es8, `${a}-small-`, 12);
    await write(es8, `${a}-small-0003`, numbered(5));
    await call(es8, 'PUT', `/_index_template/${a}`, { index_patterns: [`${a}-stream*`], priority: 900, data_stream: {}, template: { settings: { number_of_replicas: 0 } } });
    await write(es8, `${a}-stream`, numbered(120, () => ({ '@timestamp': '2026-11-24T00:00:00Z' })), 'create');

    const { id } = await migrate({ indices: [`${a}-*`], rename: { pattern: '^ri-(.+)$', replacement: 'moved-ri-$1' }, sliceDocuments: 100, size: 40, concurrency: 3 });
    const migration = await stack.ended(id);
    expect(migration).toMatchObject({ status: 'completed', verification: { status: 'verified', mismatches: 0 }, progress: { documents: { done: 925, total: 925 } } });
    expect(migration.steps.map((step) => `${step.name} ${step.status}`)).toEqual(['preflight', 'prepare', 'transfer', 'verify', 'cutover', 'cleanup'].map((name) => `${name} completed`));

    const arrived = await readAll(es9, `moved-${a}-worn`);
    expect(arrived.size).toBe(800);
    expect(arrived).toEqual(await readAll(es8, `${a}-worn`));
    expect(await versions(es9, `moved-${a}-worn`)).toEqual(await versions(es8, `${a}-worn`));
    expect(await count(es9, `moved-${a}-stream`)).toBe(120);
    expect(await count(es9, `moved-${a}-small-0003`)).toBe(5);
    expect(await exists(es9, `moved-${a}-small-0011`)).toBe(true);

    const cut = (await slices(id)).filter((row) => row.index === `${a}-worn` && row.slice > 0);
    expect(cut.length).toBeGreaterThanOrEqual(6);
    expect(cut.every((row) => row.status === 'verified' && (row.documents ?? 0) <= 150)).toBe(true);
    expect(cut.reduce((sum, row) => sum + (row.documents ?? 0), 0)).toBe(800);

    // Settings and mappings as at the source, nothing of the load left.
    const { [`moved-${a}-worn`]: made } = await call<Record<string, { settings: { index: Record<string, unknown> }; mappings: unknown; aliases: unknown }>>(es9, 'GET', `/moved-${a}-worn`);
    expect(made?.settings.index).toMatchObject({ number_of_shards: '3', number_of_replicas: '0' });
    expect(made?.settings.index).not.toHaveProperty('refresh_interval');
    expect(made?.mappings).toMatchObject({ properties: { text: { type: 'keyword' } } });
    expect(made?.aliases).toEqual({ [`${a}-alias`]: { filter: { term: { number: 1 } } } });

    const report = await stack.report(id);
    expect(report).toMatchObject({ final: true, totals: { indices: 14, documents: 925 }, indicesTotal: 14, verification: { equal: 14, mismatches: 0 } });
    expect(report.effects.filter((effect) => effect.state === 'left')).toEqual([]);
    expect(JSON.stringify(report) + stack.output()).not.toContain(es8.password ?? 'no password');
  }, 300_000);

  it('7.17.8 to 8.19.8: routing, versions, an old setting that 8.x does not know', async () => {
    await worn(es7, 'ri-b-worn', { settings: { number_of_shards: 3, number_of_replicas: 0, 'index.translog.retention.size': '1mb', 'index.soft_deletes.enabled': true, 'index.refresh_interval': '7s' } });
    const { id } = await migrate({ source: 'es7', target: 'es8', indices: ['ri-b-*'], sliceDocuments: 300 });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(await readAll(es8, 'ri-b-worn')).toEqual(await readAll(es7, 'ri-b-worn'));
    expect(await versions(es8, 'ri-b-worn')).toEqual(await versions(es7, 'ri-b-worn'));
    const { 'ri-b-worn': made } = await call<Record<string, { settings: { index: Record<string, unknown> } }>>(es8, 'GET', '/ri-b-worn/_settings');
    expect(made?.settings.index).toMatchObject({ refresh_interval: '7s', number_of_shards: '3' });
  }, 300_000);

  it('what was written a moment ago, before any refresh, is in the total', async () => {
    const index = `ri-young${RUN}`;
    await createIndex(es8, index, { settings: { number_of_replicas: 0, refresh_interval: -1 } });
    const lines = numbered(300).flatMap((document) => [JSON.stringify({ index: { _id: document.id } }), JSON.stringify(document.source)]);
    await call(es8, 'POST', `/${index}/_bulk`, `${lines.join('\n')}\n`);
    expect(await count(es8, index)).toBe(0);
    const { id } = await migrate({ indices: [index] });
    const migration = await stack.ended(id);
    expect(migration).toMatchObject({ status: 'completed', progress: { documents: { done: 300, total: 300 } } });
    expect(migration.steps[0]?.detail).toContain('300 documents');
  }, 60_000);

  it('en route: a query, fields, a script that drops some; two indices into one', async () => {
    await createIndex(es8, 'ri-c-one');
    await createIndex(es8, 'ri-c-two');
    await write(es8, 'ri-c-one', numbered(100, () => ({ extra: 'x' })));
    await write(es8, 'ri-c-two', numbered(60, () => ({ extra: 'x' })).map((document) => ({ ...document, id: `two-${document.id}` })));
    const { id } = await migrate({
      indices: ['ri-c-*'],
      rename: { pattern: '^ri-c-.*$', replacement: 'moved-ri-c' },
      query: { range: { number: { lt: 50 } } },
      sourceFields: ['number'],
      script: { source: "if (ctx._source.number % 10 == 0) { ctx.op = 'noop' } else { ctx._source.moved = params.by }", params: { by: 'godwit' } },
    });
    const migration = await stack.ended(id);
    expect(migration).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const arrived = await readAll(es9, 'moved-ri-c');
    expect(arrived.size).toBe(90);
    expect(arrived.get('d7')?.source).toEqual({ number: 7, moved: 'godwit' });
    const report = await stack.report(id);
    expect(report.indices[0]?.note).toContain('the sum of 2 indices that go into one; 10 left out by the script or pipeline');
  });

  it('en route: a pipeline of the target, and an index that becomes a data stream', async () => {
    const stream = `moved-ri-m${RUN}`;
    for (const index of ['ri-m-docs', 'ri-m-plain']) {
      await createIndex(es8, index);
      await write(es8, index, numbered(40, () => ({ '@timestamp': '2026-11-24T00:00:00Z' })));
    }
    await call(es9, 'PUT', `/_index_template/${stream}`, { index_patterns: [stream], priority: 900, data_stream: {}, template: { settings: { number_of_replicas: 0 } } });
    await call(es9, 'PUT', '/_ingest/pipeline/ri-m', { processors: [{ set: { field: 'moved', value: 'godwit' } }, { drop: { if: 'ctx.number == 7' } }] });
    const { id } = await migrate({ indices: ['ri-m-*'], rename: { pattern: '^ri-m-docs$', replacement: stream }, pipeline: 'ri-m' });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    for (const name of [stream, 'ri-m-plain']) {
      const arrived = await readAll(es9, name);
      expect([arrived.size, arrived.has('d7'), arrived.get('d8')?.source]).toEqual([39, false, { number: 8, '@timestamp': '2026-11-24T00:00:00Z', moved: 'godwit' }]);
    }
    expect((await call<{ data_streams: { name: string }[] }>(es9, 'GET', `/_resolve/index/${stream}`)).data_streams.map(({ name }) => name)).toEqual([stream]);
    expect((await stack.report(id)).indices.map(({ note }) => note)).toEqual(['1 left out by the script or pipeline', '1 left out by the script or pipeline']);
    await call(es9, 'DELETE', '/_ingest/pipeline/ri-m');
  });

  it('onExisting: fail parks nothing and stops in preflight, merge adds, replace starts anew', async () => {
    await createIndex(es8, 'ri-d-docs');
    await write(es8, 'ri-d-docs', numbered(30));
    await createIndex(es9, 'ri-d-docs');
    await write(es9, 'ri-d-docs', [{ id: 'other', source: { number: 1 } }]);
    const found = await preflight({ indices: ['ri-d-docs'] });
    expect(found.findings[0]).toMatchObject({ severity: 'error', code: 'IndexAlreadyExists', subject: 'ri-d-docs' });
    const merged = await migrate({ indices: ['ri-d-docs'], onExisting: 'merge' });
    expect(await stack.ended(merged.id)).toMatchObject({ status: 'completed' });
    expect(await count(es9, 'ri-d-docs')).toBe(31);
    const replaced = await migrate({ indices: ['ri-d-docs'], onExisting: 'replace' });
    expect(await stack.ended(replaced.id)).toMatchObject({ status: 'completed' });
    expect(await count(es9, 'ri-d-docs')).toBe(30);
  });

  it('catch-up: what is written and updated meanwhile arrives', async () => {
    await createIndex(es8, 'ri-e-live');
    await write(es8, 'ri-e-live', numbered(600));
    const { id } = await migrate({ indices: ['ri-e-live'], sliceDocuments: 100, size: 20, concurrency: 1, requestsPerSecond: 60, catchUp: { passes: 3 } });
    await stack.until(id, (migration) => migration.progress.documents.done > 0);
    await write(es8, 'ri-e-live', [{ id: 'late', source: { number: 1_000 } }, { id: 'd0', source: { number: 2_000 } }]);
    expect((await stack.control(id, 'throttle', { requestsPerSecond: null })).body.throttle).toEqual({ requestsPerSecond: null, concurrency: 1 });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(await readAll(es9, 'ri-e-live')).toEqual(await readAll(es8, 'ri-e-live'));
  }, 200_000);
});

describe('what parks', () => {
  it('skip accepts rejected documents by name in the report', async () => {
    await createIndex(es8, 'ri-g-docs', { mappings: { properties: { code: { type: 'keyword' } } } });
    await write(es8, 'ri-g-docs', numbered(50, (number) => ({ code: number === 7 ? 'seven' : String(number) })));
    await createIndex(es9, 'ri-g-docs', { mappings: { properties: { code: { type: 'long' } } } });
    const { id } = await migrate({ indices: ['ri-g-docs'], onExisting: 'merge' });
    await stack.until(id, attention);
    expect((await stack.control(id, 'skip', { subject: 'ri-g-docs#1' })).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    const { indices, deadLetters } = await stack.report(id);
    expect(deadLetters).toEqual([expect.objectContaining({ documents: 1, accepted: 1, ids: ['d7'] })]);
    expect(indices).toEqual([expect.objectContaining({ index: 'ri-g-docs', verdict: 'skipped', sourceDocuments: 50, targetDocuments: 49, note: '1 of 1 skipped slice(s) accepted as missing' })]);
  });
});

describe('the way between the clusters', () => {
  beforeAll(async () => {
    await createIndex(es8, 'ri-h-docs');
    await write(es8, 'ri-h-docs', numbered(3));
  });
  const { port } = new URL(es8.url);
  it.each([
    ['not in the allowlist', 'https://example.org:9200', 'RemoteNotAllowed', /reindex\.remote\.whitelist: \["example\.org:9200"\]/],
    ['nothing listens there', 'https://localhost:1', 'RemoteUnreachable', /remote\.host/],
    ['HTTPS asked of HTTP', es7.url.replace('http:', 'https:'), 'RemoteTlsFailed', /scheme/],
    ['HTTP asked of HTTPS', `http://localhost:${port}`, 'RemoteUnreachable', /remote\.host/],
  ])('%s', async (_what, host, code, remedy) => {
    const { ok, findings } = await preflight({ indices: ['ri-h-docs'], remote: { host } });
    expect(ok).toBe(false);
    expect(findings[0]).toMatchObject({ severity: 'error', code, subject: 'es9' });
    expect(findings[0]?.remedy).toMatch(remedy);
  });

  it.each([
    ['a certificate of a CA that the target does not know', 'RemoteTlsUntrusted', true, /reindex\.ssl\.certificate_authorities/],
    ['a certificate for another name', 'RemoteTlsWrongName', false, /remote\.host/],
  ])('%s: the chain as seen from Godwit', async (_what, code, isForeign, remedy) => {
    const folder = mkdtempSync(join(tmpdir(), 'godwit-tls-'));
    const authority = isForeign ? await createAuthority(folder, 'Foreign authority') : servers.authority;
    const certificate = await createCertificate(authority, folder, 'server', isForeign ? LOCAL_NAMES : WRONG_NAMES);
    // The handshake is all that is looked at.
    const server = createServer({ key: readFileSync(certificate.keyFile), cert: certificate.certificate }).listen(0);
    try {
      await once(server, 'listening');
      const address = server.address();
      const host = `https://localhost:${String(typeof address === 'object' ? address?.port : address)}`;
      const { ok, findings } = await preflight({ indices: ['ri-h-docs'], remote: { host } });
      expect(ok).toBe(false);
      expect(findings[0]).toMatchObject({ severity: 'error', code, subject: 'es9' });
      expect(findings[0]?.message).toContain(`SHA-256 ${certificate.fingerprint}, valid until 20`);
      expect(findings[0]?.message).toContain(isForeign ? 'issued by "Foreign authority"' : 'for elsewhere.invalid');
      expect(findings[0]?.remedy).toMatch(remedy);
    } finally {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('preflight lets the target try mappings and settings, and names what is changed and what is left out', async () => {
    const settings = {
      number_of_replicas: 0,
      'index.routing.allocation.exclude.box': 'none',
      analysis: { tokenizer: { grams: { type: 'nGram', min_gram: 2, max_gram: 3 } }, analyzer: { short: { type: 'custom', tokenizer: 'grams' } } },
    };
    await createIndex(es7, 'ri-l-old', { settings, mappings: { properties: { title: { type: 'text', analyzer: 'short', boost: 2, fields: { raw: { type: 'keyword', boost: 3 } } } } } });
    await write(es7, 'ri-l-old', numbered(5, () => ({ title: 'old' })));
    const { ok, findings } = await preflight({ source: 'es7', target: 'es8', indices: ['ri-l-old'] });
    expect(ok).toBe(true);
    const changed = findings.find(({ code }) => code === 'BodyChanged');
    expect(changed).toMatchObject({ severity: 'warning', subject: 'ri-l-old' });
    expect(changed?.message).toMatch(/mapping parameter boost of title is left out/);
    expect(changed?.message).toMatch(/mapping parameter boost of title\.raw is left out/);
    expect(changed?.message).toMatch(/nGram of setting index\.analysis\.tokenizer\.grams\.type is called ngram/);
    expect(findings.find(({ code }) => code === 'SettingsLeftOut')).toMatchObject({ severity: 'info', message: expect.stringContaining('index.routing.allocation.exclude.box') as string });
    expect(await exists(es8, 'ri-l-old')).toBe(false);
    const { id } = await migrate({ source: 'es7', target: 'es8', indices: ['ri-l-old'] });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const made = (await call<Record<string, { mappings: { properties: Record<string, unknown> } }>>(es8, 'GET', '/ri-l-old'))['ri-l-old'];
    expect(made?.mappings.properties['title']).toEqual({ type: 'text', analyzer: 'short', fields: { raw: { type: 'keyword' } } });
  });

  it('nothing is touched by a preflight', async () => {
    const { ok, findings } = await preflight({ indices: ['ri-h-docs'] });
    expect({ ok, errors: findings.filter((item) => item.severity === 'error') }).toEqual({ ok: true, errors: [] });
    expect(findings).toContainEqual(expect.objectContaining({ code: 'RemoteReached' }));
    expect(await exists(es9, 'ri-h-docs')).toBe(false);
    expect(await exists(es9, 'godwit-probe')).toBe(false);
  });

  it.each([
    ['an unknown option', { quary: {} }, 'quary'],
    ['a gate that is no switch', { catchUp: { gate: 'yes' } }, 'catchUp.gate'],
    ['a comparison that there is not', { verify: 'everything' }, 'verify'],
    ['a host without a port', { remote: { host: 'https://old' } }, 'remote.host'],
  ])('%s is refused by its field', async (_what, option, path) => {
    const answer = await stack.call<{ errors: { path: string }[] }>('POST', '/v1/migrations', { type: 'reindex', source: 'es8', target: 'es9', indices: ['ri-h-docs'], ...option });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body.errors)).toContain(path);
  });

  it('a query that Elasticsearch does not take is refused by its field', async () => {
    const answer = await stack.call<{ errors: { path: string }[] }>('POST', '/v1/migrations', { type: 'reindex', source: 'es8', target: 'es9', indices: ['ri-h-docs'], query: { nonsense: {} } });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error) => error.path)).toEqual(['query']);
  });
});

describe('faults and control', () => {
  it('a task that is cancelled from outside is issued again', async () => {
    await createIndex(es8, 'ri-j-docs');
    await write(es8, 'ri-j-docs', numbered(300));
    const { id } = await migrate({ indices: ['ri-j-docs'], sliceDocuments: 1_000, size: 10, concurrency: 1, requestsPerSecond: 40 });
    await stack.until(id, inStep('transfer'));
    await untilTask(id);
    for (const task of await tasksOf(id)) await call(es9, 'POST', `/_tasks/${task}/_cancel`);
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(await count(es9, 'ri-j-docs')).toBe(300);
    expect((await slices(id)).find((row) => row.slice === 1)?.attempts).toBe(2);
  }, 200_000);

  it('cancel stops the tasks and deletes what was made', async () => {
    await createIndex(es8, 'ri-k-docs');
    await write(es8, 'ri-k-docs', bulky(300, 500));
    const { id } = await migrate({ indices: ['ri-k-docs'], size: 10, requestsPerSecond: 20 });
    await stack.until(id, inStep('transfer'));
    await untilTask(id);
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    expect((await stack.ended(id)).status).toBe('canceled');
    expect(await tasksOf(id)).toEqual([]);
    expect(await exists(es9, 'ri-k-docs')).toBe(false);
    expect(await count(es8, 'ri-k-docs')).toBe(300);
    const { effects } = await stack.report(id);
    expect(effects.length).toBeGreaterThan(0);
    expect(effects.filter((effect) => effect.state !== 'undone')).toEqual([]);
  }, 200_000);
});

/** Running tasks of a migration at 9.4.3, by the tag that Godwit gives them. */
async function tasksOf(id: string): Promise<string[]> {
  const { body } = await send<{ nodes: Record<string, { tasks: Record<string, { headers: Record<string, string> }> }> }>(es9, 'GET', '/_tasks?actions=*reindex&detailed');
  return Object.values(body.nodes).flatMap(({ tasks }) => Object.entries(tasks).flatMap(([task, { headers }]) => ((headers['X-Opaque-Id'] ?? '').startsWith(`godwit/${id}/`) ? [task] : [])));
}

async function untilTask(id: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await tasksOf(id)).length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no task began');
}
