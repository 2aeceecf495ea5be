/** What the objects that something conflicts with are like at the target, and whether they are the same already. Read-only. */
import { fingerprint, isMigratedFrom } from '../kibana/fingerprint.js';
import { exportPresent, keyText, type ExportedObject, type ImportFailure, type SavedObject } from '../kibana/saved-objects.js';
import { cancellationSignal } from './context.js';
import type { BatchContext, Item } from './saved-objects-item.js';

export interface Destinations {
  /** Objects at the target that something conflicts with, or that are its copy, by their key. */
  readonly there: ReadonlyMap<string, ExportedObject>;
  /** Ids among them, by the key of what conflicts. */
  readonly candidates: ReadonlyMap<string, readonly string[]>;
  readonly earlier: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function lookAtDestinations({ id, space, target, store, request }: BatchContext, byKey: ReadonlyMap<string, Item>, failures: readonly ImportFailure[]): Promise<Destinations> {
  const candidates = new Map<string, readonly string[]>();
  const wanted = new Map<string, { readonly type: string; readonly id: string }>();
  const names = new Set<string>();
  for (const failure of failures) {
    const item = byKey.get(keyText(failure));
    if (item === undefined || (failure.error.type !== 'conflict' && failure.error.type !== 'ambiguous_conflict')) continue;
    const ids = failure.error.destinations?.map((destination) => destination.id) ?? [failure.error.destinationId ?? failure.id];
    const all = request.onConflict === 'copy' ? [...ids, item.copyId] : ids;
    candidates.set(keyText(failure), all);
    for (const one of all) wanted.set(keyText({ type: item.type, id: one }), { type: item.type, id: one });
    names.add(item.row.index);
  }
  const there = new Map((await exportPresent(target, space, [...wanted.values()], cancellationSignal())).map((found) => [keyText(found.object), found]));
  return { there, candidates, earlier: await store.ledger.earlierDigests(id, [...names]) };
}

/** Ids at the target that have the same content. */
export function equalTo({ isOwnSpace }: BatchContext, item: Item, { there, candidates, earlier }: Destinations, moved: ReadonlyMap<string, string>): Set<string> {
  const wanted = withMoved(item.object, moved);
  const sent = fingerprint(wanted);
  return new Set(
    (candidates.get(keyText(item)) ?? []).filter((id) => {
      const object = there.get(keyText({ type: item.type, id }))?.object;
      if (object === undefined) return false;
      const mark = fingerprint(object);
      // The target may have migrated it: then what an earlier migration saw on both sides tells.
      if (sent === mark || earlier.get(item.row.index)?.has(`${sent}:${mark}`) === true) return true;
      return mayBeOfEarlierAttempt(item, id, mark, isOwnSpace) && isMigratedFrom(wanted, object);
    }),
  );
}

/** An attempt that was cut off may have made it: it was not there before, or was another one, and this is how the target migrates it. */
function mayBeOfEarlierAttempt({ id: own, row, detail, existed, copyId, copyExisted }: Item, id: string, mark: string, isOwnSpace: boolean): boolean {
  if (row.attempts === 0) return false;
  // Nothing was there before in a space that this migration made, so what Kibana knows as the same is of that attempt.
  if (isOwnSpace && !existed) return true;
  if (detail.overwrites?.id === id) return detail.overwrites.mark !== mark;
  return (id === own && !existed) || (id === copyId && !copyExisted);
}

function withMoved(object: SavedObject, moved: ReadonlyMap<string, string>): SavedObject {
  return { ...object, references: object.references.map((reference) => ({ ...reference, id: moved.get(keyText(reference)) ?? reference.id })) };
}
