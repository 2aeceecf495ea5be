/**
 * Advanced settings of a space: the object `config`, whose id is the version of its Kibana, so that another Kibana does
 * not read it. Godwit takes the settings out of it and puts them under the version of the target.
 *
 * @see kibana: src/core/packages/ui-settings, create_or_upgrade_saved_config
 */
import { GodwitError } from '../../domain/errors.js';
import { JsonObjectSchema, type JsonObject } from '../../domain/json.js';
import { canonical } from '../../domain/saved-objects/comparison.js';
import { compareVersions, parseVersion } from '../../domain/versions.js';
import type { Kibana } from '../kibana.js';
import { ExportRefused, deleteObjects, exportObjects, importObjects, objectOfLine, type ExportedObject, type SavedObject } from '../saved-objects.js';
import { digest, type Family, type FamilyItem } from './family.js';

const TYPE = 'config';
const ID = 'config';

/** What Kibana itself notes there. */
const OF_KIBANA: ReadonlySet<string> = new Set(['buildNum', 'isDefaultIndexMigrated']);

/** The one that this Kibana reads: of its own version, or else the latest before, from which it makes its own. */
async function current(kibana: Kibana, space: string, signal?: AbortSignal): Promise<ExportedObject | null> {
  const { version } = await kibana.identity(signal);
  let best: ExportedObject | null = null;
  try {
    for await (const found of exportObjects(kibana, space, { types: [TYPE] }, signal === undefined ? {} : { signal })) {
      if (found.object.type === TYPE && compare(found.object.id, version) <= 0 && (best === null || compare(found.object.id, best.object.id) > 0)) best = found;
    }
  } catch (error) {
    if (error instanceof ExportRefused && error.reason === 'not-exportable') return null;
    throw error;
  }
  return best;
}

const compare = (a: string, b: string): number => compareVersions(parseVersion(a), parseVersion(b));

const settingsOf = (attributes: JsonObject): JsonObject => Object.fromEntries(Object.entries(attributes).filter(([name]) => !OF_KIBANA.has(name)));

/** A Kibana may drop or rename settings of an older one: of those that both have the values count, and none may have come from elsewhere. */
export function areSameSettings(source: FamilyItem, target: FamilyItem): boolean {
  const [before, after] = [lineOf(source), lineOf(target)];
  if (source.mark === target.mark) return true;
  if (before.typeMigrationVersion === after.typeMigrationVersion) return false;
  return Object.entries(settingsOf(after.attributes)).every(([name, value]) => before.attributes[name] !== undefined && canonical(before.attributes[name]) === canonical(value));
}

const lineOf = ({ lines }: FamilyItem): SavedObject => objectOfLine(lines[0] ?? '{}');

async function put(target: Kibana, space: string, line: JsonObject): Promise<void> {
  const { errors } = await importObjects(target, space, [JSON.stringify(line)], { overwrite: true });
  const [first] = errors;
  if (first !== undefined) throw new GodwitError('ObjectRejected', first.error.message ?? first.error.type);
}

export const advancedSettings: Family = {
  async list(kibana, space, signal) {
    const found = await current(kibana, space, signal);
    const settings = found === null ? {} : settingsOf(found.object.attributes);
    const names = Object.keys(settings);
    if (found === null || names.length === 0) return [];
    const item: FamilyItem = { id: ID, title: `${String(names.length)} advanced settings`, mark: digest(canonical(settings)), bytes: found.line.length, isEnabled: false, isShared: false, lines: [found.line] };
    return [item];
  },
  isSame: areSameSettings,
  /** As a whole: a setting that only the target has goes back to its default. */
  async write(target, space, item) {
    const there = await current(target, space);
    const { version } = await target.identity();
    const given = JsonObjectSchema.parse(JSON.parse(item.lines[0] ?? '{}'));
    const kept = there === null ? {} : Object.fromEntries(Object.entries(there.object.attributes).filter(([name]) => OF_KIBANA.has(name)));
    await put(target, space, { ...given, id: version, attributes: { ...settingsOf(JsonObjectSchema.parse(given['attributes'] ?? {})), ...kept } });
  },
  restore: (target, space, item) => advancedSettings.write(target, space, item, true),
  /** The settings only: what Kibana notes there it would have to find out again. */
  async remove(target, space) {
    const there = await current(target, space);
    if (there === null) return;
    const { version } = await target.identity();
    if (Object.keys(settingsOf(there.object.attributes)).length === Object.keys(there.object.attributes).length) await deleteObjects(target, space, [{ type: TYPE, id: there.object.id }]);
    else await advancedSettings.write(target, space, { id: ID, title: null, mark: '', bytes: 0, isEnabled: false, isShared: false, lines: [JSON.stringify({ ...JsonObjectSchema.parse(JSON.parse(there.line)), id: version, attributes: {} })] }, true);
  },
};
