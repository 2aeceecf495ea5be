/* eslint-disable @typescript-eslint/no-unsafe-call -- answers are checked by what is expected of them */
/** The API against a real Temporal server, with a worker of the smallest workflow that keeps the contract. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure, type PayloadCodec } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { temporalRuns } from '../../src/api/services/temporal-runs.js';
import type { Migration } from '../../src/contracts/migration.js';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.js';
import { BODY, type TestApp, testApp } from '../unit/api/support/test-app.js';

const NAMESPACE = 'default';

/** Turns every byte round, to see that heartbeats and failures are read through the codec. */
const codec: PayloadCodec = {
  encode: async (payloads) => payloads.map((payload) => ({ ...payload, data: payload.data?.map((byte) => byte ^ 255) ?? null })),
  decode: async (payloads) => payloads.map((payload) => ({ ...payload, data: payload.data?.map((byte) => byte ^ 255) ?? null })),
};
const dataConverter = { payloadCodecs: [codec] };

/** Own names, so that lists show the migrations of this run only. */
const source = `src-${randomUUID().slice(0, 8)}`;
const taskQueue = `api-test-${randomUUID()}`;

let connection: Connection;
let native: NativeConnection;
let client: Client;
let test: TestApp;
let worker: { stop(): Promise<void> };

async function startWorker(queue: string): Promise<{ stop(): Promise<void> }> {
  const made = await Worker.create({
    connection: native,
    namespace: NAMESPACE,
    taskQueue: queue,
    dataConverter,
    workflowsPath: fileURLToPath(new URL('./support/contract-workflow.ts', import.meta.url)),
    activities: {
      async transfer(): Promise<void> {
        const context = Context.current();
        for (;;) {
          context.heartbeat({ step: 'transfer', detail: 'restoring shop', progress: { documents: 50, bytes: 5_000 } });
          await context.sleep(500);
        }
      },
      async fail(): Promise<void> {
        throw ApplicationFailure.retryable('no route to the cluster', 'ConnectionFailed');
      },
    },
  });
  const running = made.run();
  return {
    async stop() {
      made.shutdown();
      await running;
    },
  };
}

function appOn(queue: string): Promise<TestApp> {
  const summary = (name: string) => ({ name, kind: 'hosted', url: 'https://x:9200', hasKibana: false, hasLogstash: false }) as const;
  return testApp({
    runs: temporalRuns(client, queue),
    connectionSummaries: () => [summary(source), summary('new')],
    settings: { taskQueue: queue },
  });
}

async function start(what: string, { app }: TestApp = test, headers: Record<string, string> = {}): Promise<string> {
  const payload = { ...BODY, source, snapshot: what };
  const answer = await app.inject({ method: 'POST', url: '/v1/migrations', payload, headers });
  expect(answer.body).toContain('"id"');
  return answer.json<Migration>().id;
}

async function show(id: string, { app }: TestApp = test): Promise<Migration> {
  return (await app.inject(`/v1/migrations/${id}`)).json<Migration>();
}

async function list(query: string): Promise<string[]> {
  const answer = await test.app.inject(`/v1/migrations?source=${source}&${query}`);
  expect(answer.statusCode).toBe(200);
  return answer.json<{ items: Migration[] }>().items.map((item) => item.id);
}

beforeAll(async () => {
  const { address } = inject('servers').temporal;
  [connection, native] = await Promise.all([Connection.connect({ address }), NativeConnection.connect({ address })]);
  await ensureSearchAttributes(connection, NAMESPACE);
  client = new Client({ connection, namespace: NAMESPACE, dataConverter });
  [test, worker] = await Promise.all([appOn(taskQueue), startWorker(taskQueue)]);
});

afterAll(async () => {
  await worker.stop();
  await test.app.close();
  await Promise.all([connection.close(), native.close()]);
});

