/** What saved-objects does to a Kibana, and how it is taken back. */
import { z } from 'zod';
import { isFamily } from '../domain/saved-objects/families.js';
import type { Outcome } from '../domain/saved-objects/rows.js';
import { objectDetailOf } from '../domain/saved-objects/details.js';
import { FAMILY } from '../kibana/families.js';
import { setRule } from '../kibana/alerting.js';
import { takeInventory } from '../kibana/inventory.js';
import { deleteObjects, type ObjectKey } from '../kibana/saved-objects.js';
import { deleteSpace, listSpaces } from '../kibana/spaces.js';
import type { Effect } from '../store/store.js';
import type { ActivityDeps } from './deps.js';
import { objectsOf } from './saved-object-rows.js';

export const OBJECT_EFFECT = {
  createSpace: 'create-space',
  importObjects: 'import-objects',
  completeConnector: 'complete-connector',
  enableRules: 'enable-rules',
} as const;

interface Undone {
  readonly state: 'undone' | 'left';
  readonly note: string | null;
}

const UNDONE: Undone = { state: 'undone', note: null };

const BatchUndoSchema = z.object({ space: z.string(), batch: z.number() });
const RulesUndoSchema = z.object({ space: z.string(), rules: z.array(z.string()) });

/** Outcomes that left an object of ours at the target. */
const OURS: readonly (Outcome | undefined)[] = ['created', 'copied'];

/** Null for an effect of another type of migration. Safe to repeat. */
export async function undoSavedObjects(deps: ActivityDeps, id: string, effect: Effect): Promise<Undone | null> {
  switch (effect.kind) {
    case OBJECT_EFFECT.createSpace:
      return undoSpace(deps, effect);
    case OBJECT_EFFECT.importObjects:
      return undoImport(deps, id, effect);
    case OBJECT_EFFECT.completeConnector:
      return { state: 'left', note: 'the secrets stay with the connector; they go with it if it was made by this migration' };
    case OBJECT_EFFECT.enableRules: {
      const { space, rules } = RulesUndoSchema.parse(effect.undo);
      for (const rule of rules) await setRule(deps.kibanas.get(effect.connection), space, rule, 'disable');
      return UNDONE;
    }
    default:
      return null;
  }
}

/** Deleting a space deletes all that is in it: only if nothing is. */
async function undoSpace({ kibanas }: ActivityDeps, effect: Effect): Promise<Undone> {
  const kibana = kibanas.get(effect.connection);
  if (!(await listSpaces(kibana)).some(({ id }) => id === effect.subject)) return UNDONE;
  const { entries } = await takeInventory(kibana, effect.subject, { types: null, includeReferences: false });
  if (entries.size > 0) return { state: 'left', note: `the space holds ${String(entries.size)} object(s) that are not of this migration` };
  await deleteSpace(kibana, effect.subject);
  return UNDONE;
}

async function undoImport({ kibanas, store }: ActivityDeps, id: string, effect: Effect): Promise<Undone> {
  const { space, batch } = BatchUndoSchema.parse(effect.undo);
  const row = (await store.ledger.byIndex(id, [space])).find(({ slice }) => slice === batch);
  if (row === undefined) return { state: 'left', note: 'the ledger has no row for it' };
  const details = (await objectsOf(store, id, row)).map((object) => objectDetailOf(object.detail));
  const ours: ObjectKey[] = details
    // One without an outcome that was not there before may have been made by an import that was cut off.
    .filter(({ outcome, existed }) => OURS.includes(outcome) || (outcome === undefined && existed === false))
    .map(({ type, id: objectId, targetId }) => ({ type, id: targetId ?? objectId }));
  // What refers to others goes first.
  const kibana = kibanas.get(effect.connection);
  for (const { type, id: familyId } of ours) if (isFamily(type)) await FAMILY[type].remove(kibana, space, familyId);
  const kept = await deleteObjects(kibana, space, ours.filter(({ type }) => !isFamily(type)).reverse());
  const overwritten = details.filter(({ outcome }) => outcome === 'overwritten').length;
  const notes = [
    ...(overwritten === 0 ? [] : [`${String(overwritten)} object(s) were overwritten and cannot be brought back by Godwit`]),
    ...(kept.length === 0 ? [] : [`${String(kept.length)} object(s) could not be deleted: ${kept[0]?.message ?? ''}`]),
  ];
  return notes.length === 0 ? UNDONE : { state: 'left', note: notes.join('; ') };
}
