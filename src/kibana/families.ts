/**
 * Detection rules, exception lists, value lists and timelines, each by its own API: listed, moved, deleted.
 *
 * Each kind answers 404 where the security solution is absent: then there is nothing of it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { JsonObjectSchema, type JsonObject, type Json } from '../domain/json.js';
import { canonical } from '../domain/saved-objects/comparison.js';
import { SERVER_FIELDS, type FamilyType } from '../domain/saved-objects/families.js';
import { GodwitError } from '../domain/errors.js';
import type { Kibana, KibanaRequest } from './kibana.js';
import { linesOf } from './ndjson.js';

export interface FamilyItem {
  readonly id: string;
  readonly title: string | null;
  /** Fingerprint of what counts. */
  readonly mark: string;
  readonly bytes: number;
  /** Detection rules only. */
  readonly isEnabled: boolean;
  /** What is sent to the target. */
  readonly lines: readonly string[];
}

export interface Family {
  readonly list: (kibana: Kibana, space: string, signal?: AbortSignal) => Promise<FamilyItem[]>;
  /** Writes one; `isThere` whether it replaces what the target has. @throws GodwitError with the reason of a refusal */
  readonly write: (target: Kibana, space: string, item: FamilyItem, isThere: boolean) => Promise<void>;
  readonly remove: (target: Kibana, space: string, id: string) => Promise<void>;
}

const PAGE = 100;
const LONG_MS = 5 * 60_000;

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** Without what servers set, at any depth. */
function essence(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => essence(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name, item]) => !SERVER_FIELDS.has(name) && item !== null).map(([name, item]) => [name, essence(item)]));
}

const textOf = (object: JsonObject, field: string): string | null => (typeof object[field] === 'string' ? object[field] : null);

async function ndjson(kibana: Kibana, request: Omit<KibanaRequest, 'expected'>): Promise<JsonObject[]> {
  const { status, chunks } = await kibana.stream({ ...request, timeoutMs: LONG_MS, expected: [404] });
  const objects: JsonObject[] = [];
  for await (const line of linesOf(chunks)) if (status !== 404) objects.push(JsonObjectSchema.parse(JSON.parse(line)));
  return objects;
}

/** All pages of a `_find`; empty where the route is absent. */
async function pages(kibana: Kibana, request: Pick<KibanaRequest, 'path' | 'space' | 'action' | 'subject' | 'query' | 'signal'>, field: string, size: string): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (let page = 1; ; page += 1) {
    const { status, body } = await kibana.request({ ...request, method: 'GET', query: [...(request.query ?? []), ['page', String(page)], [size, String(PAGE)]], expected: [404] });
    if (status === 404) return found;
    const items = z.array(JsonObjectSchema).parse(JsonObjectSchema.parse(body)[field] ?? []);
    found.push(...items);
    if (items.length < PAGE) return found;
  }
}

const ImportSchema = z.object({ errors: z.array(z.object({ error: z.object({ message: z.string(), status_code: z.number().optional() }) })).default([]) });

/** One file into an import route. @throws KibanaRejected with the first reason */
async function importFile(target: Kibana, space: string, path: string, item: FamilyItem, query: readonly (readonly [string, string])[], fileName = 'godwit.ndjson'): Promise<void> {
  const about = { action: `import ${item.id} into space ${space}`, subject: space };
  const { body } = await target.request({ ...about, method: 'POST', path, space, query, timeoutMs: LONG_MS, form: [{ name: 'file', fileName, content: item.lines.map((line) => `${line}\n`) }] });
  const [first] = ImportSchema.safeParse(body).data?.errors ?? [];
  if (first !== undefined) throw new GodwitError('ObjectRejected', first.error.message);
}

const about = (what: string, space: string): { action: string; subject: string; space: string } => ({ action: `${what} of space ${space}`, subject: space, space });
const withSignal = (signal: AbortSignal | undefined): { signal?: AbortSignal } => (signal === undefined ? {} : { signal });

const detectionRule: Family = {
  async list(kibana, space, signal) {
    const objects = await ndjson(kibana, { method: 'POST', path: '/api/detection_engine/rules/_export', query: [['exclude_export_details', 'true'], ['file_name', 'export.ndjson']], ...about('export the detection rules', space), ...withSignal(signal) });
    return objects.flatMap((rule) => {
      const id = textOf(rule, 'rule_id');
      if (id === null) return [];
      // Enabled on arrival it would run at once, before its data is there.
      const line = JSON.stringify({ ...rule, enabled: false });
      return [{ id, title: textOf(rule, 'name'), mark: digest(canonical(essence(rule))), bytes: line.length, isEnabled: rule['enabled'] === true, lines: [line] }];
    });
  },
  write: (target, space, item, isThere) => importFile(target, space, '/api/detection_engine/rules/_import', item, [['overwrite', String(isThere)]]),
  async remove(target, space, id) {
    await target.request({ method: 'DELETE', path: '/api/detection_engine/rules', query: [['rule_id', id]], ...about('delete a detection rule', space), expected: [404] });
  },
};

/** Enables a detection rule. Safe to repeat. */
export async function enableDetectionRule(target: Kibana, space: string, id: string): Promise<void> {
  await target.request({ method: 'PATCH', path: '/api/detection_engine/rules', body: { rule_id: id, enabled: true }, ...about(`enable detection rule ${id}`, space) });
}

