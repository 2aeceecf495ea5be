/**
 * The saved objects of the stand-in Kibana: kept in memory, exported, imported, resolved and found as Kibana does it
 * (contracts.md, 1.2 to 1.5; kibana: src/core/packages/saved-objects/import-export-server-internal).
 */
import { randomUUID } from 'node:crypto';

export interface Key {
  type: string;
  id: string;
}
export interface Ref extends Key {
  name: string;
}
export interface StoredObject extends Key {
  attributes: Record<string, unknown>;
  references: Ref[];
  namespaces: string[];
  originId?: string;
  managed: boolean;
  coreMigrationVersion: string;
  typeMigrationVersion: string;
  created_at: string;
  updated_at: string;
  version: string;
}
export type NewObject = Key & { attributes?: Record<string, unknown>; references?: Ref[]; originId?: string; managed?: boolean; updated_at?: string };

/** A refusal of a whole request. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly attributes?: object,
  ) {
    super(message);
  }
}

export interface TypeInfo {
  /** Version of its last migration here. */
  readonly version: string;
  /** What a migration to that version does to older attributes. */
  readonly migrate?: (attributes: Record<string, unknown>) => Record<string, unknown>;
  /** Not in `_find`. */
  readonly hidden?: boolean;
  /** One object a space, whose id may exist in others. */
  readonly single?: boolean;
}

export interface Limits {
  readonly maxImportExportSize: number;
}

const ERRORS: Readonly<Record<number, string>> = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found' };

/** Versions of the form a.b.c. */
function compare(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let at = 0; at < 3; at += 1) if ((left[at] ?? 0) !== (right[at] ?? 0)) return (left[at] ?? 0) - (right[at] ?? 0);
  return 0;
}