describe('with a worker', () => {
  it('shows what the workflow says and what its activity reports, through the codec', async () => {
    const id = await start('transfer');
    await expect.poll(async () => (await show(id)).progress, { timeout: 20_000 }).toMatchObject({
      documents: { done: 150, total: 1_000 },
      bytes: { done: 5_000, total: 10_000 },
    });
    expect((await show(id)).steps[0]?.detail).toBe('restoring shop');
  });

  it('says why an activity is tried again', async () => {
    const id = await start('fail');
    await expect
      .poll(async () => (await show(id)).steps[0]?.detail, { timeout: 20_000 })
      .toMatch(/^attempt 2: no route to the cluster; next try in \d+ s$/);
  });

  it('passes on controls and refusals', async () => {
    const id = await start('wait');
    const call = (action: string, payload?: object) =>
      test.app.inject({ method: 'POST', url: `/v1/migrations/${id}/${action}`, ...(payload === undefined ? {} : { payload }) });
    expect((await call('pause')).json()).toMatchObject({ id, status: 'paused' });
    expect((await call('approve', { gate: 'x' })).json()).toMatchObject({
      status: 409,
      type: '/problems/not-waiting',
      detail: 'No open gate is named "x". Look at gates.',
    });
    expect((await call('cancel')).json()).toMatchObject({ status: 'canceled' });
    await expect.poll(async () => (await call('pause')).json().type, { timeout: 10_000 }).toBe('/problems/already-ended');
  });

  it('starts one migration for one key, however many ask at once', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const other = await appOn(taskQueue);
    const ids = await Promise.all(Array.from({ length: 12 }, (_, at) => start('wait', at % 2 === 0 ? test : other, headers)));
    expect(new Set(ids).size).toBe(1);
    const conflict = await other.app.inject({ method: 'POST', url: '/v1/migrations', payload: { ...BODY, source, snapshot: 'else' }, headers });
    expect(conflict.statusCode).toBe(409);
    await other.app.close();
  });

  it('keeps the key of a migration that has ended', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const id = await start('complete', test, headers);
    await expect.poll(async () => (await show(id)).status, { timeout: 10_000 }).toBe('completed');
    expect(await start('complete', test, headers)).toBe(id);
  });

  it('shows and lists what was terminated in Temporal as failed', async () => {
    const id = await start('wait');
    await client.workflow.getHandle(id).terminate('by hand');
    expect(await show(id)).toMatchObject({ status: 'failed', failure: { code: 'Canceled' } });
    await expect.poll(() => list('status=failed'), { timeout: 10_000 }).toContain(id);
    expect(await list('status=running')).not.toContain(id);
  });

  it('lists open and closed ones in one order, each once', async () => {
    const ids: string[] = [];
    for (const what of ['complete', 'wait', 'complete', 'wait', 'complete']) ids.unshift(await start(what));
    await expect.poll(() => list('limit=200'), { timeout: 10_000 }).toEqual(expect.arrayContaining(ids));
    const found: string[] = [];
    let query = 'limit=2';
    while (found.length < ids.length) {
      const { items, cursor } = (await test.app.inject(`/v1/migrations?source=${source}&${query}`)).json();
      found.push(...items.map((item: Migration) => item.id));
      query = `limit=2&cursor=${cursor}`;
    }
    expect(found.slice(0, ids.length)).toEqual(ids);
    await expect.poll(() => list('status=completed'), { timeout: 10_000 }).toEqual(expect.arrayContaining([ids[0], ids[2], ids[4]]));
    expect(await list('status=paused')).toEqual([]);
    expect(await list('target=elsewhere')).toEqual([]);
  });

  it('lists one that continued as new once, with the time it was asked for', async () => {
    const id = await start('again');
    const later = await start('wait');
    const { createdAt } = await show(id);
    const info = () => client.workflow.getHandle(id).describe();
    await expect.poll(async () => (await info()).startTime > new Date(Date.parse(createdAt) + 500), { timeout: 20_000 }).toBe(true);
    await expect.poll(async () => (await list('status=running')).filter((other) => other === id), { timeout: 10_000 }).toEqual([id]);
    expect((await show(id)).createdAt).toBe(createdAt);
    // Its latest run began after the other migration; it stays behind it all the same.
    expect((await list('')).filter((other) => other === id || other === later)).toEqual([later, id]);
    await client.workflow.getHandle(later).terminate();
  });

  it('counts by status', async () => {
    const { body } = await test.app.inject('/metrics');
    expect(Number(/godwit_migrations\{status="running"\} (\d+)/.exec(body)?.[1])).toBeGreaterThan(0);
  });
});

describe('without a worker', () => {
  it('accepts, shows and lists migrations, and refuses controls in bounded time', async () => {
    const alone = await appOn(`nobody-${randomUUID()}`);
    const id = await start('wait', alone);
    const before = Date.now();
    expect(await show(id, alone)).toMatchObject({ id, status: 'running', notice: expect.stringContaining('No worker polls the task queue') });
    expect(Date.now() - before).toBeLessThan(6_000);
    const pause = await alone.app.inject({ method: 'POST', url: `/v1/migrations/${id}/pause` });
    expect(pause.json()).toMatchObject({ status: 503, type: '/problems/worker-absent' });
    expect(pause.headers['retry-after']).toBe('5');
    await client.workflow.getHandle(id).terminate();
    await alone.app.close();
  });
});

it('says that Temporal cannot be reached', async () => {
  const nowhere = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });
  const { app } = await testApp({ runs: temporalRuns(nowhere, taskQueue) });
  const before = Date.now();
  expect((await app.inject('/readyz')).json()).toMatchObject({ status: 503, type: '/problems/temporal-unavailable' });
  expect(Date.now() - before).toBeLessThan(4_000);
  expect((await app.inject({ method: 'POST', url: '/v1/migrations', payload: BODY })).json()).toMatchObject({ status: 503 });
  await app.close();
});
