 
import { describe, expect, it } from 'vitest';
import { GodwitError } from '../../../src/domain/errors.js';
import type { DeadLetter } from '../../../src/store/store.js';
import { startOne } from './support/started.js';
import { aReport, SECRET, testApp } from './support/test-app.js';

describe('control calls', () => {
  it.each([
    ['pause', undefined, {}],
    ['resume', {}, {}],
    ['cancel', undefined, {}],
    ['approve', { gate: 'cutover' }, { gate: 'cutover' }],
    ['retry', undefined, {}],
    ['retry', { subject: 'logs' }, { subject: 'logs' }],
    ['skip', { subject: 'logs' }, { subject: 'logs' }],
    ['throttle', { requestsPerSecond: null, concurrency: 2 }, { requestsPerSecond: null, concurrency: 2 }],
  ] as const)('%s with %j reaches the workflow and the audit', async (action, payload, input) => {
    const test = await testApp();
    const { id } = await startOne(test);
    const answer = await test.app.inject({ method: 'POST', url: `/v1/migrations/${id}/${action}`, ...(payload === undefined ? {} : { payload }) });
    expect(answer.statusCode).toBe(200);
    expect(answer.json().id).toBe(id);
    expect(test.runs.updates).toEqual([{ id, name: action, input: { ...input, actor: 'anonymous' } }]);
    const [, entry] = test.store.audits.get(id) ?? [];
    expect(entry).toMatchObject({ action, actor: 'anonymous', role: 'admin', detail: Object.keys(input).length === 0 ? null : JSON.stringify(input) });
  });

  it.each(['application/json', 'application/x-www-form-urlencoded'])('takes %s with nothing in it', async (type) => {
    const test = await testApp();
    const { id } = await startOne(test);
    const answer = await test.app.inject({ method: 'POST', url: `/v1/migrations/${id}/pause`, headers: { 'content-type': type }, payload: '' });
    expect(answer.json()).toMatchObject({ status: 'paused' });
  });

  it.each([
    ['approve', {}, 'gate'],
    ['approve', { gate: 1 }, 'gate'],
    ['throttle', {}, 'body'],
    ['throttle', { concurrency: 0 }, 'concurrency'],
    ['retry', { subjekt: 'x' }, 'subjekt'],
    ['pause', { now: true }, 'now'],
  ])('%s refuses %j', async (action, payload, path) => {
    const test = await testApp();
    const { id } = await startOne(test);
    const answer = await test.app.inject({ method: 'POST', url: `/v1/migrations/${id}/${action}`, payload });
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ path }] });
    expect(test.store.audits.get(id)).toHaveLength(1);
  });

  it('passes on why the workflow refuses', async () => {
    const test = await testApp();
    const { id } = await startOne(test);
    test.runs.refusal = new GodwitError('NotWaiting', 'no open gate is named "x"');
    const answer = await test.app.inject({ method: 'POST', url: `/v1/migrations/${id}/approve`, payload: { gate: 'x' } });
    expect(answer.json()).toMatchObject({ status: 409, type: '/problems/not-waiting', detail: expect.stringContaining('No open gate is named "x"') });
    expect(test.store.audits.get(id)).toHaveLength(2);
  });

  it('tells ended, no worker and Temporal down apart', async () => {
    const test = await testApp();
    const { id, run } = await startOne(test);
    const pause = async (): Promise<{ status: number; type: string }> =>
      (await test.app.inject({ method: 'POST', url: `/v1/migrations/${id}/pause` })).json();
    test.runs.hasWorker = false;
    expect(await pause()).toMatchObject({ status: 503, type: '/problems/worker-absent' });
    test.runs.hasWorker = true;
    run.summary = { ...run.summary, execution: 'completed' };
    expect(await pause()).toMatchObject({ status: 409, type: '/problems/already-ended' });
    test.runs.runs.clear();
    expect(await pause()).toMatchObject({ status: 409, type: '/problems/already-ended' });
    test.runs.isDown = true;
    expect(await pause()).toMatchObject({ status: 503, type: '/problems/temporal-unavailable' });
  });

  it('does nothing that it cannot record', async () => {
    const test = await testApp();
    const { id } = await startOne(test);
    test.store.isDown = true;
    expect((await test.app.inject({ method: 'POST', url: `/v1/migrations/${id}/pause` })).statusCode).toBe(503);
    expect(test.runs.updates).toEqual([]);
  });
});

