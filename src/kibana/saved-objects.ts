/**
 * Saved objects out of and into a Kibana: export, import, resolve, delete. NDJSON as it comes, line by line.
 *
 * A line is passed on as it is; it is parsed only to see which object it is.
 */
import { z } from 'zod';
import { GodwitError } from '../domain/errors.js';
import { JsonObjectSchema, type JsonObject } from '../domain/json.js';
import { errorText } from './errors.js';
import type { Kibana, KibanaAnswer } from './kibana.js';
import { linesOf } from './ndjson.js';

/** Exports and imports of thousands of objects take Kibana a while. */
const LONG_MS = 10 * 60_000;

const KeySchema = z.object({ type: z.string(), id: z.string() });
export type ObjectKey = Readonly<z.infer<typeof KeySchema>>;

const ReferenceSchema = z.object({ type: z.string(), id: z.string(), name: z.string().optional() });
export type Reference = Readonly<z.infer<typeof ReferenceSchema>>;

const ObjectSchema = KeySchema.extend({
  attributes: JsonObjectSchema.default({}),
  references: z.array(ReferenceSchema).default([]),
  originId: z.string().optional(),
  managed: z.boolean().optional(),
  typeMigrationVersion: z.string().optional(),
  updated_at: z.string().optional(),
});
export type SavedObject = Readonly<z.infer<typeof ObjectSchema>>;

const DetailsSchema = z.object({
  exportedCount: z.number(),
  missingReferences: z.array(KeySchema).default([]),
  excludedObjects: z.array(KeySchema.extend({ reason: z.string().optional() })).default([]),
});
export type ExportDetails = Readonly<z.infer<typeof DetailsSchema>>;

/** One line of an export that was kept. */
export const objectOfLine = (line: string): SavedObject => ObjectSchema.parse(JSON.parse(line));

export interface ExportedObject {
  readonly line: string;
  readonly object: SavedObject;
}

export type ExportQuery = { readonly types: readonly string[] } | { readonly objects: readonly ObjectKey[] };

export interface ExportOptions {
  readonly includeReferences?: boolean;
  readonly signal?: AbortSignal;
}

/** Kibana's answer to an export that cannot be as asked; nothing was returned. */
export class ExportRefused extends Error {
  constructor(
    readonly reason: 'too-many' | 'absent' | 'not-exportable',
    readonly absent: readonly ObjectKey[],
    message: string,
  ) {
    super(message);
    this.name = 'ExportRefused';
  }
}

const AbsentSchema = z.object({ attributes: z.object({ objects: z.array(KeySchema.extend({ error: z.object({ statusCode: z.number() }).optional() })) }) });

function refusal(answer: unknown): ExportRefused | null {
  const message = errorText(answer) ?? '';
  if (message.startsWith("Can't export more than")) return new ExportRefused('too-many', [], message);
  if (/non-exportable type/.test(message)) return new ExportRefused('not-exportable', [], message);
  const absent = AbsentSchema.safeParse(answer);
  if (!absent.success || !absent.data.attributes.objects.every(({ error }) => error?.statusCode === 404)) return null;
  return new ExportRefused('absent', absent.data.attributes.objects.map(({ type, id }) => ({ type, id })), message);
}

/**
 * Exports objects of one space. Read-only.
 *
 * @returns what the last line says; its absence means that the answer was cut off
 * @throws ExportRefused, ConnectionFailed when the answer was cut off, and the codes of a failed request
 */
export async function* exportObjects(kibana: Kibana, space: string, query: ExportQuery, { includeReferences = false, signal }: ExportOptions = {}): AsyncGenerator<ExportedObject, ExportDetails> {
  const wanted: JsonObject = 'types' in query ? { type: [...query.types] } : { objects: query.objects.map(({ type, id }) => ({ type, id })) };
  const about = { action: `export saved objects of space ${space}`, subject: space };
  const { status, chunks } = await kibana.stream({
    ...{ method: 'POST', path: '/api/saved_objects/_export', space, ...about, timeoutMs: LONG_MS, expected: [400] },
    body: { ...wanted, includeReferencesDeep: includeReferences, excludeExportDetails: false },
    ...(signal === undefined ? {} : { signal }),
  });
  let details: ExportDetails | null = null;
  let count = 0;
  for await (const line of linesOf(chunks)) {
    const parsed = parseLine(kibana, line);
    if (status === 400) throw refusal(parsed) ?? rejected(kibana, about.action, space, errorText(parsed) ?? 'without a reason');
    const last = DetailsSchema.safeParse(parsed);
    if (last.success) {
      details = last.data;
      continue;
    }
    count += 1;
    yield { line, object: ObjectSchema.parse(parsed) };
  }
  if (details === null || details.exportedCount !== count) {
    throw new GodwitError('ConnectionFailed', `${kibana.connection}: Kibana: the export of space ${space} ended before it was whole`, { subject: space });
  }
  return details;
}

