/**
 * components over HTTP: what the real nodes serve on 8.19.8 and 9.4.3; what they lack, on stand-ins in front of them
 * (test/servers/component-stand-in.ts), which say what we read of those APIs and are no proof of Elasticsearch's own.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ComponentStandIn } from '../servers/component-stand-in.js';
import { ServerlessStandIn } from '../servers/serverless-stand-in.js';
import { call, send, type HttpTarget } from '../servers/http.js';
import { createIndex, deleteIndices, numbered, write } from '../support/clusters.js';
import { startStack, type Stack } from '../support/stack.js';
import type { Migration } from '../../src/contracts/migration.js';
import type { Finding, PreflightResult } from '../../src/contracts/preflight.js';

const servers = inject('servers');
const { es7, es8, es9 } = servers;
const RUN = `gc${Date.now().toString(36)}`;
const MINE = `*/${RUN}*`;

let stack: Stack;
let old: ComponentStandIn;
let young: ComponentStandIn;
let project: ComponentStandIn;
/** In front of it: lets only through what a project has. */
let door: ServerlessStandIn;

interface Row {
  index: string;
  status: string;
  attempts: number;
  error: string | null;
}

const migrate = (request: Readonly<Record<string, unknown>>): Promise<Migration> => stack.migrate({ type: 'components', source: 'es8', target: 'es9', components: [MINE], ...request });
const preflight = async (request: Readonly<Record<string, unknown>>): Promise<PreflightResult> =>
  (await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', { type: 'components', source: 'es8', target: 'es9', components: [MINE], ...request })).body;
const slices = async (id: string): Promise<Row[]> => (await stack.call<{ items: Row[] }>('GET', `/v1/migrations/${id}/slices?limit=200`)).body.items;
const byName = async (id: string): Promise<Record<string, string>> => Object.fromEntries((await slices(id)).map((row) => [row.index.replaceAll(RUN, ''), row.status]));
const parked = (migration: Migration): boolean => migration.status === 'needs-attention';
const named = (findings: readonly Finding[], code: string): string[] => findings.filter((item) => item.code === code).map((item) => item.subject.replaceAll(RUN, ''));

/** Names of everything that the real nodes keep for these tests, as path and body. */
const REAL: readonly (readonly [string, object])[] = [
  [`/_scripts/${RUN}-script`, { script: { lang: 'painless', source: 'ctx.z = params.a' } }],
  [`/_component_template/${RUN}-part`, { template: { settings: { number_of_shards: 2, 'index.refresh_interval': '7s' }, mappings: { properties: { code: { type: 'keyword' } } }, aliases: { [`${RUN}-alias`]: {} } }, version: 3, _meta: { by: 'me' } }],
  [`/_index_template/${RUN}-whole`, { index_patterns: [`${RUN}-logs*`], composed_of: [`${RUN}-part`], priority: 7_000, data_stream: {}, template: { mappings: { properties: { text: { type: 'text' } } }, lifecycle: { data_retention: '7d' }, data_stream_options: { failure_store: { enabled: true, lifecycle: { data_retention: '3d' } } } } }],
  [`/_template/${RUN}-legacy`, { index_patterns: [`${RUN}-old*`], order: 2, settings: { 'index.number_of_replicas': 0 }, mappings: { properties: { n: { type: 'long' } } } }],
  [`/_ingest/pipeline/${RUN}-pipe`, { description: 'sets', processors: [{ set: { field: 'a', value: 1, if: 'ctx.b == null' } }, { script: { id: `${RUN}-script`, params: { a: 1 } } }] }],
  [`/_ingest/pipeline/${RUN}@custom`, { processors: [{ lowercase: { field: 'c' } }] }],
  [`/_security/role/${RUN}-role`, { cluster: ['monitor'], indices: [{ names: ['shop-*'], privileges: ['read', 'write'] }], run_as: ['bob'], metadata: { of: 'ops' } }],
  [`/_security/role_mapping/${RUN}-mapping`, { roles: [`${RUN}-role`], enabled: true, rules: { all: [{ field: { 'realm.name': 'saml1' } }, { field: { groups: 'cn=ops' } }] } }],
  [`/_security/user/${RUN}-ann`, { password: 'a-password-of-ann', roles: [`${RUN}-role`], full_name: 'Ann', email: 'ann@example.org', metadata: { team: 1 } }],
];
const PRIVILEGE = { [`${RUN}app`]: { read: { actions: ['data:read/*'], metadata: {} } } };
const SETTING = `logger.org.${RUN}`;

async function fill(node: HttpTarget): Promise<void> {
  for (const [path, body] of REAL) await call(node, 'PUT', path, body);
  await call(node, 'PUT', '/_security/privilege', PRIVILEGE);
  await call(node, 'PUT', '/_cluster/settings', { persistent: { [SETTING]: 'info' } });
}

async function clear(node: HttpTarget): Promise<void> {
  for (const [path] of [...REAL].reverse()) await send(node, 'DELETE', path);
  await send(node, 'DELETE', `/_security/privilege/${RUN}app/read`);
  await send(node, 'PUT', '/_cluster/settings', { persistent: { [SETTING]: null, [`cluster.remote.${RUN}-far.*`]: null } });
  const pipelines = Object.keys(await call(node, 'GET', '/_ingest/pipeline')).filter((name) => name.startsWith(RUN));
  for (const name of pipelines) await send(node, 'DELETE', `/_ingest/pipeline/${name}`);
  const { index_templates: templates } = await call<{ index_templates: { name: string }[] }>(node, 'GET', '/_index_template');
  for (const { name } of templates.filter((template) => template.name.startsWith(RUN))) await send(node, 'DELETE', `/_index_template/${name}`);
}

/** Everything of these tests at a node, as it answers. */
async function everything(node: HttpTarget): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [path] of REAL) found[path] = (await send(node, 'GET', path)).body;
  found['privilege'] = await call(node, 'GET', `/_security/privilege/${RUN}app`);
  found['setting'] = (await call<{ persistent: Record<string, unknown> }>(node, 'GET', '/_cluster/settings?flat_settings=true')).persistent[SETTING];
  return found;
}

/** Without what a version or a time adds by itself, and without what is a user's own at each cluster. */
const comparable = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (name, inner: unknown) => (/^(created|modified)_date|^enabled$/.test(name) ? undefined : inner)));

beforeAll(async () => {
  [old, young, project] = await Promise.all([
    ComponentStandIn.start({ upstream: es8, repositories: ['backups'] }),
    ComponentStandIn.start({ upstream: es9, repositories: ['backups'] }),
    ComponentStandIn.start({ upstream: es9, flavor: 'serverless' }),
  ]);
  door = await ServerlessStandIn.start({ upstream: project });
  stack = await startStack(servers, {
    more: { old: { kind: 'self-managed', url: old.url }, young: { kind: 'self-managed', url: young.url }, project: { kind: 'serverless', url: door.url } },
  });
  await fill(es8);
});
afterAll(async () => {
  await stack.stop();
  await Promise.all([old.stop(), young.stop(), door.stop(), project.stop()]);
  for (const node of [es8, es9]) {
    await clear(node);
    await deleteIndices(node, `${RUN}-*`);
  }
});

describe('what the real nodes serve, 8.19.8 to 9.4.3', () => {
  it('everything arrives, is compared field by field, and a second run changes nothing', async () => {
    const components = [MINE, `cluster-setting/${SETTING}`, `service-token/elastic/fleet-server/${RUN}*`];
    await call(es8, 'POST', '/_security/api_key', { name: `${RUN}-key`, role_descriptors: {} });
    await call(es8, 'POST', `/_security/service/elastic/fleet-server/credential/token/${RUN}-token`);

    const found = await preflight({ components, users: 'create' });
    expect(found).toMatchObject({ ok: true, plan: { components: 11 } });
    expect(named(found.findings, 'ComponentMissing')).toContain('role/-role');
    expect(found.findings.find((item) => item.code === 'RealmMissing')).toMatchObject({ severity: 'warning', subject: `role-mapping/${RUN}-mapping`, message: expect.stringContaining('saml1') });
    expect(named(found.findings, 'ComponentToIssue').sort()).toEqual([expect.stringMatching(/^api-key\/-key:/), 'service-token/elastic/fleet-server/-token']);
    expect((await send(es9, 'GET', `/_security/role/${RUN}-role`)).status).toBe(404);

    const { id } = await migrate({ components, users: 'create' });
    const migration = await stack.ended(id);
    expect(migration).toMatchObject({ status: 'completed', verification: { status: 'verified', mode: 'full', mismatches: 0 } });
    expect(migration.steps.map((step) => `${step.name} ${step.status}`)).toEqual(['preflight', 'prepare', 'transfer', 'verify', 'cleanup'].map((name) => `${name} completed`));
    const [source, first] = [await everything(es8), await everything(es9)];
    expect(comparable(first)).toEqual(comparable(source));
    expect(Object.values(await byName(id)).filter((status) => status === 'verified')).toHaveLength(11);

    // Ann has her roles, and cannot log in before she is given a password and enabled.
    expect(first[`/_security/user/${RUN}-ann`]).toMatchObject({ [`${RUN}-ann`]: { enabled: false, full_name: 'Ann', roles: [`${RUN}-role`] } });
    await call(es9, 'POST', `/_security/user/${RUN}-ann/_password`, { password: 'another-password' });
    await call(es9, 'PUT', `/_security/user/${RUN}-ann/_enable`);
    expect(await call({ ...es9, username: `${RUN}-ann`, password: 'another-password' }, 'GET', '/_security/_authenticate')).toMatchObject({ username: `${RUN}-ann`, roles: [`${RUN}-role`] });

    const before = await everything(es9);
    const again = await migrate({ components, users: 'create' });
    expect(await stack.ended(again.id)).toMatchObject({ status: 'completed' });
    // 9.4.3 notes when a pipeline or template was last written.
    expect(await everything(es9)).toEqual(before);
    const report = await stack.report(again.id);
    expect(report.effects).toEqual([]);
    const markdown = (await stack.call<string>('GET', `/v1/migrations/${again.id}/report`, undefined, { accept: 'text/markdown' })).body;
    expect(markdown).toContain(`| role/${RUN}-role | equal | role: the same already |`);
    expect(markdown).toContain('At the target as asked: 11 components');
    expect(report.verification).toMatchObject({ equal: 11, mismatches: 0, skipped: 2 });
    expect(report.indices.find((row) => row.index === `role/${RUN}-role`)).toMatchObject({ verdict: 'equal', note: 'role: the same already' });
    expect(JSON.stringify([report, await stack.report(id)]) + stack.output()).not.toContain(es8.password ?? 'none');
  }, 200_000);

  it('onExisting: fail names the field, merge keeps, onExistingByKind replaces; a cancel puts everything back', async () => {
    await call(es9, 'PUT', `/_ingest/pipeline/${RUN}-pipe`, { description: 'other', processors: [] });
    await call(es9, 'PUT', `/_security/role/${RUN}-role`, { cluster: ['all'] });
    await call(es9, 'DELETE', `/_scripts/${RUN}-script`);
    // The target refuses it: what it is composed of is left out.
    await call(es8, 'PUT', `/_component_template/${RUN}-absent`, { template: {} });
    await call(es8, 'PUT', `/_index_template/${RUN}-broken`, { index_patterns: [`${RUN}-broken*`], composed_of: [`${RUN}-absent`], priority: 7_001 });
    const components = [MINE, '-user', '-api-key', `-component-template/${RUN}-absent`];

    const refused = await preflight({ components });
    expect(refused.ok).toBe(false);
    expect(refused.findings.find((item) => item.subject === `ingest-pipeline/${RUN}-pipe`)).toMatchObject({
      severity: 'error',
      code: 'ComponentExists',
      message: expect.stringContaining('description: "sets" at the source, "other" at the target'),
    });
    const before = await everything(es9);
    const { id } = await migrate({ components, onExisting: 'merge', onExistingByKind: { 'ingest-pipeline': 'replace' } });
    const stuck = await stack.until(id, parked);
    expect(stuck.attention).toMatchObject([{ subject: `index-template/${RUN}-broken`, code: 'ElasticsearchRejected', skippable: true, step: 'transfer' }]);
    expect(await byName(id)).toMatchObject({ 'script/-script': 'completed', 'ingest-pipeline/-pipe': 'completed', 'role/-role': 'skipped', 'index-template/-broken': 'needs-attention' });
    expect(comparable(await call(es9, 'GET', `/_ingest/pipeline/${RUN}-pipe`))).toEqual(comparable(await call(es8, 'GET', `/_ingest/pipeline/${RUN}-pipe`)));

    await stack.control(id, 'cancel');
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect(comparable(await everything(es9))).toEqual(comparable(before));
    const effects = (await stack.report(id)).effects;
    expect(effects.map(({ kind, subject, state }) => `${kind} ${subject.replaceAll(RUN, '')} ${state}`).sort()).toEqual([
      'replace-component ingest-pipeline/-pipe undone',
      'write-component index-template/-broken undone',
      'write-component script/-script undone',
    ]);
  }, 200_000);

  it('one that fails is retried alone when mended, and skipped by its name', async () => {
    const components = [`index-template/${RUN}-broken`, `index-template/${RUN}-whole`, `script/${RUN}-script`];
    const { id } = await migrate({ components, onExisting: 'merge' });
    await stack.until(id, parked);
    await call(es9, 'PUT', `/_component_template/${RUN}-absent`, { template: {} });
    expect((await stack.control(id, 'retry', { subject: `index-template/${RUN}-broken` })).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect((await slices(id)).find((row) => row.index.endsWith('-broken'))).toMatchObject({ status: 'verified' });
    await send(es9, 'DELETE', `/_index_template/${RUN}-broken`);
    await send(es9, 'DELETE', `/_component_template/${RUN}-absent`);
    const skipping = await migrate({ components, onExisting: 'merge' });
    await stack.until(skipping.id, parked);
    await stack.control(skipping.id, 'skip', { subject: `index-template/${RUN}-broken` });
    expect(await stack.ended(skipping.id)).toMatchObject({ status: 'completed' });
    expect(await byName(skipping.id)).toMatchObject({ 'index-template/-broken': 'skipped' });
    await send(es8, 'DELETE', `/_index_template/${RUN}-broken`);
    await send(es8, 'DELETE', `/_component_template/${RUN}-absent`);
  }, 200_000);

  it('a worker that is killed half-way: the rest is written, nothing twice', async () => {
    const count = 60;
    for (let at = 0; at < count; at += 1) await call(es8, 'PUT', `/_ingest/pipeline/${RUN}-many-${String(at).padStart(3, '0')}`, { description: String(at), processors: [] });
    const { id } = await migrate({ components: [`ingest-pipeline/${RUN}-many-*`], concurrency: 1 });
    const written = async (): Promise<string[]> => Object.keys(await call(es9, 'GET', `/_ingest/pipeline/${RUN}-many-*`));
    await expect.poll(async () => (await written()).length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(3);
    await stack.killWorkers();
    expect((await written()).length).toBeLessThan(count);
    await stack.startWorker();
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const pipelines = await call<Record<string, { created_date_millis: number; modified_date_millis: number }>>(es9, 'GET', `/_ingest/pipeline/${RUN}-many-*`);
    expect(Object.keys(pipelines)).toHaveLength(count);
    // Written once: a second write would be a modification.
    expect(Object.values(pipelines).filter((pipeline) => pipeline.created_date_millis !== pipeline.modified_date_millis)).toEqual([]);
    expect((await stack.report(id)).verification).toMatchObject({ equal: count });
  }, 200_000);

  it('7.17.8 to 8.19.8: without a setting that 8.x does not know, and the same again', async () => {
    const old7: readonly (readonly [string, object])[] = [
      [`/_component_template/${RUN}-seven`, { template: { settings: { 'index.search.slowlog.level': 'info' } } }],
      [`/_index_template/${RUN}-seven`, { index_patterns: [`${RUN}-seven*`], composed_of: [`${RUN}-seven`], priority: 7_002, template: { settings: { 'index.force_memory_term_dictionary': true, 'index.refresh_interval': '9s' } } }],
      [`/_template/${RUN}-seven`, { index_patterns: [`${RUN}-old7*`], settings: { 'index.search.slowlog.level': 'warn', 'index.number_of_shards': 3 }, mappings: { properties: { n: { type: 'long' } } } }],
      [`/_scripts/${RUN}-seven`, { script: { lang: 'painless', source: 'return 7' } }],
    ];
    for (const [path, body] of old7) await call(es7, 'PUT', path, body);
    const request = { source: 'es7', target: 'es8', components: [`*/${RUN}-seven`] };
    const found = await preflight(request);
    expect(found.findings.find((item) => item.subject === `component-template/${RUN}-seven`)).toMatchObject({ code: 'ComponentMissing', message: expect.stringContaining('without index.search.slowlog.level, which the target does not know') });
    const { id } = await migrate(request);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    const { index_templates: made } = await call<{ index_templates: { index_template: { template: unknown } }[] }>(es8, 'GET', `/_index_template/${RUN}-seven?flat_settings=true`);
    expect(made[0]?.index_template.template).toEqual({ settings: { 'index.refresh_interval': '9s' } });
    expect(await call(es8, 'GET', `/_template/${RUN}-seven?flat_settings=true`)).toMatchObject({ [`${RUN}-seven`]: { settings: { 'index.number_of_shards': '3' } } });
    const again = await preflight(request);
    expect(again).toMatchObject({ ok: true, plan: { components: 0 } });
    for (const node of [es7, es8]) for (const [path] of [...old7].reverse()) await send(node, 'DELETE', path);
  }, 200_000);

  it('a pattern without a kind, an option that is not one, and what the source lacks, are refused before anything is touched', async () => {
    const refuse = async (request: object): Promise<unknown> => (await stack.call('POST', '/v1/migrations', { type: 'components', source: 'es8', target: 'es9', ...request })).body;
    expect(await refuse({ components: ['pipelines'] })).toMatchObject({ status: 400, errors: [{ path: 'components.0', message: expect.stringContaining('ingest-pipeline') }] });
    expect(await refuse({ indices: ['a'] })).toMatchObject({ status: 400, errors: [{ path: 'indices' }] });
    expect(await refuse({ onExistingByKind: { roles: 'replace' } })).toMatchObject({ status: 400, errors: [{ path: 'onExistingByKind.roles' }] });
    expect((await preflight({ components: [`role/${RUN}-typo`] })).findings[0]).toMatchObject({ severity: 'error', code: 'ValidationFailed', subject: 'components' });
  });
});

/** What the stand-ins keep beside the real nodes: one of each kind, by collection. */
const STOOD: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  ilm: { [`${RUN}-ilm`]: { phases: { hot: { min_age: '0ms', actions: { rollover: { max_age: '1d' } } }, delete: { min_age: '30d', actions: { delete: {} } } } }, logs: { phases: {}, _meta: { managed: true } } },
  slm: { [`${RUN}-slm`]: { schedule: '0 30 1 * * ?', name: '<nightly-{now/d}>', repository: 'backups', config: { indices: ['*'] } }, [`${RUN}-far`]: { schedule: '0 30 1 * * ?', name: 'n', repository: 'elsewhere' } },
  'component-template': { [`${RUN}-aged`]: { template: { settings: { 'index.lifecycle.name': `${RUN}-ilm`, 'index.number_of_shards': '2' } } } },
  'index-template': { [`${RUN}-stream`]: { index_patterns: [`${RUN}-stream*`], composed_of: [`${RUN}-aged`], priority: 9, data_stream: { hidden: false }, template: { settings: { 'index.removed.setting': '1', 'index.codec': 'best_compression' } } } },
  'data-stream': {
    [`${RUN}-stream`]: { ilm_policy: `${RUN}-ilm` },
    [`${RUN}-kept`]: { lifecycle: { enabled: true, data_retention: '9d' }, options: { failure_store: { enabled: true, lifecycle: { data_retention: '3d' } } }, settings: { 'index.number_of_shards': '3' }, mappings: { properties: { code: { type: 'keyword' } } } },
  },
  follower: { [`${RUN}-followed`]: { remote_cluster: `${RUN}-far`, leader_index: 'orders', status: 'paused' } },
  'model-alias': { [`${RUN}-best`]: { model_id: `${RUN}-tree` }, [`${RUN}-torchy`]: { model_id: `${RUN}-torch` } },
  deployment: { [`${RUN}-torch`]: { deployment_id: `${RUN}-deployed`, state: 'started', number_of_allocations: 1, threads_per_allocation: 2, queue_capacity: 1024, priority: 'normal' } },
  synonyms: { [`${RUN}-syn`]: { synonyms_set: [{ id: 'r1', synonyms: 'a, b' }, { id: 'r2', synonyms: 'c => d' }] } },
  enrich: { [`${RUN}-enrich`]: { match: { indices: [`${RUN}-users`], match_field: 'email', enrich_fields: ['name'] } }, [`${RUN}-early`]: { match: { indices: [`${RUN}-nowhere`], match_field: 'a', enrich_fields: ['b'] } } },
  transform: { [`${RUN}-pivot`]: { source: { index: ['a'] }, dest: { index: 'b' }, pivot: { group_by: {}, aggregations: {} }, settings: {} } },
  watch: {
    [`${RUN}-watch`]: { watch: { trigger: { schedule: { interval: '1h' } }, actions: {} }, active: true },
    [`${RUN}-secret`]: { watch: { input: { http: { request: { auth: { basic: { password: '::es_redacted::x' } } } } } }, active: true },
  },
  ccr: { [`${RUN}-follow`]: { active: true, remote_cluster: `${RUN}-far`, leader_index_patterns: ['a*'], leader_index_exclusion_patterns: [], follow_index_pattern: '{{leader_index}}-copy' } },
  'ml-filter': { [`${RUN}-filter`]: { description: 'f', items: ['a'] } },
  'ml-job': { [`${RUN}-job`]: { analysis_config: { bucket_span: '1h', detectors: [] }, data_description: { time_field: 't' } } },
  'ml-datafeed': { [`${RUN}-feed`]: { job_id: `${RUN}-job`, indices: ['a'], query: { match_all: {} } } },
  'ml-calendar': { [`${RUN}-calendar`]: { description: 'c', job_ids: [`${RUN}-job`], events: [{ description: 'e', start_time: 1, end_time: 2 }] } },
  'ml-analytics': { [`${RUN}-analytics`]: { source: { index: ['a'] }, dest: { index: 'b' }, analysis: { outlier_detection: {} } } },
  'trained-model': { [`${RUN}-tree`]: { model_type: 'tree_ensemble', inference_config: { regression: {} }, input: { field_names: ['a'] }, tags: [], compressed_definition: 'H4sI' }, [`${RUN}-torch`]: { model_type: 'pytorch', tags: [] } },
  'query-rules': { [`${RUN}-rules`]: { rules: [{ rule_id: 'r', type: 'pinned', criteria: [], actions: { ids: ['1'] } }] } },
  'search-application': { [`${RUN}-app`]: { indices: [`${RUN}-users`], template: { script: { source: '{}', lang: 'mustache' } } } },
  connector: { [`${RUN}-connector`]: { name: 'c', service_type: 'github', is_native: false, configuration: { repo: { value: 'r', sensitive: false }, token: { value: 'hunter2-of-the-connector', sensitive: true } }, filtering: [] } },
  logstash: { [`${RUN}-ls`]: { description: 'd', last_modified: '2026-01-01T00:00:00.000Z', pipeline: 'input { password => "hunter2-of-logstash" }', pipeline_metadata: { type: 'logstash_pipeline', version: '1' }, pipeline_settings: {}, username: 'ann' } },
  geoip: { [`${RUN}-geoip`]: { name: 'GeoIP2-City', maxmind: { account_id: '1' } } },
};

function fillStandIn(stood: ComponentStandIn): void {
  for (const [collection, items] of Object.entries(STOOD)) for (const [name, body] of Object.entries(items)) stood.kept(collection).set(name, structuredClone(body) as Record<string, unknown>);
}

describe('what only the stand-ins serve', () => {
  const request = { source: 'old', target: 'young', components: ['*', '-cluster-setting', '-api-key', '-service-token', '-user', '-role', '-script', '-legacy-template', '-ingest-pipeline', '-role-mapping', '-application-privilege'] };

  beforeAll(async () => {
    fillStandIn(old);
    for (const node of [es8, es9]) {
      await createIndex(node, `${RUN}-users`);
      await write(node, `${RUN}-users`, numbered(3));
    }
    old.kept('transform-state').set(`${RUN}-pivot`, { state: 'started' });
    young.kept('data-stream').set(`${RUN}-kept`, {});
    // Nobody is there: what follows by it needs the setting only.
    await call(es8, 'PUT', '/_cluster/settings', { persistent: { [`cluster.remote.${RUN}-far.seeds`]: ['127.0.0.1:9'] } });
  });

  it('every kind arrives switched off, once; what it cannot take is listed with the reason', async () => {
    young.unlicensed.add('watcher');
    const unlicensed = await preflight({ ...request, components: [`watch/${RUN}-watch`] });
    expect(unlicensed.findings.find((item) => item.subject === `watch/${RUN}-watch`)).toMatchObject({ code: 'ComponentUnsupported', message: `the watch ${RUN}-watch will not arrive: the licence of young does not include it` });
    young.unlicensed.clear();
    const found = await preflight(request);
    expect(found.ok).toBe(true);
    expect(named(found.findings, 'ComponentNotYet').sort()).toEqual(['enrich-policy/-early', 'slm-policy/-far', 'trained-model-alias/-torchy']);
    expect(named(found.findings, 'ComponentToIssue').sort()).toEqual(['ccr-follower/-followed', 'trained-model-deployment/-deployed', 'trained-model/-torch', 'watch/-secret']);
    expect(named(found.findings, 'LifecycleStopped')).toEqual(['ilm', 'slm']);
    expect(young.changes).toEqual([]);

    const { id } = await migrate(request);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 }, steps: expect.arrayContaining([expect.objectContaining({ name: 'cleanup', detail: expect.stringContaining('left stopped: SLM, ILM') })]) });
    for (const [collection, items] of Object.entries(STOOD)) {
      for (const name of Object.keys(items).filter((item) => item.startsWith(RUN) && !/-(far|early|secret|torch|torchy|followed)$/.test(item))) expect(young.kept(collection).has(name), `${collection} ${name}`).toBe(name !== `${RUN}-stream` || collection !== 'data-stream');
    }
    expect(young.modes).toEqual({ ilm: 'STOPPED', slm: 'STOPPED' });
    expect(young.kept('watch').get(`${RUN}-watch`)).toEqual({ ...STOOD['watch']?.[`${RUN}-watch`], active: false });
    expect(young.kept('ccr').get(`${RUN}-follow`)).toEqual({ ...STOOD['ccr']?.[`${RUN}-follow`], active: false });
    expect(young.kept('transform-state').get(`${RUN}-pivot`)).toBeUndefined();
    expect([...young.kept('executed').keys()]).toEqual([`${RUN}-enrich`]);
    expect(young.kept('index-template').get(`${RUN}-stream`)).toMatchObject({ template: { settings: { 'index.codec': 'best_compression' } } });
    expect(JSON.stringify(young.kept('index-template').get(`${RUN}-stream`))).not.toContain('removed');
    expect(young.kept('trained-model').get(`${RUN}-tree`)).toEqual(STOOD['trained-model']?.[`${RUN}-tree`]);
    expect(young.kept('data-stream').get(`${RUN}-kept`)).toMatchObject({ ...STOOD['data-stream']?.[`${RUN}-kept`], lifecycle: { data_retention: '9d' } });
    expect([...young.kept('model-alias')]).toEqual([[`${RUN}-best`, { model_id: `${RUN}-tree` }]]);
    expect(young.kept('ml-calendar').get(`${RUN}-calendar`)).toEqual(STOOD['ml-calendar']?.[`${RUN}-calendar`]);
    // Policies and components before what names them.
    const order = young.changes.map((change) => change.replace(RUN, ''));
    expect(order.slice(0, 2)).toEqual(['POST /_ilm/stop', 'POST /_slm/stop']);
    for (const [first, then] of [['PUT /_ilm/policy/-ilm', 'PUT /_component_template/-aged'], ['PUT /_component_template/-aged', 'PUT /_index_template/-stream'], ['PUT /_ml/anomaly_detectors/-job', 'PUT /_ml/datafeeds/-feed']] as const) expect(order.indexOf(first), first).toBeLessThan(order.indexOf(then));

    const report = await stack.report(id);
    expect(report.indices.find((row) => row.index === `transform/${RUN}-pivot`)?.note).toContain('it runs at the source');
    expect(report.indices.find((row) => row.index === `ccr-follower/${RUN}-followed`)).toMatchObject({ verdict: 'skipped', note: expect.stringContaining(`PUT /${RUN}-followed/_ccr/follow`) });
    expect(report.indices.find((row) => row.index === `trained-model-deployment/${RUN}-deployed`)?.note).toContain(`_start?deployment_id=${RUN}-deployed&number_of_allocations=1&threads_per_allocation=2`);
    expect(report.effects.find((effect) => effect.subject === 'ilm')).toMatchObject({ kind: 'stop-lifecycle', state: 'kept', note: 'POST /_ilm/start at the target when the data is there' });
    expect(JSON.stringify(report) + stack.output()).not.toContain('hunter2');

    young.changes.length = 0;
    young.modes.ilm = 'RUNNING';
    expect(await stack.ended((await migrate(request)).id)).toMatchObject({ status: 'completed' });
    expect(young.changes).toEqual([]);
    expect(young.modes.ilm).toBe('RUNNING');
  }, 200_000);

  it('a cancel starts ILM again, brings back what was replaced, and leaves what somebody changed meanwhile', async () => {
    young.modes.ilm = 'RUNNING';
    const [policy, watchBefore] = [{ phases: { hot: { min_age: '0ms', actions: {} } } }, { watch: { trigger: { schedule: { interval: '2h' } }, actions: {} }, active: true }];
    young.kept('ilm').set(`${RUN}-ilm`, policy);
    young.kept('watch').set(`${RUN}-watch`, watchBefore);
    young.kept('logstash').set(`${RUN}-ls`, { pipeline: 'hunter2-of-the-target' });
    for (const collection of ['ml-filter', 'query-rules', 'synonyms']) young.kept(collection).clear();
    young.broken.add(`/_synonyms/${RUN}-syn`);
    const streamBefore = { lifecycle: { enabled: true, data_retention: '9d', effective_retention: '9d', retention_determined_by: 'data_stream_configuration' }, settings: { 'index.lifecycle.name': 'other', 'index.number_of_shards': '1' } };
    young.kept('data-stream').set(`${RUN}-kept`, streamBefore);
    young.kept('trained-model').set(`${RUN}-bush`, { ...STOOD['trained-model']?.[`${RUN}-tree`] });
    young.kept('model-alias').set(`${RUN}-best`, { model_id: `${RUN}-bush` });
    const transformBefore = young.kept('transform').get(`${RUN}-pivot`);
    young.kept('transform').set(`${RUN}-pivot`, { ...transformBefore, description: 'other' });

    const { id } = await migrate({ ...request, onExisting: 'replace' });
    const stuck = await stack.until(id, (migration) => parked(migration) && migration.attention.length === 1);
    expect(stuck.attention).toMatchObject([{ subject: `synonyms/${RUN}-syn`, skippable: true }]);
    // The one that fails has stopped nothing: the last kinds are written.
    expect(await byName(id)).toMatchObject({ 'query-ruleset/-rules': 'completed', 'logstash-pipeline/-ls': 'completed', 'transform/-pivot': 'completed' });
    expect(young.kept('transform').get(`${RUN}-pivot`)).toEqual(transformBefore);
    expect(young.kept('data-stream').get(`${RUN}-kept`)).toMatchObject({ settings: { 'index.number_of_shards': '3' }, options: { failure_store: { enabled: true } }, mappings: { properties: { code: { type: 'keyword' } } } });
    expect(young.kept('data-stream').get(`${RUN}-kept`)?.['settings']).not.toHaveProperty('index.lifecycle.name');
    expect(young.kept('model-alias').get(`${RUN}-best`)).toEqual({ model_id: `${RUN}-tree` });
    young.kept('query-rules').set(`${RUN}-rules`, { rules: [] });
    await stack.control(id, 'cancel');
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });

    expect(young.modes.ilm).toBe('RUNNING');
    expect(young.kept('ilm').get(`${RUN}-ilm`)).toEqual(policy);
    expect(young.kept('watch').get(`${RUN}-watch`)).toEqual(watchBefore);
    expect(young.kept('transform').get(`${RUN}-pivot`)).toEqual({ ...transformBefore, description: 'other' });
    expect(young.kept('ml-filter').size).toBe(0);
    expect(young.kept('model-alias').get(`${RUN}-best`)).toEqual({ model_id: `${RUN}-bush` });
    expect(young.kept('data-stream').get(`${RUN}-kept`)).toEqual({ ...streamBefore, mappings: {} });
    expect(young.kept('query-rules').get(`${RUN}-rules`)).toEqual({ rules: [] });
    const report = await stack.report(id);
    expect(report.effects.filter((effect) => effect.state === 'left').map(({ subject, note }) => [subject.replace(RUN, ''), note])).toEqual([
      ['logstash-pipeline/-ls', 'the former one was not kept: it may hold secrets'],
      ['query-ruleset/-rules', 'somebody has changed it meanwhile'],
    ]);
    expect(JSON.stringify(report) + stack.output()).not.toContain('hunter2');
    young.broken.clear();
  }, 200_000);

  it('what was refused or half written is retried alone, in any order of the kinds', async () => {
    for (const collection of ['watch', 'ml-filter', 'connector']) young.kept(collection).clear();
    const [watched, configured] = [`/_watcher/watch/${RUN}-watch`, `/_connector/${RUN}-connector/_configuration`];
    for (const path of [watched, configured]) young.broken.add(path);
    // A watch comes before a filter, and after it in the alphabet.
    const { id } = await migrate({ ...request, components: [`watch/${RUN}-watch`, `ml-filter/${RUN}-filter`, `connector/${RUN}-connector`] });
    const stuck = await stack.until(id, (migration) => parked(migration) && migration.attention.length === 2);
    expect(stuck.attention.map(({ subject }) => subject.replace(RUN, '')).sort()).toEqual(['connector/-connector', 'watch/-watch']);
    expect(young.kept('connector').get(`${RUN}-connector`)).toMatchObject({ configuration: {} });
    young.broken.clear();
    await stack.control(id, 'retry');
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(await byName(id)).toEqual({ 'watch/-watch': 'verified', 'ml-filter/-filter': 'verified', 'connector/-connector': 'verified' });
    expect(young.kept('connector').get(`${RUN}-connector`)).toMatchObject({ configuration: { repo: { value: 'r' }, token: { value: '' } } });
  }, 200_000);

  it('into serverless: preflight lists every component that will not arrive, with the reason; the others do', async () => {
    // A project has its own: nothing of what the tests above left in the node behind it.
    await clear(es9);
    project.kept('data-stream').set(`${RUN}-stream`, {});
    const asked = { source: 'old', target: 'project', components: [MINE, `cluster-setting/${SETTING}`] };
    const found = await preflight(asked);
    expect(found.ok).toBe(true);
    const unsupported = Object.fromEntries(found.findings.filter((item) => item.code === 'ComponentUnsupported').map((item) => [item.subject.replaceAll(RUN, ''), item.message]));
    expect(Object.keys(unsupported).sort()).toEqual([
      'application-privilege/app:read',
      'ccr-auto-follow/-follow',
      'ccr-follower/-followed',
      'cluster-setting/logger.org.',
      'data-stream-settings/-kept',
      'geoip-database/-geoip',
      'ilm-policy/-ilm',
      'legacy-template/-legacy',
      'remote-cluster/-far',
      'role-mapping/-mapping',
      'role/-role',
      'slm-policy/-far',
      'slm-policy/-slm',
      'user/-ann',
      'watch/-secret',
      'watch/-watch',
    ]);
    expect(unsupported['ilm-policy/-ilm']).toContain('data_retention');
    expect(unsupported['role/-role']).toContain('run_as');
    expect(project.changes).toEqual([]);

    // What the real node behind it has already would be there too.
    const { id } = await migrate({ ...asked, components: [MINE, '-script', '-ingest-pipeline', '-api-key'] });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 } });
    expect(project.kept('index-template').get(`${RUN}-stream`)).toEqual({
      index_patterns: [`${RUN}-stream*`],
      composed_of: [`${RUN}-aged`],
      priority: 9,
      data_stream: { hidden: false },
      template: { settings: { 'index.codec': 'best_compression' }, lifecycle: { enabled: true, data_retention: '30d' } },
    });
    expect(project.kept('component-template').get(`${RUN}-aged`)).toEqual({ template: {} });
    expect(project.kept('data-stream').get(`${RUN}-stream`)).toMatchObject({ lifecycle: { data_retention: '30d' } });
    project.changes.length = 0;
    expect(await stack.ended((await migrate({ ...asked, components: [MINE, '-script', '-ingest-pipeline', '-api-key'] })).id)).toMatchObject({ status: 'completed' });
    expect(project.changes).toEqual([]);
    expect(door.refused).toEqual([]);
  }, 200_000);
});
