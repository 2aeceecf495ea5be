/** What saved-objects does to a Kibana, and how it is taken back. */
import { z } from 'zod';
import { isFamily } from '../domain/saved-objects/families.js';
import type { Outcome } from '../domain/saved-objects/rows.js';
import { boundedMessage } from '../domain/errors.js';
import { objectDetailOf, type ObjectDetail } from '../domain/saved-objects/details.js';
import { FAMILY } from '../kibana/families.js';
import { setRule } from '../kibana/alerting.js';
import { takeInventory } from '../kibana/inventory.js';
import { deleteObjects, type ObjectKey } from '../kibana/saved-objects.js';
import { deleteSpace, listSpaces } from '../kibana/spaces.js';
import type { Effect } from '../store/store.js';
import type { ActivityDeps } from './deps.js';
import { bringBack } from './saved-object-backups.js';
import { objectsOf } from './saved-object-rows.js';
import { CREATE_SPACE, describeStray, findStrays, isOwnSpace } from './saved-object-strays.js';

export const OBJECT_EFFECT = {
  createSpace: CREATE_SPACE,
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

/** Of what could not be taken back, in a note. */
const MOST_NAMED = 5;

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
  const rows = await objectsOf(store, id, row);
  const kibana = kibanas.get(effect.connection);
  const notes = await bringBack(store, id, kibana, { space, batch, rows });
  const strays = await findStrays(kibana, space, rows);
  const areOurs = strays.length > 0 && (await isOwnSpace(store, id, space));
  if (!areOurs) notes.push(...strays.map(describeStray));
  const ours = [...rows.flatMap(({ detail }) => oursOf(objectDetailOf(detail))), ...(areOurs ? strays.map(({ type, id: strayId }) => ({ type, id: strayId })) : [])];
  // What refers to others goes first.
  for (const { type, id: familyId } of ours) if (isFamily(type)) await FAMILY[type].remove(kibana, space, familyId);
  const kept = await deleteObjects(kibana, space, ours.filter(({ type }) => !isFamily(type)).reverse());
  if (kept.length > 0) notes.push(`${String(kept.length)} object(s) could not be deleted: ${kept[0]?.message ?? ''}`);
  return notes.length === 0 ? UNDONE : { state: 'left', note: boundedMessage(`${notes.slice(0, MOST_NAMED).join('; ')}${notes.length > MOST_NAMED ? `; and ${String(notes.length - MOST_NAMED)} more` : ''}`) };
}

/** What was made of an object, as far as that is known. */
function oursOf({ type, id, outcome, targetId, existed, copy }: ObjectDetail): ObjectKey[] {
  if (OURS.includes(outcome)) return [{ type, id: targetId ?? id }];
  if (outcome !== undefined) return [];
  // An import that was cut off may have made what was not there before.
  return [...(existed === false ? [{ type, id }] : []), ...(copy?.existed === false ? [{ type, id: copy.id }] : [])];
}
