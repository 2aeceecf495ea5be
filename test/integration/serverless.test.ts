/**
 * copy and reindex into and out of a Serverless project, which is a stand-in before a real 9.4.3 node
 * (test/servers/serverless-stand-in.ts): it refuses what Elastic says that a project refuses, and is no proof of a real one.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Migration } from '../../src/contracts/migration.js';
import type { PreflightResult } from '../../src/contracts/preflight.js';
import { call, send, type HttpTarget } from '../servers/http.js';
import { ServerlessStandIn } from '../servers/serverless-stand-in.js';
import { clearNodes, createIndex, exists, numbered, readAll, write } from '../support/clusters.js';
import { readSlices, startStack, type Stack } from '../support/stack.js';

const servers = inject('servers');
const { es8, es9 } = servers;
const RUN = `sl${Date.now().toString(36)}`;

interface ApiKey {
  readonly id: string;
  readonly encoded: string;
}
const keys: (readonly [HttpTarget, ApiKey])[] = [];
let project: ServerlessStandIn;
let stack: Stack;

const createKey = async (node: HttpTarget): Promise<string> => {
  const key = await call<ApiKey>(node, 'POST', '/_security/api_key', { name: RUN });
  keys.push([node, key]);
  return key.encoded;
};

beforeAll(async () => {
  // Of the source, what a project reads from if it is of Elastic Cloud: as `hosted` it passes for that.
  project = await ServerlessStandIn.start({ upstream: es9, elasticCloudHosts: [new URL(es8.url).host] });
  const hosted = `  hosted: { kind: hosted, elasticsearch: { url: "${es8.url}", auth: { apiKey: "\${env:HOSTED_KEY}" }, tls: { ca: "${es8.caFile ?? ''}" } } }\n`;
  const serverless = `  project: { kind: serverless, elasticsearch: { url: "${project.url}", auth: { apiKey: "\${env:PROJECT_KEY}" } } }\n`;
  const mistaken = serverless.replace('project', 'mistaken').replace('kind: serverless', 'kind: hosted');
  stack = await startStack(servers, { connections: hosted + serverless + mistaken, env: { HOSTED_KEY: await createKey(es8), PROJECT_KEY: await createKey(es9) } });
});
afterAll(async () => {
  await stack.stop();
  await project.stop();
  for (const [node, { id }] of keys) await call(node, 'DELETE', '/_security/api_key', { ids: [id] });
  await clearNodes([es8, es9], RUN);
});

const migrate = (request: Readonly<Record<string, unknown>>): Promise<Migration> => stack.migrate({ type: 'copy', source: 'es8', target: 'project', ...request });
const preflight = async (request: Readonly<Record<string, unknown>>): Promise<PreflightResult> =>
  (await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', { type: 'copy', source: 'es8', target: 'project', ...request })).body;
const moving = ({ progress }: Migration): boolean => progress.documents.done > 0;
const settingsOf = async (index: string): Promise<Record<string, unknown>> => (await call<Record<string, { settings: Record<string, unknown> }>>(es9, 'GET', `/${index}/_settings?flat_settings=true`))[index]?.settings ?? {};
const definitionOf = async (node: HttpTarget, index: string): Promise<object> => {
  const { mappings, aliases } = (await call<Record<string, { mappings: object; aliases: object }>>(node, 'GET', `/${index}`))[index] ?? {};
  return { mappings, aliases };
};

/** Settings of which a project takes two. */
const SETTINGS = {
  ...{ 'index.number_of_shards': 3, 'index.number_of_replicas': 0, 'index.refresh_interval': '1s', 'index.max_result_window': 20_000, 'index.gc_deletes': '90s' },
  ...{ 'index.sort.field': 'number', 'index.analysis.analyzer.plain.type': 'standard' },
};
const MAPPINGS = { properties: { number: { type: 'long' }, text: { type: 'text', analyzer: 'plain', fields: { raw: { type: 'keyword' } } } } };

it('its connection is found whole; one that says another kind is refused before anything is touched', async () => {
  expect(await stack.call('POST', '/v1/connections/project/check')).toMatchObject({ status: 200, body: { ok: true, kind: 'serverless', reachable: true, missingPrivileges: [] } });
  const index = `${RUN}-wrong`;
  await createIndex(es8, index);
  const refused = await stack.call('POST', '/v1/migrations', { type: 'copy', source: 'es8', target: 'mistaken', indices: [index] });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'target', message: expect.stringContaining('Set kind of the connection to serverless') }] } });
});

