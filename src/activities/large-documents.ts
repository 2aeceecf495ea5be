/**
 * What becomes of documents that do not fit into a batch even alone: Godwit moves them by itself, as `copy` does, where
 * the request changes nothing on the way; else, or if the target does not take them so either, they are named.
 */
import type { ReindexRequest } from '../contracts/requests.js';
import { GodwitError, boundedMessage } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import type { SliceDetail } from '../domain/reindex/details.js';
import { TOO_LARGE, type NamedFailure } from '../domain/reindex/outcome.js';
import { batchSize } from '../domain/reindex/sizes.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import type { LedgerRow, Store } from '../store/store.js';
import { largestDocuments, type SizedDocument } from '../transfer/largest-documents.js';
import type { SliceCopier } from '../transfer/slice-copier.js';
import { cancellationSignal, report } from './context.js';

/** Smaller ones are not what is wrong: the target is out of memory for another reason. */
const LARGE_BYTES = 1024 * 1024;
const MAX_REASON_CHARS = 200;
const MAX_NAMED = 10;

export interface StuckSlice {
  readonly id: string;
  readonly request: ReindexRequest;
  readonly row: LedgerRow;
  readonly detail: SliceDetail;
  /** What is left of the slice. */
  readonly query: JsonObject;
  /** Why its batches were turned down. */
  readonly reason: string;
}

export interface TakenOut {
  readonly moved: number;
  readonly failed: number;
}

/**
 * Takes the largest documents out of the slice, which is to be issued again without them. Safe to repeat: they are
 * written with their versions.
 *
 * @returns how many; null if no document is to blame
 * @throws GodwitError: retryable if the source or target could not be asked
 */
export async function takeOutLargest(store: Store, copier: SliceCopier, source: Cluster, stuck: StuckSlice): Promise<TakenOut | null> {
  const { request, row, detail } = stuck;
  report({ step: 'transfer', detail: `${row.index}: looking for documents that are too large in slice ${String(row.slice)}` });
  const { documents, nextBytes } = await largestDocuments(source, detail.source, stuck.query, cancellationSignal());
  const [largest, second] = documents;
  if (largest === undefined || largest.bytes < LARGE_BYTES) return null;
  // Others of nearly its size may fit: what cannot be moved otherwise is given up one by one.
  const isMovable = request.script === undefined && request.sourceFields === undefined;
  const taken = isMovable ? documents.filter(({ bytes }) => bytes >= LARGE_BYTES) : [largest];
  const failures = isMovable ? await move(copier, stuck, taken) : taken.map((document) => failureOf(document, doesNotFit(stuck)));
  const failed = new Set(failures.map(({ id }) => id));
  const moved = taken.map(({ id }) => id).filter((id) => !failed.has(id));
  const rest = isMovable ? nextBytes : (second?.bytes ?? nextBytes);
  const size = Math.min(request.size ?? Infinity, batchSize(Math.max(rest, LARGE_BYTES / 8), null));
  await store.ledger.change(stuck.id, [
    { index: row.index, slice: row.slice, detail: { size, moved: [...(detail.moved ?? []), ...moved], failing: [...(detail.failing ?? []), ...failures].map((failure) => ({ ...failure })) } },
  ]);
  return { moved: moved.length, failed: failed.size };
}

/** @returns those that have not arrived, and why */
async function move(copier: SliceCopier, stuck: StuckSlice, documents: readonly SizedDocument[]): Promise<NamedFailure[]> {
  const { request, row, detail } = stuck;
  try {
    const { deadLetters } = await copier.copy(request.source, request.target, {
      index: detail.source,
      targetIndex: row.target,
      query: { ids: { values: documents.map(({ id }) => id) } },
      opType: detail.targetKind === 'data-stream' ? 'create' : 'external',
      ...(request.pipeline === undefined ? {} : { pipeline: request.pipeline }),
      connections: 1,
      signal: cancellationSignal(),
    });
    const reasons = new Map(deadLetters.map(({ id, reason }) => [id, reason]));
    return documents.flatMap((document) => {
      const reason = reasons.get(document.id);
      return reason === undefined ? [] : [failureOf(document, `${doesNotFit(stuck)}, and is refused when Godwit itself writes it: ${boundedMessage(reason, MAX_REASON_CHARS)}`)];
    });
  } catch (error) {
    if (!(error instanceof GodwitError) || error.retryable) throw error;
    return documents.map((document) => failureOf(document, `${doesNotFit(stuck)}, and Godwit itself cannot move it: ${boundedMessage(error.message, MAX_REASON_CHARS)}`));
  }
}

function doesNotFit({ reason }: StuckSlice): string {
  return `which does not fit into a batch even alone (${boundedMessage(reason, MAX_REASON_CHARS)})`;
}

function failureOf({ id, bytes }: SizedDocument, why: string): NamedFailure {
  return { id, type: TOO_LARGE, status: 0, reason: `${(bytes / 1_048_576).toFixed(1)} MiB of _source, ${why}` };
}

/** Names them, and how they can be moved all the same. */
export function tooLargeError(row: Pick<LedgerRow, 'index' | 'slice'>, documents: readonly NamedFailure[]): GodwitError {
  const named = documents.slice(0, MAX_NAMED).map(({ id, reason }) => `${id} (${reason})`);
  const ids = JSON.stringify(documents.slice(0, MAX_NAMED).map(({ id }) => id));
  return new GodwitError('BatchTooLarge', `${row.index}: ${String(documents.length)} document(s) of slice ${String(row.slice)} are too large, the others have arrived: ${named.join('; ')}`, {
    subject: row.index,
    remedy: `Give the nodes of the target more heap (one operation may take a tenth of it) or raise http.max_content_length there, and retry: only these are moved. Or start a migration of type copy with query {"ids":{"values":${ids}}} and onExisting "merge", then skip. Or skip to accept their loss.`,
  });
}
