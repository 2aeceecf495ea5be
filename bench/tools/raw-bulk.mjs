// The ceiling: bodies made beforehand, sent over some connections as fast as the target takes them; with `read`, while
// the same documents are read from the source in step with it, and thrown away. Prints its seconds.
import { BulkBody } from '../../dist/src/transfer/bulk-body.js';
import { PageReader } from '../../dist/src/transfer/reader.js';
import { ByteSink, rawRequest } from '../../dist/src/elasticsearch/raw-request.js';
import { clusterOf, task } from './connection.mjs';

const { signal } = new AbortController();
const { requestBytes = 2 * 1024 * 1024, connections = 2, read = 0 } = task.options;
const PAGE_BYTES = 4 * 1024 * 1024;
const limits = { signal, timeoutMs: 120_000, idleMs: 60_000, maxBytes: 1e9 };

const reader = await PageReader.open(clusterOf('source'), { index: task.index, pageBytes: PAGE_BYTES, averageBytes: task.averageBytes, withVersion: true, signal });
const bodies = [new BulkBody('external', requestBytes)];
for (let page = await reader.next(); page !== null; page = await reader.next()) {
  for (const hit of page.hits) {
    if (bodies.at(-1).byteLength + hit.sourceEnd - hit.sourceStart > requestBytes) bodies.push(new BulkBody('external', requestBytes));
    bodies.at(-1).add(page.bytes, hit, page.bytes.subarray(hit.sourceStart, hit.sourceEnd));
  }
}
await reader.close();

const total = bodies.length;
const target = clusterOf('target').client;
const send = async () => {
  const sink = new ByteSink();
  for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
    const path = `/${task.targetIndex}/_bulk`;
    await rawRequest(target, { ...limits, method: 'POST', path, query: { filter_path: 'errors', pipeline: '_none' }, body: body.chunks() }, sink);
    if (!sink.bytes.includes('"errors":false')) throw new Error('the target refused documents');
    step();
  }
};

/** Lets the reader go on whenever a body has been written. */
let step = () => undefined;
const stepped = () => new Promise((resolve) => (step = resolve));

/** Pages of the same size, with a bare search: what reading costs the source, and little here. */
const readAlong = async () => {
  const source = clusterOf('source').client;
  const { id } = await source.openPointInTime({ index: task.index, keep_alive: '5m' });
  const size = Math.max(1, Math.min(5_000, Math.floor(PAGE_BYTES / task.averageBytes)));
  const sink = new ByteSink();
  let [after, readBytes] = [null, 0];
  for (;;) {
    const body = JSON.stringify({ size, query: { match_all: {} }, version: true, track_total_hits: false, pit: { id, keep_alive: '5m' }, sort: [{ _shard_doc: 'asc' }], ...(after === null ? {} : { search_after: after }) });
    await rawRequest(source, { ...limits, method: 'POST', path: '/_search', body }, sink);
    const at = sink.bytes.lastIndexOf('"sort":[');
    if (at === -1) break;
    after = JSON.parse(sink.bytes.toString('utf8', at + 7, sink.bytes.indexOf(']', at) + 1));
    readBytes += size * task.averageBytes;
    while (bodies.length > 0 && (total - bodies.length) * requestBytes + 2 * PAGE_BYTES < readBytes) await stepped();
  }
  await source.closePointInTime({ id });
};

const started = performance.now();
const reading = read > 0 ? readAlong() : null;
await Promise.all(Array.from({ length: connections }, send));
step();
await reading;
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1_000 }));
process.exit(0);
