/** How the dashboard is served: open, revalidated, and under a policy that runs nothing but its own files. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { webPlugin } from '../../../src/web/plugin.js';
import { bearer, testApp, token, type TestApp } from '../api/support/test-app.js';

let test_: TestApp;
beforeAll(async () => {
  test_ = await testApp({ web: webPlugin, settings: { tokens: [token('viewer')], rateLimitPerMinute: 5 } });
});
afterAll(() => test_.app.close());

const get = (url: string, headers: Record<string, string> = {}) => test_.app.inject({ url, headers });

describe('the dashboard', () => {
  test('the page needs no token, and its policy allows the import map by its hash and nothing else inline', async () => {
    const answer = await get('/');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain('text/html');
    const [, map = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(answer.body) ?? [];
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain(`'sha256-${createHash('sha256').update(map).digest('base64')}'`);
    expect(policy).not.toContain('unsafe');
    expect(answer.body.match(/<script/g)).toHaveLength(2);
    expect(answer.body).not.toMatch(/style=|onclick=|https?:/);
  });

  test('every module that a module imports is served', async () => {
    const seen = new Set<string>();
    const page = (await get('/')).body;
    const { imports } = JSON.parse(/<script type="importmap">(.*?)<\/script>/s.exec(page)?.[1] ?? '{}') as { imports: Record<string, string> };
    const walk = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      const answer = await get(path);
      expect([path, answer.statusCode, answer.headers['content-type']]).toEqual([path, 200, 'text/javascript; charset=utf-8']);
      if (path.includes('/vendor/')) return;
      for (const [, from = ''] of answer.body.matchAll(/^import [^'"]*from ['"]([^'"]+)['"]/gm)) {
        await walk(from.startsWith('.') ? new URL(from, `http://host${path}`).pathname : (imports[from] ?? `not in the import map: ${from}`));
      }
    };
    await walk('/assets/main.js');
    expect(seen.size).toBeGreaterThan(20);
  });

  test('asking again costs a 304', async () => {
    const { etag } = (await get('/assets/base.css')).headers;
    expect((await get('/assets/base.css', { 'if-none-match': String(etag) })).statusCode).toBe(304);
    expect((await get('/assets/base.css', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  test('declarations and settings of the compiler are not served, and nothing outside is reached', async () => {
    for (const path of ['/assets/tsconfig.json', '/assets/words.d.ts', '/assets/../plugin.ts', '/assets/%2e%2e/%2e%2e/package.json']) {
      expect([path, (await get(path)).statusCode]).toEqual([path, 404]);
    }
  });

  test('the words are those of the contracts', async () => {
    expect((await get('/assets/words.js')).body).toContain('export const MIGRATION_STATUSES = Object.freeze(["running","paused"');
  });

  test('a page load does not use up what the API allows a minute, and the API stays closed', async () => {
    for (let load = 0; load < 10; load += 1) expect((await get('/')).statusCode).toBe(200);
    expect((await get('/v1/migrations')).statusCode).toBe(401);
    expect((await get('/v1/migrations', bearer('viewer'))).statusCode).toBe(200);
  });
});
