/** What is compared with what, document by document, for a row of the ledger of any type of migration. */
import type { ComparedRequest, SnapshotRestoreRequest } from '../contracts/requests.js';
import { addDigests } from '../domain/document-digest.js';
import { GodwitError } from '../domain/errors.js';
import { UnitDetailSchema, sliceDetailOf, type UnitDetail } from '../domain/reindex/details.js';
import type { Checkpoints } from '../domain/reindex/slices.js';
import { restoreDetailOf } from '../domain/restore-detail.js';
import type { Cluster, Clusters } from '../elasticsearch/cluster.js';
import { resolveIndices } from '../elasticsearch/resolve-indices.js';
import { readCheckpoints } from '../elasticsearch/sequence.js';
import type { LedgerRow, Store } from '../store/store.js';
import { cutoffAtSource } from '../verification/counts.js';
import type { Transformer } from '../transfer/transformer.js';
import type { ContentPair } from '../verification/full-comparison.js';
import { readSourcesThere } from './source-identity.js';
import { transformKey } from './transforms.js';
import { cancellationSignal } from './context.js';

export interface RowPair extends ContentPair {
  readonly isStream: boolean;
  /** Rows whose documents are all in the target; the first one stands for all in the comparison. */
  readonly members: readonly string[];
}

type Moving = Exclude<ComparedRequest, SnapshotRestoreRequest>;
const NO_DIGEST = '0'.repeat(32);

/** @param transformer what the documents were changed by on their way; it has to live as long as the pair */
export async function pairOf(clusters: Clusters, store: Store, id: string, request: ComparedRequest, row: LedgerRow, transformer: Transformer | null): Promise<RowPair> {
  const [source, target] = [clusters.get(request.source), clusters.get(request.target)];
  return request.type === 'snapshot-restore' ? restoredPair(source, target, row) : movedPair(source, target, store, id, request, row, transformer);
}

/** A restored index keeps its segments, yet a newer version may build `_source` anew from them. */
function restoredPair(source: Cluster, target: Cluster, row: LedgerRow): RowPair {
  const detail = restoreDetailOf(row.detail);
  const documents = row.documents ?? 0;
  return {
    source: { cluster: source, indices: detail.indices.map((index) => index.source) },
    target: { cluster: target, indices: detail.indices.map((index) => index.name) },
    content: 'canonical',
    checkpoints: detail.sequences === undefined ? null : cutoffAtSource(detail),
    known: null,
    isOneWay: false,
    isStream: detail.kind === 'data-stream',
    documents,
    documentBytes: (row.bytes ?? 0) / Math.max(1, documents),
    note: null,
    members: [row.index],
  };
}

async function movedPair(source: Cluster, target: Cluster, store: Store, id: string, request: Moving, row: LedgerRow, transformer: Transformer | null): Promise<RowPair> {
  const detail = UnitDetailSchema.parse(row.detail);
  const group = await store.ledger.byIndex(id, detail.group);
  const members = group.filter((other) => other.slice === 0 && other.target === row.target && isMoved(request, other)).map((other) => ({ row: other, detail: UnitDetailSchema.parse(other.detail) }));
  const slices = group.filter((other) => other.slice > 0 && members.some((member) => member.row.index === other.index));
  const looked = await readSourcesThere(source, members.map((member) => member.row));
  const names = looked.flatMap(({ now }) => now.indices);
  const gone = looked.flatMap(({ now }) => now.gone);
  const resolved = await resolveIndices(target, [row.target], cancellationSignal());
  const [stream] = resolved.dataStreams;
  const isStream = stream !== undefined;
  if (!isStream && resolved.indices.length === 0) throw new GodwitError('IndexNotFound', `${target.connection} has no index or data stream ${row.target}`, { subject: row.index });
  const existing = detail.existing ?? 0;
  const checkpoints = members.every((member) => member.detail.checkpoints !== undefined) ? Object.assign({}, ...members.map((member) => member.detail.checkpoints)) as Checkpoints : null;
  const fields = 'sourceFields' in request ? request.sourceFields : undefined;
  const content = request.type === 'verify' ? request.content : request.type === 'copy' ? 'exact' : 'canonical';
  const documents = members.reduce((sum, member) => sum + (member.row.documents ?? 0), 0) || slices.reduce((sum, slice) => sum + (slice.documents ?? 0), 0);
  const notes = [
    ...(members.length > 1 ? [`${String(members.length)} indices that go into one, together`] : []),
    ...(existing > 0 ? ['the target had documents before: what only the target has was not looked for'] : []),
    ...(gone.length > 0 ? [`${gone.slice(0, 3).join(', ')} deleted at the source meanwhile: what only the target has was not looked for`] : []),
    ...(fields === undefined ? [] : ['only the fields that were asked for']),
    ...(transformer === null ? [] : ['with what the transform makes of the documents of the source']),
  ];
  return {
    // Of a copy the transformer picks them out.
    source: { cluster: source, indices: names, ...(request.query === undefined ? {} : { query: request.query }), ...(fields === undefined || request.type === 'copy' ? {} : { fields }), ...(transformer === null ? {} : { transformer }) },
    target: { cluster: target, indices: isStream ? stream.backingIndices : [row.target] },
    content,
    checkpoints,
    known: request.type === 'copy' && checkpoints !== null && existing === 0 && gone.length === 0 ? await foldedDigest(source, names, checkpoints, members, slices, transformKey(request)) : null,
    isOneWay: existing > 0 || gone.length > 0,
    isStream,
    documents,
    documentBytes: detail.documentBytes,
    note: notes.length === 0 ? null : notes.join('; '),
    members: members.map((member) => member.row.index),
  };
}

/** Rows that a person gave up before anything was moved have nothing at the target. */
function isMoved(request: Moving, row: LedgerRow): boolean {
  return request.type === 'verify' ? row.status !== 'skipped' : row.status !== 'pending' && UnitDetailSchema.parse(row.detail).targetKind !== undefined;
}

/** The sum of what the slices folded while they were copied; null unless it is the digest of the source as it is now. */
async function foldedDigest(source: Cluster, names: readonly string[], checkpoints: Checkpoints, members: readonly { readonly detail: UnitDetail }[], slices: readonly LedgerRow[], key: string | undefined): Promise<string | null> {
  // Whether anything was written since is not told by a serverless project.
  if (source.kind === 'serverless') return null;
  const isOnePass = members.every((member) => (member.detail.pass ?? 0) === 0) && slices.every((slice) => sliceDetailOf(slice.detail).pass === 0);
  const arrived = slices.filter((slice) => slice.status !== 'canceled');
  const digests = arrived.flatMap((slice) => (slice.digest === null ? [] : [slice.digest]));
  // What another transform has sent is not what is expected now.
  const isAsAsked = arrived.every((slice) => sliceDetailOf(slice.detail).transform === key);
  if (!isOnePass || !isAsAsked || digests.length !== arrived.length || arrived.some((slice) => slice.status === 'skipped')) return null;
  const now = await readCheckpoints(source, names, cancellationSignal());
  const isUnchanged = Object.keys(now).length === Object.keys(checkpoints).length && Object.entries(now).every(([shard, highest]) => checkpoints[shard] === highest);
  return isUnchanged ? digests.reduce(addDigests, NO_DIGEST) : null;
}
