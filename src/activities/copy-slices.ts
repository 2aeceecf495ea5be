/**
 * Moves one slice of a copy: reads it from the source and writes it to the target.
 *
 * Nothing is left running outside when an attempt dies, so there is nothing to adopt: the slice is copied again from
 * its start, and what has arrived is a version conflict then, or is there already.
 */
import type { CopyRequest } from '../contracts/requests.js';
import { addDigests } from '../domain/document-digest.js';
import { GodwitError } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import { sliceDetailOf, type SliceDetail } from '../domain/reindex/details.js';
import { describeGroups, groupFailures } from '../domain/reindex/outcome.js';
import { sliceQuery } from '../domain/reindex/slice-query.js';
import type { LedgerRow, NewDeadLetter, Store } from '../store/store.js';
import type { CopyResult } from '../transfer/copy-slice.js';
import { Pace } from '../transfer/pace.js';
import { cancellationSignal, report, withPulse } from './context.js';
import { followSpeed } from './copy-speed.js';
import { MAX_LETTERS } from './dead-letters.js';
import type { ActivityDeps } from './deps.js';
import { documentBytesOf, parkRows, sliceOf, type RowKey, type RowTrouble } from './rows.js';
import { unlessGone } from './source-identity.js';
import { keyWith, loadChanges, transformKey } from './transforms.js';

export interface CopySliceInput {
  readonly id: string;
  readonly request: CopyRequest;
  readonly row: RowKey;
  /** The slice's own share, documents a second; null: no limit. */
  readonly requestsPerSecond: number | null;
}

export interface CopiedSlice {
  readonly documents: number;
  readonly bytes: number;
  readonly troubles: readonly RowTrouble[];
}

/** Rejected documents of one slice that are kept by id; beyond that a retry copies the whole slice again. */
const MAX_REJECTED = 1_000;

async function copyOne({ copier, store, log, governors, transforms }: ActivityDeps, input: CopySliceInput): Promise<CopiedSlice> {
  const { id, request, row } = input;
  const found = await sliceOf(store, id, row);
  if (found.status !== 'pending' && found.status !== 'running') return { documents: 0, bytes: 0, troubles: [] };
  const detail = sliceDetailOf(found.detail);
  await store.ledger.change(id, [{ index: row.index, slice: row.slice, status: 'running', error: null, countAttempt: true }]);
  const documentBytes = documentBytesOf(found);
  const governed = governors.join(id, request, documentBytes);
  const pace = new Pace(governed.limit(input.requestsPerSecond));
  const speed = followSpeed(store, log, id, pace, { asked: input.requestsPerSecond, governed });
  const label = `${row.index}: slice ${String(row.slice)}`;
  report({ step: 'transfer', detail: label, progress: { documents: 0, bytes: 0 } });
  try {
    const changes = await loadChanges(transforms, request);
    const result = await copier.copy(request.source, request.target, {
      index: detail.source,
      targetIndex: found.target,
      query: selectionOf(request, detail),
      opType: detail.targetKind === 'data-stream' ? 'create' : 'external',
      ...(changes === null ? {} : { transform: changes }),
      ...(request.pipeline === undefined ? {} : { pipeline: request.pipeline }),
      ...(documentBytes === null ? {} : { averageBytes: documentBytes }),
      maxDeadLetters: MAX_REJECTED,
      pace,
      signal: cancellationSignal(),
      onProgress: (progress) => {
        const { written, noops, bytes } = progress;
        governed.seen(written + noops);
        governed.answered(progress);
        report({ step: 'transfer', detail: governed.detail(label), progress: { documents: written + noops, bytes } });
      },
    });
    return result.refused > 0 ? await parkRejected(store, input, found, detail, result) : await finish(store, input, found, detail, result);
  } catch (error) {
    // The other slices may fare better, e.g. at another worker.
    if (!(error instanceof GodwitError) || error.retryable || error.subject !== 'transform') throw error;
    const about = new GodwitError(error.code, `${row.index}: slice ${String(row.slice)}: ${error.message}`, { subject: row.index, remedy: error.remedy });
    return { documents: 0, bytes: 0, troubles: await parkRows(store, id, [{ row, error: about }]) };
  } finally {
    speed.stop();
    governed.leave();
  }
}

