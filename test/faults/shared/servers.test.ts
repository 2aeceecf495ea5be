/** The real servers themselves: what every other integration test takes for granted. */
import { afterAll, describe, expect, inject, it } from 'vitest';
import { Connection } from '@temporalio/client';
import { attach } from '../../servers/elasticsearch.js';
import { send } from '../../servers/http.js';
import { startToxiproxy } from '../../servers/toxiproxy.js';

const servers = inject('servers');
const [es7, es8, es9] = [attach(servers.es7), attach(servers.es8), attach(servers.es9)];

describe('each server answers with its version', () => {
  it.each([es7, es8, es9])('Elasticsearch $version', async (node) => {
    const { version } = await node.call<{ version: { number: string } }>('GET', '/');
    expect(version.number).toBe(node.version);
  });

  it('Temporal', async () => {
    const connection = await Connection.connect({ address: servers.temporal.address });
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    await connection.close();
    expect(serverVersion).toMatch(/^1\./);
  });
});

describe('security', () => {
  it.each([es8, es9])('$version refuses a wrong password', async (node) => {
    const { status } = await send({ ...node.description, password: 'wrong' }, 'GET', '/');
    expect(status).toBe(401);
  });

  it.each([es8, es9])('$version is not trusted without its authority', async (node) => {
    await expect(send({ url: node.url }, 'GET', '/')).rejects.toThrow(/certificate|self-signed/);
  });

  it.each([es8, es9])('$version makes API keys and users', async (node) => {
    const key = await node.createApiKey('servers-test');
    const byKey = await send({ url: node.url, ca: servers.ca }, 'GET', '/', undefined, { authorization: `ApiKey ${key}` });
    expect(byKey.status).toBe(200);
    await node.createUser('reader', 'a-long-password', ['viewer']);
    const byUser = await send({ url: node.url, ca: servers.ca, username: 'reader', password: 'a-long-password' }, 'GET', '/_security/_authenticate');
    expect(byUser.status).toBe(200);
  });
});

describe('a node that is killed and started again', () => {
  it('keeps its documents and its address', async () => {
    await es8.call('PUT', '/servers-kill/_doc/1?refresh=true', { kept: true });
    const before = es8.pid;
    await es8.kill();
    expect(es8.pid).toBeUndefined();
    await expect(es8.send('GET', '/')).rejects.toThrow();
    await es8.start();
    expect(es8.pid).not.toBe(before);
    const { _source } = await es8.call<{ _source: unknown }>('GET', '/servers-kill/_doc/1');
    expect(_source).toEqual({ kept: true });
  });

  afterAll(() => es8.send('DELETE', '/servers-kill'));
});

describe('a proxy in front of a node', () => {
  it('cuts, delays and restores the connection', async () => {
    const toxiproxy = await startToxiproxy();
    const proxy = await toxiproxy.proxy(es8.url);
    const throughProxy = { ...es8.description, url: proxy.url };
    const status = (): Promise<number> => send(throughProxy, 'GET', '/').then((answer) => answer.status);
    expect(await status()).toBe(200);
    await proxy.cut();
    await expect(status()).rejects.toThrow();
    await proxy.restore();
    expect(await status()).toBe(200);
    await proxy.latency(400);
    const before = Date.now();
    expect(await status()).toBe(200);
    expect(Date.now() - before).toBeGreaterThanOrEqual(400);
    await toxiproxy.stop();
  });
});

describe('between clusters', () => {
  it('9.4.3 reindexes from 8.19.8 over HTTPS', async () => {
    await es8.call('PUT', '/servers-remote/_doc/1?refresh=true', { from: 'es8' });
    const { username, password } = es8.description;
    const result = await es9.call<{ created: number }>('POST', '/_reindex?refresh=true', {
      source: { remote: { host: es8.url, username, password }, index: 'servers-remote' },
      dest: { index: 'servers-remote' },
    });
    expect(result.created).toBe(1);
  });

  it('a snapshot that 8.19.8 writes is visible at 9.4.3, read-only', async () => {
    const location = `${servers.pathRepo}/servers-test`;
    await es8.call('PUT', '/servers-snapshot/_doc/1?refresh=true', { kept: true });
    await es8.call('PUT', '/_snapshot/servers-test', { type: 'fs', settings: { location } });
    await es8.call('PUT', '/_snapshot/servers-test/one?wait_for_completion=true', { indices: 'servers-snapshot' });
    await es9.call('PUT', '/_snapshot/servers-test', { type: 'fs', settings: { location, readonly: true } });
    const { snapshots } = await es9.call<{ snapshots: { snapshot: string; state: string }[] }>('GET', '/_snapshot/servers-test/_all');
    expect(snapshots).toMatchObject([{ snapshot: 'one', state: 'SUCCESS' }]);
  });

  afterAll(async () => {
    await es9.send('DELETE', '/_snapshot/servers-test');
    await es8.send('DELETE', '/_snapshot/servers-test/one');
    await es8.send('DELETE', '/_snapshot/servers-test');
    for (const node of [es8, es9]) await node.send('DELETE', '/servers-remote,servers-snapshot?ignore_unavailable=true');
  });
});
