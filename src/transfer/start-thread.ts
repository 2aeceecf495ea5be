/** Starts threads of this process. In a checkout they run the sources, as the process does. */
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** @param entry what the thread runs, as it is called in a build: `new URL('./some-thread.js', import.meta.url)` */
export function startThread(entry: URL, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(entry, options);
  return new Worker(new URL('./thread-of-sources.mjs', import.meta.url), { ...options, workerData: entry.href.replace(/\.js$/, '.ts') });
}
