/** What tests put into a cluster and look at there, by plain HTTP and not by Godwit's own code. */
import { readFileSync } from 'node:fs';
import { call, send, type HttpTarget } from '../servers/http.js';

export interface TestDocument {
  readonly id: string;
  readonly routing?: string;
  readonly source: object;
}

export async function createIndex(target: HttpTarget, name: string, body: object = {}): Promise<void> {
  await call(target, 'PUT', `/${name}`, { settings: { number_of_replicas: 0 }, ...body });
}

/** Creates many empty indices, a few at a time. */
export async function createMany(target: HttpTarget, prefix: string, number: number): Promise<void> {
  const names = Array.from({ length: number }, (_, at) => `${prefix}${String(at).padStart(4, '0')}`);
  const create = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await createIndex(target, name);
  };
  await Promise.all([create(), create(), create(), create()]);
}

/** Writes documents and makes them visible. @throws Error if one is refused */
export async function write(target: HttpTarget, index: string, documents: readonly TestDocument[], op: 'index' | 'create' = 'index'): Promise<void> {
  for (let from = 0; from < documents.length; from += 2_000) {
    const lines = documents.slice(from, from + 2_000).flatMap(({ id, routing, source }) => [JSON.stringify({ [op]: { _id: id, ...(routing === undefined ? {} : { routing }) } }), JSON.stringify(source)]);
    const answer = await call<{ errors: boolean }>(target, 'POST', `/${index}/_bulk`, `${lines.join('\n')}\n`);
    if (answer.errors) throw new Error(`bulk into ${index} failed: ${JSON.stringify(answer).slice(0, 500)}`);
  }
  await call(target, 'POST', `/${index}/_refresh`);
}

export function numbered(count: number, extra: (number: number) => object = () => ({})): TestDocument[] {
  return Array.from({ length: count }, (_, number) => ({ id: `d${String(number)}`, source: { number, ...extra(number) } }));
}

/** Documents with text that does not compress away: for snapshots that take a while. */
export function bulky(count: number, bytes: number): TestDocument[] {
  let seed = 7;
  const text = (): string => {
    let out = '';
    while (out.length < bytes) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      out += seed.toString(36);
    }
    return out;
  };
  return numbered(count, () => ({ payload: text() }));
}

export async function count(target: HttpTarget, index: string): Promise<number> {
  return (await call<{ count: number }>(target, 'GET', `/${index}/_count`)).count;
}

export async function exists(target: HttpTarget, index: string): Promise<boolean> {
  return (await send(target, 'HEAD', `/${index}`)).status === 200;
}

/** All documents by id, with routing and source, read with a scroll. */
export async function readAll(target: HttpTarget, index: string): Promise<Map<string, { routing: string | undefined; source: unknown }>> {
  interface Page {
    _scroll_id: string;
    hits: { hits: { _id: string; _routing?: string; _source: unknown }[] };
  }
  const found = new Map<string, { routing: string | undefined; source: unknown }>();
  let page = await call<Page>(target, 'POST', `/${index}/_search?scroll=1m`, { size: 2_000, sort: ['_doc'] });
  while (page.hits.hits.length > 0) {
    for (const hit of page.hits.hits) found.set(hit._id, { routing: hit._routing, source: hit._source });
    page = await call<Page>(target, 'POST', '/_search/scroll', { scroll: '1m', scroll_id: page._scroll_id });
  }
  await send(target, 'DELETE', '/_search/scroll', { scroll_id: [page._scroll_id] });
  return found;
}

export async function repositories(target: HttpTarget): Promise<string[]> {
  return Object.keys(await call(target, 'GET', '/_snapshot'));
}

/** Removes registrations of repositories; their files stay. */
export async function forgetRepositories(target: HttpTarget, prefix: string): Promise<void> {
  for (const name of await repositories(target)) if (name.startsWith(prefix)) await call(target, 'DELETE', `/_snapshot/${name}`);
}

/** Deletes what a test made; what is not there is fine. */
export async function deleteIndices(target: HttpTarget, ...names: string[]): Promise<void> {
  for (const name of names) {
    const found = await call(target, 'GET', `/${name}/_settings?ignore_unavailable=true&allow_no_indices=true`);
    // Backing indices go with their data stream only, which these builds cannot delete.
    const concrete = Object.keys(found).filter((index) => !index.startsWith('.'));
    for (let from = 0; from < concrete.length; from += 50) await send(target, 'DELETE', `/${concrete.slice(from, from + 50).join(',')}`);
  }
}

/**
 * Removes what the tests of a file make on shared nodes: indices, also renamed ones, and repositories.
 *
 * @param prefix of all their names, and of no other file's: files run side by side
 */
export async function clearNodes(nodes: readonly HttpTarget[], prefix: string): Promise<void> {
  for (const node of nodes) {
    await deleteIndices(node, `${prefix}-*`, `moved-${prefix}-*`);
    await forgetRepositories(node, `${prefix}-`);
  }
}

/** Lines of a node's log that match: how often the server itself says that it did something. */
export function logLines(logFile: string, pattern: RegExp): string[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => pattern.test(line));
}
