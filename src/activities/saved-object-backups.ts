/**
 * What saved-objects overwrites is kept first, and brought back when the migration is undone.
 *
 * Kept in the store as the target exported it, batch by batch; read again in pages of a few megabytes. What somebody has
 * changed or removed since stays as it is.
 */
import { isFamily } from '../domain/saved-objects/families.js';
import { objectDetailOf, type ObjectDetail } from '../domain/saved-objects/details.js';
import { rowName } from '../domain/saved-objects/rows.js';
import { enabledRules, setRule } from '../kibana/alerting.js';
import { FAMILY } from '../kibana/families.js';
import { fingerprint } from '../kibana/fingerprint.js';
import type { Kibana } from '../kibana/kibana.js';
import { ImportRefused, exportPresent, isResolvable, keyText, objectOfLine, resolveImport, type ExportedObject } from '../kibana/saved-objects.js';
import type { Backup, LedgerRow, Store } from '../store/store.js';
import { cancellationSignal, report } from './context.js';
import type { BatchContext, Item } from './saved-objects-item.js';

/** Of one page that is brought back: far below the limit of an import. */
const PAGE_BYTES = 4 * 1024 * 1024;

export interface Overwrite {
  readonly item: Item;
  readonly targetId: string;
}

const partOf = (space: string, batch: number): string => `${space}#${String(batch)}`;

/** Keeps what the target has of objects that are about to be overwritten. Safe to repeat: what was kept first stays. */
export async function keepBefore({ id, space, store, target }: BatchContext, overwrites: readonly Overwrite[], there: ReadonlyMap<string, ExportedObject>): Promise<void> {
  const fresh = overwrites.filter(({ item }) => item.detail.overwrites === undefined);
  if (fresh.length === 0) return;
  const enabled = fresh.some(({ item }) => item.type === 'alert') ? await enabledRules(target, space, cancellationSignal()) : new Set<string>();
  const byBatch = new Map<number, Backup[]>();
  const noted = [];
  for (const { item, targetId } of fresh) {
    const found = there.get(keyText({ type: item.type, id: targetId }));
    if (found === undefined) {
      item.notes.push('what it replaced could not be exported, so it is not kept');
      continue;
    }
    const backups = byBatch.get(item.detail.batch) ?? [];
    backups.push({ subject: rowName({ space, type: item.type, id: targetId }), content: found.line });
    byBatch.set(item.detail.batch, backups);
    const wasEnabled = item.type === 'alert' ? { wasEnabled: enabled.has(targetId) } : {};
    noted.push({ index: item.row.index, slice: 0, detail: { overwrites: { id: targetId, mark: fingerprint(found.object), ...wasEnabled } } });
  }
  for (const [batch, backups] of byBatch) await store.backups.keep(id, partOf(space, batch), backups);
  await store.ledger.change(id, noted);
}

/** The same for one with an export of its own. @param lines as the target gives it */
export async function keepFamilyBefore({ id, space, store }: Pick<BatchContext, 'id' | 'space' | 'store'>, row: LedgerRow, { type, id: objectId, batch, overwrites }: ObjectDetail, before: { readonly mark: string; readonly isEnabled: boolean; readonly lines: readonly string[] }, sent: string): Promise<void> {
  if (overwrites !== undefined) return;
  await store.backups.keep(id, partOf(space, batch), [{ subject: rowName({ space, type, id: objectId }), content: before.lines.join('\n') }]);
  await store.ledger.change(id, [{ index: row.index, slice: 0, detail: { overwrites: { id: objectId, mark: before.mark, wasEnabled: before.isEnabled }, sent } }]);
}

interface Kept {
  readonly line: string;
  readonly row: LedgerRow;
  readonly detail: ObjectDetail;
  readonly overwrites: NonNullable<ObjectDetail['overwrites']>;
}

/**
 * Brings back what a batch has overwritten. Safe to repeat: what is as it was before is left alone.
 *
 * @param rows of the objects of the batch
 * @returns what could not be brought back, for a person
 */
