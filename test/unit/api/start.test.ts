 
import { describe, expect, it } from 'vitest';
import { BODY, SECRET, testApp } from './support/test-app.js';

describe('starting a migration', () => {
  it('answers 202 with Location and the migration, records it and says who asked', async () => {
    const { app, runs, store } = await testApp();
    const answer = await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY });
    const migration = answer.json();
    expect(answer.statusCode).toBe(202);
    expect(answer.headers.location).toBe(`/v1/migrations/${migration.id}`);
    expect(migration).toMatchObject({ type: 'snapshot-restore', source: 'old', target: 'new', status: 'running', verification: { mode: 'counts' } });
    expect(migration.id).toMatch(/^m[0-9a-z]{25}$/);
    expect(runs.runs.has(migration.id)).toBe(true);
    expect(store.records.get(migration.id)).toMatchObject({ status: 'running', source: 'old' });
    expect(store.audits.get(migration.id)).toMatchObject([{ action: 'start', actor: 'anonymous', role: 'admin' }]);
  });

  it('gives the same migration for the same key and body, defaults filled in or not', async () => {
    const { app, runs } = await testApp();
    const headers = { 'idempotency-key': 'order 66' };
    const first = await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY, headers });
    const again = await app.inject({ method: 'POST', url: '/v1/migrations', payload: { ...BODY, onExisting: 'fail', indices: ['*'] }, headers });
    expect([first.statusCode, again.statusCode]).toEqual([202, 202]);
    expect(again.json().id).toBe(first.json().id);
    expect(first.json().id).toMatch(/^k[0-9a-z]{25}$/);
    expect(runs.runs.size).toBe(1);
  });

  it('refuses the same key with another body', async () => {
    const { app } = await testApp();
    const headers = { 'idempotency-key': 'a' };
    await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY, headers });
    const other = await app.inject({ method: 'POST', url: '/v1/migrations', payload: { ...BODY, indices: ['logs-*'] }, headers });
    expect(other.statusCode).toBe(409);
    expect(other.json()).toMatchObject({ type: '/problems/idempotency-conflict', status: 409 });
  });

  it('remembers a key after Temporal has forgotten the workflow', async () => {
    const { app, runs, store } = await testApp();
    const headers = { 'idempotency-key': 'old one' };
    const { id } = (await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY, headers })).json();
    const run = runs.runs.get(id);
    const record = store.records.get(id);
    if (run === undefined || record === undefined) throw new Error('not started');
    const ended = { ...run.state, status: 'completed', endedAt: run.state.createdAt };
    await store.migrations.save({ ...record, status: 'completed', state: JSON.parse(JSON.stringify(ended)) });
    runs.runs.clear();
    const again = await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY, headers });
    expect(again.json()).toMatchObject({ id, status: 'completed' });
    const other = await app.inject({ method: 'POST', url: '/v1/migrations', payload: { ...BODY, target: 'cloud' }, headers });
    expect(other.statusCode).toBe(409);
    expect(runs.runs.size).toBe(0);
  });

  it('starts with the same key after Temporal was down', async () => {
    const { app, runs, store } = await testApp();
    const headers = { 'idempotency-key': 'try again' };
    runs.isDown = true;
    const down = await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY, headers });
    expect(down.statusCode).toBe(503);
    expect(down.headers['retry-after']).toBe('5');
    expect(store.records.size).toBe(0);
    runs.isDown = false;
    expect((await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY, headers })).statusCode).toBe(202);
  });

  it.each([[''], ['x'.repeat(256)], ['tab\there']])('refuses the key %j', async (key) => {
    const { app } = await testApp();
    const answer = await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY, headers: { 'idempotency-key': key } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ path: 'idempotency-key' }]);
  });

  it.each([
    ['a missing field', { ...BODY, repository: {} }, 'repository.name', /required/],
    ['a wrong type', { ...BODY, concurrency: 'many' }, 'concurrency', /number/],
    ['a misspelt option', { ...BODY, onExsiting: 'replace' }, 'onExsiting', /did you mean "onExisting"/],
    ['a misspelt option deeper down', { ...BODY, repository: { name: 'b', setings: {} } }, 'repository.setings', /did you mean "settings"/],
    ['an unknown type', { ...BODY, type: 'snapshot-restor' }, 'type', /snapshot-restore/],
    ['no type', { source: 'old', target: 'new' }, 'type', /required; one of "snapshot-restore"/],
    ['an unknown connection', { ...BODY, source: 'odl' }, 'source', /old, new, cloud; did you mean "old"/],
    ['a source that is the target', { ...BODY, target: 'old' }, 'target', /source/],
    ['a list for a body', [], 'body', /expected object/],
  ])('names the field of %s', async (_what, payload, path, message) => {
    const { app, runs } = await testApp();
    const answer = await app.inject({ method: 'POST', url: '/v1/migrations', payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.json().errors).toContainEqual({ path, message: expect.stringMatching(message) });
    expect(runs.runs.size).toBe(0);
  });

  it('refuses a serverless target with 422', async () => {
    const { app } = await testApp();
    const answer = await app.inject({ method: 'POST', url: '/v1/migrations', payload: { ...BODY, target: 'cloud' } });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ type: '/problems/unsupported-target', errors: [{ path: 'target' }] });
  });

  it('refuses what the clusters say can never work, without secrets', async () => {
    const { app } = await testApp({
      requestFindings: async () => [
        { severity: 'warning', code: 'NoIndexMatched', subject: 'indices', message: 'only a warning', remedy: '' },
        { severity: 'error', code: 'NoIndexMatched', subject: 'indices', message: `nothing matches, ${SECRET}`, remedy: 'Correct indices.' },
      ],
    });
    const answer = await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors).toEqual([{ path: 'indices', message: 'nothing matches, [redacted]. Correct indices.' }]);
    expect(answer.body).not.toContain(SECRET);
  });

  it('accepts a migration whose clusters cannot be asked', async () => {
    const { app } = await testApp({ requestFindings: () => Promise.reject(new Error('no route')) });
    expect((await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY })).statusCode).toBe(202);
  });
});
