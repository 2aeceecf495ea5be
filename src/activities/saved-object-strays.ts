/**
 * What an import that was cut off may have left at the target under ids that Kibana chose: where another space has the id
 * of an object, it gets a new one, which only the answer tells. Read-only.
 */
import { isFamily } from '../domain/saved-objects/families.js';
import { objectDetailOf, type ObjectDetail } from '../domain/saved-objects/details.js';
import { takeInventory, type InventoryEntry } from '../kibana/inventory.js';
import type { Kibana } from '../kibana/kibana.js';
import { keyText, type ObjectKey } from '../kibana/saved-objects.js';
import { listSpaces } from '../kibana/spaces.js';
import type { LedgerRow, Store } from '../store/store.js';

/** Of an effect: this migration made the space at the target. */
export const CREATE_SPACE = 'create-space';

/** Spaces that one migration makes, at most. */
const MAX_SPACES = 1_000;

/** Whether this migration made a space, so that nothing was in it before. */
export async function isOwnSpace(store: Store, id: string, space: string): Promise<boolean> {
  const made = await store.effects.list(id, { kinds: [CREATE_SPACE], states: ['begun', 'done', 'kept', 'left'], limit: MAX_SPACES });
  return made.some(({ subject }) => subject === space);
}

export interface Stray extends ObjectKey {
  /** Of which object of the migration it may be, and why it is thought so. */
  readonly of: ObjectKey;
  readonly reason: 'origin' | 'title';
}

/** Sent, and nobody heard what became of it. */
function isCutOff({ status, attempts }: LedgerRow, { type, outcome, existed }: ObjectDetail): boolean {
  return !isFamily(type) && outcome === undefined && existed === false && (status === 'running' || attempts > 1);
}

const originOf = ({ id, origin }: ObjectDetail): string => origin ?? id;

/**
 * Looks for them by their origin, which Kibana keeps with the new id. Of several objects of one origin it keeps none:
 * these are looked for by their title, a weaker sign.
 *
 * @param rows of the objects of one batch
 */
export async function findStrays(kibana: Kibana, space: string, rows: readonly LedgerRow[]): Promise<Stray[]> {
  const details = rows.map(({ detail }) => objectDetailOf(detail));
  const noted = details.flatMap(({ type, id, targetId, mayBeOurs }): Stray[] => (mayBeOurs === true && targetId !== undefined ? [{ type, id: targetId, of: { type, id }, reason: 'origin' }] : []));
  const cutOff = rows.flatMap((row) => [objectDetailOf(row.detail)].filter((detail) => isCutOff(row, detail)));
  if (cutOff.length === 0 || !(await listSpaces(kibana)).some(({ id }) => id === space)) return noted;
  const byOrigin = new Map<string, ObjectDetail[]>();
  for (const detail of cutOff) {
    const key = keyText({ type: detail.type, id: originOf(detail) });
    byOrigin.set(key, [...(byOrigin.get(key) ?? []), detail]);
  }
  const twins = new Map([...byOrigin.values()].filter((same) => same.length > 1).flatMap((same) => same.flatMap((detail) => (typeof detail.title === 'string' ? [[`${detail.type}:${detail.title}`, detail] as const] : []))));
  const known = new Set(details.flatMap(({ type, id, targetId, copy }) => [id, targetId, copy?.id].flatMap((one) => (one === undefined ? [] : [keyText({ type, id: one })]))));
  const { entries } = await takeInventory(kibana, space, { types: [...new Set(cutOff.map(({ type }) => type))], includeReferences: false });
  return [...noted, ...[...entries.values()].filter((entry) => !known.has(keyText(entry))).flatMap((entry) => strayOf(entry, byOrigin, twins))];
}

function strayOf({ type, id, origin, title }: InventoryEntry, byOrigin: ReadonlyMap<string, readonly ObjectDetail[]>, twins: ReadonlyMap<string, ObjectDetail>): Stray[] {
  const [same] = origin === null ? [] : (byOrigin.get(keyText({ type, id: origin })) ?? []);
  if (same !== undefined) return [{ type, id, of: { type, id: same.id }, reason: 'origin' }];
  const twin = origin === null && title !== null ? twins.get(`${type}:${title}`) : undefined;
  return twin === undefined ? [] : [{ type, id, of: { type, id: twin.id }, reason: 'title' }];
}

/** For a person who has to decide whether it stays. */
export function describeStray({ of, reason, ...key }: Stray): string {
  return `${keyText(key)} has the same ${reason} as ${keyText(of)}: it was there before, or an import that was cut off made it; delete it in Kibana if nobody misses it`;
}
