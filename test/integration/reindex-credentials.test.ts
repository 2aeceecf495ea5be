/** What a remote reindex is given to log in at the source, at each version of the target, and whether the list of tasks shows it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { cancelTask, pollTask, startTask } from '../../src/elasticsearch/reindex-tasks.js';
import type { RemoteSource } from '../../src/elasticsearch/remote-source.js';
import { call, send } from '../servers/http.js';
import { count, createIndex, deleteIndices, numbered, write } from '../support/clusters.js';
import { directCluster } from '../support/direct-cluster.js';

const { es8, es9 } = inject('servers');
const INDEX = 'rc-docs';
let key: { id: string; encoded: string; api_key: string };

beforeAll(async () => {
  for (const node of [es8, es9]) await deleteIndices(node, 'rc-*');
  await createIndex(es8, INDEX);
  await write(es8, INDEX, numbered(200));
  key = await call(es8, 'POST', '/_security/api_key', { name: INDEX });
});
afterAll(async () => {
  await call(es8, 'DELETE', '/_security/api_key', { ids: [key.id] });
  for (const node of [es8, es9]) await deleteIndices(node, 'rc-*');
});

const CREDENTIALS: readonly (readonly [string, () => Omit<RemoteSource, 'host'>])[] = [
  ['an API key', () => ({ apiKey: key.encoded })],
  ['a password', () => ({ username: es8.username ?? '', password: es8.password ?? '' })],
];

it.each([es8, es9].flatMap((target) => CREDENTIALS.map(([what, credentials]) => [what, target.version, target, credentials] as const)))('%s logs in, and no list of tasks of %s shows it', async (what, _version, target, credentials) => {
  const direct = directCluster('target', target);
  const into = `rc-into-${what.replaceAll(' ', '-').toLowerCase()}`;
  const opaqueId = randomBytes(8).toString('hex');
  try {
    const id = await startTask(
      direct.cluster,
      { remote: { host: es8.url, ...credentials() }, index: INDEX, query: { match_all: {} }, size: 20, target: into, isCreateOnly: false, requestsPerSecond: 20 },
      opaqueId,
    );
    const shown = async (path: string): Promise<string> => JSON.stringify(await call(target, 'GET', path));
    const running = [await shown('/_tasks?detailed=true'), await shown(`/_tasks/${id}`)];
    await cancelTask(direct.cluster, id);
    // It has logged in: the source was counted.
    expect(await pollTask(direct.cluster, id, { opaqueId, waitMs: 5_000 })).toMatchObject({ kind: 'ended', result: { searchFailures: [] } });
    for (const text of [...running, await shown(`/_tasks/${id}`)]) {
      expect(text).toContain(into);
      for (const secret of [key.encoded, key.api_key, es8.password ?? '', 'ApiKey ']) expect(text).not.toContain(secret);
    }

    const whole = await startTask(direct.cluster, { remote: { host: es8.url, ...credentials() }, index: INDEX, query: { match_all: {} }, size: 200, target: into, isCreateOnly: false, requestsPerSecond: null }, opaqueId);
    expect(await pollTask(direct.cluster, whole, { opaqueId, waitMs: 60_000 })).toMatchObject({ kind: 'ended', result: { total: 200, failures: [] } });
    await send(target, 'POST', `/${into}/_refresh`);
    expect(await count(target, into)).toBe(200);
  } finally {
    await direct.close();
  }
}, 100_000);
