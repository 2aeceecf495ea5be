/**
 * One batch of saved objects of one space: out of the source, into the target, every outcome noted.
 *
 * Safe to repeat, also after it was killed anywhere: nothing gets a random id here, what was there before is noted before
 * the first import, and an object that is met again is compared instead of written again.
 */
import { GodwitError, boundedMessage, type ErrorCode } from '../domain/errors.js';
import { compileRename } from '../domain/rename.js';
import { objectDetailOf } from '../domain/saved-objects/details.js';
import { decide, type Decision } from '../domain/saved-objects/policy.js';
import { rowName, type Outcome } from '../domain/saved-objects/rows.js';
import { rewriteLine } from '../kibana/lines.js';
import { copyIdOf } from '../kibana/fingerprint.js';
import { ImportRefused, exportPresent, importObjects, isResolvable, keyText, resolveImport, type ExportedObject, type ImportFailure, type ObjectKey, type Retry } from '../kibana/saved-objects.js';
import type { LedgerChange, LedgerRow } from '../store/store.js';
import { cancellationSignal } from './context.js';
import { describeFailure, troubleOf, type RowTrouble } from './rows.js';
import { keepBefore, type Overwrite } from './saved-object-backups.js';
import { equalTo, lookAtDestinations } from './saved-objects-destinations.js';
import type { BatchContext, Item } from './saved-objects-item.js';

export interface BatchResult {
  readonly troubles: RowTrouble[];
  readonly documents: number;
  readonly bytes: number;
}

/** Answers to a decision may bring new conflicts; each round settles some, so few are needed. */
const MAX_ROUNDS = 6;

/** @param rows rows of objects of that space, those they refer to before them */
export async function moveObjects(context: BatchContext, rows: readonly LedgerRow[]): Promise<BatchResult> {
  const { id, space, store, source } = context;
  const open = rows.filter((row) => row.status === 'pending' || row.status === 'running');
  if (open.length === 0) return { troubles: [], documents: 0, bytes: 0 };
  const details = new Map(open.map((row) => [row, objectDetailOf(row.detail)]));
  const present = await exportPresent(source, space, [...details.values()], cancellationSignal());
  const found = new Map(present.map((item) => [keyText(item.object), item]));
  const fresh = [...details.values()].filter(({ existed }) => existed === undefined);
  const copyIds = await copyIdsOf(context, [...details.values()]);
  const copies = context.request.onConflict === 'copy' ? fresh.map((detail) => ({ type: detail.type, id: copyIds.get(keyText(detail)) ?? '' })) : [];
  const atTarget = new Set((await exportPresent(context.target, space, [...fresh, ...copies], cancellationSignal())).map(({ object }) => keyText(object)));
  const begun: LedgerChange[] = [];
  const items: Item[] = [];
  for (const [row, detail] of details) {
    const here = found.get(keyText(detail));
    const existed = detail.existed ?? atTarget.has(keyText(detail));
    const copyId = copyIds.get(keyText(detail)) ?? '';
    const copyExisted = detail.copy?.existed ?? atTarget.has(keyText({ type: detail.type, id: copyId }));
    if (here === undefined) {
      begun.push({ index: row.index, slice: 0, status: 'skipped', verdict: 'skipped', error: null, detail: { outcome: 'gone', note: 'deleted at the source since preflight' } });
      continue;
    }
    const origin = here.object.originId ?? detail.id;
    begun.push({ index: row.index, slice: 0, status: 'running', countAttempt: true, detail: { existed, ...(origin === detail.id ? {} : { origin }), ...(copies.length === 0 ? {} : { copy: { id: copyId, existed: copyExisted } }) } });
    items.push({ type: detail.type, id: detail.id, row, detail, existed, origin, copyId, copyExisted, line: here.line, object: here.object, result: null, notes: [] });
  }
  await store.ledger.change(id, begun);
  await rewriteAll(context, items);
  await importAll(context, items);
  return settle(context, items);
}

async function copyIdsOf({ source, space }: BatchContext, keys: readonly ObjectKey[]): Promise<Map<string, string>> {
  const kibana = (await source.identity()).uuid;
  return new Map(keys.map(({ type, id }) => [keyText({ type, id }), copyIdOf({ kibana, space, type, id })]));
}

/** Titles by the rename, references by what is known of new ids. */
async function rewriteAll(context: BatchContext, items: readonly Item[]): Promise<void> {
  const { id, space, store, request } = context;
  const rename = request.rename === undefined ? null : compileRename(request.rename);
  const inBatch = new Set(items.map(keyText));
  const outside = new Map<string, ObjectKey>();
  for (const { object } of items) for (const reference of object.references) if (!inBatch.has(keyText(reference))) outside.set(keyText(reference), reference);
  const moved = new Map<string, string>();
  for (const row of await store.ledger.byIndex(id, [...outside.values()].map((key) => rowName({ space, ...key })))) {
    const { type, id: objectId, targetId } = objectDetailOf(row.detail);
    if (targetId !== undefined && targetId !== objectId) moved.set(keyText({ type, id: objectId }), targetId);
  }
  for (const item of items) {
    const rewritten = rewriteLine(item, { moved, rename });
    if (rewritten.title !== null) item.notes.push(`title ${rewritten.title.from} became ${rewritten.title.to}`);
    [item.line, item.object] = [rewritten.line, rewritten.object];
  }
}

