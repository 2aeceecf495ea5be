/**
 * Takes back what was done to components of the target: what was made is removed, what was overwritten is put back.
 *
 * It looks first: what is no longer as this migration left it stays, and is listed.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { objectOf } from '../domain/components/json-parts.js';
import type { Entry } from '../domain/components/kind.js';
import { KINDS, parseComponentId } from '../domain/components/kinds.js';
import { JsonObjectSchema, type Json, type JsonObject } from '../domain/json.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { setLifecycle } from '../elasticsearch/components/lifecycles.js';
import { readKind } from '../elasticsearch/components/read.js';
import { removeComponent, writeComponent } from '../elasticsearch/components/write.js';
import type { Effect, Store } from '../store/store.js';
import { cancellationSignal } from './context.js';

/** Kinds of effects on components, as they stand in the store and the report. */
export const COMPONENT_EFFECT = {
  write: 'write-component',
  replace: 'replace-component',
  stopLifecycle: 'stop-lifecycle',
} as const;

const UndoSchema = z.object({
  /** The component as the target had it; null: it had none, or it is withheld. */
  before: JsonObjectSchema.nullable(),
  /** Why it was not kept. */
  withheld: z.string().nullable(),
  /** Digest of what was about to be written. */
  written: z.string(),
});
export type ComponentUndo = z.infer<typeof UndoSchema>;

interface Undone {
  readonly state: 'undone' | 'left';
  readonly note: string | null;
}

const undone: Undone = { state: 'undone', note: null };

/** The same for the same content, whatever the order of its keys. */
export function digestOf(definition: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(sorted(definition))).digest('base64url');
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => sorted(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]));
}

/** @returns null if the effect is none of components */
export async function undoComponentEffect(store: Store, id: string, cluster: Cluster, effect: Effect): Promise<Undone | null> {
  switch (effect.kind) {
    case COMPONENT_EFFECT.stopLifecycle:
      await setLifecycle(cluster, effect.subject === 'slm' ? 'slm' : 'ilm', 'start');
      return undone;
    case COMPONENT_EFFECT.write:
    case COMPONENT_EFFECT.replace:
      return undoWrite(store, id, cluster, effect);
    default:
      return null;
  }
}

/** Safe to repeat: what is as it was before counts as undone. */
async function undoWrite(store: Store, id: string, cluster: Cluster, effect: Effect): Promise<Undone> {
  const key = parseComponentId(effect.subject);
  if (key === null) return { state: 'left', note: 'no such kind of component is known' };
  const { before, withheld, written } = UndoSchema.parse(effect.undo);
  const { normalise } = KINDS[key.kind];
  const signal = cancellationSignal();
  const reading = await readKind(cluster, key.kind, { isWanted: (name) => name === key.name, names: [key.name], signal });
  if (reading.state === 'denied') throw reading.error;
  const present = reading.state === 'read' ? (reading.entries.get(key.name) ?? null) : null;
  const former: Entry | null = before === null ? null : { name: key.name, raw: before };
  const isRemovedFirst = KINDS[key.kind].replace === 'remove';
  if (present === null && !(former !== null && isRemovedFirst)) return former === null && withheld === null ? undone : { state: 'left', note: 'somebody has removed it meanwhile' };
  if (present !== null && former !== null && digestOf(normalise(present)) === digestOf(normalise(former))) return undone;
  if (present !== null && !(await isOurs(store, id, effect.subject, digestOf(normalise(present)), written))) return { state: 'left', note: 'somebody has changed it meanwhile' };
  if (withheld !== null) return { state: 'left', note: `the former one was not kept: ${withheld}` };
  if (former !== null) await writeComponent(cluster, key.kind, former, normalise(former), { former: present, isRestoring: true }, signal);
  else if (present !== null) await removeComponent(cluster, key.kind, present, signal);
  return undone;
}

/** As it was written, or as the target gave it back afterwards. */
async function isOurs(store: Store, id: string, subject: string, present: string, written: string): Promise<boolean> {
  if (present === written) return true;
  const [row] = await store.ledger.byIndex(id, [subject]);
  return objectOf(row?.detail)['readBack'] === present;
}
