// The ceiling: bodies made beforehand, sent over some connections as fast as the target takes them. Prints its seconds.
import { BulkBody } from '../../dist/src/transfer/bulk-body.js';
import { PageReader } from '../../dist/src/transfer/reader.js';
import { ByteSink, rawRequest } from '../../dist/src/elasticsearch/raw-request.js';
import { clusterOf, task } from './connection.mjs';

const { signal } = new AbortController();
const { requestBytes = 2 * 1024 * 1024, connections = 2 } = task.options;
const reader = await PageReader.open(clusterOf('source'), { index: task.index, pageBytes: 4 * 1024 * 1024, averageBytes: task.averageBytes, withVersion: true, signal });
const bodies = [new BulkBody('external', requestBytes)];
for (let page = await reader.next(); page !== null; page = await reader.next()) {
  for (const hit of page.hits) {
    if (bodies.at(-1).byteLength + hit.sourceEnd - hit.sourceStart > requestBytes) bodies.push(new BulkBody('external', requestBytes));
    bodies.at(-1).add(page.bytes, hit, page.bytes.subarray(hit.sourceStart, hit.sourceEnd));
  }
}
await reader.close();

const { client } = clusterOf('target');
const started = performance.now();
const send = async () => {
  const sink = new ByteSink();
  for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
    const path = `/${task.targetIndex}/_bulk`;
    const query = { filter_path: 'errors', pipeline: '_none' };
    await rawRequest(client, { method: 'POST', path, query, body: body.chunks(), signal, timeoutMs: 120_000, idleMs: 60_000, maxBytes: 1e8 }, sink);
    if (!sink.bytes.includes('"errors":false')) throw new Error('the target refused documents');
  }
};
await Promise.all(Array.from({ length: connections }, send));
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1_000 }));
process.exit(0);