/** Imports, in halves where Kibana refuses a file as a whole, so that one bad object does not stop the others. */
async function importAll(context: BatchContext, items: readonly Item[]): Promise<void> {
  if (items.length === 0) return;
  try {
    await importFile(context, items);
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error;
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      only.result = { error: refused(only, error) };
      return;
    }
    // What an earlier round has settled stays so.
    const open = items.filter((item) => item.result === null);
    const middle = Math.ceil(open.length / 2);
    await importAll(context, open.slice(0, middle));
    await importAll(context, open.slice(middle));
  }
}

function refused(item: Item, error: ImportRefused): GodwitError {
  const code: ErrorCode = error.reason === 'too-large' ? 'ObjectTooLarge' : 'ObjectRejected';
  return new GodwitError(code, `${nameOf(item)}: ${boundedMessage(error.message, 400)}`);
}

function nameOf({ row, detail }: Pick<Item, 'row' | 'detail'>): string {
  return detail.title === undefined || detail.title === null ? row.index : `${row.index} (${detail.title})`;
}

async function importFile(context: BatchContext, items: readonly Item[]): Promise<void> {
  const { target, space } = context;
  const byKey = new Map(items.map((item) => [keyText(item), item]));
  const outcome = await importObjects(target, space, items.map(({ line }) => line));
  let failures = outcome.errors;
  let successes = outcome.successResults;
  let sent = new Map<string, Retry>();
  for (let round = 0; ; round += 1) {
    if (!failures.some(({ error }) => isResolvable(error.type))) {
      for (const success of successes) settleSuccess(byKey.get(keyText(success)), success, sent.get(keyText(success)));
      for (const failure of failures) {
        const item = byKey.get(keyText(failure));
        if (item !== undefined) park(item, decide(await situation(context, byKey, item, failure, new Set(), new Map())));
      }
      return;
    }
    if (round >= MAX_ROUNDS) throw new GodwitError('Unavailable', `space ${space}: conflicts keep changing while objects are imported`, { subject: space });
    sent = await nextRetries(context, byKey, failures, successes, sent);
    const lines = items.filter((item) => sent.has(keyText(item))).map(({ line }) => line);
    if (lines.length === 0) return;
    const answer = await resolveImport(target, space, lines, [...sent.values()]);
    [failures, successes] = [answer.errors, answer.successResults];
  }
}

/** What is sent in the next round: every object that is wanted, also those that had no trouble. */
async function nextRetries(context: BatchContext, byKey: ReadonlyMap<string, Item>, failures: readonly ImportFailure[], successes: readonly (ObjectKey & { destinationId?: string | undefined })[], before: ReadonlyMap<string, Retry>): Promise<Map<string, Retry>> {
  const retries = new Map<string, Retry>();
  for (const { type, id, destinationId } of successes) {
    retries.set(keyText({ type, id }), { ...before.get(keyText({ type, id })), type, id, ...(destinationId === undefined ? {} : { destinationId }) });
  }
  const seen = await lookAtDestinations(context, byKey, failures);
  const byItem = new Map(failures.map((failure) => [keyText(failure), failure]));
  // Ids at the target: of those that stay out of the file, and of all, by which what refers to them is compared.
  const [settled, moved] = [new Map<string, string>(), new Map<string, string>()];
  const overwrites: Overwrite[] = [];
  // In order of the batch: what an object refers to is decided before it.
  for (const [key, item] of byKey) {
    const failure = byItem.get(key);
    if (failure === undefined) continue;
    const decision = decide(await situation(context, byKey, item, failure, equalTo(context, item, seen, moved), seen.there));
    const { type, id } = failure;
    const known = before.get(keyText(failure));
    switch (decision.kind) {
      case 'settled':
        item.result = { ...asMade(context, item, decision.outcome, decision.targetId), targetId: decision.targetId, note: decision.note };
        if (decision.targetId !== id) settled.set(key, decision.targetId);
        moved.set(key, decision.targetId);
        break;
      case 'overwrite':
        moved.set(key, decision.targetId);
        overwrites.push({ item, targetId: decision.targetId });
        if (decision.note !== null) item.notes.push(decision.note);
        retries.set(keyText(failure), { ...known, type, id, overwrite: true, destinationId: decision.targetId });
        break;
      case 'copy':
        moved.set(key, decision.targetId);
        retries.set(keyText(failure), { ...known, type, id, createNewCopy: true, destinationId: decision.targetId });
        break;
      case 'dangle':
        item.notes.push(decision.note);
        retries.set(keyText(failure), { ...known, type, id, ignoreMissingReferences: true });
        break;
      case 'park':
        park(item, decision);
        break;
    }
  }
  await keepBefore(context, overwrites, seen.there);
  // What stays out of the file is no longer followed by Kibana, so its new id goes into what refers to it.
  if (settled.size > 0) for (const item of byKey.values()) if (item.result === null) ({ line: item.line, object: item.object } = rewriteLine(item, { moved: settled, rename: null }));
  return retries;
}

