/** Temporal going away in the middle of a migration. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { startTemporalServer, type TemporalServer } from '../../src/dev/temporal-server.js';
import { bulky, clearNodes, count, createIndex, logLines, write } from '../support/clusters.js';
import { inStep, startStack, type Stack } from '../support/stack.js';

const servers = inject('servers');
const { es8, es9 } = servers;
const folder = mkdtempSync(join(tmpdir(), 'godwit-temporal-'));
let temporal: TemporalServer;
let stack: Stack;

const serve = (port?: number): Promise<TemporalServer> =>
  startTemporalServer({ dbFile: join(folder, 'temporal.db'), logFile: join(folder, 'temporal.log'), headless: true, ...(port === undefined ? {} : { port }) });

beforeAll(async () => {
  temporal = await serve();
  // It registers its search attributes itself.
  stack = await startStack(servers, { temporalAddress: temporal.address });
});
afterAll(async () => {
  await stack.stop();
  await temporal.kill();
  await clearNodes([es8, es9], 'st');
  rmSync(folder, { recursive: true, force: true });
});

it('a Temporal that is killed and started again costs nothing: one snapshot, one restore, verified', async () => {
  await createIndex(es8, 'st-one');
  await write(es8, 'st-one', bulky(200, 10_000));
  const { id } = await stack.migrate({
    source: 'es8',
    target: 'es9',
    indices: ['st-*'],
    repository: { name: 'st-one', type: 'fs', settings: { location: `st-${Date.now().toString(36)}`, max_snapshot_bytes_per_sec: '300kb' } },
  });
  await stack.until(id, inStep('transfer'));
  await temporal.kill();
  expect((await stack.call('GET', '/readyz')).status).toBe(503);
  expect((await stack.call('GET', '/healthz')).status).toBe(200);
  temporal = await serve(Number(temporal.address.split(':').at(-1)));
  expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { status: 'verified' } });
  expect(await count(es9, 'st-one')).toBe(200);
  expect(logLines(es8.logFile, new RegExp(`snapshot \\[[^\\]]*:godwit-${id}[^\\]]*\\] started`))).toHaveLength(1);
  expect(logLines(es9.logFile, new RegExp(`started restore of snapshot \\[[^\\]]*:godwit-${id}/`))).toHaveLength(1);
});
