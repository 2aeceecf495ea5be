/**
 * Carries deletes over: documents that the target has and its source has no more are deleted at the target.
 *
 * Only where every document of the target has to be one of the source; else it says why not. Goes by sequence numbers
 * of the target, a part at a time, so that a lost worker costs a part.
 */
import { GodwitError } from '../domain/errors.js';
import { deletesStay, type EnRoute } from '../domain/reindex/catch-up.js';
import { unitDetailOf, type UnitDetail } from '../domain/reindex/details.js';
import { isAbsent, tryCall } from '../elasticsearch/calls.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { countMatching } from '../elasticsearch/count-documents.js';
import { deleteAsSeen } from '../elasticsearch/document-ids.js';
import { endOfSequence } from '../elasticsearch/sequence.js';
import type { LedgerRow } from '../store/store.js';
import { surplusDocuments } from '../verification/ids.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { refreshSource } from './reindex-targets.js';
import { unitsOf } from './reindex-catch-up.js';
import { readSourcesNow } from './source-identity.js';
import { forgetDeletesAtOnce } from './tombstones.js';

/** Where the work goes on: an index by name, and a sequence number of its target. */
export interface DeletePosition {
  readonly index: string;
  readonly from: number;
}

interface DeletesInput {
  readonly id: string;
  readonly request: EnRoute & { readonly source: string; readonly target: string };
  readonly position: DeletePosition | null;
  /** Nobody writes to the source: then equal counts prove that nothing has to be deleted. */
  readonly isBlocked: boolean;
  /** Longest stay, milliseconds. */
  readonly windowMs: number;
}

export interface AppliedDeletes {
  /** null: done. */
  readonly position: DeletePosition | null;
  readonly deleted: number;
  /** Indices whose deletes are not carried over. */
  readonly left: number;
}

/** Sequence numbers of the target that are gone through at once. */
const PART = 200_000;

/** Safe to repeat: what is deleted is not found again. */
async function applyDeletes({ clusters, store }: ActivityDeps, input: DeletesInput): Promise<AppliedDeletes> {
  const [source, target] = [clusters.get(input.request.source), clusters.get(input.request.target)];
  const until = Date.now() + input.windowMs;
  let [deleted, left] = [0, 0];
  let isBefore = input.position !== null;
  for await (const unit of unitsOf(store, input.id, ['running'])) {
    isBefore &&= unit.index !== input.position?.index;
    if (isBefore) continue;
    const group = (await store.ledger.byIndex(input.id, unitDetailOf(unit.detail).group)).filter((row) => row.slice === 0);
    // Several that go into one target are looked at together, with the first of them.
    if (group.find((row) => row.status === 'running')?.index !== unit.index) continue;
    const members = group.map((row) => unitDetailOf(row.detail));
    const why = await whyNot(source, input, group, members);
    if (why !== null) {
      if (why !== NOTHING) {
        left += 1;
        await store.ledger.change(input.id, [{ index: unit.index, slice: 0, detail: { deletesStay: why } }]);
      }
      continue;
    }
    const sources = [...new Set(members.flatMap((detail) => detail.sources))];
    let from = input.position?.index === unit.index ? input.position.from : 0;
    if (from === 0) {
      await refreshSource(source, sources);
      // A data stream is made by its first document.
      const refreshed = await tryCall(target, { action: `refresh ${unit.target}`, subject: unit.target }, () => target.client.indices.refresh({ index: unit.target }, { requestTimeout: 120_000 }), isAbsent);
      if (refreshed === null) continue;
      if (input.isBlocked && (await isEqual(source, target, sources, unit.target))) continue;
    }
    const end = await endOfSequence(target, unit.target, null, cancellationSignal());
    if (end === null) {
      left += 1;
      await store.ledger.change(input.id, [{ index: unit.index, slice: 0, detail: { deletesStay: 'the target has no sequence numbers to look for them by' } }]);
      continue;
    }
    for (; from < end; from += PART) {
      if (Date.now() >= until) return { position: { index: unit.index, from }, deleted, left };
      const range = { from, to: Math.min(end, from + PART) };
      const progress = (documents: number): void => report({ step: 'catch-up', detail: `${unit.target}: looking for deletes, ${String(from + documents)} of about ${String(end)}` });
      for await (const documents of surplusDocuments(source, target, { sources, target: unit.target, range, signal: cancellationSignal(), onProgress: progress })) {
        await forgetDeletesAtOnce(store, input.id, target, unit.target);
        deleted += await deleteAsSeen(target, documents, cancellationSignal());
      }
    }
  }
  return { position: null, deleted, left };
}

const NOTHING = 'nothing was deleted';

/** Why the deletes of an index are not carried over; NOTHING if there can be none; null if they are to be looked for. */
async function whyNot(source: Cluster, { request }: DeletesInput, group: readonly LedgerRow[], members: readonly UnitDetail[]): Promise<string | null> {
  if (members.every((detail) => (detail.operations ?? 0) === 0)) return NOTHING;
  const existing = members.reduce((sum, detail) => sum + (detail.existing ?? 0), 0);
  const why = deletesStay(request, existing);
  if (why !== null) return why;
  const gone: string[] = [];
  for (const { now } of await readSourcesNow(source, group)) {
    // The comparison says so, and parks.
    if (now instanceof GodwitError) return now.message;
    gone.push(...now.gone);
  }
  return gone.length > 0 ? `${gone.slice(0, 3).join(', ')} is gone at the source, which may be its lifecycle` : null;
}

async function isEqual(source: Cluster, target: Cluster, sources: readonly string[], name: string): Promise<boolean> {
  let documents = 0;
  for (const index of sources) documents += await countMatching(source, index, { match_all: {} }, cancellationSignal());
  return documents === (await countMatching(target, name, { match_all: {} }, cancellationSignal()));
}

export function createDeleteActivities(deps: ActivityDeps) {
  return { applyDeletes: withPulse((input: DeletesInput) => applyDeletes(deps, input)) };
}
