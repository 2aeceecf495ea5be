/** copy with a worker in this process, so that one of its threads can be killed: from outside only whole processes can. */
import type { Worker as Thread } from 'node:worker_threads';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openResources, type Resources } from '../../src/cli/resources.js';
import { loadSettings } from '../../src/config/settings.js';
import { CopyThreads, startCopyThread } from '../../src/worker/copy-threads.js';
import { createWorker, type GodwitWorker } from '../../src/worker/worker.js';
import { clearNodes, createIndex, numbered, readAll, write } from '../support/clusters.js';
import { readSlices, startStack, type Stack } from '../support/stack.js';

const servers = inject('servers');
const { es8, es9 } = servers;
const threads: Thread[] = [];
let stack: Stack;
let resources: Resources;
let copier: CopyThreads;
let worker: GodwitWorker;

beforeAll(async () => {
  await clearNodes([es8, es9], 'cy');
  stack = await startStack(servers, { workers: 0 });
  // The connections file refers to it.
  Object.assign(process.env, stack.env);
  const settings = loadSettings(stack.env, 'worker');
  resources = await openResources(settings);
  const start = (): Thread => {
    const thread = startCopyThread();
    threads.push(thread);
    return thread;
  };
  copier = new CopyThreads(resources.registry, { most: 2, log: resources.log, start });
  worker = await createWorker({ ...resources, copier, temporal: settings, taskQueue: settings.taskQueue, sdkMetricsUrl: null });
});
afterAll(async () => {
  await worker.stop();
  await copier.close();
  await resources.close();
  await stack.stop();
  await clearNodes([es8, es9], 'cy');
});

it('a killed thread costs the slice that it was copying: it is copied again, the other one goes on, and every document arrives', async () => {
  const index = 'cy-killed';
  await createIndex(es8, index);
  await write(es8, index, numbered(1_000));
  const { id } = await stack.migrate({ type: 'copy', source: 'es8', target: 'es9', indices: [index], sliceDocuments: 250, concurrency: 2, requestsPerSecond: 100 });
  await stack.until(id, ({ progress }) => progress.documents.done > 100);
  expect(threads).toHaveLength(2);
  await threads[0]?.terminate();
  await stack.until(id, ({ progress }) => progress.documents.done > 200);
  await stack.control(id, 'throttle', { requestsPerSecond: 100_000 });
  expect(await stack.ended(id)).toMatchObject({ status: 'completed', verification: { mismatches: 0 }, progress: { documents: { done: 1_000 } } });
  expect(await readAll(es9, index)).toEqual(await readAll(es8, index));
  const attempts = (await readSlices(stack, id)).filter(({ slice }) => slice > 0).map((slice) => slice.attempts);
  expect(attempts.sort()).toEqual([1, 1, 1, 2]);
  expect(threads).toHaveLength(3);
});
