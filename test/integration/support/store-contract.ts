/** What every store promises, whatever is beneath it; the same tests run against each. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { LedgerFilter, MigrationFilter, MigrationRecord, NewDeadLetter, NewLedgerRow, Store } from '../../../src/store/store.js';

const record = (over: Partial<MigrationRecord> = {}): MigrationRecord => ({
  id: randomUUID(),
  type: 'snapshot-restore',
  source: 'old',
  target: 'new',
  status: 'running',
  createdAt: '2026-03-01T10:00:00.000Z',
  endedAt: null,
  requestHash: 'abc',
  state: { zulu: 1, alpha: [1.5, null] },
  ...over,
});

const row = (index: string, slice = 0, over: Partial<NewLedgerRow> = {}): NewLedgerRow => ({
  index,
  slice,
  target: `${index}-new`,
  method: 'snapshot',
  documents: 10,
  bytes: 1_000,
  detail: { kind: 'index' },
  ...over,
});

const all: LedgerFilter = { limit: 1_000 };

function migrationTests(store: () => Store): void {
  it('gives a saved migration back, keys in their order', async () => {
    const saved = record();
    await store().migrations.save(saved);
    const found = await store().migrations.find(saved.id);
    expect(found).toEqual(saved);
    expect(Object.keys(found?.state ?? {})).toEqual(['zulu', 'alpha']);
    expect(await store().migrations.find('none')).toBeNull();
  });

  it('keeps state and request hash when a save has none', async () => {
    const saved = record();
    await store().migrations.save(saved);
    await store().migrations.save({ ...saved, status: 'completed', endedAt: '2026-03-02T00:00:00.000Z', state: null, requestHash: null });
    expect(await store().migrations.find(saved.id)).toEqual({ ...saved, status: 'completed', endedAt: '2026-03-02T00:00:00.000Z' });
  });

  it('lists newest first, filtered', async () => {
    const source = `source-${randomUUID()}`;
    const days = ['01', '03', '02'].map((day) => record({ source, createdAt: `2026-03-${day}T00:00:00.000Z`, status: day === '02' ? 'failed' : 'running' }));
    for (const one of days) {
      await store().migrations.save(one);
    }
    const list = (filter: MigrationFilter): Promise<MigrationRecord[]> => store().migrations.list(filter);
    expect((await list({ source, limit: 10 })).map((found) => found.createdAt.slice(8, 10))).toEqual(['03', '02', '01']);
    expect(await list({ source, limit: 2 })).toHaveLength(2);
    expect(await list({ source, status: 'failed', limit: 10 })).toHaveLength(1);
    expect(await list({ source, createdBefore: '2026-03-03T00:00:00.000Z', limit: 10 })).toHaveLength(2);
    expect(await list({ source, createdFrom: '2026-03-02T00:00:00.000Z', createdBefore: '2026-03-03T00:00:00Z', limit: 10 })).toHaveLength(1);
    expect(await list({ source, type: 'copy', limit: 10 })).toEqual([]);
  });
}

function ledgerTests(store: () => Store): void {
  it('adds rows once, and adding again changes nothing', async () => {
    const id = randomUUID();
    await store().ledger.add(id, [row('b'), row('a', 1), row('a', 0), row('B')]);
    await store().ledger.change(id, [{ index: 'a', slice: 0, status: 'completed', countAttempt: true }]);
    await store().ledger.add(id, [row('a', 0), row('c')]);
    const rows = await store().ledger.page(id, all);
    expect(rows.map((found) => `${found.index}/${found.slice}`)).toEqual(['B/0', 'a/0', 'a/1', 'b/0', 'c/0']);
    expect(rows[1]).toEqual({
      ...row('a', 0),
      status: 'completed',
      attempts: 1,
      error: null,
      cursor: null,
      digest: null,
      verdict: null,
    });
  });

  it('changes what is named, leaves the rest, merges detail', async () => {
    const id = randomUUID();
    await store().ledger.add(id, [row('a')]);
    const error = { code: 'DiskFull', message: 'full \0 \ud800 \\u0000', remedy: 'free some' };
    await store().ledger.change(id, [
      { index: 'a', slice: 0, status: 'needs-attention', error, cursor: { at: [1, 'x'] }, detail: { shards: 3 }, countAttempt: true },
      { index: 'a', slice: 0, digest: 'd1', documents: null, detail: { shards: 4, more: true }, countAttempt: true },
    ]);
    expect((await store().ledger.page(id, all))[0]).toMatchObject({
      status: 'needs-attention',
      error: { code: 'DiskFull', message: 'full  \ufffd \\u0000' },
      cursor: { at: [1, 'x'] },
      digest: 'd1',
      documents: null,
      bytes: 1_000,
      attempts: 2,
      detail: { kind: 'index', shards: 4, more: true },
    });
    await store().ledger.change(id, [{ index: 'a', slice: 0, error: null, cursor: null, verdict: 'equal' }]);
    expect((await store().ledger.page(id, all))[0]).toMatchObject({ error: null, cursor: null, verdict: 'equal', status: 'needs-attention' });
  });

  it('pages by position and filters', async () => {
    const id = randomUUID();
    await store().ledger.add(id, [row('a', 0), row('a', 1), row('b', 0), row('c', 0)]);
    await store().ledger.change(id, [{ index: 'b', slice: 0, status: 'skipped', verdict: 'skipped' }]);
    const page = async (filter: LedgerFilter): Promise<string> =>
      (await store().ledger.page(id, filter)).map((found) => `${found.index}${found.slice}`).join(' ');
    expect(await page({ limit: 2 })).toBe('a0 a1');
    expect(await page({ limit: 2, after: { index: 'a', slice: 1 } })).toBe('b0 c0');
    expect(await page({ limit: 9, statuses: ['pending'], index: 'a' })).toBe('a0 a1');
    expect(await page({ limit: 9, verdicts: ['skipped', 'equal'] })).toBe('b0');
    expect((await store().ledger.byIndex(id, ['c', 'a'])).map((found) => found.index)).toEqual(['a', 'a', 'c']);
  });

  it('pages in turns of the indices', async () => {
    const id = randomUUID();
    await store().ledger.add(id, [row('a', 1), row('a', 2), row('a', 3), row('b', 1), row('c', 1), row('c', 2)]);
    const page = async (filter: LedgerFilter): Promise<string> =>
      (await store().ledger.page(id, { order: 'turn', ...filter })).map((found) => `${found.index}${found.slice}`).join(' ');
    expect(await page({ limit: 9 })).toBe('a1 b1 c1 a2 c2 a3');
    expect(await page({ limit: 2, after: { index: 'b', slice: 1 } })).toBe('c1 a2');
    expect(await page({ limit: 9, after: { index: 'c', slice: 2 }, statuses: ['pending'] })).toBe('a3');
  });

  it('sums up, and reports what is not equal first', async () => {
    const id = randomUUID();
    await store().ledger.add(id, [row('a'), row('b', 0), row('b', 1), row('c'), row('d', 0, { documents: null })]);
    await store().ledger.change(id, [
      { index: 'a', slice: 0, status: 'verified', verdict: 'equal', detail: { sourceDocuments: 11, targetDocuments: 11, operationsAfterCutoff: 0 } },
      { index: 'b', slice: 0, status: 'completed', verdict: 'equal', detail: { targetDocuments: 10 } },
      { index: 'b', slice: 1, status: 'completed', verdict: 'mismatch', detail: { targetDocuments: 9, note: 'one is missing' } },
      { index: 'c', slice: 0, status: 'skipped' },
    ]);
    expect(await store().ledger.summary(id)).toContainEqual({ status: 'completed', verdict: 'mismatch', rows: 1, documents: 10, bytes: 1_000 });
    const { items, total } = await store().ledger.indexReports(id, 3);
    expect(total).toBe(4);
    expect(items.map((item) => `${item.index} ${item.verdict}`)).toEqual(['b mismatch', 'd not-compared', 'c skipped']);
    expect(items[0]).toEqual({ index: 'b', target: 'b-new', verdict: 'mismatch', sourceDocuments: 20, targetDocuments: 19, operationsAfterCutoff: null, note: 'one is missing', content: null });
    expect((await store().ledger.indexReports(id, 9)).items.at(-1)).toMatchObject({ index: 'a', sourceDocuments: 11, operationsAfterCutoff: 0 });
  });

  it('takes 10,000 rows and 10,000 changes in seconds', async () => {
    const id = randomUUID();
    const rows = Array.from({ length: 10_000 }, (_, at) => row(`logs-${String(at).padStart(5, '0')}`, 0, { detail: { uuid: randomUUID(), created: at } }));
    const startedAt = performance.now();
    await store().ledger.add(id, rows);
    const addedAt = performance.now();
    await store().ledger.change(id, rows.map(({ index, slice }) => ({ index, slice, status: 'running', countAttempt: true, detail: { snapshot: 's' } })));
    const changedAt = performance.now();
    const [sum] = await store().ledger.summary(id);
    expect(sum).toEqual({ status: 'running', verdict: null, rows: 10_000, documents: 100_000, bytes: 10_000_000 });
    console.info(`10,000 rows: add ${Math.round(addedAt - startedAt)} ms, change ${Math.round(changedAt - addedAt)} ms`);
    expect(changedAt - startedAt).toBeLessThan(20_000);
  });
}

function otherTests(store: () => Store): void {
  it('begins an effect once and keeps the first undo', async () => {
    const id = randomUUID();
    const key = { kind: 'repository', connection: 'old', subject: 'backup' };
    const first = await store().effects.begin(id, { ...key, undo: { was: null } });
    expect(first).toMatchObject({ ...key, state: 'begun', note: null });
    await store().effects.settle(id, key, 'done');
    expect(await store().effects.begin(id, { ...key, undo: { was: 'other' } })).toEqual({ ...first, state: 'done' });
    await store().effects.settle(id, key, 'undone', 'gone');
    expect(await store().effects.begin(id, { ...key, undo: { was: 'other' } })).toEqual({ ...first, undo: { was: 'other' } });
  });

  it('takes many effects at once, with doubles, and lists newest first', async () => {
    const id = randomUUID();
    const effects = Array.from({ length: 2_500 }, (_, at) => ({ kind: at % 2 === 0 ? 'index' : 'alias', connection: 'new', subject: `s${at % 2_400}`, undo: {} }));
    await store().effects.beginAll(id, effects);
    await store().effects.beginAll(id, effects);
    await store().effects.settleAll(id, effects.slice(0, 1_000), 'done');
    const done = await store().effects.list(id, { states: ['done'], limit: 5_000 });
    expect(done).toHaveLength(1_000);
    const [newest, second] = await store().effects.list(id, { kinds: ['index'], limit: 2 });
    expect(newest?.id).toBeGreaterThan(second?.id ?? Infinity);
    expect(await store().effects.list(id, { beforeId: newest?.id ?? 0, limit: 1, kinds: ['index'] })).toEqual([second]);
    expect(await store().effects.list(id, { limit: 5_000 })).toHaveLength(2_400);
  });

  it('appends to the audit once, in order', async () => {
    const id = randomUUID();
    const entry = { at: '2026-03-01T10:00:00.123Z', actor: 'sam', role: 'operator', action: 'pause', detail: 'x'.repeat(9_000) };
    await store().audit.append(id, { ...entry, at: '2026-03-01T11:00:00.000Z', action: 'resume', detail: null });
    await store().audit.append(id, entry);
    await store().audit.append(id, entry);
    expect(await store().audit.list(id)).toEqual([entry, { ...entry, at: '2026-03-01T11:00:00.000Z', action: 'resume', detail: null }]);
  });

  it('keeps dead letters by slice, byte for byte and up to a limit, and groups them by cause', async () => {
    const id = randomUUID();
    const letter = (name: string, cause: string, document: string | null): NewDeadLetter => ({ id: name, routing: null, status: 400, cause, reason: `${cause} of ${name}`, documentBytes: document?.length ?? 9, document });
    const odd = '{"n":1e400,  "u":"\\u0000 \\\\u0000 \\ud800 é😀"}';
    await store().ledger.add(id, [row('a', 1), row('a', 2)]);
    await store().deadLetters.replace(id, { index: 'a', slice: 1, target: 't' }, [letter('gone', 'x', null)], 5);
    await store().deadLetters.replace(id, { index: 'a', slice: 1, target: 't' }, [letter('one', 'x', odd), { ...letter('two', 'y', null), routing: 'r"' }], 5);
    await store().deadLetters.replace(id, { index: 'a', slice: 2, target: 't' }, Array.from({ length: 250 }, (_, at) => letter(`more${at}`, 'x', null)), 5);
    const all = await store().deadLetters.page(id, { limit: 100 });
    expect(all.map((found) => [found.slice, found.id])).toEqual([[1, 'one'], [1, 'two'], [2, 'more0'], [2, 'more1'], [2, 'more2']]);
    expect(all[0]).toMatchObject({ index: 'a', target: 't', routing: null, status: 400, cause: 'x', reason: 'x of one', documentBytes: odd.length, document: odd });
    expect(all[1]).toMatchObject({ routing: 'r"', document: null });
    expect(await store().deadLetters.page(id, { cause: 'x', after: all[0]?.sequence ?? 0, limit: 2 })).toEqual(all.slice(2, 4));
    await store().ledger.change(id, [{ index: 'a', slice: 1, status: 'skipped' }]);
    expect(await store().deadLetters.groups(id, 10)).toEqual([
      { cause: 'x', reason: 'x of more0', documents: 4, accepted: 1, ids: ['one', 'more0', 'more1', 'more2'] },
      { cause: 'y', reason: 'y of two', documents: 1, accepted: 1, ids: ['two'] },
    ]);
    await store().deadLetters.replace(id, { index: 'a', slice: 2, target: 't' }, [], 5);
    expect(await store().deadLetters.page(id, { limit: 100 })).toHaveLength(2);
    expect(await store().deadLetters.notKept(id)).toBe(0);
    await store().ledger.change(id, [{ index: 'a', slice: 1, detail: { refused: 2 } }, { index: 'a', slice: 2, detail: { refused: 40 } }]);
    expect(await store().deadLetters.notKept(id)).toBe(40);
  });

  it('keeps what was there first before it is overwritten, and gives it back in pages of bytes', async () => {
    const id = randomUUID();
    const odd = '{"n":1e400,  "u":"\\u0000 \\ud800 é😀"}';
    await store().backups.keep(id, 'a#1', [{ subject: 'a/tag:b', content: 'second' }, { subject: 'a/tag:a', content: odd }]);
    await store().backups.keep(id, 'a#1', [{ subject: 'a/tag:a', content: 'what was written since' }, { subject: 'a/tag:c', content: 'x'.repeat(6_000_000) }, { subject: 'a/tag:d', content: 'last' }]);
    await store().backups.keep(id, 'a#2', [{ subject: 'a/tag:e', content: 'of another part' }]);
    expect(await store().backups.page(id, 'a#1', { maxBytes: 1_000 })).toEqual([{ subject: 'a/tag:a', content: odd }, { subject: 'a/tag:b', content: 'second' }]);
    // One at least, however large.
    expect((await store().backups.page(id, 'a#1', { after: 'a/tag:b', maxBytes: 1_000 })).map(({ subject, content }) => [subject, content.length])).toEqual([['a/tag:c', 6_000_000]]);
    expect(await store().backups.page(id, 'a#1', { after: 'a/tag:c', maxBytes: 1_000 })).toEqual([{ subject: 'a/tag:d', content: 'last' }]);
    expect(await store().backups.page(id, 'a#1', { after: 'a/tag:d', maxBytes: 1_000 })).toEqual([]);
    expect(await store().backups.page(randomUUID(), 'a#1', { maxBytes: 1_000 })).toEqual([]);
  });

  it('serves many callers at once without mixing their answers', async () => {
    const id = randomUUID();
    // Larger than a socket buffer: exchanges of several clients would mix if they could.
    const callers = Array.from({ length: 24 }, async (_, at) => {
      await store().ledger.add(id, [row(`big-${at}`, 0, { detail: { text: String(at).repeat(150_000) } })]);
      const [found] = await store().ledger.byIndex(id, [`big-${at}`]);
      expect(found?.detail['text']).toBe(String(at).repeat(150_000));
    });
    await Promise.all(callers);
  });
}

export function storeContract(store: () => Store): void {
  migrationTests(store);
  ledgerTests(store);
  otherTests(store);
}
