import { type Server, createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/config/connection-config.js';
import { Secret } from '../../../src/config/secret.js';
import { createClient } from '../../../src/elasticsearch/client.js';
import { networkCode } from '../../../src/elasticsearch/network-errors.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Handler = Parameters<typeof createServer>[1];

async function clientOf(handler: Handler, auth: EndpointConfig['auth'] = null) {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const tls = { ca: null, fingerprint: null, insecure: false, cert: null, key: null };
  return createClient({ urls: [`http://127.0.0.1:${port}`], auth, tls }, 'self-managed');
}

const answer: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  response.end('{}');
};

const caught = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => (error instanceof Error ? error : new Error('not an error')),
  );

describe('createClient', () => {
  it('sends media types that every version takes, and nothing about itself but its name', async () => {
    const seen: Record<string, unknown>[] = [];
    const client = await clientOf((request, response) => {
      seen.push(request.headers);
      if (request.method === 'HEAD') response.writeHead(200, { 'x-elastic-product': 'Elasticsearch' }).end();
      else answer(request, response);
    }, { type: 'apiKey', apiKey: new Secret('a2V5') });
    await client.search({ query: { match_all: {} } });
    await client.bulk({ operations: [{ delete: { _index: 'a', _id: '1' } }] });
    await client.indices.exists({ index: 'a' });
    await client.info();
    expect(seen.map((headers) => headers['content-type'])).toEqual(['application/json', 'application/x-ndjson', 'application/json', 'application/json']);
    for (const headers of seen) {
      expect(headers['accept']).toMatch(/^application\/json/);
      expect(headers['user-agent']).toBe('godwit');
      expect(headers['authorization']).toBe('ApiKey a2V5');
      expect(headers).not.toHaveProperty('x-elastic-client-meta');
      expect(headers).not.toHaveProperty('accept-encoding');
    }
    await client.close();
  });

  it('a request that times out does not end another that shares its signal', async () => {
    const client = await clientOf((request, response) => {
      setTimeout(() => answer(request, response), request.url === '/slow' ? 5_000 : 300);
    });
    const { signal } = new AbortController();
    const slow = caught(client.transport.request({ method: 'GET', path: '/slow' }, { signal, requestTimeout: 100 }));
    const other = client.transport.request({ method: 'GET', path: '/other' }, { signal });
    expect((await slow).name).toBe('TimeoutError');
    await expect(other).resolves.toEqual({});
  });

  it('an aborted request says so, whatever reason the signal carries', async () => {
    const client = await clientOf(() => undefined);
    const controller = new AbortController();
    const request = caught(client.transport.request({ method: 'GET', path: '/' }, { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error('the activity was canceled')), 20);
    expect((await request).name).toBe('RequestAbortedError');
  });

  it('a body that never ends times out too', async () => {
    const client = await clientOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
      response.write('{');
    });
    expect((await caught(client.transport.request({ method: 'GET', path: '/' }, { requestTimeout: 100 }))).name).toBe('TimeoutError');
  });

  it('a broken request is sent once, and its error keeps the network code', async () => {
    let requests = 0;
    const client = await clientOf((request) => {
      requests += 1;
      request.socket.destroy();
    });
    expect(networkCode(await caught(client.transport.request({ method: 'POST', path: '/_reindex', body: {} })))).toBe('UND_ERR_SOCKET');
    expect(requests).toBe(1);
  });
});
