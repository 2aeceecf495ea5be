/**
 * What becomes of a slice whose batches a cluster turned down: smaller ones where that helps, a pause where the cluster
 * has too much to do, and where a document does not fit even alone, the slice without it.
 */
import type { ReindexRequest } from '../contracts/requests.js';
import { boundedMessage } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import type { Side } from '../domain/load.js';
import { sliceDetailOf } from '../domain/reindex/details.js';
import { smallerBatch } from '../domain/reindex/sizes.js';
import type { Burden } from '../elasticsearch/burden.js';
import type { LedgerRow } from '../store/store.js';
import type { ActivityDeps } from './deps.js';
import type { SliceSpeed } from './governors.js';
import { takeOutLargest } from './large-documents.js';
import { documentBytesOf } from './rows.js';

/** A slice that is to be issued again. */
export interface AgainSlice {
  readonly kind: 'again';
  /** `Unavailable`, `RemoteUnreachable`: for a reason that is not the slice's. */
  readonly code: 'TaskLost' | 'SliceIncomplete' | 'RemoteUnreachable' | 'BatchTooLarge' | 'Unavailable';
  readonly reason: string;
  /** It made headway, and this does not count as a failed try. */
  readonly isFree: boolean;
}

export interface TurnedDown {
  readonly id: string;
  readonly request: ReindexRequest;
  readonly row: LedgerRow;
  /** What is left of the slice. */
  readonly query: JsonObject;
  readonly side: Side;
  /** As Elasticsearch gives it. */
  readonly reason: string;
}

const MAX_REASON_CHARS = 300;
/** Smaller batches are not what fills a memory, and would only make the slice slow. */
const SMALL_BATCH_BYTES = 512 * 1024;

/** Safe to repeat: at worst the batch shrinks twice. */
export async function relieve(deps: ActivityDeps, burden: Burden, slice: TurnedDown, speed: SliceSpeed): Promise<AgainSlice> {
  if (burden === 'size') return shrink(deps, slice);
  const { request, row, side, reason } = slice;
  const what = burden === 'load' ? 'has too much to do' : 'is short of memory';
  speed.refused(`${side} ${what}`);
  if (burden === 'memory' && batchBytes(row) > SMALL_BATCH_BYTES) await storeSmaller(deps, slice);
  return { kind: 'again', code: 'Unavailable', reason: `${request[side]} (the ${side}) ${what}: ${boundedMessage(reason, MAX_REASON_CHARS)}`, isFree: false };
}

/** What a batch holds, about. */
function batchBytes(row: LedgerRow): number {
  return sliceDetailOf(row.detail).size * (documentBytesOf(row) ?? Infinity);
}

/** @returns the new size; null if one document is all that is in a batch */
async function storeSmaller({ store }: ActivityDeps, { id, row }: TurnedDown): Promise<number | null> {
  const size = smallerBatch(sliceDetailOf(row.detail).size);
  if (size !== null) await store.ledger.change(id, [{ index: row.index, slice: row.slice, detail: { size } }]);
  return size;
}

/** Issues the slice again in smaller batches, and in the end without what does not fit even alone. */
async function shrink(deps: ActivityDeps, slice: TurnedDown): Promise<AgainSlice> {
  const smaller = await storeSmaller(deps, slice);
  if (smaller !== null) return { kind: 'again', code: 'BatchTooLarge', reason: `batches are too large, now ${String(smaller)} document(s)`, isFree: true };
  const { clusters, store, copier } = deps;
  const { request, row, reason } = slice;
  const taken = await takeOutLargest(store, copier, clusters.get(request.source), { ...slice, detail: sliceDetailOf(row.detail) });
  if (taken === null) return { kind: 'again', code: 'BatchTooLarge', reason: `even single documents are turned down, though none is large: ${boundedMessage(reason, MAX_REASON_CHARS)}`, isFree: false };
  return { kind: 'again', code: 'BatchTooLarge', reason: `${String(taken.moved)} document(s) that fit into no batch moved by Godwit itself, ${String(taken.failed)} left out`, isFree: true };
}
