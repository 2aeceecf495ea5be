/** Reaching a Kibana: lines, forms, what each failure becomes, over real HTTP against the stand-in or a plain server. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionConfig } from '../../../src/config/connection-config.js';
import { Secret } from '../../../src/config/secret.js';
import { copyIdOf } from '../../../src/kibana/fingerprint.js';
import type { Kibana } from '../../../src/kibana/kibana.js';
import { createKibanas } from '../../../src/kibana/kibanas.js';
import { rewriteLine } from '../../../src/kibana/lines.js';
import { linesOf } from '../../../src/kibana/ndjson.js';
import { exportObjects, exportPresent, importObjects } from '../../../src/kibana/saved-objects.js';
import { startKibana } from '../../servers/kibana-stand-in.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function kibanaAt(url: string, password = 'right'): Kibana {
  const tls = { ca: null, fingerprint: null, insecure: false, cert: null, key: null };
  const endpoint = { urls: [url], auth: { type: 'basic' as const, username: 'godwit', password: new Secret(password) }, tls };
  const config: ConnectionConfig = { name: 'old', kind: 'self-managed', revision: 1, elasticsearch: endpoint, kibana: { ...endpoint, connectorSecrets: { slack: { url: new Secret('hook') }, 'ops/slack': { url: new Secret('hook of ops') } } }, logstash: null };
  const kibanas = createKibanas({ get: () => config }, (text) => text.replaceAll(password, '[redacted]'));
  ends.push(() => kibanas.close());
  return kibanas.get('old');
}

async function answering(status: number, body: string, declared = Buffer.byteLength(body)): Promise<string> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': declared });
    response.write(body);
    if (declared > Buffer.byteLength(body)) setImmediate(() => response.destroy());
    else response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

async function all(kibana: Kibana): Promise<number> {
  let count = 0;
  for await (const item of exportObjects(kibana, 'default', { types: ['*'] })) count += item.line.length > 0 ? 1 : 0;
  return count;
}

describe('lines', () => {
  const read = async (...chunks: string[]): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of linesOf((async function* () { for (const chunk of chunks) yield Buffer.from(chunk); })(), 100)) lines.push(line);
    return lines;
  };
  it('are put together over chunks; empty ones are left out; the last needs no end', async () => {
    expect(await read('{"a":', '1}\n\n{"b"', ':2}\r\n{"c":3}')).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  });
  it('that are too long are refused', async () => {
    expect(await failure(read('x'.repeat(80), 'x'.repeat(80)))).toMatchObject({ code: 'ObjectTooLarge' });
  });
  it('with new references keep every other byte', () => {
    const line = '{"attributes":{"n":9007199254740993,"b":1,"a":2},"id":"d","references":[{"id":"old","name":"p","type":"search"}],"type":"dashboard"}';
    const object = { type: 'dashboard', id: 'd', attributes: {}, references: [{ type: 'search', id: 'old', name: 'p' }] };
    expect(rewriteLine({ line, object }, { moved: new Map([['search:old', 'new']]), rename: null }).line).toBe(line.replace('"old"', '"new"'));
  });
});

describe('a copy', () => {
  it('has the same id every time, a valid one, and another for another origin', () => {
    const from = { kibana: 'uuid', space: 'ops', type: 'dashboard', id: 'a' };
    expect(copyIdOf(from)).toBe(copyIdOf({ ...from }));
    expect(copyIdOf(from)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(copyIdOf(from)).not.toBe(copyIdOf({ ...from, space: 'dev' }));
  });
});

describe('what a failure becomes', () => {
  it.each([
    [401, 'AuthenticationRejected', false],
    [403, 'PrivilegeMissing', false],
    [429, 'Unavailable', true],
    [502, 'Unavailable', true],
    [504, 'Timeout', true],
    [400, 'KibanaRejected', false],
  ])('%i is %s', async (status, code, retryable) => {
    const kibana = kibanaAt(await answering(status, JSON.stringify({ statusCode: status, error: 'x', message: 'because of right' })));
    const error = await failure(kibana.request({ method: 'GET', path: '/api/x', action: 'try' }));
    expect(error).toMatchObject({ code, retryable, message: `old: Kibana: cannot try: because of [redacted] (HTTP ${String(status)})` });
  });
  it('nothing that listens', async () => {
    expect(await failure(kibanaAt('http://127.0.0.1:1').identity())).toMatchObject({ code: 'ConnectionFailed', retryable: true });
  });
  it('something else that answers', async () => {
    expect(await failure(kibanaAt(await answering(200, '<html>')).identity())).toMatchObject({ code: 'NotKibana' });
    expect(await failure(kibanaAt(await answering(200, '{"tagline":"You Know, for Search"}')).identity())).toMatchObject({ code: 'NotKibana' });
  });
  it('an export that is cut off is never taken for a whole one', async () => {
    const line = '{"attributes":{},"id":"a","references":[],"type":"tag"}\n';
    expect(await failure(all(kibanaAt(await answering(200, line))))).toMatchObject({ code: 'ConnectionFailed', retryable: true });
    expect(await failure(all(kibanaAt(await answering(200, line, 1_000))))).toMatchObject({ code: 'ConnectionFailed', retryable: true });
    const details = '{"excludedObjects":[],"excludedObjectsCount":0,"exportedCount":2,"missingRefCount":0,"missingReferences":[]}';
    expect(await failure(all(kibanaAt(await answering(200, line + details))))).toMatchObject({ code: 'ConnectionFailed' });
  });
});

describe('saved objects', () => {
  it('that are there are exported, those that are not and types that do not exist are left out', async () => {
    const standIn = await startKibana({ version: '8.19.8', username: 'godwit', password: 'right' });
    ends.push(() => standIn.stop());
    const kibana = kibanaAt(standIn.url);
    standIn.objects.put('default', { type: 'tag', id: 'a', attributes: { name: 'a' } });
    const found = await exportPresent(kibana, 'default', [{ type: 'tag', id: 'a' }, { type: 'tag', id: 'b' }, { type: 'of-a-plugin', id: 'c' }]);
    expect(found.map(({ object }) => object.id)).toEqual(['a']);
    expect(await failure(exportPresent(kibana, 'nowhere', [{ type: 'tag', id: 'a' }]))).toMatchObject({ code: 'KibanaRejected' });
    await expect(importObjects(kibana, 'default', ['{"type":"tag","id":"x","typeMigrationVersion":"99.0.0","attributes":{},"references":[]}'])).rejects.toMatchObject({ name: 'ImportRefused', reason: 'newer' });
    expect(await failure(kibanaAt(standIn.url, 'wrong').identity())).toMatchObject({ code: 'AuthenticationRejected' });
  });
  it('secrets of a connector: those of its space before those for all', () => {
    const kibana = kibanaAt('http://127.0.0.1:1');
    expect([kibana.connectorSecrets('ops', 'slack'), kibana.connectorSecrets('dev', 'slack'), kibana.connectorSecrets('dev', 'other')]).toEqual([{ url: 'hook of ops' }, { url: 'hook' }, undefined]);
  });
});