export async function bringBack(store: Store, id: string, kibana: Kibana, { space, batch, rows }: { readonly space: string; readonly batch: number; readonly rows: readonly LedgerRow[] }): Promise<string[]> {
  const bySubject = new Map<string, Omit<Kept, 'line'>>();
  for (const row of rows) {
    const detail = objectDetailOf(row.detail);
    const { overwrites, type } = detail;
    if (overwrites !== undefined) bySubject.set(rowName({ space, type, id: overwrites.id }), { row, detail, overwrites });
  }
  if (bySubject.size === 0) return [];
  const left: string[] = [];
  const connectors = [...bySubject.values()].filter(({ detail }) => detail.type === 'action').length;
  for (let after = ''; ; ) {
    const page = await store.backups.page(id, partOf(space, batch), { after, maxBytes: PAGE_BYTES });
    const kept = page.flatMap(({ subject, content }) => {
      const about = bySubject.get(subject);
      return about === undefined ? [] : [{ ...about, line: content }];
    });
    report({ step: 'cleanup', detail: `bringing back what batch ${String(batch)} of space ${space} overwrote` });
    const objects = kept.filter(({ detail }) => !isFamily(detail.type));
    left.push(...(await bringBackObjects(kibana, space, objects)));
    for (const one of kept) left.push(...(await bringBackFamily(kibana, space, one)));
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.subject;
  }
  // An export has no secrets, so the former ones are lost with the overwriting.
  if (connectors > 0) left.push(`${String(connectors)} connector(s) are back without the secrets that they had`);
  return left;
}

/** Whether somebody has changed it since it was compared; what was never compared was written a moment ago. */
function isChanged({ row, overwrites }: Kept, present: string): boolean {
  const arrived = row.digest?.split(':').at(-1);
  return arrived !== undefined && present !== arrived && present !== overwrites.mark;
}

async function bringBackObjects(kibana: Kibana, space: string, kept: readonly Kept[]): Promise<string[]> {
  const left: string[] = [];
  const present = new Map((await exportPresent(kibana, space, kept.map(({ detail, overwrites }) => ({ type: detail.type, id: overwrites.id })), cancellationSignal())).map(({ object }) => [keyText(object), fingerprint(object)]));
  const wanted = kept.filter((one) => {
    const key = keyText({ type: one.detail.type, id: one.overwrites.id });
    const mark = present.get(key);
    if (mark === undefined) left.push(`somebody has removed ${key} meanwhile`);
    else if (isChanged(one, mark)) left.push(`somebody has changed ${key} meanwhile`);
    return mark !== undefined && mark !== one.overwrites.mark && !isChanged(one, mark);
  });
  left.push(...(await overwriteAgain(kibana, space, wanted)));
  for (const { detail, overwrites } of kept) if (detail.type === 'alert' && overwrites.wasEnabled === true && present.has(keyText({ type: 'alert', id: overwrites.id }))) await setRule(kibana, space, overwrites.id, 'enable');
  return left;
}

/** In halves where Kibana refuses a file as a whole, so that one that it does not take stops no other. */
async function overwriteAgain(kibana: Kibana, space: string, kept: readonly Kept[]): Promise<string[]> {
  const [only] = kept;
  if (only === undefined) return [];
  const retries = kept.map(({ line }) => ({ ...keyOf(line), overwrite: true, ignoreMissingReferences: true }));
  let refusal: string;
  try {
    const { errors } = await resolveImport(kibana, space, kept.map(({ line }) => line), retries);
    // With one of these nothing is written.
    const blocking = errors.find(({ error }) => isResolvable(error.type));
    if (blocking === undefined) return errors.map((failure) => `${keyText(failure)} could not be brought back: ${failure.error.message ?? failure.error.type}`);
    refusal = blocking.error.message ?? blocking.error.type;
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error;
    refusal = error.message;
  }
  if (kept.length === 1) return [`${keyText(keyOf(only.line))} could not be brought back: ${refusal}`];
  const middle = Math.ceil(kept.length / 2);
  return [...(await overwriteAgain(kibana, space, kept.slice(0, middle))), ...(await overwriteAgain(kibana, space, kept.slice(middle)))];
}

function keyOf(line: string): { type: string; id: string } {
  const { type, id } = objectOfLine(line);
  return { type, id };
}

async function bringBackFamily(kibana: Kibana, space: string, { line, detail, overwrites }: Kept): Promise<string[]> {
  const { type, id } = detail;
  if (!isFamily(type)) return [];
  const family = FAMILY[type];
  const present = (await family.list(kibana, space, cancellationSignal())).find((item) => item.id === id);
  const name = `${type}:${id}`;
  if (present === undefined) return [`somebody has removed ${name} meanwhile`];
  if (present.mark === overwrites.mark) return [];
  // A value list was added to, so it is neither what was there nor what was sent.
  if (detail.sent !== undefined && type !== 'value-list' && present.mark !== detail.sent) return [`somebody has changed ${name} meanwhile`];
  await family.restore(kibana, space, { ...present, mark: overwrites.mark, isEnabled: overwrites.wasEnabled === true, lines: line.split('\n') });
  return [];
}
