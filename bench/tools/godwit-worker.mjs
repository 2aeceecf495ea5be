// Godwit as in a worker that has been up for a while: one process for all rounds, slices in threads. Copies once for
// every line of its input, and prints a line when it has.
import { createInterface } from 'node:readline';
import { CopyThreads } from '../../dist/src/worker/copy-threads.js';
import { connections, task } from './connection.mjs';

const { index, targetIndex, averageBytes, documents, options } = task;
const { signal } = new AbortController();
const threads = new CopyThreads(connections, { most: 64, log: { info() {}, warn: ({ err }) => console.error(err) } });

const copyAll = async (slices) => {
  const started = performance.now();
  const size = Math.ceil(documents / slices);
  const ranges = Array.from({ length: slices }, (_, at) => (slices === 1 ? {} : { range: { from: at * size, to: (at + 1) * size } }));
  const results = await Promise.all(ranges.map((range) => threads.copy('source', 'target', { index, targetIndex, averageBytes, ...range, ...options, signal })));
  const refused = results.flatMap(({ deadLetters }) => deadLetters);
  if (refused.length > 0) throw new Error(JSON.stringify(refused.slice(0, 3)));
  return { seconds: (performance.now() - started) / 1_000, digests: results.map(({ digest }) => digest) };
};

for await (const line of createInterface(process.stdin)) console.log(JSON.stringify(await copyAll(JSON.parse(line).slices)));
process.exit(0);