describe('slices and report', () => {
  it('pages through dead letters, as JSON and as lines with the documents as they were sent', async () => {
    const test = await testApp();
    const { id } = await startOne(test);
    const letter = (sequence: number, cause: string, document: string | null): DeadLetter => ({ sequence, index: 'shop', slice: 2, target: 'shop', id: `d${sequence}`, routing: null, status: 400, cause, reason: `no, ${SECRET}`, documentBytes: 7, document });
    test.store.letters.set(id, [letter(3, 'x', '{"n":1e400}'), letter(5, 'y', null), letter(9, 'x', '{}')]);
    const url = `/v1/migrations/${id}/dead-letters`;
    const first = (await test.app.inject(`${url}?limit=2`)).json();
    expect(first.items).toMatchObject([{ id: 'd3', reason: 'no, [redacted]', document: '{"n":1e400}' }, { id: 'd5', document: null }]);
    expect((await test.app.inject(`${url}?limit=2&cursor=${first.cursor}`)).json()).toMatchObject({ items: [{ id: 'd9' }], cursor: null });
    const lines = await test.app.inject({ url: `${url}?cause=x&limit=1`, headers: { accept: 'application/x-ndjson' } });
    expect(lines.headers).toMatchObject({ 'content-type': 'application/x-ndjson', 'x-cursor': expect.any(String) });
    expect(lines.body).toBe('{"index":"shop","slice":2,"target":"shop","id":"d3","routing":null,"status":400,"cause":"x","reason":"no, [redacted]","documentBytes":7,"document":{"n":1e400}}\n');
    expect((await test.app.inject(`${url}?cursor=nonsense`)).statusCode).toBe(400);
    expect((await test.app.inject('/v1/migrations/none/dead-letters')).statusCode).toBe(404);
  });

  it('pages through slices', async () => {
    const test = await testApp();
    const { id } = await startOne(test);
    const row = { target: 't', method: 'snapshot', documents: 1, bytes: 2, attempts: 1, cursor: null, digest: null, verdict: null, detail: {} };
    const error = { code: 'DiskFull', message: 'the disk is full.', remedy: 'Free some.' };
    test.store.rows.set(id, [
      { ...row, index: 'a', slice: 0, status: 'completed', error: null },
      { ...row, index: 'b', slice: 0, status: 'needs-attention', error },
      { ...row, index: 'c', slice: 0, status: 'completed', error: null },
    ]);
    const url = `/v1/migrations/${id}/slices`;
    const first = (await test.app.inject(`${url}?limit=2`)).json();
    expect(first.items).toMatchObject([{ index: 'a', error: null }, { index: 'b', status: 'needs-attention', error: 'the disk is full. Free some.' }]);
    const second = (await test.app.inject(`${url}?limit=2&cursor=${first.cursor}`)).json();
    expect(second).toMatchObject({ items: [{ index: 'c' }], cursor: null });
    expect((await test.app.inject(`${url}?status=needs-attention&index=b`)).json().items).toHaveLength(1);
    expect((await test.app.inject(`${url}?cursor=x`)).json()).toMatchObject({ status: 400, errors: [{ path: 'cursor' }] });
  });

  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['text/markdown', 'text/markdown'],
    ['application/json, text/markdown;q=0.5', 'application/json'],
    ['text/markdown;q=0.9, */*;q=0.1', 'text/markdown'],
  ])('gives the report to Accept %s as %s', async (accept, type) => {
    const test = await testApp();
    const { id } = await startOne(test);
    const answer = await test.app.inject({ url: `/v1/migrations/${id}/report`, headers: accept === undefined ? {} : { accept } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain(type);
    if (type === 'application/json') expect(answer.json()).toMatchObject({ id, final: false });
    else expect(answer.body).toMatch(new RegExp(`^# Migration ${id}: running\n`));
  });

  it('builds the report anew while what is kept is a draft: a report is never behind the status', async () => {
    const test = await testApp({ buildReport: (id, { status }) => Promise.resolve(aReport(id, { status, final: false, indicesTotal: 7 })) });
    const { id } = await startOne(test);
    test.store.kept.set(id, aReport(id, { final: false, indicesTotal: 0 }));
    expect((await test.app.inject(`/v1/migrations/${id}/report`)).json()).toMatchObject({ id, status: 'running', indicesTotal: 7 });
  });

  it('gives a kept report without asking anything else', async () => {
    const test = await testApp({ buildReport: () => Promise.reject(new Error('not asked')) });
    test.runs.isDown = true;
    test.store.kept.set('gone', aReport('gone', { status: 'completed', final: true }));
    expect((await test.app.inject('/v1/migrations/gone/report')).json()).toMatchObject({ id: 'gone', final: true });
  });
});
