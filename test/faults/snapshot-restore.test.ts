/** Kills what a migration stands on, in every step, and counts at the servers that nothing was done twice. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { call } from '../servers/http.js';
import { startToxiproxy, type Toxiproxy } from '../servers/toxiproxy.js';
import { bulky, clearNodes, count, createIndex, createMany, deleteIndices, exists, logLines, numbered, repositories, write } from '../support/clusters.js';
import { HoldingProxy, type Held } from '../support/holding-proxy.js';
import { startStack, type Stack } from '../support/stack.js';
import type { Migration } from '../../src/contracts/migration.js';

const servers = inject('servers');
const { es8, es9 } = servers;
let toxiproxy: Toxiproxy;
let proxy: Awaited<ReturnType<Toxiproxy['proxy']>>;
let stack: Stack;
/** In front of source and target, for the connections `held8` and `held9`. */
let holders: Readonly<Record<'source' | 'target', HoldingProxy>>;

const clear = (): Promise<void> => clearNodes([es8, es9], 'sf');

beforeAll(async () => {
  await clear();
  toxiproxy = await startToxiproxy();
  proxy = await toxiproxy.proxy(es8.url);
  const [source, target] = await Promise.all([HoldingProxy.start(es8), HoldingProxy.start(es9)]);
  holders = { source, target };
  stack = await startStack(servers, {
    urls: { es8: proxy.url },
    more: { held8: { kind: 'self-managed', url: source.url }, held9: { kind: 'self-managed', url: target.url } },
  });
});
afterAll(async () => {
  await stack.stop();
  await Promise.all([holders.source.stop(), holders.target.stop()]);
  await toxiproxy.stop();
  await clear();
});

const transferDetail = (migration: Migration): string => migration.steps.find((step) => step.name === 'transfer')?.detail ?? '';
const isSnapshotting = (migration: Migration): boolean => transferDetail(migration).includes('snapshot:');
const isRestoring = (migration: Migration): boolean => transferDetail(migration).includes('restoring');

/** What the servers themselves say that they did for a migration. */
const done = (id: string): { snapshots: number; restores: number } => ({
  snapshots: logLines(es8.logFile, new RegExp(`snapshot \\[[^\\]]*:godwit-${id}[^\\]]*\\] started`)).length,
  restores: logLines(es9.logFile, new RegExp(`started restore of snapshot \\[[^\\]]*:godwit-${id}/`)).length,
});

async function prepare(name: string, documents: number, bytes: number): Promise<void> {
  for (const index of [`sf-${name}-1`, `sf-${name}-2`]) {
    await createIndex(es8, index);
    await write(es8, index, bulky(documents, bytes));
  }
}

async function start(name: string, speed: { snapshot?: string; restore?: string } = {}, on: Stack = stack): Promise<string> {
  const location = `sf-${name}`;
  const { id } = await on.migrate({
    source: 'es8',
    target: 'es9',
    indices: [`sf-${name}-*`],
    repository: {
      name: location,
      type: 'fs',
      settings: { location: `${location}-${Date.now().toString(36)}`, max_snapshot_bytes_per_sec: speed.snapshot ?? '100mb' },
      targetSettings: { max_restore_bytes_per_sec: speed.restore ?? '100mb' },
    },
  });
  return id;
}