describe('copy from a self-managed cluster', () => {
  it('preflight lists every setting that is left out, and touches nothing', async () => {
    const index = `${RUN}-a`;
    await createIndex(es8, index, { settings: SETTINGS, mappings: MAPPINGS });
    await write(es8, index, numbered(5));
    project.passed.clear();
    const found = await preflight({ indices: [index] });
    expect(found).toMatchObject({ ok: true, plan: { documents: 5 } });
    expect(found.findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['info ServerlessTarget', 'info Versions', 'info SettingsLeftOut']);
    const leftOut = found.findings.find(({ code }) => code === 'SettingsLeftOut')?.message.split(': ')[1]?.split('; ');
    expect(leftOut?.sort()).toEqual([
      ...['index.gc_deletes', 'index.max_result_window', 'index.number_of_replicas', 'index.number_of_shards', 'index.refresh_interval'],
      'index.routing.allocation.include._tier_preference',
    ]);
    expect(await exists(es9, index)).toBe(false);
    expect([...project.passed].filter((line) => !/^(GET|HEAD) |_search|_simulate|_has_privileges/.test(line))).toEqual([]);
  });

  it('mappings, settings, aliases and a data stream arrive, every byte compared, over the death of a worker', async () => {
    const [index, stream] = [`${RUN}-b`, `${RUN}-b-stream`];
    await createIndex(es8, index, { settings: { ...SETTINGS, 'index.refresh_interval': '9s' }, mappings: MAPPINGS, aliases: { [`${RUN}-b-alias`]: { filter: { term: { number: 1 } } } } });
    await write(es8, index, numbered(600, (number) => ({ text: `text ${String(number)}` })).map((document, at) => (at % 3 === 0 ? { ...document, routing: 'r' } : document)));
    await call(es8, 'PUT', `/_index_template/${RUN}`, { index_patterns: [`${stream}*`], priority: 901, data_stream: {}, template: { settings: { number_of_replicas: 0 } } });
    await write(es8, stream, numbered(100, () => ({ '@timestamp': '2026-11-24T00:00:00Z' })), 'create');

    const { id } = await migrate({ indices: [index, stream], sliceDocuments: 100, requestsPerSecond: 150, verify: 'full' });
    await stack.until(id, moving);
    await stack.killWorkers();
    await stack.startWorker();
    await stack.insist(id, 'throttle', { requestsPerSecond: null });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', attention: [], verification: { status: 'verified', mode: 'full', mismatches: 0 } });
    expect(await readAll(es9, index)).toEqual(await readAll(es8, index));
    expect(await readAll(es9, stream)).toEqual(await readAll(es8, stream));
    expect(await definitionOf(es9, index)).toEqual(await definitionOf(es8, index));
    const settings = await settingsOf(index);
    expect(settings).toMatchObject({ 'index.refresh_interval': '9s', 'index.sort.field': 'number', 'index.analysis.analyzer.plain.type': 'standard', 'index.number_of_shards': '1' });
    for (const name of ['index.max_result_window', 'index.gc_deletes']) expect(settings[name]).toBeUndefined();
    const compared = await migrate({ type: 'verify', indices: [index] });
    expect(await stack.ended(compared.id)).toMatchObject({ status: 'completed', verification: { status: 'verified', mismatches: 0 } });
  }, 120_000);

  it('what is written, changed and deleted meanwhile arrives too', async () => {
    const index = `${RUN}-c`;
    await createIndex(es8, index);
    await write(es8, index, numbered(300));
    const { id } = await migrate({ indices: [index], sliceDocuments: 100, requestsPerSecond: 60, verify: 'full', catchUp: { passes: 3, gate: true, keepBlock: false } });
    await stack.until(id, moving);
    await write(es8, index, [...numbered(40, () => ({ isChanged: true })), { id: 'new', source: { number: -1 } }]);
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    await stack.until(id, ({ gates }) => gates.length > 0);
    for (const gone of ['d50', 'd51', 'd299']) await call(es8, 'DELETE', `/${index}/_doc/${gone}?refresh=true`);
    await write(es8, index, [{ id: 'newer', source: { number: -2 } }]);
    await stack.control(id, 'approve', { gate: 'cutover' });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified', mode: 'full', mismatches: 0 } });
    const expected = await readAll(es8, index);
    expect(expected.size).toBe(299);
    expect(await readAll(es9, index)).toEqual(expected);
    expect((await stack.report(id)).effects.filter(({ state }) => state === 'left')).toEqual([]);
  }, 120_000);

  it('a cancel takes back what was made', async () => {
    const index = `${RUN}-d`;
    await createIndex(es8, index);
    await write(es8, index, numbered(300));
    const { id } = await migrate({ indices: [index], sliceDocuments: 50, requestsPerSecond: 30 });
    await stack.until(id, moving);
    expect(await exists(es9, index)).toBe(true);
    await stack.control(id, 'cancel');
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled', attention: [] });
    expect(await exists(es9, index)).toBe(false);
    expect((await stack.report(id)).effects.filter(({ state }) => state === 'left')).toEqual([]);
  }, 60_000);
});

