/**
 * Looks at the documents of a catch-up pass whose writes were turned down as version conflicts.
 *
 * Most of them have arrived before. But a document that was deleted at the source and made again begins again at
 * version 1, and the copy of its former life would win. Such a copy is deleted at the target, as it was seen, and the
 * document goes into a slice of its own, which moves it as all others are moved and keeps its version.
 */
import type { SlicedRequest } from '../contracts/requests.js';
import { decideCopy, isTransformed } from '../domain/reindex/catch-up.js';
import { rewrittenNumber } from '../domain/decimal.js';
import { sliceDetailOf, unitDetailOf, type SliceDetail } from '../domain/reindex/details.js';
import { sliceQuery } from '../domain/reindex/slice-query.js';
import { call } from '../elasticsearch/calls.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { deleteAsSeen, findByIds, keyText, type DocumentKey } from '../elasticsearch/document-ids.js';
import type { LedgerRow, Store } from '../store/store.js';
import { PageReader } from '../transfer/reader.js';
import { canonicalJson } from '../verification/canonical-json.js';
import { keyOf } from '../verification/ids.js';
import { cancellationSignal, pause, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { forgetDeletesAtOnce, tombstoneMs } from './tombstones.js';
import { unitsOf } from './reindex-catch-up.js';
import { sliceRow } from './reindex-targets.js';

interface ReconcileInput {
  readonly id: string;
  readonly request: SlicedRequest;
  readonly pass: number;
  /** Longest stay, milliseconds. */
  readonly windowMs: number;
}

export interface Reconciled {
  readonly isDone: boolean;
  /** Documents that go once more, in slices that now wait. */
  readonly documents: number;
}

/** Ids in one slice: they go into its query. */
const IDS_IN_SLICE = 500;
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Safe to repeat: a slice that was looked at is left alone; one that was not finished is looked at again, and finds less.
 * Slices are written before anything is deleted, so that what is deleted is always on its way.
 */
async function reconcilePass({ clusters, store }: ActivityDeps, input: ReconcileInput): Promise<Reconciled> {
  const room: Room = { input, store, source: clusters.get(input.request.source), target: clusters.get(input.request.target) };
  const until = Date.now() + input.windowMs;
  let documents = 0;
  for await (const unit of unitsOf(store, input.id, ['running'])) {
    const detail = unitDetailOf(unit.detail);
    // With documents that were there before, the newer version wins: that was asked for.
    if ((detail.passDocuments ?? 0) === 0 || (detail.existing ?? 0) > 0) continue;
    for (const row of await conflicting(store, input, unit)) {
      if (Date.now() >= until) return { isDone: false, documents };
      report({ step: 'catch-up', detail: `pass ${String(input.pass)}: looking at the version conflicts of ${unit.index}` });
      documents += await reconcileSlice(room, unit, row);
      await store.ledger.change(input.id, [{ index: row.index, slice: row.slice, detail: { isReconciled: true } }]);
    }
  }
  if (documents > 0) await pause(tombstoneMs(room.target));
  return { isDone: true, documents };
}

interface Room {
  readonly input: ReconcileInput;
  readonly store: Store;
  readonly source: Cluster;
  readonly target: Cluster;
}

/** Slices of the pass that may have met a copy: a slice that was issued twice does not know of the conflicts of the first time. */
async function conflicting(store: Store, { id, pass }: ReconcileInput, unit: LedgerRow): Promise<LedgerRow[]> {
  const rows = await store.ledger.byIndex(id, [unit.index]);
  return rows.filter((row) => {
    if (row.slice === 0 || row.status !== 'completed') return false;
    const detail = sliceDetailOf(row.detail);
    return detail.pass === pass && detail.isReconciled !== true && ((detail.versionConflicts ?? 0) > 0 || row.attempts > 1);
  });
}

async function reconcileSlice(room: Room, unit: LedgerRow, row: LedgerRow): Promise<number> {
  const { input, source, target } = room;
  const detail = sliceDetailOf(row.detail);
  const signal = cancellationSignal();
  await call(target, { action: `refresh ${row.target}`, subject: row.target }, () => target.client.indices.refresh({ index: row.target }, { requestTimeout: 120_000 }));
  const isChanged = isTransformed(input.request);
  const query = sliceQuery(input.request.query, { range: detail.range, only: detail.only ?? [] });
  const reader = await PageReader.open(source, { index: detail.source, query, pageBytes: PAGE_BYTES, withVersion: true, withSource: !isChanged, signal });
  let moved = 0;
  try {
    for (let page = await reader.next(); page !== null; page = await reader.next()) {
      const originals = page.hits.map((hit) => documentOf(page.bytes, hit));
      page.release();
      const stale = await staleOf(room, row, detail, originals, isChanged);
      for (let from = 0; from < stale.length; from += IDS_IN_SLICE) moved += await moveAgain(room, unit, row, stale.slice(from, from + IDS_IN_SLICE));
    }
  } finally {
    await reader.close();
  }
  return moved;
}

interface Document extends DocumentKey {
  readonly version: number;
  readonly source: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** `_reindex` writes a document anew, a copy moves its bytes. In doubt two differ: then the document is moved once more. */
function isSame(type: SlicedRequest['type'], one: Buffer, other: Buffer): boolean {
  if (one.equals(other)) return true;
  return type === 'reindex' && canonicalJson(one, rewrittenNumber).equals(canonicalJson(other, rewrittenNumber));
}

type Hit = Parameters<typeof keyOf>[1];

function documentOf(bytes: Buffer, hit: Hit): Document {
  return {
    ...keyOf({ bytes }, hit),
    version: Number(bytes.toString('latin1', hit.versionStart, hit.versionEnd)),
    // A copy: the bytes of the page are used again.
    source: hit.sourceStart === -1 ? NOTHING : Buffer.from(bytes.subarray(hit.sourceStart, hit.sourceEnd)),
  };
}

interface Stale extends DocumentKey {
  readonly mustReplace: boolean;
}

async function staleOf({ target, input }: Room, row: LedgerRow, detail: SliceDetail, originals: readonly Document[], isChanged: boolean): Promise<Stale[]> {
  const copies = new Map<string, Document>();
  const ids = [...new Set(originals.map(({ id }) => id))];
  const reader = await PageReader.open(target, { index: row.target, query: { ids: { values: ids } }, pageBytes: PAGE_BYTES, withVersion: true, withSource: !isChanged, signal: cancellationSignal() });
  try {
    for (let page = await reader.next(); page !== null; page = await reader.next()) {
      for (const hit of page.hits) {
        const copy = documentOf(page.bytes, hit);
        copies.set(keyText(copy), copy);
      }
      page.release();
    }
  } finally {
    await reader.close();
  }
  return originals.flatMap((original) => {
    const copy = copies.get(keyText(original));
    const compare = isChanged ? null : (): boolean => isSame(input.request.type, original.source, copy?.source ?? NOTHING);
    const decision = decideCopy(original.version, copy?.version ?? null, detail.targetKind === 'index', compare);
    return decision === 'keep' ? [] : [{ id: original.id, routing: original.routing, mustReplace: decision === 'replace' }];
  });
}

/** @returns documents that go once more */
async function moveAgain(room: Room, unit: LedgerRow, row: LedgerRow, stale: readonly Stale[]): Promise<number> {
  const { input, store, source, target } = room;
  const signal = cancellationSignal();
  const unitDetail = unitDetailOf(unit.detail);
  const group = await store.ledger.byIndex(input.id, unitDetail.group);
  const others = group.filter(({ slice }) => slice === 0).flatMap((member) => unitDetailOf(member.detail).sources).filter((index) => index !== sliceDetailOf(row.detail).source);
  // Of documents of several indices with the same id one is kept, whichever has the higher version.
  const shared = new Set((others.length === 0 ? [] : await findByIds(source, others, stale.map(({ id }) => id), signal)).map(keyText));
  const own = stale.filter((document) => !shared.has(keyText(document)));
  if (own.length === 0) return 0;
  const next = group.filter(({ index }) => index === unit.index).reduce((highest, { slice }) => Math.max(highest, slice), 0) + 1;
  const slice = sliceRow(input.request, unit, unitDetail, next, input.pass, { source: sliceDetailOf(row.detail).source, range: null, documents: 0 });
  await store.ledger.add(input.id, [{ ...slice, detail: { ...slice.detail, only: own.map(({ id }) => id) } }]);
  const replaced = new Set(own.filter(({ mustReplace }) => mustReplace).map(keyText));
  if (replaced.size > 0) {
    await forgetDeletesAtOnce(store, input.id, target, row.target);
    const seen = await findByIds(target, [row.target], own.map(({ id }) => id), signal);
    await deleteAsSeen(target, seen.filter((copy) => replaced.has(keyText(copy))), signal);
  }
  return own.length;
}

export function createReconcileActivities(deps: ActivityDeps) {
  return { reconcilePass: withPulse((input: ReconcileInput) => reconcilePass(deps, input)) };
}