function parseLine(kibana: Kibana, line: string): unknown {
  try {
    const parsed: unknown = JSON.parse(line);
    return parsed;
  } catch {
    throw new GodwitError('NotKibana', `${kibana.connection}: Kibana: a line of an export is not JSON`, { subject: kibana.connection });
  }
}

function rejected(kibana: Kibana, action: string, subject: string, text: string): GodwitError {
  return new GodwitError('KibanaRejected', `${kibana.connection}: Kibana: cannot ${action}: ${text}`, { subject });
}

/**
 * Exports those of the named objects that are there. Read-only.
 *
 * @returns the objects found; the keys that are missing are absent
 */
export async function exportPresent(kibana: Kibana, space: string, keys: readonly ObjectKey[], signal?: AbortSignal, includeReferences = false): Promise<ExportedObject[]> {
  let wanted = keys;
  // Each round leaves out what Kibana says is not there; a second round is needed only if something vanished in between.
  for (let round = 0; round < MAX_ROUNDS && wanted.length > 0; round += 1) {
    const found: ExportedObject[] = [];
    try {
      for await (const item of exportObjects(kibana, space, { objects: wanted }, { includeReferences, ...(signal === undefined ? {} : { signal }) })) found.push(item);
      return found;
    } catch (error) {
      if (!(error instanceof ExportRefused)) throw error;
      const absent = new Set(error.reason === 'absent' ? error.absent.map(keyText) : []);
      // Of a type that this Kibana does not have there is nothing; it names every such object.
      const left = wanted.filter((key) => !absent.has(keyText(key)) && !(error.reason === 'not-exportable' && error.message.includes(keyText(key))));
      if (left.length === wanted.length) throw rejected(kibana, 'export saved objects', space, error.message);
      wanted = left;
    }
  }
  if (wanted.length === 0) return [];
  throw new GodwitError('Unavailable', `${kibana.connection}: Kibana: saved objects of space ${space} come and go while they are read`, { subject: space });
}

const MAX_ROUNDS = 6;

export function keyText({ type, id }: ObjectKey): string {
  return `${type}:${id}`;
}

const FailureSchema = KeySchema.extend({
  error: z.object({
    type: z.string(),
    destinationId: z.string().optional(),
    destinations: z.array(z.object({ id: z.string(), title: z.string().optional(), updatedAt: z.string().optional() })).optional(),
    references: z.array(KeySchema).optional(),
    message: z.string().optional(),
    statusCode: z.number().optional(),
  }),
});
export type ImportFailure = Readonly<z.infer<typeof FailureSchema>>;

const OutcomeSchema = z.object({
  success: z.boolean(),
  successCount: z.number(),
  successResults: z.array(KeySchema.extend({ destinationId: z.string().optional(), overwrite: z.boolean().optional() })).default([]),
  errors: z.array(FailureSchema).default([]),
  warnings: z.array(z.object({ message: z.string() })).default([]),
});
export type ImportOutcome = Readonly<z.infer<typeof OutcomeSchema>>;

/** Why Kibana refused an import as a whole; nothing was created. */
export class ImportRefused extends Error {
  constructor(
    readonly reason: 'too-large' | 'newer' | 'rejected',
    message: string,
  ) {
    super(message);
    this.name = 'ImportRefused';
  }
}

