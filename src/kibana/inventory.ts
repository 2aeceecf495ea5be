/**
 * Which objects a space has: by export, since only that shows hidden types, references and sizes.
 *
 * An export has a limit (10,000 by default). Over it the types are taken one by one, and a type that is over it alone in
 * pages by time of the last change. Objects pass by; what is kept of each is a few dozen bytes.
 */
import { z } from 'zod';
import { GodwitError } from '../domain/errors.js';
import { titleOf } from '../domain/saved-objects/comparison.js';
import { attributesFingerprint } from './fingerprint.js';
import type { Kibana } from './kibana.js';
import { ExportRefused, exportObjects, exportPresent, findObjects, keyText, type ExportedObject, type ObjectKey } from './saved-objects.js';

export interface InventoryEntry extends ObjectKey {
  readonly title: string | null;
  readonly bytes: number;
  readonly references: readonly string[];
  /** Of the attributes. */
  readonly mark: string;
  readonly typeVersion: string | null;
  /** Id of the object that it was made from. */
  readonly origin: string | null;
  readonly isManaged: boolean;
}

export interface Inventory {
  /** By `type:id`. */
  readonly entries: Map<string, InventoryEntry>;
  readonly excluded: Map<string, ObjectKey & { readonly reason: string }>;
  /** What is referred to and is not there. */
  readonly missing: Map<string, ObjectKey>;
  /** Types that were asked for and do not exist here. */
  readonly unknownTypes: string[];
  /** The space has more objects than one export gives, so types that Godwit does not know were not looked for. */
  readonly isByKnownTypes: boolean;
}

/** Not worth carrying: its id is a version of Kibana, and another Kibana does not read it. */
const LEFT_OUT = new Set(['config', 'config-global']);

/** Named in the specification, and by plugins of the default distribution. */
export const KNOWN_TYPES = [
  ...['index-pattern', 'search', 'tag', 'visualization', 'lens', 'map', 'query', 'event-annotation-group', 'links', 'dashboard', 'url', 'canvas-element', 'canvas-workpad', 'graph-workspace'],
  ...['action', 'alert', 'alerting_rule_template', 'apm-indices', 'cases', 'cases-comments', 'cases-user-actions', 'infrastructure-monitoring-log-view', 'ml-trained-model', 'ml-module'],
  ...['osquery-saved-query', 'osquery-pack', 'osquery-pack-asset', 'slo', 'csp-rule-template', 'synthetics-monitor', 'uptime-dynamic-settings', 'enterprise_search_telemetry', 'security-solution-signals-migration'],
];

const PAGE = 2_000;
/** Kibana's window: more cannot be asked for at once. */
const WINDOW = 10_000;
const CHUNK = 1_000;

export interface InventoryOptions {
  /** null: all but `config`. */
  readonly types: readonly string[] | null;
  readonly includeReferences: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (objects: number) => void;
}

/** Read-only. @throws ExportLimit, and the codes of a failed request */
export async function takeInventory(kibana: Kibana, space: string, options: InventoryOptions): Promise<Inventory> {
  const inventory: Inventory & { isByKnownTypes: boolean } = { entries: new Map(), excluded: new Map(), missing: new Map(), unknownTypes: [], isByKnownTypes: false };
  if (options.types === null) {
    if (await addTypes(kibana, space, ['*'], options, inventory)) return inventory;
    inventory.isByKnownTypes = true;
  }
  for (const type of options.types ?? (await allTypes(kibana, space, options.signal))) {
    try {
      if (!(await addTypes(kibana, space, [type], options, inventory))) await addByPages(kibana, space, type, options, inventory);
    } catch (error) {
      if (!(error instanceof ExportRefused) || error.reason !== 'not-exportable') throw error;
      inventory.unknownTypes.push(type);
    }
  }
  return inventory;
}

/** @returns false if there are more than one export gives */
async function addTypes(kibana: Kibana, space: string, types: readonly string[], options: InventoryOptions, inventory: Inventory): Promise<boolean> {
  const { includeReferences, signal } = options;
  const all = exportObjects(kibana, space, { types }, { includeReferences, ...(signal === undefined ? {} : { signal }) });
  try {
    for (;;) {
      const step = await all.next();
      if (step.done === true) {
        for (const key of step.value.excludedObjects) inventory.excluded.set(keyText(key), { type: key.type, id: key.id, reason: key.reason ?? 'excluded' });
        for (const key of step.value.missingReferences) inventory.missing.set(keyText(key), key);
        return true;
      }
      add(inventory, step.value, options);
    }
  } catch (error) {
    if (error instanceof ExportRefused && error.reason === 'too-many') return false;
    throw error;
  }
}

function add(inventory: Inventory, { line, object }: ExportedObject, { types, onProgress }: InventoryOptions): void {
  const { type, id, references, attributes, typeMigrationVersion = null, managed = false, originId = null } = object;
  if (LEFT_OUT.has(type) && types?.includes(type) !== true) return;
  inventory.entries.set(keyText(object), {
    ...{ type, id, title: titleOf(attributes)?.slice(0, 120) ?? null, bytes: Buffer.byteLength(line) + 1, isManaged: managed, typeVersion: typeMigrationVersion, origin: originId },
    references: [...new Set(references.map(keyText))],
    mark: attributesFingerprint(object),
  });
  if (inventory.entries.size % 500 === 0) onProgress?.(inventory.entries.size);
}

/** A type with more objects than an export gives: keys by time of the last change, objects by their keys. */
async function addByPages(kibana: Kibana, space: string, type: string, options: InventoryOptions, inventory: Inventory): Promise<void> {
  const { signal, includeReferences } = options;
  let since: string | undefined;
  let size = PAGE;
  const seen = new Set<string>();
  for (;;) {
    const page = await findObjects(kibana, space, type, { size, ...(since === undefined ? {} : { since }) }, signal);
    const fresh = page.saved_objects.filter((key) => !seen.has(keyText(key)));
    for (const key of fresh) seen.add(keyText(key));
    for (let from = 0; from < fresh.length; from += CHUNK) {
      for (const item of await exportPresent(kibana, space, fresh.slice(from, from + CHUNK), signal, includeReferences)) add(inventory, item, options);
    }
    if (page.total <= page.saved_objects.length && page.total > 0) return;
    const last = page.saved_objects.at(-1)?.updated_at;
    if (last === undefined || (last === since && size === WINDOW)) {
      throw new GodwitError('ExportLimit', `${kibana.connection}: Kibana: space ${space} has more objects of type ${type} than an export gives, and they cannot be listed in parts`, { subject: space });
    }
    // Many that were changed at the same instant, as an import does: the largest page takes them along.
    size = last === since ? WINDOW : PAGE;
    since = last;
  }
}

const AllowedTypesSchema = z.object({ types: z.array(z.object({ name: z.string() })) });

/** Types of this Kibana, if it tells them, and those that are known. */
async function allTypes(kibana: Kibana, space: string, signal: AbortSignal | undefined): Promise<string[]> {
  const { body } = await kibana.request({
    ...{ method: 'GET', path: '/api/kibana/management/saved_objects/_allowed_types', space, action: 'list the types of saved objects', expected: [400, 403, 404] },
    ...(signal === undefined ? {} : { signal }),
  });
  const told = AllowedTypesSchema.safeParse(body);
  return [...new Set([...KNOWN_TYPES, ...(told.success ? told.data.types.map(({ name }) => name) : [])])].filter((type) => !LEFT_OUT.has(type));
}
