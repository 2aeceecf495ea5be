/** What a remote reindex is given to log in at the source, at each version of the target, and whether the list of tasks shows it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { cancelTask, pollTask, startTask } from '../../src/elasticsearch/reindex-tasks.js';
import type { RemoteSource } from '../../src/elasticsearch/remote-source.js';
import { call, send, type HttpTarget } from '../servers/http.js';
import { clearNodes, count, createIndex, numbered, readAll, write } from '../support/clusters.js';
import { directCluster } from '../support/direct-cluster.js';
import { startStack } from '../support/stack.js';

const servers = inject('servers');
const { es8, es9 } = servers;
const INDEX = 'rc-docs';

interface ApiKey {
  readonly id: string;
  readonly encoded: string;
  readonly api_key: string;
}
let key: ApiKey;

/** A key that can do no more than is given here. */
const createKey = (node: HttpTarget, cluster: readonly string[], privileges: readonly string[]): Promise<ApiKey> =>
  call(node, 'POST', '/_security/api_key', { name: 'rc-least', role_descriptors: { moves: { cluster, indices: [{ names: ['rc-*'], privileges }] } } });

beforeAll(async () => {
  await clearNodes([es8, es9], 'rc');
  await createIndex(es8, INDEX);
  await write(es8, INDEX, numbered(200));
  key = await call(es8, 'POST', '/_security/api_key', { name: INDEX });
});
afterAll(async () => {
  await call(es8, 'DELETE', '/_security/api_key', { ids: [key.id] });
  await clearNodes([es8, es9], 'rc');
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

it('a migration needs no more than the guide says: throttled on the way, and another one canceled', async () => {
  const keys = { es8: await createKey(es8, ['monitor'], ['read', 'view_index_metadata', 'monitor', 'maintenance']), es9: await createKey(es9, ['manage'], ['manage', 'write', 'read']) };
  const stack = await startStack(servers, { apiKeys: { es8: keys.es8.encoded, es9: keys.es9.encoded } });
  try {
    const request = { type: 'reindex', source: 'es8', target: 'es9', indices: [INDEX], size: 10, requestsPerSecond: 10 };
    const { id } = await stack.migrate({ ...request, rename: { pattern: '^.*$', replacement: 'rc-moved' } });
    await stack.until(id, ({ progress }) => progress.documents.done > 0);
    expect((await stack.control(id, 'throttle', { requestsPerSecond: null })).status).toBe(200);
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', attention: [], verification: { status: 'verified', mismatches: 0 } });
    expect(await readAll(es9, 'rc-moved')).toEqual(await readAll(es8, INDEX));

    const second = await stack.migrate({ ...request, rename: { pattern: '^.*$', replacement: 'rc-canceled' } });
    await stack.until(second.id, ({ progress }) => progress.documents.done > 0);
    await stack.control(second.id, 'cancel');
    expect(await stack.ended(second.id)).toMatchObject({ status: 'canceled', attention: [] });
    expect((await send(es9, 'HEAD', '/rc-canceled')).status).toBe(404);
    expect((await stack.report(second.id)).effects.filter(({ state }) => state === 'left')).toEqual([]);
    for (const { encoded, api_key: secret } of [keys.es8, keys.es9]) for (const text of [encoded, secret]) expect(stack.output() + JSON.stringify(await stack.report(id))).not.toContain(text);
  } finally {
    await stack.stop();
    await call(es8, 'DELETE', '/_security/api_key', { ids: [keys.es8.id] });
    await call(es9, 'DELETE', '/_security/api_key', { ids: [keys.es9.id] });
  }
}, 120_000);

interface Found {
  readonly ok: boolean;
  readonly findings: readonly { readonly severity: string; readonly code: string; readonly subject: string; readonly message: string; readonly remedy: string }[];
}

it('preflight tells the index that the source connection may not read, and credentials that the source rejects where the target sends them', async () => {
  await createIndex(es8, 'rc-hidden');
  await write(es8, 'rc-hidden', numbered(3));
  const roles = {
    all: { cluster: ['monitor'], indices: [{ names: ['rc-*'], privileges: ['view_index_metadata', 'monitor', 'maintenance'] }] },
    some: { indices: [{ names: [INDEX], privileges: ['read'] }] },
  };
  const half = await call<ApiKey>(es8, 'POST', '/_security/api_key', { name: 'rc-half', role_descriptors: roles });
  const stack = await startStack(servers, { apiKeys: { es8: half.encoded } });
  const errorsOf = async (request: object): Promise<Found['findings']> => {
    const { status, body } = await stack.call<Found>('POST', '/v1/migrations/preflight', { type: 'reindex', source: 'es8', target: 'es9', rename: { pattern: '^', replacement: 'no-' }, ...request });
    expect(status).toBe(200);
    return body.findings.filter(({ severity }) => severity === 'error');
  };
  try {
    expect(await errorsOf({ indices: [INDEX] })).toEqual([]);
    const [missing, ...others] = await errorsOf({ indices: [INDEX, 'rc-hidden'] });
    expect(others).toEqual([]);
    expect(missing).toMatchObject({ code: 'PrivilegeMissing' });
    expect(`${missing?.subject ?? ''} ${missing?.message ?? ''}`).toContain('rc-hidden');
    expect(missing?.remedy).toContain('read');

    // At that address there is another cluster, which does not know the key.
    const [rejected] = await errorsOf({ indices: [INDEX], remote: { host: es9.url } });
    expect(rejected).toMatchObject({ code: 'RemoteCredentialsRejected' });
    expect(rejected?.message).toContain('rejects the credentials of the source connection');
    expect(JSON.stringify(rejected) + stack.output()).not.toContain(half.api_key);
  } finally {
    await stack.stop();
    await call(es8, 'DELETE', '/_security/api_key', { ids: [half.id] });
  }
}, 90_000);