describe('reindex', () => {
  it('is refused from a self-managed cluster, with what to do instead', async () => {
    const index = `${RUN}-e`;
    await createIndex(es8, index);
    const request = { type: 'reindex', source: 'es8', target: 'project', indices: [index] };
    const answer = await stack.call('POST', '/v1/migrations', request);
    expect(answer).toMatchObject({ status: 422, body: { type: '/problems/unsupported-target', errors: [{ path: 'target', message: expect.stringContaining('Use type "copy"') }] } });
    expect((await preflight(request)).findings[0]).toMatchObject({ severity: 'error', code: 'UnsupportedTarget', subject: 'target', remedy: expect.stringContaining('Use type "copy"') });
  });

  it('from a hosted deployment: by an address that is not of Elastic Cloud it is not let through', async () => {
    const index = `${RUN}-f`;
    await createIndex(es8, index);
    const found = await preflight({ type: 'reindex', source: 'hosted', indices: [index], remote: { host: es8.url.replace('localhost', '127.0.0.1') } });
    expect(found.findings[0]).toMatchObject({ severity: 'error', code: 'RemoteNotAllowed', remedy: expect.stringContaining('use type "copy"') });
    expect(project.refused.splice(0)).toEqual([expect.stringContaining('not whitelisted')]);
  });

  it('from a hosted deployment: watched, slowed down and canceled by the API that a project has', async () => {
    const [moved, canceled] = [`${RUN}-g`, `${RUN}-g-canceled`];
    for (const index of [moved, canceled]) {
      await createIndex(es8, index);
      await write(es8, index, numbered(300));
    }
    const request = { type: 'reindex', source: 'hosted', size: 10, sliceDocuments: 150, requestsPerSecond: 15 };
    project.passed.clear();
    const { id } = await migrate({ ...request, indices: [moved], verify: 'full' });
    await stack.until(id, moving);
    await stack.control(id, 'throttle', { requestsPerSecond: null });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified', mismatches: 0 } });
    expect(await readAll(es9, moved)).toEqual(await readAll(es8, moved));

    const second = await migrate({ ...request, indices: [canceled], requestsPerSecond: 10 });
    await stack.until(second.id, moving);
    await stack.control(second.id, 'cancel');
    expect(await stack.ended(second.id)).toMatchObject({ status: 'canceled' });
    expect(await exists(es9, canceled)).toBe(false);
    const used = [...project.passed].map((line) => line.replace(/\/_(reindex|tasks)\/[^/?]+/, '/_$1/ID'));
    // What runs is found again by its tag.
    expect(used).toEqual(expect.arrayContaining(['GET /_reindex', 'GET /_tasks/ID', 'GET /_reindex/ID?timeout&wait_for_completion', 'POST /_reindex/ID/_rethrottle?requests_per_second', 'POST /_reindex/ID/_cancel?wait_for_completion']));
  }, 120_000);
});

describe('a project as the source', () => {
  it('is copied in slices, compared as a whole; nothing can be caught up with', async () => {
    const index = `${RUN}-h`;
    await createIndex(es9, index, { mappings: { dynamic: false } });
    await write(es9, index, numbered(500));
    await send(es9, 'DELETE', `/${index}/_doc/d499?refresh=true`);
    const request = { source: 'project', target: 'es8', indices: [index], sliceDocuments: 100, verify: 'full' };
    const refused = await stack.call('POST', '/v1/migrations', { type: 'copy', ...request, catchUp: {} });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'catchUp', message: expect.stringContaining('Start without catchUp') }] } });

    const { id } = await migrate(request);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', progress: { documents: { done: 499, total: 499 } }, verification: { status: 'verified', mode: 'full', mismatches: 0 } });
    expect((await readSlices(stack, id)).filter(({ slice }) => slice > 0).length).toBeGreaterThanOrEqual(4);
    expect(await readAll(es8, index)).toEqual(await readAll(es9, index));
  }, 60_000);

  it('is read by the _reindex of another cluster', async () => {
    const index = `${RUN}-i`;
    await createIndex(es9, index, { mappings: { dynamic: false } });
    await write(es9, index, numbered(300));
    const { id } = await migrate({ type: 'reindex', source: 'project', target: 'es8', indices: [index], sliceDocuments: 100, verify: 'full' });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified', mode: 'full', mismatches: 0 } });
    expect(await readAll(es8, index)).toEqual(await readAll(es9, index));
  }, 60_000);
});

it('nothing was asked of the project that it does not have', () => {
  expect(project.refused).toEqual([]);
  expect(project.passed.size).toBeGreaterThan(10);
});
