/**
 * Connections to real nodes: one client for 7.17, 8.19 and 9.4, and a check that tells every kind of trouble apart.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import type { ConnectionConfig, EndpointConfig } from '../../src/config/connection-config.js';
import { createRedactor } from '../../src/config/redact.js';
import { Secret } from '../../src/config/secret.js';
import { checkConnection } from '../../src/elasticsearch/check.js';
import { createClusters } from '../../src/elasticsearch/clusters.js';
import { describeIndices } from '../../src/elasticsearch/describe-indices.js';
import { listFeatures, readDiskRoom, readLicence, readLifecycleMode, readShardRoom } from '../../src/elasticsearch/inventory.js';
import { resolveIndices } from '../../src/elasticsearch/resolve-indices.js';
import { type Certificate, WRONG_NAMES, createAuthority, createCertificate } from '../servers/certificates.js';
import { type ElasticsearchDescription, attach } from '../servers/elasticsearch.js';

const { es7, es8, es9 } = inject('servers');
const TLS = { ca: null, fingerprint: null, insecure: false, cert: null, key: null } as const;
const servers: Server[] = [];
const folder = mkdtempSync(join(tmpdir(), 'godwit-connections-'));

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

function endpointOf(node: ElasticsearchDescription): EndpointConfig {
  const { url, username, password, ca } = node;
  const auth = username === undefined || password === undefined ? null : { type: 'basic' as const, username, password: new Secret(password) };
  return { urls: [url], auth, tls: { ...TLS, ca: ca ?? null } };
}

function connection(node: ElasticsearchDescription, change: Partial<EndpointConfig> = {}, kind: ConnectionConfig['kind'] = 'self-managed'): ConnectionConfig {
  return { name: 'old', kind, revision: 1, kibana: null, logstash: null, elasticsearch: { ...endpointOf(node), ...change } };
}

const redact = createRedactor(() => [es8.password ?? '', es9.password ?? ''].filter((secret) => secret !== ''));
const check = (config: ConnectionConfig) => checkConnection(config, redact);

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const serveHttp = (handler: RequestListener) => listen(createHttpServer(handler));
const serveHttps = (certificate: Certificate, handler: RequestListener = (_request, response) => response.end('{}')) =>
  listen(createHttpsServer({ cert: readFileSync(certificate.certificateFile), key: readFileSync(certificate.keyFile) }, handler));

const nodes = [es7, es8, es9].map((node) => [node.version, node] as const);

describe.each(nodes)('Elasticsearch %s', (version, node) => {
  const config = connection(node);
  const clusters = createClusters({ names: () => ['old'], get: () => config, onChange: () => () => true }, redact);
  const cluster = clusters.get('old');
  const { client } = cluster;
  const prefix = `conn${node.version.replaceAll('.', '')}`;
  afterAll(async () => {
    await client.indices.delete({ index: [`${prefix}-a`, `${prefix}-closed`, `${prefix}-hidden`], ignore_unavailable: true });
    await clusters.close();
  });

  it('says who it is, and passes the check', async () => {
    expect(await cluster.identity()).toMatchObject({ version, flavor: 'default', name: node.name });
    const result = await check(config);
    expect(result).toMatchObject({ ok: true, reachable: true, version, problem: null, missingPrivileges: [], user: node.username ?? null });
  });

  it('takes bodies, bulks and HEAD requests from the one client', async () => {
    await client.indices.create({ index: `${prefix}-a`, settings: { number_of_shards: 2 }, aliases: { [`${prefix}-alias`]: { is_write_index: true } } });
    const bulk = await client.bulk({ refresh: true, operations: [{ index: { _index: `${prefix}-a` } }, { n: 1 }, { index: { _index: `${prefix}-a` } }, { n: 2 }] });
    expect(bulk.errors).toBe(false);
    expect(await client.indices.exists({ index: `${prefix}-a` })).toBe(true);
    expect(await client.indices.exists({ index: `${prefix}-nope` })).toBe(false);
    expect((await client.count({ index: `${prefix}-a`, query: { match_all: {} } })).count).toBe(2);
  });

  it('gives errors a code and a subject', async () => {
    const error: unknown = await client.snapshot.get({ repository: 'nope', snapshot: '_all' }).catch((caught: unknown) => caught);
    expect(cluster.translate(error, { action: 'list the snapshots', subject: 'nope' })).toMatchObject({ code: 'RepositoryMissing', subject: 'nope' });
  });

  it('lists indices by pattern, closed and hidden ones too', async () => {
    await client.indices.create({ index: `${prefix}-closed` });
    await client.index({ index: `${prefix}-closed`, document: { n: 1 }, refresh: true });
    await client.indices.close({ index: `${prefix}-closed` });
    await client.indices.create({ index: `${prefix}-hidden`, settings: { 'index.hidden': true, 'index.blocks.write': true } });
    const resolved = await resolveIndices(cluster, [`${prefix}-*`, 'typo-*', `-${prefix}-h*`]);
    expect(resolved.unmatched).toEqual(['typo-*']);
    expect(resolved.indices).toEqual([
      { name: `${prefix}-a`, closed: false, hidden: false, aliases: [`${prefix}-alias`] },
      { name: `${prefix}-closed`, closed: true, hidden: false, aliases: [] },
    ]);
    expect((await resolveIndices(cluster, [`${prefix}-*`])).indices.map(({ name }) => name)).toContain(`${prefix}-hidden`);
  });

  it('describes indices, and leaves out one that is gone', async () => {
    const [hidden, open, closed, ...rest] = await describeIndices(cluster, [`${prefix}-hidden`, `${prefix}-gone`, `${prefix}-a`, `${prefix}-closed`]);
    expect(rest).toEqual([]);
    expect(hidden).toMatchObject({ isHidden: true, blocks: ['write'], luceneDocuments: 0, operations: 0, createdMajor: Number(version.split('.')[0]) });
    expect(open).toMatchObject({ primaries: 2, replicas: 1, health: 'yellow', isClosed: false, luceneDocuments: 2, operations: 2 });
    expect(open?.storeBytes).toBeGreaterThan(0);
    expect(open?.aliases).toMatchObject([{ name: `${prefix}-alias`, isWriteIndex: true, hasFilter: false }]);
    expect(closed).toMatchObject({ isClosed: true, luceneDocuments: 1, operations: 1 });
  });

  it('tells what it has and has room for, null for what the build lacks', async () => {
    expect((await listFeatures(cluster))?.map(({ name }) => name)).toContain('tasks');
    expect((await readDiskRoom(cluster))?.availableBytes).toBeGreaterThan(0);
    expect((await readShardRoom(cluster))?.limit).toBe(1_000);
    expect(await readLifecycleMode(cluster)).toBeNull();
    expect(await readLicence(cluster)).toEqual(version === '7.17.8' ? null : { type: 'basic', status: 'active' });
  });
});

describe.each([['8.19.8', es8] as const, ['9.4.3', es9] as const])('the check of a secured %s', (_version, node) => {
  const { port } = new URL(node.url);
  const digits = (fingerprint: string | undefined) => (fingerprint ?? '').replaceAll(':', '');

  it('an untrusted CA: shows the chain and what to trust', async () => {
    const result = await check(connection(node, { tls: TLS }));
    expect(result).toMatchObject({ ok: false, reachable: true, problem: 'tls-untrusted' });
    expect(result.message).toContain(`SHA-256 ${node.fingerprint}`);
    expect(result.message).toContain('valid until');
    expect(result.remedy).toContain('"Godwit test authority"');
    expect(result.remedy).toContain(node.caFingerprint);
  });

  it('a pinned certificate or CA is trusted, another one is not', async () => {
    for (const fingerprint of [digits(node.fingerprint), digits(node.caFingerprint)]) {
      expect((await check(connection(node, { tls: { ...TLS, fingerprint } }))).ok).toBe(true);
    }
    expect((await check(connection(node, { tls: { ...TLS, fingerprint: 'A'.repeat(64) } }))).problem).toBe('tls-untrusted');
    expect((await check(connection(node, { tls: { ...TLS, insecure: true } }))).ok).toBe(true);
  });

  it('http to an HTTPS port', async () => {
    const result = await check(connection(node, { urls: [`http://localhost:${port}`], tls: TLS }));
    expect(result.problem).toBe('wrong-port');
    expect(result.message).toMatch(/speaks HTTPS/);
  });

  it('a wrong password, and none at all', async () => {
    const auth = { type: 'basic', username: 'admin', password: new Secret('not-the-password') } as const;
    const wrong = await check(connection(node, { auth }));
    expect(wrong).toMatchObject({ problem: 'bad-credentials', reachable: true });
    expect(JSON.stringify(wrong)).not.toContain('not-the-password');
    expect((await check(connection(node, { auth: null }))).message).toMatch(/the connection has none/);
  });

  it('an API key without privileges: names those that miss', async () => {
    const encoded = await attach(node).createApiKey('weak', { weak: { cluster: ['monitor'], index: [] } });
    const result = await check(connection(node, { auth: { type: 'apiKey', apiKey: new Secret(encoded) } }));
    expect(result).toMatchObject({ problem: 'missing-privilege', version: node.version, user: 'admin (API key weak)' });
    expect(result.missingPrivileges).toEqual(['cluster: manage', 'cluster: create_snapshot', 'index: monitor', 'index: read', 'index: view_index_metadata', 'index: manage']);
  });

  it('the second of two addresses is checked too', async () => {
    const result = await check(connection(node, { urls: [node.url, 'https://localhost:1'] }));
    expect(result.problem).toBe('wrong-port');
    expect(result.message).toContain('https://localhost:1');
  });

  it('a kind that does not fit', async () => {
    expect((await check(connection(node, {}, 'serverless'))).problem).toBe('wrong-kind');
  });
});

describe('the check of an address that is something else', () => {
  const at = (url: string, tls: EndpointConfig['tls'] = TLS) => check(connection(es7, { urls: [url], tls }));

  it('a closed port and an unknown host', async () => {
    expect(await at('http://localhost:1')).toMatchObject({ problem: 'wrong-port', reachable: false });
    expect(await at('http://nowhere.invalid:9200')).toMatchObject({ problem: 'no-route', reachable: false });
  });

  it('https to an HTTP port', async () => {
    const result = await at(es7.url.replace('http:', 'https:'));
    expect(result.problem).toBe('wrong-port');
    expect(result.message).toMatch(/speaks HTTP without TLS/);
  });

  it.each([
    ['another JSON server', 200, {}, '{"hello":1}', 'not-elasticsearch', /not as Elasticsearch does/],
    ['a web page', 404, {}, '<html>', 'not-elasticsearch', /HTTP 404/],
    ['Kibana', 302, { 'kbn-name': 'kibana', location: '/login' }, '', 'not-elasticsearch', /is Kibana/],
    ['Kibana that asks for credentials', 401, { 'kbn-name': 'kibana' }, '{}', 'not-elasticsearch', /is Kibana/],
    ['OpenSearch', 200, {}, '{"name":"n","version":{"distribution":"opensearch","number":"2.1.0"}}', 'not-elasticsearch', /is OpenSearch/],
    ['Elasticsearch 6.8', 200, {}, '{"cluster_name":"c","cluster_uuid":"u","version":{"number":"6.8.23"},"tagline":"You Know, for Search"}', 'unsupported-version', /6\.8\.23 is too old/],
    ['a proxy that strips headers', 200, {}, '{"cluster_name":"c","cluster_uuid":"u","version":{"number":"9.4.3"},"tagline":"You Know, for Search"}', 'not-elasticsearch', /X-Elastic-Product/],
    ['a balancer without a server', 503, {}, 'no server', 'unavailable', /503/],
  ] as const)('%s', async (_what, status, headers, body, problem, message) => {
    const port = await serveHttp((_request, response) => {
      response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html', ...headers });
      response.end(body);
    });
    const result = await at(`http://localhost:${port}`);
    expect(result.problem).toBe(problem);
    expect(result.message).toMatch(message);
    expect(result.remedy).not.toBe('');
  });

  it('a server that does not answer', { timeout: 30_000 }, async () => {
    const port = await serveHttp(() => undefined);
    expect((await at(`http://localhost:${port}`)).problem).toBe('timeout');
  });

  it('a certificate for another name: shows the names it has', async () => {
    const authority = await createAuthority(join(folder, 'wrong-name'));
    const port = await serveHttps(await createCertificate(authority, join(folder, 'wrong-name'), 'server', WRONG_NAMES));
    const result = await at(`https://localhost:${port}`, { ...TLS, ca: authority.ca });
    expect(result.problem).toBe('tls-wrong-name');
    expect(result.message).toContain('is for elsewhere.invalid');
  });

  it('a forged certificate beside the real CA does not pass for a pinned CA', async () => {
    const real = await createAuthority(join(folder, 'real'));
    const forger = await createAuthority(join(folder, 'forger'));
    const forged = await createCertificate({ ...forger, ca: real.ca }, join(folder, 'forged'));
    expect(readFileSync(forged.certificateFile, 'utf8')).toContain(real.ca.trim());
    const port = await serveHttps(forged);
    const result = await at(`https://localhost:${port}`, { ...TLS, fingerprint: forged.caFingerprint.replaceAll(':', '') });
    expect(result.problem).toBe('tls-untrusted');
  });
});
