/** The rest of the dashboard's logic: samples of the throughput, the event stream, the form. */
import { describe, expect, test } from 'vitest';
import { MIGRATION_TYPES } from '../../../src/contracts/names.js';
import { ReindexRequestSchema, SnapshotRestoreRequestSchema } from '../../../src/contracts/requests.js';
import { eventParser, reconnectWait } from '../../../src/web/public/logic/event-stream.js';
import { FORM_TYPES } from '../../../src/web/public/logic/migration-types.js';
import { EMPTY_FORM, fieldErrors, listOf, settingsOf, toRequest } from '../../../src/web/public/logic/request-form.js';
import { MAX_SAMPLES, type Sample, readSamples, withSample } from '../../../src/web/public/logic/samples.js';

const progressAt = (bytes: number): Parameters<typeof withSample>[1] => ({
  documents: { done: bytes, total: null },
  bytes: { done: bytes, total: null },
  documentsPerSecond: 5,
  etaSeconds: null,
});

describe('samples', () => {
  test('a speed is known once ten seconds have been seen', () => {
    let samples: Sample[] = [];
    for (let second = 0; second <= 20; second += 5) samples = withSample(samples, progressAt(second * 100), second * 1_000);
    expect(samples.map(({ bytesPerSecond }) => bytesPerSecond)).toEqual([null, null, 100, 100, 100]);
  });

  test('a gap breaks the line instead of averaging over it', () => {
    const samples = withSample(withSample([], progressAt(0), 0), progressAt(1_000_000), 600_000);
    expect(samples.map(({ bytesPerSecond }) => bytesPerSecond)).toEqual([null, null, null]);
    expect(samples.map(({ documentsPerSecond }) => documentsPerSecond)).toEqual([5, null, 5]);
  });

  test('counts that step back are no negative speed', () => {
    const before = withSample(withSample([], progressAt(0), 0), progressAt(5_000), 10_000);
    expect(withSample(before, progressAt(100), 20_000).at(-1)?.bytesPerSecond).toBeNull();
  });

  test('days of them stay a bounded number, and the latest ones are kept', () => {
    let samples: Sample[] = [];
    for (let second = 0; second < 5_000; second += 1) samples = withSample(samples, progressAt(second), second * 1_000);
    expect(samples.length).toBeLessThanOrEqual(MAX_SAMPLES);
    expect(samples.at(-1)?.atMs).toBe(4_999_000);
    expect(samples[0]?.atMs).toBe(0);
  });

  test('what another version left in the browser is not trusted', () => {
    expect(readSamples({ a: 1 })).toEqual([]);
    expect(readSamples([null, 'x', { atMs: 'y' }])).toEqual([]);
  });
});

describe('the event stream', () => {
  test('events come whole, however they were cut on the way', () => {
    const text = 'id: 1\nretry: 2000\nevent: migration\ndata: {"a":\ndata: 1}\n\n: comment\n\nevent: end\r\ndata: {}\r\n\r\ndata: plain\n\n';
    const expected = [{ event: 'migration', data: '{"a":\n1}' }, { event: 'end', data: '{}' }, { event: 'message', data: 'plain' }];
    for (const length of [1, 2, 7, 1_000]) {
      const parse = eventParser();
      const events = Array.from({ length: Math.ceil(text.length / length) }, (_none, at) => parse(text.slice(at * length, (at + 1) * length))).flat();
      expect(events).toEqual(expected);
    }
  });

  test('connecting again waits longer each time, up to 15 s', () => {
    expect([1, 2, 3, 4, 5, 50].map((failures) => reconnectWait(failures))).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });
});

