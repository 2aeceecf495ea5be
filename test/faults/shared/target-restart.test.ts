/** The shared node of the target, killed in the middle of a restore. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { attach } from '../../servers/elasticsearch.js';
import { bulky, clearNodes, count, createIndex, logLines, write } from '../../support/clusters.js';
import { startStack, type Stack } from '../../support/stack.js';

const servers = inject('servers');
const { es8, es9 } = servers;
const INDICES = ['sn-1', 'sn-2'];
let stack: Stack;

const clear = (): Promise<void> => clearNodes([es8, es9], 'sn');

beforeAll(async () => {
  await clear();
  stack = await startStack(servers);
});
afterAll(async () => {
  await stack.stop();
  await clear();
});

it('loses the unfinished restore with its node; only that is restored again', async () => {
  for (const index of INDICES) {
    await createIndex(es8, index);
    await write(es8, index, bulky(200, 10_000));
  }
  const { id } = await stack.migrate({
    source: 'es8',
    target: 'es9',
    indices: INDICES,
    repository: { name: 'sn-node', type: 'fs', settings: { location: `sn-${Date.now().toString(36)}` }, targetSettings: { max_restore_bytes_per_sec: '150kb' } },
  });
  await stack.until(id, ({ steps }) => steps.find(({ name }) => name === 'transfer')?.detail?.includes('restoring') === true);
  const node = attach(es9);
  await node.kill();
  await node.start();
  expect(await stack.ended(id, 170_000)).toMatchObject({ status: 'completed', verification: { status: 'verified' } });
  for (const index of INDICES) expect(await count(es9, index)).toBe(200);
  expect(logLines(es8.logFile, new RegExp(`snapshot \\[[^\\]]*:godwit-${id}[^\\]]*\\] started`))).toHaveLength(1);
}, 240_000);