/** Shared lists are known in every space, under the name of their kind. */
const namespaceOf = (list: JsonObject): string => textOf(list, 'namespace_type') ?? 'single';

const exceptionList: Family = {
  async list(kibana, space, signal) {
    const lists = await pages(kibana, { path: '/api/exception_lists/_find', query: [['namespace_type', 'single,agnostic']], ...about('list the exception lists', space), ...withSignal(signal) }, 'data', 'per_page');
    const items: FamilyItem[] = [];
    for (const list of lists) {
      const id = textOf(list, 'list_id');
      if (id === null) continue;
      const query: [string, string][] = [['id', textOf(list, 'id') ?? ''], ['list_id', id], ['namespace_type', namespaceOf(list)], ['include_expired_exceptions', 'true']];
      const objects = (await ndjson(kibana, { method: 'POST', path: '/api/exception_lists/_export', query, ...about(`export exception list ${id}`, space), ...withSignal(signal) })).filter((object) => object['list_id'] !== undefined);
      const lines = objects.map((object) => JSON.stringify(object));
      const marks = objects.map((object) => canonical(essence(object))).sort();
      items.push({ id, title: textOf(list, 'name'), mark: digest(marks.join('\n')), bytes: lines.join('\n').length, isEnabled: false, lines });
    }
    return items;
  },
  write: (target, space, item, isThere) => importFile(target, space, '/api/exception_lists/_import', item, [['overwrite', String(isThere)]]),
  async remove(target, space, id) {
    await target.request({ method: 'DELETE', path: '/api/exception_lists', query: [['list_id', id]], ...about('delete an exception list', space), expected: [404] });
  },
};

async function valuesOf(kibana: Kibana, space: string, id: string, signal?: AbortSignal): Promise<string[]> {
  const { status, chunks } = await kibana.stream({ method: 'POST', path: '/api/lists/items/_export', query: [['list_id', id]], ...about(`export value list ${id}`, space), timeoutMs: LONG_MS, expected: [404], ...withSignal(signal) });
  const values: string[] = [];
  for await (const line of linesOf(chunks)) if (status !== 404) values.push(line);
  return values;
}

const valueList: Family = {
  async list(kibana, space, signal) {
    const items: FamilyItem[] = [];
    for (const list of await pages(kibana, { path: '/api/lists/_find', ...about('list the value lists', space), ...withSignal(signal) }, 'data', 'per_page')) {
      const id = textOf(list, 'id');
      if (id === null) continue;
      const values = await valuesOf(kibana, space, id, signal);
      const head = { id, name: textOf(list, 'name') ?? id, type: textOf(list, 'type') ?? 'keyword', description: textOf(list, 'description') ?? '' };
      const mark = digest(`${canonical(head)}\n${[...new Set(values)].sort().join('\n')}`);
      items.push({ id, title: head.name, mark, bytes: values.join('\n').length, isEnabled: false, lines: [JSON.stringify(head), ...values] });
    }
    return items;
  },
  /** Adds what is missing, so that values are not there twice after a second try. */
  async write(target, space, item) {
    await target.request({ method: 'POST', path: '/api/lists/index', ...about('make the indices of value lists', space), expected: [400, 409] });
    const [head = '{}', ...values] = item.lines;
    await target.request({ method: 'POST', path: '/api/lists', body: JsonObjectSchema.parse(JSON.parse(head)), ...about(`make value list ${item.id}`, space), expected: [409] });
    const there = new Set(await valuesOf(target, space, item.id));
    const missing = values.filter((value) => !there.has(value));
    if (missing.length > 0) await importFile(target, space, '/api/lists/items/_import', { ...item, lines: missing }, [['list_id', item.id], ['refresh', 'true']], 'godwit.txt');
  },
  async remove(target, space, id) {
    await target.request({ method: 'DELETE', path: '/api/lists', query: [['id', id]], ...about('delete a value list', space), expected: [404] });
  },
};

const timeline: Family = {
  async list(kibana, space, signal) {
    const known = await pages(kibana, { path: '/api/timelines', ...about('list the timelines', space), ...withSignal(signal) }, 'timeline', 'page_size');
    const ids = known.flatMap((one) => textOf(one, 'savedObjectId') ?? []);
    if (ids.length === 0) return [];
    const objects = await ndjson(kibana, { method: 'POST', path: '/api/timeline/_export', query: [['file_name', 'export.ndjson']], body: { ids }, ...about('export the timelines', space), ...withSignal(signal) });
    return objects.flatMap((one) => {
      const id = textOf(one, 'savedObjectId');
      const line = JSON.stringify(one);
      return id === null ? [] : [{ id, title: textOf(one, 'title'), mark: digest(canonical(essence(one))), bytes: line.length, isEnabled: false, lines: [line] }];
    });
  },
  async write(target, space, item, isThere) {
    if (isThere) await timeline.remove(target, space, item.id);
    await importFile(target, space, '/api/timeline/_import', item, []);
  },
  async remove(target, space, id) {
    await target.request({ method: 'DELETE', path: '/api/timeline', body: { savedObjectIds: [id] }, ...about('delete a timeline', space), expected: [404] });
  },
};

export const FAMILY: Readonly<Record<FamilyType, Family>> = { 'value-list': valueList, 'exception-list': exceptionList, timeline, 'detection-rule': detectionRule };