describe('the form', () => {
  const filled = { ...EMPTY_FORM, source: 'old', target: 'new', repositoryName: ' backup ' };

  test('what is left as it is, is left out, and the contract accepts the rest', () => {
    const { body, errors } = toRequest(filled);
    expect(errors).toEqual({});
    expect(body).toEqual({ type: 'snapshot-restore', source: 'old', target: 'new', indices: ['*'], repository: { name: 'backup' } });
    expect(SnapshotRestoreRequestSchema.safeParse(body).success).toBe(true);
  });

  test('every field that is filled in arrives, and the contract accepts it', () => {
    const { body } = toRequest({
      ...filled,
      ...{ indices: 'logs-*\n-logs-debug*, orders', repositoryType: 'fs', repositorySettings: 'location = /mnt/a\ncompress: true', targetSettings: 'location=/mnt/b' },
      ...{ snapshot: 'nightly', onExisting: 'replace', renamePattern: '^(.+)$', renameReplacement: 'r-$1', featureStates: 'kibana, security' },
      ...{ indexSettings: 'index.number_of_replicas = 0', ignoreIndexSettings: 'index.lifecycle.name', concurrency: '2' },
      ...{ includeAliases: false, includeGlobalState: true, partial: true, keepSnapshot: true },
    });
    const parsed = SnapshotRestoreRequestSchema.parse(body);
    expect(parsed).toMatchObject({
      indices: ['logs-*', '-logs-debug*', 'orders'],
      repository: { name: 'backup', type: 'fs', settings: { location: '/mnt/a', compress: true }, targetSettings: { location: '/mnt/b' } },
      ...{ snapshot: 'nightly', onExisting: 'replace', rename: { pattern: '^(.+)$', replacement: 'r-$1' }, featureStates: ['kibana', 'security'] },
      ...{ indexSettings: { 'index.number_of_replicas': 0 }, ignoreIndexSettings: ['index.lifecycle.name'], concurrency: 2 },
      ...{ includeAliases: false, includeGlobalState: true, partial: true, keepSnapshot: true },
    });
  });

  test('what cannot be right is said before anything is sent', () => {
    const { body, errors } = toRequest({ ...EMPTY_FORM, indices: ' ', target: 'old', source: 'old', concurrency: 'many', indexSettings: 'no value' });
    expect(body).toBeNull();
    expect(Object.keys(errors).sort()).toEqual(['concurrency', 'indexSettings', 'indices', 'repositoryName', 'target']);
  });

  test('settings keep what is no number as text', () => {
    expect(settingsOf('a = 007\nb = 1e400\nc = 12\nd = false\ne = "12"')).toEqual({ a: '007', b: '1e400', c: 12, d: false, e: '12' });
    expect(() => settingsOf('nonsense')).toThrow('nonsense');
    expect(listOf(' a,b\n\n c ')).toEqual(['a', 'b', 'c']);
  });

  test('errors of the API find their fields', () => {
    const found = fieldErrors([
      { path: 'repository.settings.secret_key', message: 'a secret' },
      { path: 'repository.name', message: 'lower case' },
      { path: 'indices.0', message: 'no white space' },
      { path: 'rename.pattern', message: 'not a pattern' },
      { path: 'whatever', message: 'lost' },
    ], 'snapshot-restore');
    expect(found).toEqual({ repositorySettings: 'a secret', repositoryName: 'lower case', indices: 'no white space', renamePattern: 'not a pattern' });
  });

  test('every type of migration can be started', () => {
    expect(FORM_TYPES.map(({ value }) => value).sort()).toEqual([...MIGRATION_TYPES].sort());
    for (const { example } of FORM_TYPES) if (example !== '') expect(JSON.parse(example)).toBeTypeOf('object');
  });

  test('other types take their options as JSON, and what the fields say wins', () => {
    const reindex = { ...EMPTY_FORM, type: 'reindex', source: 'old', target: 'new', indices: 'logs-*' };
    const { body } = toRequest({ ...reindex, options: '{ "concurrency": 4, "catchUp": { "passes": 2 }, "source": "elsewhere" }' });
    expect(body).toEqual({ type: 'reindex', source: 'old', target: 'new', indices: ['logs-*'], concurrency: 4, catchUp: { passes: 2 } });
    expect(ReindexRequestSchema.safeParse(body).success).toBe(true);
    for (const options of ['{', '[1]', '"text"']) expect(Object.keys(toRequest({ ...reindex, options }).errors)).toEqual(['options']);
    expect(fieldErrors([{ path: 'catchUp.passes', message: 'too many' }, { path: 'indices.0', message: 'no white space' }], 'reindex')).toEqual({
      options: 'catchUp.passes: too many',
      indices: 'no white space',
    });
  });
});
