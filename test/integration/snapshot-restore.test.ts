/** snapshot-restore over HTTP, on real clusters: what arrives, what is refused, what parks, what a cancel leaves. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { call } from '../servers/http.js';
import { bulky, clearNodes, count, createIndex, createMany, deleteIndices, exists, logLines, numbered, readAll, repositories, write } from '../support/clusters.js';
import { inStep, startStack, type Stack } from '../support/stack.js';
import type { Problem } from '../../src/contracts/problem.js';
import type { PreflightResult } from '../../src/contracts/preflight.js';

const servers = inject('servers');
const { es7, es8, es9 } = servers;
let stack: Stack;

const clear = (): Promise<void> => clearNodes([es7, es8, es9], 'sr');

beforeAll(async () => {
  await clear();
  stack = await startStack(servers);
});
afterAll(async () => {
  await stack.stop();
  await clear();
});

const repository = (location: string, settings: object = {}): object => ({ name: location, type: 'fs', settings: { location, ...settings } });

describe('what arrives', () => {
  it('8.19.8 to 9.4.3: routing, aliases, a rename, a data stream, an empty index, 200 small indices', async () => {
    // Data streams cannot be deleted in these builds: a name of this run's own.
    const a = `sr-a${Date.now().toString(36)}`;
    await createIndex(es8, `${a}-routed`, { settings: { number_of_shards: 3, number_of_replicas: 0 }, aliases: { [`${a}-alias`]: { filter: { term: { number: 1 } } } } });
    await write(es8, `${a}-routed`, numbered(500).map((document, number) => ({ ...document, routing: `r${String(number % 7)}` })));
    await createIndex(es8, `${a}-empty`);
    await createMany(es8, `${a}-small-`, 200);
    await call(es8, 'PUT', `/_index_template/${a}`, { index_patterns: [`${a}-stream*`], priority: 900, data_stream: {}, template: { settings: { number_of_replicas: 0 } } });
    const events = numbered(40, () => ({ '@timestamp': '2026-11-24T00:00:00Z' }));
    await write(es8, `${a}-stream`, events, 'create');

    const { id } = await stack.migrate({
      source: 'es8',
      target: 'es9',
      indices: [`${a}-*`],
      rename: { pattern: '^sr-(.+)$', replacement: 'moved-sr-$1' },
      repository: repository('sr-a'),
    });
    const migration = await stack.ended(id);

    expect(migration).toMatchObject({ status: 'completed', verification: { status: 'verified', mismatches: 0 } });
    expect(await readAll(es9, `moved-${a}-routed`)).toEqual(await readAll(es8, `${a}-routed`));
    expect(await count(es9, `moved-${a}-empty`)).toBe(0);
    expect(await count(es9, `moved-${a}-stream`)).toBe(40);
    expect((await readAll(es9, `moved-${a}-stream`)).size).toBe(40);
    expect(Object.keys(await call(es9, 'GET', `/moved-${a}-small-*/_settings`))).toHaveLength(200);
    expect(await call(es9, 'GET', `/_alias/${a}-alias`)).toEqual({ [`moved-${a}-routed`]: { aliases: { [`${a}-alias`]: { filter: { term: { number: 1 } } } } } });
    const resolved = await call<{ data_streams: { name: string }[] }>(es9, 'GET', `/_resolve/index/moved-${a}-stream`);
    expect(resolved.data_streams.map((stream) => stream.name)).toEqual([`moved-${a}-stream`]);

    const report = await stack.report(id);
    expect(report).toMatchObject({ final: true, totals: { indices: 203, documents: 540 }, indicesTotal: 203, verification: { equal: 203, compared: 203, mismatches: 0 } });
    expect(report.verification.cutoff).toMatch(/every shard as of a moment between/);
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'DataStreamTemplateMissing', subject: `${a}-stream` }));
    // What was only needed on the way is gone from both clusters.
    expect(await repositories(es8)).not.toContain('sr-a');
    expect(await repositories(es9)).not.toContain('sr-a');
    expect(report.effects.filter((effect) => effect.state === 'left')).toEqual([]);
  }, 300_000);

  it('7.17.8 to 8.19.8: routing and an alias; the snapshot is kept when asked', async () => {
    const b = `sr-b-${Date.now().toString(36)}`;
    await createIndex(es7, 'sr-b-orders', { aliases: { 'sr-b-alias': {} } });
    await write(es7, 'sr-b-orders', numbered(300).map((document) => ({ ...document, routing: 'x' })));
    const { id } = await stack.migrate({ source: 'es7', target: 'es8', indices: ['sr-b-*'], repository: repository(b), keepSnapshot: true, includeAliases: false });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect(await readAll(es8, 'sr-b-orders')).toEqual(await readAll(es7, 'sr-b-orders'));
    expect(await exists(es8, 'sr-b-alias')).toBe(false);
    const report = await stack.report(id);
    expect(report.effects).toContainEqual(expect.objectContaining({ kind: 'create-snapshot', state: 'kept' }));

    // An existing snapshot is restored as it is, and never deleted.
    await call(es7, 'PUT', `/_snapshot/${b}`, { type: 'fs', settings: { location: b } });
    const again = await stack.migrate({
      source: 'es7',
      target: 'es8',
      snapshot: `godwit-${id}`,
      repository: { name: b },
      rename: { pattern: '^sr-b', replacement: 'sr-b2' },
    });
    expect(await stack.ended(again.id)).toMatchObject({ status: 'completed' });
    expect(await count(es8, 'sr-b2-orders')).toBe(300);
    const { snapshots } = await call<{ snapshots: { snapshot: string }[] }>(es7, 'GET', `/_snapshot/${b}/_all`);
    expect(snapshots.map(({ snapshot }) => snapshot)).toEqual([`godwit-${id}`]);
    await call(es7, 'DELETE', `/_snapshot/${b}`);
  });

  it('index settings are set and left out as asked', async () => {
    await createIndex(es8, 'sr-c-one', { settings: { number_of_replicas: 0, refresh_interval: '7s' } });
    const { id } = await stack.migrate({
      source: 'es8',
      target: 'es9',
      indices: ['sr-c-one'],
      repository: repository('sr-c'),
      indexSettings: { 'index.priority': 5 },
      ignoreIndexSettings: ['index.refresh_interval'],
    });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    const { 'sr-c-one': index } = await call<Record<string, { settings: { index: Record<string, unknown> } }>>(es9, 'GET', '/sr-c-one/_settings');
    expect(index?.settings.index).toMatchObject({ priority: '5' });
    expect(index?.settings.index).not.toHaveProperty('refresh_interval');
  });

  it('a source that is written to meanwhile: the report states the cut-off and how far the source has moved on', async () => {
    await createIndex(es8, 'sr-d-live');
    await write(es8, 'sr-d-live', bulky(400, 8_000));
    const { id } = await stack.migrate({ source: 'es8', target: 'es9', indices: ['sr-d-live'], repository: repository('sr-d', { max_snapshot_bytes_per_sec: '500kb' }) });
    await stack.until(id, (migration) => (migration.steps.find((step) => step.name === 'transfer')?.detail ?? '').includes('snapshot:'));
    await write(es8, 'sr-d-live', [{ id: 'late-1', source: {} }, { id: 'late-2', source: {} }]);
    await write(es8, 'sr-d-live', [{ id: 'd0', source: { changed: true } }]);
    const migration = await stack.ended(id);
    expect(migration).toMatchObject({ status: 'completed', verification: { status: 'verified' } });
    const report = await stack.report(id);
    expect(report.indices).toEqual([expect.objectContaining({ index: 'sr-d-live', verdict: 'within-cutoff', sourceDocuments: 402, targetDocuments: 400, operationsAfterCutoff: 3 })]);
  });
});

describe('what is refused before anything is touched', () => {
  const good = { type: 'snapshot-restore', source: 'es8', target: 'es9', indices: ['sr-e-*'], repository: { name: 'sr-e', type: 'fs', settings: { location: 'sr-e' } } };

  beforeAll(async () => {
    await createIndex(es8, 'sr-e-one');
  });

  it.each([
    ['an unknown source', { source: 'nowhere' }, 400, 'source', /no connection is named "nowhere"/],
    ['an unknown option', { replicas: 1 }, 400, 'replicas', /not an option/],
    ['the same cluster twice', { target: 'es8' }, 400, 'target', /source/],
    ['a pattern that matches nothing', { indices: ['sr-e-*', 'sr-nothing-*'] }, 422, 'indices', /sr-nothing-\*/],
    ['a rename that is no regular expression', { rename: { pattern: '(', replacement: 'x' } }, 422, 'rename', /regular expression/],
    ['a rename that gives an invalid name', { rename: { pattern: 'sr', replacement: 'SR' } }, 422, 'rename', /upper case/],
    ['a serverless target', { target: 'cloud' }, 422, 'target', /serverless/],
    ['a target older than the source', { source: 'es9', target: 'es8', indices: ['*'] }, 422, 'target', /older/],
    ['a merge', { onExisting: 'merge' }, 400, 'onExisting', /replace/],
    ['a secret in the repository settings', { repository: { name: 'r', type: 's3', settings: { secret_key: 'hush' } } }, 400, 'repository.settings.secret_key', /keystore/],
  ])('%s', async (_name, change, status, path, message) => {
    const before = await repositories(es8);
    const answer = await stack.call<Problem>('POST', '/v1/migrations', { ...good, ...change });
    expect(answer.status).toBe(status);
    const problem = answer.body.errors?.find((error) => error.path.startsWith(path));
    expect(problem?.message).toMatch(message);
    expect(await repositories(es8)).toEqual(before);
  });

  it('a repository that the target may write to is found in preflight, which touches nothing', async () => {
    await call(es8, 'PUT', '/_snapshot/sr-shared', { type: 'fs', settings: { location: 'sr-shared' } });
    await call(es9, 'PUT', '/_snapshot/sr-other-name', { type: 'fs', settings: { location: 'sr-shared' } });
    const request = { ...good, repository: { name: 'sr-shared' } };
    const preflight = await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', request);
    expect(preflight.body.ok).toBe(false);
    expect(preflight.body.findings[0]).toMatchObject({ severity: 'error', code: 'RepositoryHasOtherWriter', subject: 'repository' });

    const { id } = await stack.migrate(request);
    const parked = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(parked.attention).toEqual([expect.objectContaining({ code: 'RepositoryHasOtherWriter', step: 'preflight' })]);
    // The cause removed, a retry completes it.
    await call(es9, 'DELETE', '/_snapshot/sr-other-name');
    expect((await stack.control(id, 'retry')).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    await call(es8, 'DELETE', '/_snapshot/sr-shared');
  });

  it('preflight of a good request says what would be moved', async () => {
    await deleteIndices(es9, 'sr-e-one');
    const { body } = await stack.call<PreflightResult>('POST', '/v1/migrations/preflight', good);
    expect(body).toMatchObject({ ok: true, plan: { indices: 1, dataStreams: 0, documents: 0 } });
    expect(await repositories(es9)).not.toContain('sr-e');
  });
});

describe('what is in the way at the target', () => {
  it('an existing index stops preflight and is not touched; replace is a decision', async () => {
    await createIndex(es8, 'sr-f-taken');
    await write(es8, 'sr-f-taken', numbered(5));
    await createIndex(es9, 'sr-f-taken');
    await write(es9, 'sr-f-taken', [{ id: 'mine', source: {} }]);
    const { id } = await stack.migrate({ source: 'es8', target: 'es9', indices: ['sr-f-*'], repository: repository('sr-f') });
    const parked = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(parked.attention).toEqual([expect.objectContaining({ subject: 'sr-f-taken', code: 'IndexAlreadyExists', skippable: true })]);
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'canceled' });
    expect([...(await readAll(es9, 'sr-f-taken')).keys()]).toEqual(['mine']);
    expect((await stack.report(id)).effects).toEqual([]);

    const replacing = await stack.migrate({ source: 'es8', target: 'es9', indices: ['sr-f-*'], repository: repository('sr-f'), onExisting: 'replace' });
    expect(await stack.ended(replacing.id)).toMatchObject({ status: 'completed' });
    expect(await count(es9, 'sr-f-taken')).toBe(5);
  });

  it('an index that cannot be restored parks while the rest completes; mended, retry finishes it, and nothing is restored twice', async () => {
    await clear();
    for (const name of ['sr-g-1', 'sr-g-2', 'sr-g-late']) await createIndex(es8, name);
    await write(es8, 'sr-g-1', numbered(3));
    await write(es8, 'sr-g-2', bulky(100, 10_000));
    await write(es8, 'sr-g-late', numbered(4));
    const restores = (): number => logLines(es9.logFile, /started restore of snapshot .*sr-g/).length;
    const before = restores();
    const { id } = await stack.migrate({ source: 'es8', target: 'es9', indices: ['sr-g-*'], repository: repository('sr-g', { max_snapshot_bytes_per_sec: '300kb' }) });
    // Preflight is over, the restore has not begun: now somebody takes the name.
    await stack.until(id, (migration) => (migration.steps.find((step) => step.name === 'transfer')?.detail ?? '').includes('snapshot:'));
    await createIndex(es9, 'sr-g-late');
    await write(es9, 'sr-g-late', [{ id: 'theirs', source: {} }]);

    const parked = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(parked.attention).toEqual([expect.objectContaining({ subject: 'sr-g-late', code: 'IndexAlreadyExists', step: 'transfer' })]);
    expect(await count(es9, 'sr-g-1')).toBe(3);
    expect(await count(es9, 'sr-g-2')).toBe(100);
    expect([...(await readAll(es9, 'sr-g-late')).keys()]).toEqual(['theirs']);
    const { body: slices } = await stack.call<{ items: { index: string; status: string }[] }>('GET', `/v1/migrations/${id}/slices`);
    expect(Object.fromEntries(slices.items.map((slice) => [slice.index, slice.status]))).toEqual({ 'sr-g-1': 'completed', 'sr-g-2': 'completed', 'sr-g-late': 'needs-attention' });

    // A subject that does not wait is a conflict, and changes nothing.
    expect((await stack.control(id, 'retry', { subject: 'sr-g-1' })).status).toBe(409);
    await deleteIndices(es9, 'sr-g-late');
    expect((await stack.control(id, 'retry', { subject: 'sr-g-late' })).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified' } });
    expect(await count(es9, 'sr-g-late')).toBe(4);
    expect(restores() - before).toBe(2);
  });

  it('an index that no node of the target may take parks with the reason; skipped, its incomplete copy is removed', async () => {
    await createIndex(es8, 'sr-k-stuck');
    await createIndex(es8, 'sr-k-fine');
    await call(es8, 'PUT', '/sr-k-stuck/_settings', { 'index.routing.allocation.require.box': 'hot' });
    const { id } = await stack.migrate({ source: 'es8', target: 'es9', indices: ['sr-k-*'], repository: repository('sr-k') });
    const parked = await stack.until(id, ({ status }) => status === 'needs-attention');
    expect(parked.attention).toEqual([expect.objectContaining({ subject: 'sr-k-stuck', code: 'AllocationBlocked', step: 'transfer' })]);
    expect(await exists(es9, 'sr-k-fine')).toBe(true);
    expect((await stack.control(id, 'skip', { subject: 'sr-k-stuck' })).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect(await exists(es9, 'sr-k-stuck')).toBe(false);
    const report = await stack.report(id);
    expect(report.indices).toContainEqual(expect.objectContaining({ index: 'sr-k-stuck', verdict: 'skipped' }));
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'AllocationFilters', subject: 'sr-k-stuck' }));
  });

  it('skip leaves an index out by name', async () => {
    await createIndex(es8, 'sr-h-skipped');
    await createIndex(es8, 'sr-h-moved');
    await createIndex(es9, 'sr-h-skipped');
    const { id } = await stack.migrate({ source: 'es8', target: 'es9', indices: ['sr-h-*'], repository: repository('sr-h') });
    await stack.until(id, ({ status }) => status === 'needs-attention');
    expect((await stack.control(id, 'skip', { subject: 'sr-h-skipped' })).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect(await exists(es9, 'sr-h-moved')).toBe(true);
    expect((await stack.report(id)).indices.map((index) => [index.index, index.verdict])).toEqual([
      ['sr-h-skipped', 'skipped'],
      ['sr-h-moved', 'equal'],
    ]);
  });
});

describe('control', () => {
  it('pause stops before the next effect, resume goes on', async () => {
    await createIndex(es8, 'sr-i-one');
    await write(es8, 'sr-i-one', bulky(300, 5_000));
    const { id } = await stack.migrate({ source: 'es8', target: 'es9', indices: ['sr-i-*'], repository: repository('sr-i', { max_snapshot_bytes_per_sec: '400kb' }) });
    await stack.until(id, (migration) => (migration.steps.find((step) => step.name === 'transfer')?.detail ?? '').includes('snapshot:'));
    expect((await stack.control(id, 'pause')).body.status).toBe('paused');
    // The snapshot that was under way ends; no restore begins.
    await stack.until(id, (migration) => (migration.steps.find((step) => step.name === 'transfer')?.detail ?? '').includes('every shard as of'));
    expect(await exists(es9, 'sr-i-one')).toBe(false);
    expect((await stack.control(id, 'resume')).status).toBe(200);
    expect((await stack.control(id, 'resume')).status).toBe(409);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect((await stack.control(id, 'pause')).status).toBe(409);
    const { audit } = await stack.report(id);
    expect(audit.map((entry) => entry.action)).toEqual(expect.arrayContaining(['start', 'pause', 'resume']));
  });

  it.each([
    ['the snapshot', { snapshot: '300kb', restore: '100mb' }, (detail: string) => detail.includes('snapshot:')],
    ['the restore', { snapshot: '100mb', restore: '200kb' }, (detail: string) => detail.includes('restoring')],
  ])('cancel during %s leaves what the report says: nothing', async (name, speed, reached) => {
    const index = `sr-j-${name.replace(/\W/g, '')}`;
    await createIndex(es8, index);
    await write(es8, index, bulky(400, 8_000));
    const location = `${index}-repo`;
    const { id } = await stack.migrate({
      source: 'es8',
      target: 'es9',
      indices: [index],
      repository: { name: location, type: 'fs', settings: { location, max_snapshot_bytes_per_sec: speed.snapshot }, targetSettings: { max_restore_bytes_per_sec: speed.restore } },
    });
    await stack.until(id, (migration) => inStep('transfer')(migration) && reached(migration.steps.find((step) => step.name === 'transfer')?.detail ?? ''));
    expect((await stack.control(id, 'cancel')).status).toBe(200);
    const migration = await stack.ended(id);
    expect(migration.status).toBe('canceled');
    const report = await stack.report(id);
    expect(report.effects.length).toBeGreaterThan(0);
    expect(report.effects.filter((effect) => effect.state !== 'undone')).toEqual([]);
    expect(await exists(es9, index)).toBe(false);
    expect(await repositories(es8)).not.toContain(location);
    expect(await repositories(es9)).not.toContain(location);
    await call(es8, 'PUT', `/_snapshot/${location}`, { type: 'fs', settings: { location } });
    expect((await call<{ snapshots: unknown[] }>(es8, 'GET', `/_snapshot/${location}/_all`)).snapshots).toEqual([]);
    await call(es8, 'DELETE', `/_snapshot/${location}`);
    expect(await count(es8, index)).toBe(400);
  });
});