function outcomeOf(kibana: Kibana, space: string, { status, body }: KibanaAnswer): ImportOutcome {
  const message = errorText(body) ?? `HTTP ${String(status)}`;
  if (status === 413) throw new ImportRefused('too-large', message);
  if (status === 422) throw new ImportRefused('newer', message);
  if (status >= 400) throw new ImportRefused(/Can't import more than/.test(message) ? 'too-large' : 'rejected', message);
  const parsed = OutcomeSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new GodwitError('NotKibana', `${kibana.connection}: Kibana: the answer to an import into space ${space} is not of the known form`, { subject: space });
}

const fileOf = (lines: readonly string[]): { name: string; fileName: string; content: string[] } => ({ name: 'file', fileName: 'godwit.ndjson', content: lines.map((line) => `${line}\n`) });

/**
 * Imports lines of one space. While an object conflicts or lacks references nothing is created, whatever the answer
 * lists as successes: then `resolveImport` with every object that is wanted.
 *
 * @throws ImportRefused
 */
export async function importObjects(kibana: Kibana, space: string, lines: readonly string[], { overwrite = false }: { readonly overwrite?: boolean } = {}): Promise<ImportOutcome> {
  const answer = await kibana.request({
    ...(overwrite ? { query: [['overwrite', 'true']] } : {}),
    ...{ method: 'POST', path: '/api/saved_objects/_import', space, action: `import saved objects into space ${space}`, subject: space, timeoutMs: LONG_MS },
    form: [fileOf(lines)],
    expected: [400, 413, 422],
  });
  return outcomeOf(kibana, space, answer);
}

export interface Retry extends ObjectKey {
  readonly overwrite?: boolean;
  readonly destinationId?: string;
  readonly createNewCopy?: boolean;
  readonly replaceReferences?: readonly { readonly type: string; readonly from: string; readonly to: string }[];
  readonly ignoreMissingReferences?: boolean;
}

/** Errors of single objects with which nothing of a file is created, and that a retry may settle. */
export function isResolvable(type: string): boolean {
  return type === 'conflict' || type === 'ambiguous_conflict' || type === 'missing_references';
}

/** Imports those lines that have a retry, as it says. The all-or-nothing rule holds again. @throws ImportRefused */
export async function resolveImport(kibana: Kibana, space: string, lines: readonly string[], retries: readonly Retry[]): Promise<ImportOutcome> {
  const answer = await kibana.request({
    ...{ method: 'POST', path: '/api/saved_objects/_resolve_import_errors', space, action: `import saved objects into space ${space}`, subject: space, timeoutMs: LONG_MS },
    form: [fileOf(lines), { name: 'retries', content: [JSON.stringify(retries)] }],
    expected: [400, 413, 422],
  });
  return outcomeOf(kibana, space, answer);
}

const DeletedSchema = z.object({ statuses: z.array(KeySchema.extend({ success: z.boolean(), error: z.object({ statusCode: z.number().optional(), message: z.string().optional() }).optional() })) });

/** Types that the saved object routes hide, with the route that deletes one. */
const HIDDEN_ROUTES: Readonly<Record<string, string>> = { alert: '/api/alerting/rule/', action: '/api/actions/connector/' };

/** Deletes objects of one space; what is gone counts as deleted, what is shared with other spaces stays. @returns what could not be deleted */
export async function deleteObjects(kibana: Kibana, space: string, keys: readonly ObjectKey[]): Promise<{ key: ObjectKey; message: string }[]> {
  const left: { key: ObjectKey; message: string }[] = [];
  const visible: ObjectKey[] = [];
  for (const key of keys) {
    const route = HIDDEN_ROUTES[key.type];
    if (route === undefined) {
      visible.push(key);
      continue;
    }
    const { status, body } = await kibana.request({ method: 'DELETE', path: `${route}${encodeURIComponent(key.id)}`, space, action: `delete ${keyText(key)} of space ${space}`, subject: space, expected: [400, 404] });
    if (status === 400) left.push({ key, message: errorText(body) ?? 'refused' });
  }
  if (visible.length === 0) return left;
  const { body } = await kibana.request({
    ...{ method: 'POST', path: '/api/saved_objects/_bulk_delete', space, action: `delete saved objects of space ${space}`, subject: space, timeoutMs: LONG_MS },
    body: visible.map(({ type, id }) => ({ type, id })),
  });
  const refused = DeletedSchema.parse(body).statuses.filter(({ success, error }) => !success && error?.statusCode !== 404);
  return [...left, ...refused.map(({ type, id, error }) => ({ key: { type, id }, message: error?.message ?? 'refused' }))];
}

const FoundSchema = z.object({ total: z.number(), saved_objects: z.array(KeySchema.extend({ updated_at: z.string().optional() })) });

/** A page of keys, by time of the last change. Types that are hidden give none. */
export async function findObjects(kibana: Kibana, space: string, type: string, page: { readonly size: number; readonly since?: string }, signal?: AbortSignal): Promise<z.infer<typeof FoundSchema>> {
  const { body } = await kibana.request({
    ...{ method: 'GET', path: '/api/saved_objects/_find', space, action: `list saved objects of type ${type} in space ${space}`, subject: space, timeoutMs: 120_000 },
    query: [
      ['type', type],
      ['per_page', String(page.size)],
      ['page', '1'],
      ['sort_field', 'updated_at'],
      ['sort_order', 'asc'],
      ['fields', 'title'],
      ...(page.since === undefined ? [] : [['filter', `${type}.updated_at >= "${page.since}"`] as const]),
    ],
    ...(signal === undefined ? {} : { signal }),
  });
  return FoundSchema.parse(body);
}
