/* eslint-disable @typescript-eslint/no-unsafe-call -- answers are checked by what is expected of them */
import { describe, expect, it } from 'vitest';
import type { PendingActivity } from '../../../src/api/services/runs.js';
import { MigrationSchema } from '../../../src/contracts/migration.js';
import { inTransfer, startOne } from './support/started.js';
import { SECRET, testApp } from './support/test-app.js';

const pending = (over: Partial<PendingActivity>): PendingActivity => ({ attempt: 1, heartbeat: null, lastFailure: null, nextAttemptAtMs: null, ...over });

describe('showing a migration', () => {
  it('adds what activities report to the state of the workflow, never beyond the total', async () => {
    const test = await testApp();
    const { id, run } = await startOne(test);
    run.state = inTransfer(run.state);
    run.pending = [
      pending({ heartbeat: { step: 'transfer', detail: 'restoring shop, 3 of 8 shards', documents: 50, bytes: 4_000 } }),
      pending({ heartbeat: { step: 'transfer', detail: null, documents: 0, bytes: 4_000 } }),
    ];
    const migration = (await test.app.inject(`/v1/migrations/${id}`)).json();
    expect(migration.progress).toMatchObject({ documents: { done: 150, total: 1_000 }, bytes: { done: 10_000, total: 10_000 } });
    expect(migration.progress).toMatchObject({ documentsPerSecond: null, etaSeconds: null });
    expect(migration.steps[1].detail).toBe('restoring shop, 3 of 8 shards');
    expect(migration.links).toEqual({
      self: `/v1/migrations/${id}`,
      events: `/v1/migrations/${id}/events`,
      slices: `/v1/migrations/${id}/slices`,
      report: `/v1/migrations/${id}/report`,
    });
  });

  it('says why an activity is tried again and when, without secrets', async () => {
    const test = await testApp();
    const { id, run } = await startOne(test);
    run.state = inTransfer(run.state);
    run.pending = [pending({ attempt: 4, lastFailure: `refused, ${SECRET}`, nextAttemptAtMs: Date.now() + 11_500 })];
    const migration = (await test.app.inject(`/v1/migrations/${id}`)).json();
    expect(migration.steps[1].detail).toBe('attempt 4: refused, [redacted]; next try in 12 s');
  });

  it('shows the last state known, and says so, when no worker answers', async () => {
    const test = await testApp();
    const { id, run } = await startOne(test);
    run.state = inTransfer(run.state);
    await test.app.inject(`/v1/migrations/${id}`);
    test.runs.hasWorker = false;
    const answer = await test.app.inject(`/v1/migrations/${id}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ status: 'running', progress: { documents: { done: 100 } } });
    expect(answer.json().notice).toMatch(/No worker polls the task queue "godwit".*last state known, of 20/);
  });

  it('says that a migration without a worker is known, right after its start', async () => {
    const test = await testApp();
    test.runs.hasWorker = false;
    const { id } = await startOne(test);
    const answer = await test.app.inject(`/v1/migrations/${id}`);
    expect(answer.json()).toMatchObject({ id, status: 'running', notice: expect.stringContaining('No worker') });
  });

  it('answers from the store once it has ended, without Temporal and without a worker', async () => {
    const test = await testApp();
    const { id, run } = await startOne(test);
    const record = test.store.records.get(id);
    if (record === undefined) throw new Error('no record');
    const state = { ...run.state, status: 'completed', endedAt: run.state.createdAt };
    test.store.records.set(id, { ...record, status: 'completed', state: JSON.parse(JSON.stringify(state)) });
    test.runs.isDown = true;
    const answer = await test.app.inject(`/v1/migrations/${id}`);
    expect(answer.json()).toMatchObject({ id, status: 'completed', notice: null });
  });

  it.each([
    ['terminated', 'failed', 'Canceled'],
    ['timed-out', 'failed', 'Timeout'],
    ['failed', 'failed', 'Internal'],
  ] as const)('shows an execution that Temporal says is %s as %s', async (execution, status, code) => {
    const test = await testApp();
    const { id, run } = await startOne(test);
    run.summary = { ...run.summary, execution, endedAt: '2026-03-01T12:00:00.000Z' };
    const answer = await test.app.inject(`/v1/migrations/${id}`);
    expect(answer.json()).toMatchObject({ status, failure: { code }, endedAt: '2026-03-01T12:00:00.000Z' });
  });

  it('shows a migration whose workflow was deleted as failed', async () => {
    const test = await testApp();
    const { id } = await startOne(test);
    test.runs.runs.clear();
    const answer = await test.app.inject(`/v1/migrations/${id}`);
    expect(answer.json()).toMatchObject({ status: 'failed', failure: { message: expect.stringContaining('does not know') } });
  });

  it('goes on without the store, and tells unknown from unreachable', async () => {
    const test = await testApp();
    const { id } = await startOne(test);
    test.store.isDown = true;
    expect((await test.app.inject(`/v1/migrations/${id}`)).statusCode).toBe(200);
    expect((await test.app.inject('/v1/migrations/other')).json()).toMatchObject({ status: 503, type: '/problems/store-unavailable' });
    test.store.isDown = false;
    test.runs.isDown = true;
    expect((await test.app.inject(`/v1/migrations/${id}`)).json()).toMatchObject({ status: 503, type: '/problems/temporal-unavailable' });
  });
});

describe('listing migrations', () => {
  async function listed(test: Awaited<ReturnType<typeof testApp>>, query = ''): Promise<{ ids: string[]; cursor: string | null }> {
    const answer = await test.app.inject(`/v1/migrations${query}`);
    expect(answer.statusCode).toBe(200);
    const { items, cursor } = answer.json();
    for (const item of items) MigrationSchema.parse(item);
    return { ids: items.map((item: { id: string }) => item.id), cursor };
  }

  /** Started a minute apart, the last one newest. */
  async function several(count: number): Promise<{ test: Awaited<ReturnType<typeof testApp>>; ids: string[] }> {
    const test = await testApp();
    const ids: string[] = [];
    for (let at = 0; at < count; at += 1) {
      const { id, run } = await startOne(test);
      const createdAt = new Date(Date.UTC(2026, 0, 1, 0, at)).toISOString();
      run.summary = { ...run.summary, createdAt, startedAt: createdAt };
      const record = test.store.records.get(id);
      if (record !== undefined) test.store.records.set(id, { ...record, createdAt });
      ids.unshift(id);
    }
    return { test, ids };
  }

  it('pages through all of them once, newest first', async () => {
    const { test, ids } = await several(7);
    const found: string[] = [];
    let query = '?limit=3';
    for (let page = 0; page < 3; page += 1) {
      const { ids: some, cursor } = await listed(test, query);
      found.push(...some);
      expect(cursor === null).toBe(page === 2);
      query = `?limit=3&cursor=${cursor}`;
    }
    expect(found).toEqual(ids);
  });

  it('keeps those that only the store remembers, in their place', async () => {
    const { test, ids } = await several(4);
    const [, forgotten, lost] = ids;
    if (forgotten === undefined || lost === undefined) throw new Error('too few');
    const record = test.store.records.get(forgotten);
    const run = test.runs.runs.get(forgotten);
    if (record === undefined || run === undefined) throw new Error('not started');
    const state = { ...run.state, status: 'completed', endedAt: record.createdAt, createdAt: record.createdAt };
    test.store.records.set(forgotten, { ...record, status: 'completed', state: JSON.parse(JSON.stringify(state)) });
    test.runs.runs.delete(forgotten);
    test.runs.runs.delete(lost);
    expect((await listed(test)).ids).toEqual(ids);
    expect((await listed(test, '?status=completed')).ids).toEqual([forgotten]);
    expect((await listed(test, '?status=running')).ids).toEqual([ids[0], ids[3]]);
    const { items } = (await test.app.inject('/v1/migrations')).json();
    expect(items[2]).toMatchObject({ id: lost, status: 'failed' });
  });

  it('filters', async () => {
    const { test } = await several(2);
    expect((await listed(test, '?source=old&target=new&type=snapshot-restore')).ids).toHaveLength(2);
    expect((await listed(test, '?source=other')).ids).toEqual([]);
  });

  it('lists without the store, and not without Temporal', async () => {
    const { test, ids } = await several(2);
    test.store.isDown = true;
    expect((await listed(test)).ids).toEqual(ids);
    test.runs.isDown = true;
    expect((await test.app.inject('/v1/migrations')).statusCode).toBe(503);
  });
});
