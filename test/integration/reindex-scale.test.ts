/**
 * reindex at scale, with real nodes: an index that was updated and deleted from, with routing and 3 primary shards, and many small
 * ones, 7.17.8 -> 8.19.8 with a painless script; there they are worn again, a data stream joins them, and all goes on to 9.4.3 by API
 * keys that may do just what the guide says. After each leg every document is read and held against what it has to be.
 *
 * By default a tenth of what it is made for: a million documents and 500 small indices with `SCALE=full`.
 */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Migration } from '../../src/contracts/migration.js';
import { call, type HttpTarget } from '../servers/http.js';
import { clearNodes, count, createIndex, createMany, numbered, write } from '../support/clusters.js';
import { readSlices, startStack, type Stack } from '../support/stack.js';

const servers = inject('servers');
const { es7, es8, es9 } = servers;
const IS_FULL = process.env['SCALE'] === 'full';
const DOCUMENTS = IS_FULL ? 1_000_000 : 100_000;
const SMALL_INDICES = IS_FULL ? 500 : 50;
const SMALL_DOCUMENTS = 3;
const STREAM_DOCUMENTS = 2_000;
const PREFIX = `rs${Date.now().toString(36)}`;
const BIG = `${PREFIX}-big`;
const STREAM = `${PREFIX}-stream`;
/** Longest time for one leg. */
const LEG_MS = IS_FULL ? 1_200_000 : 200_000;
const BULK_LINES = 10_000;
/** Requests at once, to load and to read. */
const LANES = 4;

let stack: Stack;
const keys: { node: HttpTarget; id: string }[] = [];

/** A key that can do no more than is given here. */
async function createKey(node: HttpTarget, cluster: readonly string[], privileges: readonly string[]): Promise<string> {
  const { id, encoded } = await call<{ id: string; encoded: string }>(node, 'POST', '/_security/api_key', { name: PREFIX, role_descriptors: { moves: { cluster, indices: [{ names: [`${PREFIX}-*`], privileges }] } } });
  keys.push({ node, id });
  return encoded;
}

beforeAll(async () => {
  const asTarget = [['manage'], ['manage', 'write', 'read']] as const;
  const env = {
    TO8: await createKey(es8, ...asTarget),
    FROM8: await createKey(es8, ['monitor'], ['read', 'view_index_metadata', 'monitor', 'maintenance']),
    TO9: await createKey(es9, ...asTarget),
  };
  const line = (name: string, { url, caFile = '' }: { url: string; caFile?: string }): string => `  ${name.toLowerCase()}: { kind: self-managed, elasticsearch: { url: "${url}", auth: { apiKey: "\${env:${name}}" }, tls: { ca: "${caFile}" } } }\n`;
  stack = await startStack(servers, { env, connections: line('TO8', es8) + line('FROM8', es8) + line('TO9', es9) });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  for (const { node, id } of keys) await call(node, 'DELETE', '/_security/api_key', { ids: [id] });
  await clearNodes([es7, es8, es9], PREFIX);
}, 120_000);

/** How often the big index has been worn: before the first leg, and before the second. */
type Age = 1 | 2;

interface Source {
  readonly number: number;
  readonly state: number;
  readonly text: string;
  readonly moved?: string;
}

interface Expected {
  readonly id: string;
  readonly routing: string;
  readonly version: number;
  readonly source: string;
}

const isUpdated = (number: number, age: Age): boolean => number % 10 === (age === 1 ? 3 : 4);
const isDeleted = (number: number, age: Age): boolean => number % 20 === (age === 1 ? 7 : 8);
const idOf = (number: number): string => `order/${number.toString(36)}`;
/** Other than what the id alone would give, and unevenly spread over the shards. */
const routingOf = (number: number): string => `customer-${String((number * number) % 613)}`;
const sourceOf = (number: number, state: number): Source => ({ number, state, text: `order ${String(number)} of ${routingOf(number)}` });
/** A script leaves the fields in an order of its own. */
const textOf = ({ number, state, text, moved, ...others }: Source): string => JSON.stringify({ number, state, text, moved, ...others });

/** What becomes of a number in the end; null if it was deleted. The script of the first leg marks what it moves. */
function expected(number: number, age: Age): Expected | null {
  if (isDeleted(number, 1) || (age === 2 && isDeleted(number, 2))) return null;
  const isYoung = age === 2 && isUpdated(number, 2);
  const version = 1 + (isUpdated(number, 1) ? 1 : 0) + (isYoung ? 1 : 0);
  return { id: idOf(number), routing: routingOf(number), version, source: textOf({ ...sourceOf(number, isYoung ? 2 : isUpdated(number, 1) ? 1 : 0), ...(isYoung ? {} : { moved: 'godwit' }) }) };
}

/** Documents that are left. */
const left = (age: Age): number => DOCUMENTS - (age * DOCUMENTS) / 20;