/** JSON with sorted keys, as Kibana's export writes it. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => stable(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, item]) => item !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${stable(item)}`).join(',')}}`;
}

interface ImportState {
  destinationId?: string;
  omitOriginId?: boolean;
  isOnlyReference?: boolean;
}
interface ImportError extends Key {
  meta: object;
  error: { type: string } & Record<string, unknown>;
}
export interface RetryBody extends Key {
  overwrite?: boolean;
  destinationId?: string;
  createNewCopy?: boolean;
  replaceReferences?: { type: string; from: string; to: string }[];
  ignoreMissingReferences?: boolean;
}

export class ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  /** Keys by `type:origin`, also those whose own id it is. */
  readonly #byOrigin = new Map<string, Set<string>>();
  #counter = 0;
  /** Objects whose creation fails, by `type:id` of the file. */
  readonly broken = new Map<string, { statusCode: number; message: string }>();

  constructor(
    readonly types: Map<string, TypeInfo>,
    readonly limits: Limits,
  ) {}

  get size(): number {
    return this.#objects.size;
  }

  #key(space: string, { type, id }: Key): string {
    return this.types.get(type)?.single === true ? `${space}/${type}:${id}` : `${type}:${id}`;
  }

  /** As it is visible in a space. */
  get(space: string, key: Key): StoredObject | undefined {
    const found = this.#objects.get(this.#key(space, key));
    return found?.namespaces.includes(space) === true ? found : undefined;
  }

  all(space: string): StoredObject[] {
    return [...this.#objects.values()].filter((object) => object.namespaces.includes(space)).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  put(space: string, object: NewObject, now = new Date().toISOString()): StoredObject {
    const key = this.#key(space, object);
    const known = this.#objects.get(key);
    this.#counter += 1;
    const stored: StoredObject = {
      ...{ type: object.type, id: object.id, attributes: object.attributes ?? {}, references: object.references ?? [], managed: object.managed ?? false },
      ...(object.originId === undefined ? {} : { originId: object.originId }),
      namespaces: known?.namespaces ?? [space],
      coreMigrationVersion: '8.8.0',
      typeMigrationVersion: this.types.get(object.type)?.version ?? '7.0.0',
      ...{ created_at: known?.created_at ?? now, updated_at: object.updated_at ?? now, version: Buffer.from(`[${String(this.#counter)},1]`).toString('base64') },
    };
    this.#objects.set(key, stored);
    for (const origin of new Set([stored.id, stored.originId ?? stored.id])) {
      const name = `${stored.type}:${origin}`;
      this.#byOrigin.set(name, (this.#byOrigin.get(name) ?? new Set()).add(key));
    }
    return stored;
  }

  /** Objects of a space that have an id, or came from it. */
  #ofOrigin(space: string, type: string, origin: string): StoredObject[] {
    return [...(this.#byOrigin.get(`${type}:${origin}`) ?? [])].flatMap((key) => this.#objects.get(key) ?? []).filter((object) => object.namespaces.includes(space) && (object.originId === origin || object.id === origin));
  }

  /** Makes an object visible in another space too. */
  share(space: string, key: Key, into: string): void {
    this.#objects.get(this.#key(space, key))?.namespaces.push(into);
  }

  remove(space: string, key: Key): boolean {
    return this.get(space, key) !== undefined && this.#objects.delete(this.#key(space, key));
  }

  removeSpace(space: string): void {
    for (const object of this.all(space)) {
      object.namespaces = object.namespaces.filter((name) => name !== space);
      if (object.namespaces.length === 0) this.#objects.delete(this.#key(space, object));
    }
  }

  export(space: string, body: Record<string, unknown>): string {
    const { type, objects, includeReferencesDeep = false, excludeExportDetails = false } = body as { type?: string | string[]; objects?: Key[]; includeReferencesDeep?: boolean; excludeExportDetails?: boolean };
    if (type === undefined && objects === undefined) throw new Refusal(400, 'Either `type` or `objects` are required.');
    if (type !== undefined && objects !== undefined) throw new Refusal(400, `Can't specify both "types" and "objects" properties when exporting`);
    if (objects !== undefined && body['search'] !== undefined) throw new Refusal(400, `Can't specify both "search" and "objects" properties when exporting`);
    const limit = this.limits.maxImportExportSize;
    const tooMany = new Refusal(400, `Can't export more than ${String(limit)} objects. If your server has enough memory, this limit can be increased by adjusting the "savedObjects.maxImportExportSize" setting.`);
    let chosen: StoredObject[];
    if (objects !== undefined) {
      const bad = objects.filter((key) => !this.types.has(key.type));
      if (bad.length > 0) throw new Refusal(400, `Trying to export object(s) with non-exportable types: ${bad.map((key) => `${key.type}:${key.id}`).join(', ')}`);
      if (objects.length > limit) throw tooMany;
      const absent = objects.filter((key) => this.get(space, key) === undefined);
      if (absent.length > 0) {
        throw new Refusal(400, 'Error fetching objects to export', { objects: absent.map((key) => ({ ...key, error: { statusCode: 404, error: 'Not Found', message: `Saved object [${key.type}/${key.id}] not found` } })) });
      }
      chosen = objects.flatMap((key) => this.get(space, key) ?? []);
    } else {
      const wanted = [type ?? []].flat();
      const bad = wanted.filter((name) => name !== '*' && !this.types.has(name));
      if (bad.length > 0) throw new Refusal(400, `Trying to export non-exportable type(s): ${bad.join(', ')}`);
      chosen = this.all(space).filter((object) => (wanted.includes('*') || wanted.includes(object.type)) && this.types.has(object.type));
      if (chosen.length > limit) throw tooMany;
    }
    const excluded: (Key & { reason: string })[] = [];
    const missing: Key[] = [];
    const collected = new Map<string, StoredObject>();
    const queue = [...chosen];
    const seenMissing = new Set<string>();
    for (let object = queue.shift(); object !== undefined; object = queue.shift()) {
      const key = `${object.type}:${object.id}`;
      if (collected.has(key)) continue;
      if (object.type === 'alert' && /^siem\./.test(typeof object.attributes['alertTypeId'] === 'string' ? object.attributes['alertTypeId'] : '')) {
        excluded.push({ type: object.type, id: object.id, reason: 'excluded' });
        continue;
      }
      collected.set(key, object);
      if (!includeReferencesDeep) continue;
      for (const reference of object.references) {
        const target = this.get(space, reference);
        if (target !== undefined) queue.push(target);
        else if (!seenMissing.has(`${reference.type}:${reference.id}`)) {
          seenMissing.add(`${reference.type}:${reference.id}`);
          missing.push({ type: reference.type, id: reference.id });
        }
      }
    }
    const lines = dependenciesFirst([...collected.values()]).map((object) => stable(exported(object)));
    const details = { excludedObjects: excluded, excludedObjectsCount: excluded.length, exportedCount: lines.length, missingRefCount: missing.length, missingReferences: missing };
    return [...lines, ...(excludeExportDetails ? [] : [JSON.stringify(details)])].join('\n');
  }

  #collect(file: string): NewObject[] {
    const objects: NewObject[] = [];
    for (const line of file.split('\n')) {
      if (line.trim() === '') continue;
      let parsed: Record<string, unknown>;
      try {
        parsed = JSON.parse(line);
      } catch (error) {
        throw new Refusal(400, error instanceof Error ? error.message : 'bad JSON');
      }
      if (parsed['exportedCount'] !== undefined) continue;
      objects.push(parsed as unknown as NewObject);
    }
    const limit = this.limits.maxImportExportSize;
    if (objects.length > limit) throw new Refusal(400, `Can't import more than ${String(limit)} objects. If your server has enough memory, this limit can be increased by adjusting the "savedObjects.maxImportExportSize" setting.`);
    const seen = new Set<string>();
    const twice = objects.filter(({ type, id }) => {
      const key = `${type}:${id}`;
      const known = seen.has(key);
      seen.add(key);
      return known;
    });
    if (twice.length > 0) throw new Refusal(400, `Non-unique import objects detected: [${twice.map(({ type, id }) => `${type}:${id}`).join(',')}]`);
    return objects;
  }

  /** Brings a document up to this Kibana. */
  #migrated(object: NewObject & { typeMigrationVersion?: string; migrationVersion?: Record<string, string> }): NewObject {
    const info = this.types.get(object.type);
    if (info === undefined) return object;
    const from = object.typeMigrationVersion ?? object.migrationVersion?.[object.type];
    if (from !== undefined && compare(from, info.version) > 0) {
      throw new Refusal(422, `Document "${object.id}" belongs to a more recent version of Kibana [${from}] when the last known version is [${info.version}].`);
    }
    const isOlder = from === undefined || compare(from, info.version) < 0;
    return isOlder && info.migrate !== undefined ? { ...object, attributes: info.migrate(object.attributes ?? {}) } : object;
  }

  import(space: string, file: string, { overwrite = false, createNewCopies = false }: { overwrite?: boolean; createNewCopies?: boolean }): object {
    return this.#importObjects(space, this.#collect(file), null, overwrite, createNewCopies);
  }

  resolve(space: string, file: string, retries: RetryBody[], createNewCopies = false): object {
    const nonUnique = (values: string[]): string[] => [...new Set(values.filter((value, at) => values.indexOf(value) !== at))].sort();
    const objects = nonUnique(retries.map(({ type, id }) => `${type}:${id}`));
    if (objects.length > 0) throw new Refusal(400, `Non-unique retry objects: [${objects.join(',')}]`);
    const destinations = nonUnique(retries.flatMap(({ type, destinationId }) => (destinationId === undefined ? [] : [`${type}:${destinationId}`])));
    if (destinations.length > 0) throw new Refusal(400, `Non-unique retry destinations: [${destinations.join(',')}]`);
    const byKey = new Map(retries.map((retry) => [`${retry.type}:${retry.id}`, retry]));
    const wanted = this.#collect(file).filter(({ type, id }) => byKey.has(`${type}:${id}`));
    for (const object of wanted) {
      const replace = new Map((byKey.get(`${object.type}:${object.id}`)?.replaceReferences ?? []).map(({ type, from, to }) => [`${type}:${from}`, to]));
      object.references = (object.references ?? []).map((reference) => ({ ...reference, id: replace.get(`${reference.type}:${reference.id}`) ?? reference.id }));
    }
    return this.#importObjects(space, wanted, byKey, false, createNewCopies);
  }

  /** The common way of import and resolve: unsupported types, references, conflicts by id, by origin, then one bulk create. */
  #importObjects(space: string, given: NewObject[], retries: Map<string, RetryBody> | null, overwrite: boolean, createNewCopies: boolean): object {
    const errors: ImportError[] = [];
    const fail = (object: NewObject, error: ImportError['error']): void => {
      errors.push({ type: object.type, id: object.id, meta: { title: object.attributes?.['title'] ?? '', icon: object.type }, error });
    };
    const objects = given.filter((object) => {
      if (this.types.has(object.type)) return true;
      fail(object, { type: 'unsupported_type' });
      return false;
    });
    const inFile = new Set(objects.map(({ type, id }) => `${type}:${id}`));
    const state = new Map<string, ImportState>();
    const originsOf = (type: string, origin: string): StoredObject[] => this.#ofOrigin(space, type, origin);
    for (const object of objects) {
      for (const reference of object.references ?? []) {
        const key = `${reference.type}:${reference.id}`;
        if (inFile.has(key) || state.has(key) || this.get(space, reference) !== undefined) continue;
        const [match, second] = originsOf(reference.type, reference.id);
        if (match !== undefined && second === undefined) state.set(key, { destinationId: match.id, isOnlyReference: true });
      }
    }
    for (const object of objects) {
      if (retries?.get(`${object.type}:${object.id}`)?.ignoreMissingReferences === true) continue;
      const missing = (object.references ?? []).filter((reference) => ['index-pattern', 'search'].includes(reference.type) && !inFile.has(`${reference.type}:${reference.id}`) && state.get(`${reference.type}:${reference.id}`)?.isOnlyReference !== true && this.get(space, reference) === undefined);
      const unique = [...new Map(missing.map(({ type, id }) => [`${type}:${id}`, { type, id }])).values()];
      if (unique.length > 0) fail(object, { type: 'missing_references', references: unique });
    }
    const pending = new Set<string>();
    const left: NewObject[] = [];
    for (const object of objects) {
      const key = `${object.type}:${object.id}`;
      const retry = retries?.get(key);
      if (createNewCopies) {
        state.set(key, { destinationId: retry?.destinationId ?? randomUUID(), omitOriginId: true });
        left.push(object);
        continue;
      }
      const wantedId = retry?.destinationId ?? object.id;
      const holder = this.#objects.get(this.#key(space, { type: object.type, id: wantedId }));
      if (holder !== undefined && !holder.namespaces.includes(space)) {
        state.set(key, { destinationId: randomUUID(), ...(retry?.createNewCopy === true ? { omitOriginId: true } : {}) });
        left.push(object);
      } else if (holder !== undefined && !overwrite && retry?.overwrite !== true) {
        fail(object, { type: 'conflict', ...(retry?.destinationId === undefined ? {} : { destinationId: retry.destinationId }) });
      } else {
        if (retry?.destinationId !== undefined && retry.destinationId !== object.id) state.set(key, { destinationId: retry.destinationId, ...(retry.createNewCopy === true ? { omitOriginId: true } : {}) });
        if (holder !== undefined) pending.add(key);
        left.push(object);
      }
    }
    const destinations = new Set([...(retries?.values() ?? [])].flatMap((retry) => (retry.destinationId === undefined ? [] : [`${retry.type}:${retry.destinationId}`])));
    const inexact = createNewCopies
      ? []
      : left.flatMap((object) => {
          const key = `${object.type}:${object.id}`;
          if (this.types.get(object.type)?.single === true || pending.has(key) || retries?.get(key)?.destinationId !== undefined) return [];
          const found = originsOf(object.type, object.originId ?? object.id).filter((other) => !inFile.has(`${other.type}:${other.id}`) && !destinations.has(`${other.type}:${other.id}`));
          return found.length === 0 ? [] : [{ object, key, origin: `${object.type}:${object.originId ?? object.id}`, found }];
        });
    for (const { object, key, origin, found } of inexact) {
      const sources = inexact.filter((other) => other.origin === origin).length;
      const [first] = found;
      if (sources > 1) state.set(key, { destinationId: randomUUID(), omitOriginId: true });
      else if (found.length === 1 && first !== undefined) {
        if (overwrite || retries?.get(key)?.overwrite === true) {
          state.set(key, { destinationId: first.id });
          pending.add(key);
        } else fail(object, { type: 'conflict', destinationId: first.id });
      } else {
        const list = found.map((other) => ({ id: other.id, title: other.attributes['title'], updatedAt: other.updated_at })).sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
        fail(object, { type: 'ambiguous_conflict', destinations: list });
      }
    }
    const resolvable = errors.some(({ error }) => ['conflict', 'ambiguous_conflict', 'missing_references'].includes(error.type));
    const failed = new Set(errors.map(({ type, id }) => `${type}:${id}`));
    const successResults: object[] = [];
    const created: StoredObject[] = [];
    const wanted = objects.filter(({ type, id }) => !failed.has(`${type}:${id}`));
    const migrated = resolvable ? wanted : wanted.map((object) => this.#migrated(object));
    for (const object of migrated) {
      const key = `${object.type}:${object.id}`;
      const broken = this.broken.get(key);
      if (!resolvable && broken !== undefined) {
        fail(object, { type: 'unknown', statusCode: broken.statusCode, message: broken.message, error: ERRORS[broken.statusCode] ?? 'Error' });
        continue;
      }
      const { destinationId, omitOriginId } = state.get(key) ?? {};
      const references = (object.references ?? []).map((reference) => ({ ...reference, id: state.get(`${reference.type}:${reference.id}`)?.destinationId ?? reference.id }));
      const originId = destinationId === undefined ? object.originId : omitOriginId === true ? undefined : (object.originId ?? object.id);
      if (!resolvable) {
        const { type, attributes = {}, managed } = object;
        created.push(this.put(space, { type, id: destinationId ?? object.id, attributes, references, ...(originId === undefined ? {} : { originId }), ...(managed === undefined ? {} : { managed }) }));
      }
      successResults.push({
        ...{ type: object.type, id: object.id, meta: { title: object.attributes?.['title'] ?? '', icon: object.type }, managed: object.managed ?? false },
        ...(pending.has(key) ? { overwrite: true } : {}),
        ...(destinationId === undefined ? {} : { destinationId }),
        ...(destinationId !== undefined && omitOriginId === true && !createNewCopies ? { createNewCopy: true } : {}),
      });
    }
    return {
      success: errors.length === 0,
      successCount: successResults.length,
      warnings: warningsOf(created),
      ...(successResults.length > 0 ? { successResults } : {}),
      ...(errors.length > 0 ? { errors } : {}),
    };
  }

  find(space: string, query: URLSearchParams): object {
    const types = query.getAll('type');
    if (types.length === 0) throw new Refusal(400, '[request query.type]: expected at least one defined value but got [undefined]');
    const [perPage, page] = [Number(query.get('per_page') ?? 20), Number(query.get('page') ?? 1)];
    if (perPage * page > 10_000) throw new Refusal(400, 'Result window is too large, from + size must be less than or equal to: [10000]');
    const filter = query.get('filter');
    const since = filter === null ? undefined : /^[\w-]+\.updated_at >= "([^"]+)"$/.exec(filter)?.[1];
    if (filter !== null && since === undefined) throw new Refusal(400, `This filter is not understood by the stand-in: ${filter}`);
    const found = this.all(space).filter((object) => types.includes(object.type) && this.types.get(object.type)?.hidden !== true && (since === undefined || object.updated_at >= since));
    if (query.get('sort_field') === 'updated_at') found.sort((a, b) => (a.updated_at < b.updated_at ? -1 : a.updated_at > b.updated_at ? 1 : 0));
    return { page, per_page: perPage, total: found.length, saved_objects: found.slice((page - 1) * perPage, page * perPage).map((object) => ({ ...exported(object), namespaces: object.namespaces, score: 0 })) };
  }
}