/** The slice, or what is left of it: by id alone, since a document that was mended meanwhile has another sequence number. */
function selectionOf(request: CopyRequest, { range, isRestDone, rejected = [], only = [] }: SliceDetail): JsonObject {
  return isRestDone === true ? sliceQuery(request.query, { range: null, only: rejected }) : sliceQuery(request.query, { range, only });
}

/** Everything of the slice has arrived. */
async function finish(store: Store, { id, request }: CopySliceInput, row: LedgerRow, detail: SliceDetail, result: CopyResult): Promise<CopiedSlice> {
  await store.deadLetters.replace(id, row, [], MAX_LETTERS);
  const { index, slice } = row;
  const { read, bytes, noops } = result;
  const isRest = detail.isRestDone === true;
  await store.ledger.change(id, [
    {
      index,
      slice,
      status: 'completed',
      error: null,
      digest: arrivedDigest(row, detail, result),
      documents: isRest ? row.documents : read,
      bytes: isRest ? row.bytes : bytes,
      detail: { rejected: [], isRestDone: false, refused: 0, versionConflicts: noops, ...keyDetail(request, detail) },
    },
  ]);
  return { documents: read, bytes, troubles: [] };
}

/** Of all documents of the slice that have arrived, also before; null if what arrived before is not known. */
function arrivedDigest(row: LedgerRow, detail: SliceDetail, { digest }: CopyResult): string | null {
  if (detail.isRestDone !== true) return digest;
  return row.digest === null ? null : addDigests(row.digest, digest);
}

function keyDetail(request: CopyRequest, detail: SliceDetail): { transform?: string } {
  const transform = keyWith(detail.transform, transformKey(request), detail.isRestDone === true);
  return transform === undefined ? {} : { transform };
}

const TRANSFORM_REMEDY = 'Retry with another transform, as "transform" in the body of the retry, or mend the documents at the source and retry: only what is missing is moved. Or skip to accept their loss by name in the report.';

/** All but the refused documents have arrived: only these are left for a retry. */
async function parkRejected(store: Store, { id, request }: CopySliceInput, row: LedgerRow, detail: SliceDetail, result: CopyResult): Promise<CopiedSlice> {
  const { refused, deadLetters, read, bytes } = result;
  const groups = groupFailures(deadLetters);
  const isAllKnown = refused === deadLetters.length;
  await store.deadLetters.replace(id, row, deadLetters.map(letterOf), MAX_LETTERS);
  await store.ledger.change(id, [
    {
      index: row.index,
      slice: row.slice,
      // Without the ids of all, a retry copies the whole slice and counts anew.
      digest: isAllKnown ? arrivedDigest(row, detail, result) : null,
      detail: {
        ...keyDetail(request, detail),
        refused,
        rejected: isAllKnown ? deadLetters.map((letter) => letter.id) : [],
        isRestDone: isAllKnown,
        failures: groups.map((group) => ({ ...group, ids: [...group.ids] })),
      },
      ...(detail.isRestDone === true ? {} : { documents: read, bytes }),
    },
  ]);
  const isByTransform = deadLetters.every(({ type }) => type.startsWith('transform_'));
  const message = `${row.index}: ${isByTransform ? 'the transform could not change' : 'the target rejected'} ${String(refused)} document(s) of slice ${String(row.slice)}${isAllKnown ? '' : `, of which ${String(deadLetters.length)} are kept`}, the others have arrived: ${describeGroups(groups)}`;
  const troubles = await parkRows(store, id, [{ row, error: new GodwitError('DocumentsRejected', message, { subject: row.index, ...(isByTransform ? { remedy: TRANSFORM_REMEDY } : {}) }) }]);
  return { documents: read - refused, bytes, troubles };
}

function letterOf({ id, routing, status, type, reason, documentBytes, document }: CopyResult['deadLetters'][number]): NewDeadLetter {
  return { id, routing, status, cause: type, reason, documentBytes, document };
}

export function createCopySliceActivities(deps: ActivityDeps) {
  return {
    /** Copies a slice whole. Safe to repeat and beside another attempt: writes are versioned, or create. */
    copySlice: withPulse(async (input: CopySliceInput): Promise<CopiedSlice> => {
      const copied = await unlessGone(deps, input, () => copyOne(deps, input));
      return copied instanceof GodwitError ? { documents: 0, bytes: 0, troubles: await parkRows(deps.store, input.id, [{ row: input.row, error: copied }]) } : copied;
    }),
  };
}