/** What an earlier attempt did that did not live to note it. */
function asMade({ isOwnSpace }: BatchContext, item: Item, outcome: Outcome, targetId: string): { outcome: Outcome; mayBeOurs?: boolean } {
  const { id, detail, existed, copyId, copyExisted } = item;
  if (detail.overwrites?.id === targetId) return { outcome: outcome === 'unchanged' ? 'overwritten' : outcome };
  // Kibana gives a new id where another space has that of the object: nothing that was noted before says whose it is.
  const isElsewhere = targetId !== id && targetId !== copyId && !existed && item.row.attempts > 0;
  if (isElsewhere && !isOwnSpace) return { outcome, mayBeOurs: true };
  if (outcome !== 'unchanged') return { outcome };
  if (isElsewhere || (targetId === id && !existed)) return { outcome: 'created' };
  return { outcome: targetId === copyId && !copyExisted ? 'copied' : outcome };
}

function park(item: Item, decision: Decision): void {
  if (decision.kind !== 'park') return;
  item.result = { error: new GodwitError(decision.code, `${nameOf(item)}: ${boundedMessage(decision.reason, 400)}`) };
}

function settleSuccess(item: Item | undefined, { id, destinationId }: ObjectKey & { destinationId?: string | undefined }, retry: Retry | undefined): void {
  if (item === undefined) return;
  const outcome: Outcome = retry?.createNewCopy === true ? 'copied' : retry?.overwrite === true ? 'overwritten' : 'created';
  const targetId = destinationId ?? retry?.destinationId ?? id;
  const isNewId = outcome === 'created' && targetId !== id;
  item.result = { outcome, targetId, note: isNewId ? 'another space of the target has its id, so it got a new one' : null };
}

async function situation(context: BatchContext, byKey: ReadonlyMap<string, Item>, { type, id, copyId }: Item, { error }: ImportFailure, equal: ReadonlySet<string>, there: ReadonlyMap<string, ExportedObject>): Promise<Parameters<typeof decide>[0]> {
  const { request } = context;
  const dangling = error.type === 'missing_references' ? await danglingReferences(context, byKey, error.references ?? []) : new Set<string>();
  return { id, error, onConflict: request.onConflict, equal, copyId, hasCopy: there.has(keyText({ type, id: copyId })), mayDangle: (reference) => dangling.has(keyText(reference)) };
}

/** References that may be missing: all if the request says so, else those that the source lacks too. */
async function danglingReferences({ request, source, space }: BatchContext, byKey: ReadonlyMap<string, Item>, references: readonly ObjectKey[]): Promise<Set<string>> {
  if (request.missingReferences === 'ignore') return new Set(references.map(keyText));
  const unknown = references.filter((reference) => !byKey.has(keyText(reference)));
  const there = new Set((await exportPresent(source, space, unknown, cancellationSignal())).map(({ object }) => keyText(object)));
  return new Set(unknown.map(keyText).filter((key) => !there.has(key)));
}

/** Notes every outcome; what is parked is returned for the attention of a person. */
async function settle({ id, space, store }: BatchContext, items: readonly Item[]): Promise<BatchResult> {
  const changes: LedgerChange[] = [];
  const parked: { readonly row: LedgerRow; readonly error: GodwitError }[] = [];
  let [documents, bytes] = [0, 0];
  for (const item of items) {
    const { row, result, notes } = item;
    if (result === null || 'error' in result) {
      const error = result?.error ?? new GodwitError('ObjectRejected', `${nameOf(item)}: Kibana gave no answer for it`);
      changes.push({ index: row.index, slice: 0, status: 'needs-attention', error: describeFailure(error) });
      parked.push({ row, error });
      continue;
    }
    const note = [...notes, ...(result.note === null ? [] : [result.note])].join('; ');
    const isKept = result.outcome === 'kept';
    changes.push({
      ...{ index: row.index, slice: 0, method: 'object', target: rowName({ space, type: item.type, id: result.targetId }), error: null },
      ...{ status: isKept ? 'skipped' : 'completed', verdict: isKept ? 'skipped' : null },
      detail: { outcome: result.outcome, targetId: result.targetId, ...(result.mayBeOurs === true ? { mayBeOurs: true } : {}), note: note === '' ? null : note },
    });
    documents += 1;
    bytes += row.bytes ?? 0;
  }
  await store.ledger.change(id, changes);
  return { troubles: parked.map(({ row, error }) => troubleOf(row, error)), documents, bytes };
}
