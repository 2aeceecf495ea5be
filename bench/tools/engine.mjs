// The engine against a stand-in, slice after slice in one process: what a slice costs once the process is warm.
// Prints a line of JSON for each slice.
import { performance } from 'node:perf_hooks';
import { copySlice } from '../../dist/src/transfer/copy-slice.js';
import { clusterOf, task } from './connection.mjs';

const { slices, averageBytes, options } = task;
const { signal } = new AbortController();
const [source, target] = [clusterOf('source'), clusterOf('target')];
const loaded = process.cpuUsage();
console.log(JSON.stringify({ loadSeconds: (loaded.user + loaded.system) / 1e6 }));
for (let slice = 0; slice < slices; slice += 1) {
  const [cpu, loop, started] = [process.cpuUsage(), performance.eventLoopUtilization(), performance.now()];
  const { read, written, bytes } = await copySlice(source, target, { index: 'stand-in', targetIndex: 'out', averageBytes, ...options, signal });
  if (read !== written) throw new Error(`${String(written)} of ${String(read)} documents arrived`);
  const { user, system } = process.cpuUsage(cpu);
  const { utilization } = performance.eventLoopUtilization(loop);
  console.log(JSON.stringify({ documents: read, bytes, userSeconds: user / 1e6, systemSeconds: system / 1e6, seconds: (performance.now() - started) / 1_000, utilization }));
}
process.exit(0);
