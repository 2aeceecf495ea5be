/**
 * system-indices on two clusters of its own, whose users and roles it replaces: who can log in afterwards, what a
 * refusal, a cancel and a killed worker leave.
 *
 * These builds have a single feature with content, `security`; others go the same way.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Migration } from '../../src/contracts/migration.js';
import type { PreflightResult } from '../../src/contracts/preflight.js';
import type { Problem } from '../../src/contracts/problem.js';
import { startElasticsearch, type ElasticsearchDescription, type ElasticsearchNode } from '../servers/elasticsearch.js';
import { call, send } from '../servers/http.js';
import { makeServerFolder, runFolder } from '../servers/run-folder.js';
import { createIndex, exists, logLines, numbered, repositories, write } from '../support/clusters.js';
import { startToxiproxy, type Toxiproxy } from '../servers/toxiproxy.js';
import { startStack, type Stack } from '../support/stack.js';

const servers = inject('servers');
const GATE = 'restore-feature-states';
let nodes: ElasticsearchNode[] = [];
let old: ElasticsearchDescription;
let young: ElasticsearchDescription;
let stack: Stack;
let toxiproxy: Toxiproxy;
let proxy: Awaited<ReturnType<Toxiproxy['proxy']>>;
/** What the connection `keyed` logs in with; the stack reads it again when it changes. */
let keyFile: string;
let number = 0;

interface Login {
  readonly status: number;
  readonly body: { username?: string; roles?: string[] };
}

const login = (node: ElasticsearchDescription, username: string, password: string): Promise<Login> => send({ ...node, username, password }, 'GET', '/_security/_authenticate');
const byKey = (node: ElasticsearchDescription, key: string): Promise<Login> =>
  send({ url: node.url, ...(node.ca === undefined ? {} : { ca: node.ca }) }, 'GET', '/_security/_authenticate', undefined, { authorization: `ApiKey ${key}` });
const newKey = async (node: ElasticsearchDescription, name: string): Promise<string> => (await call<{ encoded: string }>(node, 'POST', '/_security/api_key', { name })).encoded;
const snapshots = async (node: ElasticsearchDescription, repository: string): Promise<string[]> =>
  (await call<{ snapshots: { snapshot: string }[] }>(node, 'GET', `/_snapshot/${repository}/_all`)).snapshots.map(({ snapshot }) => snapshot);
const restoresOf = (snapshot: string): number => logLines(young.logFile, new RegExp(`started restore of snapshot \\[[^\\]]*:${snapshot}/`)).length;

const request = (more: object = {}): Record<string, unknown> => ({
  ...{ type: 'system-indices', source: 'es8', target: 'es9', featureStates: ['security'], backupRepository: 'kept' },
  repository: { name: `states-${String(number)}`, type: 'fs', settings: { location: `states-${String(number)}` } },
  ...more,
});

const atGate = ({ status }: Migration): boolean => status === 'awaiting-approval';

beforeAll(async () => {
  const pathRepo = makeServerFolder(join(runFolder(), 'system-repositories'));
  nodes = await Promise.all([
    startElasticsearch({ name: 'si-old', version: '8.19.8', pathRepo, heapMb: 400 }),
    startElasticsearch({ name: 'si-young', version: '9.4.3', pathRepo, heapMb: 400 }),
  ]);
  [old, young] = nodes.map(({ description }) => description) as [ElasticsearchDescription, ElasticsearchDescription];
  keyFile = join(runFolder(), 'si-key');
  writeFileSync(keyFile, await newKey(young, 'first'));
  toxiproxy = await startToxiproxy();
  proxy = await toxiproxy.proxy(young.url);
  stack = await startStack(
    { ...servers, es8: old, es9: young },
    { urls: { es9: proxy.url }, connections: `  keyed: { kind: self-managed, elasticsearch: { url: "${young.url}", auth: { apiKey: "\${file:${keyFile}}" }, tls: { ca: "${young.caFile ?? ''}" } } }\n` },
  );
  await call(old, 'PUT', '/_security/role/old-readers', { cluster: ['monitor'] });
  await call(old, 'PUT', '/_security/user/olga', { password: 'olga-secret', roles: ['old-readers'] });
  await call(old, 'PUT', '/_security/role_mapping/old-mapping', { enabled: true, roles: ['old-readers'], rules: { field: { username: 'x' } } });
  await createIndex(old, 'si-moved');
  await write(old, 'si-moved', numbered(3));
  await call(young, 'PUT', '/_snapshot/kept', { type: 'fs', settings: { location: 'kept' } });
});
beforeEach(async () => {
  number += 1;
  await proxy.restore();
  // The target as it was before anything came.
  await send(young, 'DELETE', '/_security/user/olga');
  await call(young, 'PUT', '/_security/role/young-writers', { cluster: ['monitor'] });
  await call(young, 'PUT', '/_security/user/yuri', { password: 'yuri-secret', roles: ['young-writers'] });
});
afterAll(async () => {
  await stack.stop();
  await toxiproxy.stop();
  await Promise.all(nodes.map((node) => node.kill()));
});

