 
/** Who may do what, and every way of being refused: each answer is a problem document. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BODY, SECRET, bearer, testApp, token } from './support/test-app.js';

const TOKENS = [token('viewer'), token('operator'), token('admin')];

describe('tokens and roles', () => {
  it.each([
    ['GET', '/v1/migrations', null, 401],
    ['GET', '/v1/migrations', 'nobody', 401],
    ['GET', '/v1/migrations', 'viewer', 200],
    ['GET', '/v1/connections', 'viewer', 200],
    ['POST', '/v1/migrations', 'viewer', 403],
    ['POST', '/v1/migrations', 'operator', 202],
    ['POST', '/v1/migrations/preflight', 'viewer', 403],
    ['POST', '/v1/migrations/preflight', 'admin', 200],
    ['POST', '/v1/migrations/x/pause', 'viewer', 403],
    ['POST', '/v1/migrations/x/pause', 'operator', 404],
    ['POST', '/v1/connections/old/check', 'viewer', 403],
    ['POST', '/v1/connections/old/check', 'operator', 200],
    ['GET', '/metrics', null, 401],
    ['GET', '/metrics', 'viewer', 200],
    ['GET', '/healthz', null, 200],
    ['GET', '/readyz', null, 200],
    ['GET', '/docs/json', null, 200],
    ['GET', '/docs/', null, 200],
    ['GET', '/nothing', null, 404],
  ] as const)('%s %s as %s: %i', async (method, url, who, status) => {
    const { app } = await testApp({ settings: { tokens: TOKENS } });
    const payload = url.endsWith('check') || url.endsWith('pause') ? {} : BODY;
    const answer = await app.inject({ method, url, headers: who === null ? {} : bearer(who), ...(method === 'POST' ? { payload } : {}) });
    expect(answer.statusCode).toBe(status);
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    if (status >= 400) expect(answer.headers['content-type']).toMatch('application/problem+json');
  });

  it('refuses before it reads the body', async () => {
    const { app } = await testApp({ settings: { tokens: TOKENS } });
    const answer = await app.inject({ method: 'POST', url: '/v1/migrations', payload: '{broken', headers: { 'content-type': 'application/json' } });
    expect(answer.statusCode).toBe(401);
  });

  it('writes the name of the token into the audit and the log, never the token', async () => {
    const { app, store, logged } = await testApp({ settings: { tokens: [token('operator', 'sam')] } });
    const { id } = (await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY, headers: bearer('sam') })).json();
    expect(store.audits.get(id)).toMatchObject([{ actor: 'sam', role: 'operator', action: 'start' }]);
    expect(logged.join('')).toContain('"actor":"sam"');
    expect(logged.join('')).not.toContain('token-of-sam');
  });
});

describe('other pages in an operator\'s browser', () => {
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost:80', host: 'localhost:80' }, 404],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://godwit.example' }, 404],
    [{}, 404],
  ])('a POST with %j: %i', async (headers, status) => {
    const { app } = await testApp();
    expect((await app.inject({ method: 'POST', url: '/v1/migrations/x/cancel', headers })).statusCode).toBe(status);
  });

  it('reach nothing by a name of their own when there are no tokens', async () => {
    const open = await testApp();
    expect((await open.app.inject({ url: '/v1/migrations', headers: { host: 'evil.example:4700' } })).statusCode).toBe(403);
    const closed = await testApp({ settings: { tokens: TOKENS } });
    const headers = { host: 'godwit.example', ...bearer('viewer') };
    expect((await closed.app.inject({ url: '/v1/migrations', headers })).statusCode).toBe(200);
  });
});

describe('problem documents', () => {
  it.each([
    ['an unknown route', { method: 'GET', url: '/v1/nothing' }, 404, 'not-found'],
    ['the wrong method', { method: 'DELETE', url: '/v1/migrations/x' }, 405, 'method-not-allowed'],
    ['broken JSON', { method: 'POST', url: '/v1/migrations', payload: '{"type":', headers: { 'content-type': 'application/json' } }, 400, 'validation-failed'],
    ['a form', { method: 'POST', url: '/v1/migrations', payload: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'unsupported-media-type'],
    ['a prototype in the body', { method: 'POST', url: '/v1/migrations', payload: '{"__proto__":{}}', headers: { 'content-type': 'application/json' } }, 400, 'validation-failed'],
    ['a large body', { method: 'POST', url: '/v1/migrations', payload: { ...BODY, indices: ['x'.repeat(200_000)] } }, 413, 'payload-too-large'],
    ['a malformed URL', { method: 'GET', url: '/v1/migrations/%zz' }, 400, 'validation-failed'],
    ['an id that is too long', { method: 'GET', url: `/v1/migrations/${'x'.repeat(300)}` }, 400, 'validation-failed'],
    ['an unknown query', { method: 'GET', url: '/v1/migrations?state=running' }, 400, 'validation-failed'],
    ['a limit beyond', { method: 'GET', url: '/v1/migrations?limit=201' }, 400, 'validation-failed'],
    ['a bad status', { method: 'GET', url: '/v1/migrations?status=lost' }, 400, 'validation-failed'],
    ['a bad cursor', { method: 'GET', url: '/v1/migrations?cursor=abc' }, 400, 'validation-failed'],
    ['an unknown migration', { method: 'GET', url: '/v1/migrations/x' }, 404, 'migration-not-found'],
    ['an unknown migration\'s slices', { method: 'GET', url: '/v1/migrations/x/slices' }, 404, 'migration-not-found'],
    ['an unknown migration\'s report', { method: 'GET', url: '/v1/migrations/x/report' }, 404, 'migration-not-found'],
    ['an unknown migration\'s events', { method: 'GET', url: '/v1/migrations/x/events' }, 404, 'migration-not-found'],
    ['an unknown migration\'s pause', { method: 'POST', url: '/v1/migrations/x/pause' }, 404, 'migration-not-found'],
    ['an unknown connection', { method: 'POST', url: '/v1/connections/x/check' }, 404, 'not-found'],
  ] as const)('%s', async (_what, request, status, type) => {
    const { app } = await testApp();
    const answer = await app.inject({ ...request, headers: { 'x-request-id': 'my-id', ...('headers' in request ? request.headers : {}) } });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.headers['x-request-id']).toBe('my-id');
    expect(answer.json()).toMatchObject({ type: `/problems/${type}`, status, title: expect.any(String), detail: expect.any(String), requestId: 'my-id' });
    expect(answer.json().instance).not.toContain('?');
  });

  it('says which methods a path takes', async () => {
    const { app } = await testApp();
    expect((await app.inject({ method: 'PUT', url: '/v1/migrations' })).headers.allow).toBe('GET, HEAD, POST');
  });

  it('tells nothing of an error that nobody foresaw, and logs it', async () => {
    const { app, logged } = await testApp({ checkConnection: () => Promise.reject(new Error(`boom ${SECRET}`)) });
    const answer = await app.inject({ method: 'POST', url: '/v1/connections/old/check' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toMatch(/boom|hunter2|\.ts\b|stack/);
    expect(logged.join('')).toContain('boom');
  });

  it('makes a request id where none or a bad one was sent', async () => {
    const { app } = await testApp();
    const answer = await app.inject({ url: '/v1/migrations/x', headers: { 'x-request-id': 'a b<script>' } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.json().requestId).toBe(answer.headers['x-request-id']);
  });

  it('answers 429 with Retry-After by caller, and never to probes', async () => {
    const { app } = await testApp({ settings: { tokens: TOKENS, rateLimitPerMinute: 3 } });
    const ask = async (who: string, url = '/v1/connections'): Promise<number> => (await app.inject({ url, headers: bearer(who) })).statusCode;
    expect([await ask('viewer'), await ask('viewer'), await ask('viewer'), await ask('viewer')]).toEqual([200, 200, 200, 429]);
    expect(await ask('operator')).toBe(200);
    expect(await ask('viewer', '/healthz')).toBe(200);
    const answer = await app.inject({ url: '/v1/connections', headers: bearer('viewer') });
    expect(answer.json()).toMatchObject({ type: '/problems/rate-limited', status: 429 });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect([await ask('a'), await ask('b'), await ask('c'), await ask('d')]).toEqual([401, 401, 401, 429]);
  });

  it('answers what is no HTTP with a problem document too', async () => {
    const { app } = await testApp();
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const text = await new Promise<string>((resolve) => {
      let received = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      socket.on('data', (chunk) => (received += chunk.toString())).on('close', () => resolve(received));
    });
    await app.close();
    expect(text).toMatch(/^HTTP\/1\.1 400/);
    expect(text).toMatch('application/problem+json');
  });
});