/** Each with a worker of its own: they wait for its death to be noticed, side by side. */
describe.concurrent('a worker that is killed', { timeout: 240_000 }, () => {
  const stacks: Stack[] = [];
  const own = async (url?: string): Promise<Stack> => {
    const started = await startStack(servers, url === undefined ? {} : { urls: { es8: url } });
    stacks.push(started);
    return started;
  };
  beforeAll(async () => {
    // One after the other: a node makes room for a mapping only after all the indices that wait to be created.
    await createMany(es8, 'sf-verify-', 120);
    for (const name of ['snapshot', 'restore']) await prepare(name, 100, 10_000);
  });
  afterAll(() => Promise.all(stacks.map((started) => started.stop())));

  it.each([
    ['snapshot', { snapshot: '200kb' }, isSnapshotting],
    ['restore', { restore: '150kb' }, isRestoring],
  ])('during the %s costs nothing that was done: one snapshot, one restore', async (name, speed, reached) => {
    const alone = await own();
    const id = await start(name, speed, alone);
    await alone.until(id, reached);
    await alone.killWorkers();
    // Nobody works: the API says so and shows the last state, and a control call is refused, not lost.
    expect((await alone.migration(id)).status).toBe('running');
    await alone.startWorker();
    expect(await alone.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified' } });
    expect(done(id)).toEqual({ snapshots: 1, restores: 1 });
    expect(await count(es9, `sf-${name}-1`)).toBe(100);
    expect(await count(es9, `sf-${name}-2`)).toBe(100);
  });

  it('during the verification compares what is left, and restores nothing again', async () => {
    const slow = await toxiproxy.proxy(es8.url);
    const alone = await own(slow.url);
    const id = await start('verify', {}, alone);
    await alone.until(id, (migration) => migration.steps.some((step) => step.name === 'transfer' && step.status === 'completed') || isRestoring(migration));
    // The source answers slowly from here on, so that the comparison takes a while.
    await slow.latency(250);
    await alone.until(id, (migration) => migration.verification.status === 'running');
    await alone.killWorkers();
    await slow.restore();
    await alone.startWorker();
    expect(await alone.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified' } });
    // 120 indices in batches of 100.
    expect(done(id)).toEqual({ snapshots: 1, restores: 2 });
    const report = await alone.report(id);
    expect(report.verification).toMatchObject({ compared: 120, equal: 120 });
  });
});

describe('a connection that is cut', () => {
  it('for some seconds is waited out', async () => {
    await prepare('cut', 100, 10_000);
    const id = await start('cut', { snapshot: '300kb' });
    await stack.until(id, isSnapshotting);
    await proxy.cut();
    const waiting = await stack.until(id, (migration) => /attempt \d+/.test(transferDetail(migration)));
    expect(transferDetail(waiting)).toMatch(/es8/);
    await proxy.restore();
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect(done(id)).toEqual({ snapshots: 1, restores: 1 });
  });

  it('before the start parks nothing for ever: a retry finishes it, a cancel ends it', async () => {
    await createIndex(es8, 'sf-away-1');
    await write(es8, 'sf-away-1', numbered(3));
    await proxy.cut();
    const id = await start('away');
    await stack.until(id, (migration) => /attempt \d+/.test(migration.steps.find((step) => step.name === 'preflight')?.detail ?? ''));
    await proxy.restore();
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect(await repositories(es8)).not.toContain('sf-away');
  });

  it('while it is canceled: what could not be undone is listed as left', async () => {
    await prepare('left', 200, 10_000);
    const id = await start('left', { snapshot: '200kb' });
    await stack.until(id, isSnapshotting);
    await proxy.cut();
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    await proxy.restore();
    const report = await stack.report(id);
    const left = report.effects.filter((effect) => effect.state === 'left');
    expect(left.map((effect) => effect.kind).sort()).toEqual(['create-snapshot', 'register-repository']);
    expect(left.every((effect) => effect.connection === 'es8' && (effect.note ?? '') !== '')).toBe(true);
    // It says the truth: this is what is really there.
    expect(await repositories(es8)).toContain('sf-left');
    const { snapshots } = await call<{ snapshots: { snapshot: string }[] }>(es8, 'GET', '/_snapshot/sf-left/_all');
    expect(snapshots.map(({ snapshot }) => snapshot)).toEqual([`godwit-${id}`]);
    await call(es8, 'DELETE', `/_snapshot/sf-left/godwit-${id}`);
  }, 240_000);
});

describe('a cancel during the verification', () => {
  it('deletes what was restored, but not an index that somebody has written to since', async () => {
    await createMany(es8, 'sf-late-', 60);
    const id = await start('late');
    await stack.until(id, (migration) => isRestoring(migration) || migration.verification.status === 'running');
    await proxy.latency(400);
    await stack.until(id, (migration) => migration.verification.status === 'running');
    await write(es9, 'sf-late-0000', [{ id: 'mine', source: {} }]);
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    await proxy.restore();
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    const report = await stack.report(id);
    expect(report.effects.filter((effect) => effect.state !== 'undone')).toEqual([
      expect.objectContaining({ kind: 'restore', subject: 'sf-late-0000', state: 'left', note: expect.stringContaining('written to') }),
    ]);
    expect(Object.keys(await call(es9, 'GET', '/sf-late-*/_settings'))).toEqual(['sf-late-0000']);
    expect(await repositories(es9)).not.toContain('sf-late');
  });
});

describe('a cancel at an exact request', () => {
  const REPOSITORY = '/_snapshot/sf-held';

  it.each<[string, 'source' | 'target', Held, RegExp, string]>([
    ['the source has registered the repository, and nobody has heard', 'source', 'answer', /^PUT .*sf-held$/, 'prepare'],
    ['the target is about to register it', 'target', 'request', /^PUT .*sf-held$/, 'prepare'],
    ['the source has begun the empty snapshot', 'source', 'answer', /^PUT .*sf-held[/]/, 'prepare'],
    ['the snapshot is about to be deleted', 'source', 'request', /^DELETE .*sf-held[/]godwit-m[^/]*$/, 'cleanup'],
    ['the last registration is gone, and nobody has heard', 'source', 'answer', /^DELETE .*sf-held$/, 'cleanup'],
  ])('%s: it ends as canceled, and nothing is left', async (_name, side, what, request, step) => {
    await createIndex(es8, 'sf-held-1');
    await write(es8, 'sf-held-1', numbered(5));
    const location = `sf-held-${Date.now().toString(36)}`;
    const hold = holders[side].hold(what, request);
    const { id } = await stack.migrate({ source: 'held8', target: 'held9', indices: ['sf-held-1'], repository: { name: 'sf-held', type: 'fs', settings: { location } } });
    await hold.reached;
    expect((await stack.migration(id)).steps.filter(({ status }) => status === 'running').map(({ name }) => name)).toEqual([step]);
    expect(await exists(es9, 'sf-held-1')).toBe(step === 'cleanup');
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    hold.release();
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });

    const { effects } = await stack.report(id);
    expect(effects.map(({ kind }) => kind)).toContain(step === 'cleanup' ? 'restore' : 'register-repository');
    expect(effects.filter(({ state }) => state !== 'undone')).toEqual([]);
    // And so it is.
    expect(await exists(es9, 'sf-held-1')).toBe(false);
    expect(await count(es8, 'sf-held-1')).toBe(5);
    for (const node of [es8, es9]) expect(await repositories(node)).not.toContain('sf-held');
    await call(es8, 'PUT', REPOSITORY, { type: 'fs', settings: { location } });
    expect((await call<{ snapshots: unknown[] }>(es8, 'GET', `${REPOSITORY}/_all`)).snapshots).toEqual([]);
    await call(es8, 'DELETE', REPOSITORY);
    await deleteIndices(es8, 'sf-held-1');
  });
});