describe('before anything is replaced', () => {
  it('a request without a way back is a 400 that names the field; preflight says what goes and who is locked out', async () => {
    const refused = await stack.call<Problem>('POST', '/v1/migrations', { ...request(), backupRepository: undefined });
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([{ path: 'backupRepository', message: expect.stringContaining('acceptNoWayBack: true') }]);

    const { body } = await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', request());
    expect(body.ok).toBe(true);
    const find = (code: string): string => body.findings.find((finding) => finding.code === code)?.message ?? '';
    expect(find('SecurityReplaced')).toMatch(/1 user \(yuri\), 1 role \(young-writers\), 1 API key \(first\)/);
    expect(find('SecurityArrives')).toMatch(/1 user \(olga\), 1 role \(old-readers\), 1 role mapping \(old-mapping\)/);
    expect(find('FeatureStateReplaces')).toMatch(/\.security-7 \(\d+ documents\)/);
    expect(find('CredentialSurvives')).toMatch(/admin of the file realm/);
    expect(find('WayBack')).toMatch(/kept/);
  });

  it.each([
    ['a wildcard takes no security', { featureStates: ['*', '-tasks'] }, 'FeatureStateReplaces', /^(?!security)/],
    ['a name that neither side has', { featureStates: ['kibana'] }, 'FeatureStateMissing', /no feature state kibana; it has /],
    ['a backup repository that is not there', { backupRepository: 'nowhere' }, 'RepositoryMissing', /no repository nowhere/],
    ['the global state, with what it replaces', { includeGlobalState: true }, 'GlobalStateReplaces', /ingest pipelines \(/],
    ['no way back', { backupRepository: undefined, acceptNoWayBack: true }, 'NoWayBack', /nor anybody else/],
    ['an API key of the target, which would be gone', { target: 'keyed' }, 'CredentialLost', /API key first of admin, .* gone after the restore/],
    ['the same, to be issued again', { target: 'keyed', ownCredential: 'reissued' }, 'CredentialReissued', /waits/],
    ['a snapshot that does not exist', { snapshot: 'none' }, 'SnapshotMissing', /no snapshot none/],
  ])('preflight: %s', async (_name, change, code, message) => {
    const { body } = await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', request(change));
    const found = body.findings.filter((finding) => finding.code === code);
    expect(found.map((finding) => finding.message).join('\n')).toMatch(message);
    expect(found.every(({ severity, remedy }) => severity === 'info' || remedy !== '')).toBe(true);
  });

  it('an API key parks in preflight with the remedy; nothing was done', async () => {
    const { body } = await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', request({ target: 'keyed' }));
    expect(body.ok).toBe(false);
    const { id } = await stack.migrate(request({ target: 'keyed' }));
    const parked = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(parked.attention).toEqual([expect.objectContaining({ code: 'CredentialLost', step: 'preflight', remedy: expect.stringContaining('file realm') })]);
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect((await stack.report(id)).effects).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['system-indices', {}],
    ['snapshot-restore', { type: 'snapshot-restore', indices: ['si-moved'] }],
  ])('refused at the gate of %s, the target is as it was', async (type, change) => {
    const key = await newKey(young, `refused-${type}`);
    const { id } = await stack.migrate(request(change));
    const waiting = await stack.until(id, atGate);
    expect(waiting.gates).toEqual([{ name: GATE, question: expect.stringMatching(/Replace at es9 by snapshot godwit-.*security \(now there: .*yuri.*\)\? What is there now is kept in repository kept/) }]);
    // Its indices come first, and need no approval.
    expect(await exists(young, 'si-moved')).toBe(type === 'snapshot-restore');
    expect((await stack.control(id, 'approve', { gate: 'another' })).status).toBe(409);
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect(restoresOf(`godwit-${id}`)).toBe(type === 'snapshot-restore' ? 1 : 0);
    expect(await exists(young, 'si-moved')).toBe(false);
    expect((await login(young, 'yuri', 'yuri-secret')).status).toBe(200);
    expect((await login(young, 'olga', 'olga-secret')).status).toBe(401);
    expect((await byKey(young, key)).status).toBe(200);
    expect(await snapshots(young, 'kept')).not.toContain(`godwit-backup-${id}`);
    expect(await repositories(young)).toEqual(['kept']);
    expect(await repositories(old)).toEqual([]);
    expect((await stack.report(id)).effects.filter(({ state }) => state !== 'undone')).toEqual([]);
  });
});

describe('security replaced', () => {
  it('8.19.8 to 9.4.3: users, roles and keys of the source work, Godwit goes on; what was there comes back by hand as the report says', async () => {
    const oldKey = await newKey(old, 'of-the-old');
    const youngKey = await newKey(young, 'of-the-young');
    const { id } = await stack.migrate(request({ featureStates: ['*', 'security'] }));
    await stack.until(id, atGate);
    // The snapshot is made, and the source goes on: the comparison tells.
    await call(old, 'PUT', '/_security/user/late', { password: 'late-secret', roles: [] });
    expect((await stack.control(id, 'approve', { gate: GATE })).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified', mismatches: 0 } });
    await call(old, 'DELETE', '/_security/user/late');

    expect((await login(young, 'olga', 'olga-secret')).body).toMatchObject({ username: 'olga', roles: ['old-readers'] });
    expect(await call(young, 'GET', '/_security/role/old-readers')).toMatchObject({ 'old-readers': { cluster: ['monitor'] } });
    expect(Object.keys(await call(young, 'GET', '/_security/role_mapping'))).toEqual(['old-mapping']);
    expect((await byKey(young, oldKey)).status).toBe(200);
    expect((await login(young, 'yuri', 'yuri-secret')).status).toBe(401);
    expect((await byKey(young, youngKey)).status).toBe(401);
    expect(restoresOf(`godwit-${id}`)).toBe(1);

    const report = await stack.report(id);
    expect(report.indices.find(({ index }) => index === 'security')).toMatchObject({ verdict: 'within-cutoff', note: expect.stringContaining('late') });
    expect(report.indices.filter(({ verdict }) => verdict === 'skipped').map(({ index }) => index).sort()).toEqual(['inference_plugin', 'synonyms', 'tasks']);
    expect(await snapshots(young, 'kept')).toContain(`godwit-backup-${id}`);
    const note = report.effects.find(({ kind }) => kind === 'back-up-feature-states')?.note ?? '';
    const [, path = '', body = ''] = /POST (\S+) (\{.*\})/.exec(note) ?? [];
    await call(young, 'POST', path, JSON.parse(body) as object);
    expect((await login(young, 'yuri', 'yuri-secret')).status).toBe(200);
    expect((await byKey(young, youngKey)).status).toBe(200);
    expect((await login(young, 'olga', 'olga-secret')).status).toBe(401);
  });

  it('a worker killed in the middle of it finds the restore again and asks for no second one; canceled afterwards, the old users, roles and keys come back', async () => {
    const youngKey = await newKey(young, 'back-again');
    const { id } = await stack.migrate(request());
    await stack.until(id, atGate);
    await proxy.latency(300);
    expect((await stack.control(id, 'approve', { gate: GATE })).status).toBe(200);
    await stack.until(id, ({ steps }) => steps.some(({ name, detail }) => name === 'transfer' && (detail ?? '').startsWith('restoring')));
    await expect.poll(() => restoresOf(`godwit-${id}`), { timeout: 20_000, interval: 20 }).toBe(1);
    await stack.killWorkers();
    await stack.startWorker();
    await stack.until(id, ({ verification }) => verification.status === 'running');
    expect(restoresOf(`godwit-${id}`)).toBe(1);
    expect((await login(young, 'olga', 'olga-secret')).status).toBe(200);
    expect((await byKey(young, youngKey)).status).toBe(401);
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    await proxy.restore();
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect((await login(young, 'yuri', 'yuri-secret')).status).toBe(200);
    expect((await byKey(young, youngKey)).status).toBe(200);
    expect((await login(young, 'olga', 'olga-secret')).status).toBe(401);
    expect(await snapshots(young, 'kept')).not.toContain(`godwit-backup-${id}`);
  });
});

describe('a credential that goes with it', () => {
  it('is waited for, read again from its file, and the migration goes on by itself', async () => {
    const oldKey = await newKey(old, 'works-afterwards');
    writeFileSync(keyFile, await newKey(young, 'lost'));
    const { id } = await stack.migrate(request({ target: 'keyed', ownCredential: 'reissued' }));
    await stack.until(id, atGate);
    expect((await stack.control(id, 'approve', { gate: GATE })).status).toBe(200);
    const locked = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(locked.attention).toEqual([expect.objectContaining({ subject: 'credential', code: 'CredentialLost', skippable: false, remedy: expect.stringContaining('connections file') })]);
    // A retry in vain says so again.
    expect((await stack.control(id, 'retry', { subject: 'credential' })).status).toBe(200);
    await stack.until(id, ({ status }) => status === 'needs-attention');
    writeFileSync(keyFile, oldKey);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified' } });
    expect((await stack.report(id)).indices).toEqual([expect.objectContaining({ index: 'security', verdict: 'equal', note: expect.stringContaining('roles') })]);
    expect(await repositories(young)).toEqual(['kept']);
  });
});

describe('the global state, only when asked for', () => {
  const PARTS = ['/_ingest/pipeline', '/_index_template', '/_component_template', '/_template', '/_cluster/settings?flat_settings=true', '/_cluster/state/metadata?filter_path=metadata.stored_scripts'] as const;
  const everything = (node: ElasticsearchDescription): Promise<unknown[]> => Promise.all(PARTS.map((path) => call(node, 'GET', path)));
  const own = async (node: ElasticsearchDescription, name: string): Promise<void> => {
    await call(node, 'PUT', `/_ingest/pipeline/si-${name}`, { description: name, processors: [] });
    await call(node, 'PUT', `/_index_template/si-${name}`, { index_patterns: [`si-${name}-*`], priority: 900 });
    await call(node, 'PUT', `/_scripts/si-${name}`, { script: { lang: 'painless', source: 'return 1' } });
    await call(node, 'PUT', '/_cluster/settings', { persistent: { [`logger.org.si-${name}`]: 'info' } });
  };
  const namesOf = async (node: ElasticsearchDescription): Promise<string[]> => {
    const text = JSON.stringify(await everything(node));
    return ['old', 'young'].flatMap((name) => [`"si-${name}":`, `"logger.org.si-${name}":`].filter((word) => text.includes(word)));
  };
  const OLD = ['"si-old":', '"logger.org.si-old":'];
  const YOUNG = ['"si-young":', '"logger.org.si-young":'];

  beforeAll(async () => {
    await own(old, 'old');
    await own(young, 'young');
  });

  it('replaces that of the target entirely, is compared by names, and a cancel brings it back', async () => {
    const before = await everything(young);
    const { body } = await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', request({ featureStates: ['tasks'], includeGlobalState: true }));
    expect(body.findings.find(({ code }) => code === 'GlobalStateReplaces')?.message).toMatch(/persistent settings \(logger\.org\.si-young\)/);
    const { id } = await stack.migrate(request({ featureStates: ['tasks'], includeGlobalState: true }));
    const waiting = await stack.until(id, atGate);
    expect(waiting.gates[0]?.question).toContain('global state (templates, pipelines, policies, scripts and persistent settings of the target go entirely)');
    expect(await namesOf(young)).toEqual(YOUNG);
    // After the snapshot: the comparison tells, and holds the migration.
    await call(old, 'PUT', '/_ingest/pipeline/si-late', { processors: [] });
    await stack.control(id, 'approve', { gate: GATE });
    const parked = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(parked.attention).toEqual([expect.objectContaining({ subject: 'global state', code: 'VerificationMismatch', error: expect.stringContaining('ingest pipelines missing at the target: si-late') })]);
    expect(await namesOf(young)).toEqual(OLD);
    await call(old, 'DELETE', '/_ingest/pipeline/si-late');
    await stack.control(id, 'cancel');
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect(await everything(young)).toEqual(before);
    expect((await stack.report(id)).effects.filter(({ state }) => state !== 'undone')).toEqual([]);
  });

  it('canceled while locked out: nothing can be taken back, the report says how to do it by hand, and that brings all back', async () => {
    writeFileSync(keyFile, await newKey(young, 'lost-again'));
    const { id } = await stack.migrate(request({ target: 'keyed', ownCredential: 'reissued', includeGlobalState: true }));
    await stack.until(id, atGate);
    await stack.control(id, 'approve', { gate: GATE });
    await stack.until(id, ({ attention }) => attention.some(({ subject }) => subject === 'credential'));
    expect((await login(young, 'yuri', 'yuri-secret')).status).toBe(401);
    await stack.control(id, 'cancel');
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect(await namesOf(young)).toEqual(OLD);
    const { effects } = await stack.report(id);
    const left = effects.filter(({ state }) => state === 'left');
    expect(left.map(({ kind, subject }) => `${kind} ${subject}`).sort()).toEqual([`back-up-feature-states godwit-backup-${id}`, `register-repository states-${String(number)}`, 'restore-feature-states global state', 'restore-feature-states security']);
    expect(left.every(({ note }) => note !== null && note !== '')).toBe(true);
    const [, path = '', by = ''] = /POST (\S+) (\{.*\})/.exec(left.find(({ kind }) => kind === 'back-up-feature-states')?.note ?? '') ?? [];
    await call(young, 'POST', path, JSON.parse(by) as object);
    expect((await login(young, 'yuri', 'yuri-secret')).status).toBe(200);
    expect(await namesOf(young)).toEqual(YOUNG);
    await call(young, 'DELETE', `/_snapshot/states-${String(number)}`);
  });
});