/** Runs the jobs, several at once. */
async function inLanes(jobs: Iterable<() => Promise<void>>): Promise<void> {
  const queue = jobs[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await next.value();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function bulk(node: HttpTarget, lines: readonly string[], path: string): Promise<void> {
  const { errors } = await call<{ errors: boolean }>(node, 'POST', `${path}?filter_path=errors`, `${lines.join('\n')}\n`);
  expect(errors).toBe(false);
}

/** Writes whatever the function makes of the numbers, in big requests. */
async function load(node: HttpTarget, linesOf: (number: number) => readonly string[]): Promise<void> {
  function* jobs(): Generator<() => Promise<void>> {
    let lines: string[] = [];
    for (let number = 0; number < DOCUMENTS; number += 1) {
      lines.push(...linesOf(number));
      if (lines.length < BULK_LINES && number < DOCUMENTS - 1) continue;
      const full = lines;
      lines = [];
      if (full.length > 0) yield () => bulk(node, full, `/${BIG}/_bulk`);
    }
  }
  await inLanes(jobs());
}

const indexLines = (number: number, state: number): string[] => [JSON.stringify({ index: { _id: idOf(number), routing: routingOf(number) } }), JSON.stringify(sourceOf(number, state))];
const wear = (node: HttpTarget, age: Age): Promise<void> =>
  load(node, (number) => (isUpdated(number, age) ? indexLines(number, age) : isDeleted(number, age) ? [JSON.stringify({ delete: { _id: idOf(number), routing: routingOf(number) } })] : []));

async function makeBig(): Promise<void> {
  await createIndex(es7, BIG, {
    settings: { number_of_shards: 3, number_of_replicas: 0, refresh_interval: -1, 'index.translog.durability': 'async' },
    mappings: { properties: { number: { type: 'long' }, state: { type: 'byte' }, text: { type: 'keyword', index: false, doc_values: false }, moved: { type: 'keyword' } } },
  });
  await load(es7, (number) => indexLines(number, 0));
  await wear(es7, 1);
  await call(es7, 'PUT', `/${BIG}/_settings`, { 'index.refresh_interval': '7s' });
  await call(es7, 'POST', `/${BIG}/_refresh`);
}

async function makeSmall(): Promise<void> {
  await createMany(es7, `${PREFIX}-small-`, SMALL_INDICES);
  const lines = Array.from({ length: SMALL_INDICES * SMALL_DOCUMENTS }, (_, number) => [
    JSON.stringify({ index: { _index: `${PREFIX}-small-${String(number % SMALL_INDICES).padStart(4, '0')}`, _id: idOf(number), routing: routingOf(number) } }),
    JSON.stringify(sourceOf(number, 0)),
  ]);
  await bulk(es7, lines.flat(), '/_bulk');
  await call(es7, 'POST', `/${PREFIX}-small-*/_refresh`);
}

async function makeStream(): Promise<void> {
  await call(es8, 'PUT', `/_index_template/${STREAM}`, { index_patterns: [STREAM], priority: 900, data_stream: {}, template: { settings: { number_of_replicas: 0 } } });
  await write(es8, STREAM, numbered(STREAM_DOCUMENTS, () => ({ '@timestamp': '2026-11-24T00:00:00Z' })), 'create');
}

interface Hit {
  readonly _index: string;
  readonly _id: string;
  readonly _version: number;
  readonly _routing?: string;
  readonly _source: Source;
  readonly sort: readonly unknown[];
}

/** Reads numbers from..to by point in time, in their order, and holds each document against what it has to be. @returns how many there are */
async function checkRange(node: HttpTarget, pit: string, age: Age, from: number, to: number): Promise<number> {
  let next = from;
  let seen = 0;
  for (let after: readonly unknown[] | undefined; ; ) {
    const answer = await call<{ hits: { hits: Hit[] } }>(node, 'POST', '/_search', {
      ...{ pit: { id: pit, keep_alive: '2m' }, size: 10_000, version: true, track_total_hits: false, query: { range: { number: { gte: from, lt: to } } }, sort: [{ number: 'asc' }] },
      ...(after === undefined ? {} : { search_after: after }),
    });
    const { hits } = answer.hits;
    for (const hit of hits) {
      let wanted = expected(next, age);
      for (; wanted === null && next < to; wanted = expected(next, age)) next += 1;
      const found = { id: hit._id, routing: hit._routing, version: hit._version, source: textOf(hit._source) };
      // Compared by hand first: a million calls of the matcher take longer than the migration.
      if (found.id !== wanted?.id || found.routing !== wanted.routing || found.version !== wanted.version || found.source !== wanted.source) expect(found).toEqual(wanted);
      next += 1;
      seen += 1;
    }
    after = hits.at(-1)?.sort;
    if (after === undefined) break;
  }
  // Nothing is missing at the end.
  for (; next < to; next += 1) expect(expected(next, age)).toBeNull();
  return seen;
}

async function checkBig(node: HttpTarget, age: Age): Promise<number> {
  await call(node, 'POST', `/${BIG}/_refresh`);
  const { id } = await call<{ id: string }>(node, 'POST', `/${BIG}/_pit?keep_alive=2m`);
  const part = Math.ceil(DOCUMENTS / LANES);
  const seen = await Promise.all(Array.from({ length: LANES }, (_, lane) => checkRange(node, id, age, lane * part, Math.min(DOCUMENTS, (lane + 1) * part))));
  await call(node, 'DELETE', '/_pit', { id });
  return seen.reduce((sum, number) => sum + number, 0);
}

async function readSmall(node: HttpTarget): Promise<Map<string, unknown>> {
  await call(node, 'POST', `/${PREFIX}-small-*/_refresh`);
  const { hits } = await call<{ hits: { hits: Hit[] } }>(node, 'POST', `/${PREFIX}-small-*/_search`, { size: 10_000, version: true });
  return new Map(hits.hits.map(({ _index, _id, _version, _routing, _source }) => [`${_index} ${_id}`, { version: _version, routing: _routing, source: _source }]));
}

const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const started = Date.now();
  const result = await work();
  process.stdout.write(`reindex-scale: ${what} in ${((Date.now() - started) / 1_000).toFixed(1)} s\n`);
  return result;
};

/** Moves all, and says how long each step took. */
async function move(request: Readonly<Record<string, unknown>>): Promise<Migration> {
  const { id } = await stack.migrate({ type: 'reindex', indices: [`${PREFIX}-*`], ...request });
  const migration = await stack.until(id, ({ status }) => status !== 'running', LEG_MS);
  const seconds = (from: string | null, to: string | null): string => ((Date.parse(to ?? '') - Date.parse(from ?? '')) / 1_000).toFixed(1);
  process.stdout.write(`reindex-scale: ${migration.steps.map(({ name, startedAt, endedAt }) => `${name} ${seconds(startedAt, endedAt)} s`).join(', ')}\n`);
  return migration;
}

async function checkSettings(node: HttpTarget): Promise<void> {
  const { [BIG]: made } = await call<Record<string, { settings: { index: object } }>>(node, 'GET', `/${BIG}/_settings`);
  expect(made?.settings.index).toMatchObject({ number_of_shards: '3', number_of_replicas: '0', refresh_interval: '7s' });
}

const SMALL = SMALL_INDICES * SMALL_DOCUMENTS;
const what = `${String(DOCUMENTS)} documents in 3 shards, worn, with routing, and ${String(SMALL_INDICES)} small indices${IS_FULL ? '' : ' (a tenth; all with SCALE=full)'}`;

it(`7.17.8 to 8.19.8, with a painless script: ${what}`, async () => {
  await timed('loaded', () => Promise.all([makeBig(), makeSmall()]));
  const migration = await timed('7.17.8 to 8.19.8', () => move({ source: 'es7', target: 'to8', script: { source: 'ctx._source.moved = params.by', params: { by: 'godwit' } } }));
  const all = left(1) + SMALL;
  expect(migration).toMatchObject({ status: 'completed', attention: [], verification: { status: 'verified', mismatches: 0 }, progress: { documents: { done: all, total: all } } });
  expect(await timed('compared', () => checkBig(es8, 1))).toBe(left(1));
  const [before, after] = [await readSmall(es7), await readSmall(es8)];
  expect(before.size).toBe(SMALL);
  expect(after).toEqual(new Map([...before].map(([key, document]) => [key, { ...Object(document), source: { ...Object(document).source, moved: 'godwit' } }])));
  await checkSettings(es8);
}, LEG_MS + 200_000);

it(`8.19.8 to 9.4.3, by API keys, worn again and with a data stream: ${what}`, async () => {
  await timed('worn again', () => Promise.all([wear(es8, 2), makeStream()]));
  await call(es8, 'POST', `/${BIG}/_refresh`);
  const migration = await timed('8.19.8 to 9.4.3', () => move({ source: 'from8', target: 'to9' }));
  const all = left(2) + SMALL + STREAM_DOCUMENTS;
  expect(migration).toMatchObject({ status: 'completed', attention: [], verification: { status: 'verified', mismatches: 0 }, progress: { documents: { done: all, total: all } } });
  expect((await readSlices(stack, migration.id)).filter(({ index, slice }) => index === BIG && slice > 0).length).toBeGreaterThanOrEqual(IS_FULL ? 2 : 1);
  expect(await timed('compared', () => checkBig(es9, 2))).toBe(left(2));
  expect(await readSmall(es9)).toEqual(await readSmall(es8));
  expect(await count(es9, STREAM)).toBe(STREAM_DOCUMENTS);
  await checkSettings(es9);
}, LEG_MS + 200_000);