function warningsOf(created: StoredObject[]): object[] {
  const rules = created.filter(({ type }) => type === 'alert').length;
  const connectors = created.filter(({ type, attributes }) => type === 'action' && attributes['isMissingSecrets'] === true).length;
  return [
    ...(rules === 0 ? [] : [{ type: 'action_required', message: `${String(rules)} rules must be enabled after the import.`, actionPath: '/app/management/insightsAndAlerting/triggersActions/rules', buttonLabel: 'Go to rules' }]),
    ...(connectors === 0 ? [] : [{ type: 'action_required', message: `${String(connectors)} connectors have sensitive information that require updates.`, actionPath: '/app/management/insightsAndAlerting/triggersActionsConnectors', buttonLabel: 'Go to connectors' }]),
  ];
}

/** What an export leaves of an object. */
function exported({ namespaces: _, ...object }: StoredObject): object {
  if (object.type === 'alert') {
    return { ...object, attributes: { ...object.attributes, enabled: false, apiKey: null, apiKeyOwner: null, apiKeyCreatedByUser: null, legacyId: null, scheduledTaskId: null, executionStatus: { status: 'pending', lastExecutionDate: object.updated_at, error: null } } };
  }
  if (object.type === 'action') {
    const demands = object.attributes['secrets'] !== undefined && Object.keys(object.attributes['secrets'] as object).length > 0;
    return { ...object, attributes: { ...object.attributes, secrets: {}, isMissingSecrets: demands || object.attributes['isMissingSecrets'] === true } };
  }
  return object;
}

/** References before what refers to them; circles are fine. */
function dependenciesFirst(objects: StoredObject[]): StoredObject[] {
  const byKey = new Map(objects.map((object) => [`${object.type}:${object.id}`, object]));
  const done = new Set<StoredObject>();
  const visit = (object: StoredObject): void => {
    if (done.has(object)) return;
    done.add(object);
    for (const reference of object.references) {
      const target = byKey.get(`${reference.type}:${reference.id}`);
      if (target !== undefined) visit(target);
    }
    ordered.push(object);
  };
  const ordered: StoredObject[] = [];
  for (const object of objects) visit(object);
  return ordered;
}
