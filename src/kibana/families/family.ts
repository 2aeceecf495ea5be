/** What is known of each kind that has an export and import of its own, and the requests that several of them share. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GodwitError } from '../../domain/errors.js';
import { JsonObjectSchema, type Json, type JsonObject } from '../../domain/json.js';
import { SERVER_FIELDS } from '../../domain/saved-objects/families.js';
import type { Kibana, KibanaRequest } from '../kibana.js';
import { linesOf } from '../ndjson.js';

export interface FamilyItem {
  readonly id: string;
  readonly title: string | null;
  /** Fingerprint of what counts. */
  readonly mark: string;
  readonly bytes: number;
  /** Detection rules only. */
  readonly isEnabled: boolean;
  /** Known in every space, so that one of them is enough. */
  readonly isShared: boolean;
  /** What is sent to the target. */
  readonly lines: readonly string[];
}

export interface Family {
  /** All of a space; none where the Kibana does not have the feature. */
  readonly list: (kibana: Kibana, space: string, signal?: AbortSignal) => Promise<FamilyItem[]>;
  /** Whether two are the same although their marks differ. */
  readonly isSame?: (source: FamilyItem, target: FamilyItem) => boolean;
  /** Writes one; `isThere` whether it replaces what the target has. @throws GodwitError with the reason of a refusal */
  readonly write: (target: Kibana, space: string, item: FamilyItem, isThere: boolean) => Promise<void>;
  /** Writes one that the target listed before it was overwritten, so that it is again as it was. */
  readonly restore: (target: Kibana, space: string, item: FamilyItem) => Promise<void>;
  readonly remove: (target: Kibana, space: string, id: string) => Promise<void>;
}

const PAGE = 100;
export const LONG_MS = 5 * 60_000;

export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** Without what servers set, at any depth. */
export function essence(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => essence(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name, item]) => !SERVER_FIELDS.has(name) && item !== null).map(([name, item]) => [name, essence(item)]));
}

export const textOf = (object: JsonObject, field: string): string | null => (typeof object[field] === 'string' ? object[field] : null);

export async function ndjson(kibana: Kibana, request: Omit<KibanaRequest, 'expected'>): Promise<JsonObject[]> {
  const { status, chunks } = await kibana.stream({ ...request, timeoutMs: LONG_MS, expected: [404] });
  const objects: JsonObject[] = [];
  for await (const line of linesOf(chunks)) if (status !== 404) objects.push(JsonObjectSchema.parse(JSON.parse(line)));
  return objects;
}

/** All pages of a `_find`; empty where the route is absent. */
export async function pages(kibana: Kibana, request: Pick<KibanaRequest, 'path' | 'space' | 'action' | 'subject' | 'query' | 'signal'>, field: string, size: string): Promise<JsonObject[]> {
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
export async function importFile(target: Kibana, space: string, path: string, item: FamilyItem, query: readonly (readonly [string, string])[], fileName = 'godwit.ndjson'): Promise<void> {
  const { body } = await target.request({ action: `import ${item.id} into space ${space}`, subject: space, method: 'POST', path, space, query, timeoutMs: LONG_MS, form: [{ name: 'file', fileName, content: item.lines.map((line) => `${line}\n`) }] });
  const [first] = ImportSchema.safeParse(body).data?.errors ?? [];
  if (first !== undefined) throw new GodwitError('ObjectRejected', first.error.message);
}

export const about = (what: string, space: string): { action: string; subject: string; space: string } => ({ action: `${what} of space ${space}`, subject: space, space });
export const withSignal = (signal: AbortSignal | undefined): { signal?: AbortSignal } => (signal === undefined ? {} : { signal });
