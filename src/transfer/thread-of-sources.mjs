// The entry of any thread in a checkout, not in a build: under Node.js 20 `--import tsx` of the process does not reach its
// threads. `workerData` is the address of what the thread is to run.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData);
