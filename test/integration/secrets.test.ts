/** No secret of a run is found in anything that Godwit writes, prints or answers. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import { clearNodes, createIndex, numbered, write } from '../support/clusters.js';
import { startStack, type Stack } from '../support/stack.js';

const servers = inject('servers');
const { es8, es9 } = servers;
const TOKENS = { admin: 'admin-token-zx81', operator: 'operator-token-c64', viewer: 'viewer-token-vic20' };
let stack: Stack;
let connection: Connection;

beforeAll(async () => {
  stack = await startStack(servers, {
    token: TOKENS.operator,
    env: { GODWIT_TOKENS: Object.entries(TOKENS).map(([role, token]) => `${role}:${token}`).join(','), GODWIT_LOG_LEVEL: 'debug', WRONG_PASSWORD: 'wrong-password-amiga' },
  });
  connection = await Connection.connect({ address: servers.temporal.address });
});
afterAll(async () => {
  await stack.stop();
  await connection.close();
  await clearNodes([es8, es9], 'sec');
});

/** Every way in which a secret could be written. */
function spellings(secret: string): string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), Buffer.from(`admin:${secret}`).toString('base64')];
}

/** All text in a message, payloads as the text they are, so that nothing hides in base64 or in lists of bytes. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, part]) => `${key} ${textOf(part)}`)
    .join('\n');
}

it('is found nowhere: history, logs, metrics, answers, errors', async () => {
  await createIndex(es8, 'sec-one');
  await createIndex(es8, 'sec-stuck');
  await write(es8, 'sec-one', numbered(5));
  await createIndex(es9, 'sec-stuck');
  const { id } = await stack.migrate({ source: 'es8', target: 'es9', indices: ['sec-*'], repository: { name: 'sec-r', type: 'fs', settings: { location: 'sec-r' } } });
  await stack.until(id, ({ status }) => status === 'needs-attention');
  await stack.control(id, 'skip', { subject: 'sec-stuck' });
  expect(await stack.ended(id)).toMatchObject({ status: 'completed' });

  const texts = new Map<string, string>();
  const add = async (name: string, path: string, method = 'GET', body?: unknown, headers: Record<string, string> = {}): Promise<void> => {
    texts.set(name, JSON.stringify(await stack.call(method, path, body, headers)));
  };
  await add('migration', `/v1/migrations/${id}`);
  await add('list', '/v1/migrations');
  await add('slices', `/v1/migrations/${id}/slices`);
  await add('report', `/v1/migrations/${id}/report`);
  await add('markdown', `/v1/migrations/${id}/report`, 'GET', undefined, { accept: 'text/markdown' });
  await add('connections', '/v1/connections');
  await add('check', '/v1/connections/es8/check', 'POST');
  await add('unreachable', '/v1/connections/cloud/check', 'POST');
  await add('problem', '/v1/migrations', 'POST', { type: 'snapshot-restore', source: es8.password, target: 'es9', repository: { name: 'x', settings: { secret_key: es9.password } } });
  await add('metrics', '/metrics');
  await add('openapi', '/docs/json');
  await add('refused', '/v1/migrations', 'GET', undefined, { authorization: `Bearer ${TOKENS.viewer}x` });
  texts.set('logs', stack.output());
  const workerMetrics = /"metrics":"(http:[^"]+)"/.exec(stack.output())?.[1];
  texts.set('worker metrics', await (await fetch(workerMetrics ?? '')).text());
  const history = await new Client({ connection }).workflow.getHandle(id).fetchHistory();
  texts.set('history', textOf(history));

  expect(texts.get('history')).toContain('sec-one');
  expect(texts.get('logs')).toContain(id);
  expect(texts.get('worker metrics')).toContain('godwit_');
  const secrets = [es8.password, es9.password, 'not-a-real-key', ...Object.values(TOKENS)].filter((secret) => secret !== undefined);
  expect(secrets).toHaveLength(6);
  for (const [name, text] of texts) {
    for (const secret of secrets) {
      for (const spelling of spellings(secret)) expect(text.includes(spelling), `${spelling} in ${name}`).toBe(false);
    }
  }
});
