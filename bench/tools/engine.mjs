// The engine against a stand-in, slice after slice in one process: what a slice costs once the process is warm. With
// threads, as a worker does it: a slice in each at once. Prints a line of JSON for each slice, or slices at once.
import { performance } from 'node:perf_hooks';
import { copySlice } from '../../dist/src/transfer/copy-slice.js';
import { CopyThreads } from '../../dist/src/worker/copy-threads.js';
import { clusterOf, connections, task } from './connection.mjs';

const { slices, averageBytes, threads, options } = task;
const { signal } = new AbortController();
const [source, target] = [clusterOf('source'), clusterOf('target')];
const copier = threads === 0 ? null : new CopyThreads(connections, { most: threads, log: { info: () => undefined, warn: (facts) => console.error(facts) } });
const one = { index: 'stand-in', targetIndex: 'out', averageBytes, ...options, signal };
/** As many slices at once as there are threads: each thread has one. */
const copyAll = copier === null ? async () => [await copySlice(source, target, one)] : () => Promise.all(Array.from({ length: threads }, () => copier.copy('source', 'target', one)));
const loaded = process.cpuUsage();
console.log(JSON.stringify({ loadSeconds: (loaded.user + loaded.system) / 1e6 }));
for (let slice = 0; slice < slices; slice += 1) {
  const [cpu, loop, started] = [process.cpuUsage(), performance.eventLoopUtilization(), performance.now()];
  const results = await copyAll();
  const [read, written, bytes] = ['read', 'written', 'bytes'].map((count) => results.reduce((sum, result) => sum + result[count], 0));
  if (read !== written) throw new Error(`${String(written)} of ${String(read)} documents arrived`);
  const { user, system } = process.cpuUsage(cpu);
  const { utilization } = performance.eventLoopUtilization(loop);
  console.log(JSON.stringify({ documents: read, bytes, userSeconds: user / 1e6, systemSeconds: system / 1e6, seconds: (performance.now() - started) / 1_000, utilization }));
}
process.exit(0);
