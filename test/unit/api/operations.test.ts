 
import { describe, expect, it } from 'vitest';
import { startOne } from './support/started.js';
import { BODY, SECRET, testApp } from './support/test-app.js';

describe('probes', () => {
  it('is alive whatever is down, and ready only with Temporal and the store', async () => {
    const { app, runs, store } = await testApp();
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ready', temporal: 'ok', store: 'ok' });
    runs.isDown = true;
    expect((await app.inject('/readyz')).json()).toMatchObject({ status: 503, type: '/problems/temporal-unavailable' });
    runs.isDown = false;
    store.isDown = true;
    expect((await app.inject('/readyz')).json()).toMatchObject({ status: 503, type: '/problems/store-unavailable' });
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  });
});

describe('metrics', () => {
  it('counts requests by route, migrations by status, and passes on those of the worker', async () => {
    const test = await testApp({ workerMetrics: async () => 'temporal_worker_task_slots_available 5\n' });
    const { id } = await startOne(test);
    await test.app.inject(`/v1/migrations/${id}`);
    const answer = await test.app.inject('/metrics');
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.body).toContain('godwit_http_request_duration_seconds_count{method="GET",route="/v1/migrations/:id",status="200"} 1');
    expect(answer.body).toContain('godwit_migrations{status="running"} 1');
    expect(answer.body).toContain('temporal_worker_task_slots_available 5');
    expect(answer.body).not.toContain(id);
  });

  it('goes on without Temporal and without the worker', async () => {
    const test = await testApp({ workerMetrics: () => Promise.reject(new Error('gone')) });
    test.runs.isDown = true;
    const answer = await test.app.inject('/metrics');
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain('godwit_migrations{');
    expect(answer.body).toContain('# the metrics of the worker could not be read');
  });
});

describe('connections and preflight', () => {
  it('lists connections', async () => {
    const { app } = await testApp();
    expect((await app.inject('/v1/connections')).json().items).toMatchObject([{ name: 'old' }, { name: 'new' }, { name: 'cloud', kind: 'serverless' }]);
  });

  it('answers 200 to a check that finds trouble', async () => {
    const { app } = await testApp({
      checkConnection: async (name) => ({
        ...{ name, kind: 'hosted', ok: false, reachable: false, version: null, clusterName: null, clusterUuid: null, user: null },
        ...{ missingPrivileges: [], problem: 'bad-credentials', message: `rejected ${SECRET}`, remedy: 'Correct auth.' },
        kibana: { ok: false, reachable: true, url: 'https://kibana', version: null, spaces: null, problem: 'tls-untrusted', message: `not trusted ${SECRET}`, remedy: 'Put the CA into tls.ca.' },
      }),
    });
    const answer = await app.inject({ method: 'POST', url: '/v1/connections/new/check' });
    expect(answer.json()).toMatchObject({ ok: false, problem: 'bad-credentials', message: 'rejected [redacted]', kibana: { ok: false, reachable: true, problem: 'tls-untrusted', message: 'not trusted [redacted]' } });
  });

  it('gives findings, and starts nothing', async () => {
    const { app, runs, store } = await testApp({
      preflight: async () => ({ ok: false, findings: [{ severity: 'error', code: 'DiskFull', subject: 'new', message: 'full', remedy: 'free' }], plan: null }),
    });
    const answer = await app.inject({ method: 'POST', url: '/v1/migrations/preflight', payload: BODY });
    expect(answer.json()).toMatchObject({ ok: false, findings: [{ code: 'DiskFull' }] });
    expect([runs.runs.size, store.records.size]).toEqual([0, 0]);
  });

  it('finds a serverless target itself, and refuses what is no request', async () => {
    const { app } = await testApp();
    const preflight = (payload: object): Promise<{ json(): unknown }> => app.inject({ method: 'POST', url: '/v1/migrations/preflight', payload });
    expect((await preflight({ ...BODY, target: 'cloud' })).json()).toMatchObject({ ok: false, findings: [{ code: 'UnsupportedTarget', subject: 'target' }] });
    expect((await preflight({ ...BODY, target: 'nowhere' })).json()).toMatchObject({ status: 400, errors: [{ path: 'target' }] });
  });
});
