/**
 * The snapshot itself: start it, wait for it, read it.
 *
 * Its name and metadata come from the migration's id, so every attempt finds the snapshot of the one before.
 */
import type { SnapshotSource } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { isSnapshotOf, snapshotMetadata, snapshotNameOf } from '../domain/snapshot-naming.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { call } from '../elasticsearch/calls.js';
import { findSnapshot, readSnapshotProgress, type SnapshotInfo } from '../elasticsearch/snapshots.js';
import type { LedgerRow, Store } from '../store/store.js';
import { cancellationSignal, pause, pollDelays, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT } from './effects.js';
import { saveCutoff } from './report.js';
import { allRows, describeFailure } from './rows.js';

interface SnapshotInput {
  readonly id: string;
  readonly request: SnapshotSource;
}

/** Name of the snapshot that a migration restores: its own, or the one the request names. */
export function snapshotOf({ id, request }: { readonly id: string; readonly request: Pick<SnapshotSource, 'snapshot'> }): string {
  return request.snapshot ?? snapshotNameOf(id);
}

/**
 * Starts the migration's snapshot and returns at once. Safe to repeat: a snapshot of that name with this migration's
 * metadata is adopted; one of ours that failed is deleted and made again.
 *
 * @throws SnapshotNotOurs when the name is taken
 */
async function startSnapshot({ clusters, store }: ActivityDeps, input: SnapshotInput): Promise<void> {
  const { id, request } = input;
  const cluster = clusters.get(request.source);
  const repository = request.repository.name;
  const snapshot = snapshotOf(input);
  const existing = await findSnapshot(cluster, repository, snapshot);
  if (request.snapshot !== undefined) {
    if (existing === null) throw new GodwitError('SnapshotMissing', `repository ${repository} has no snapshot ${snapshot}`, { subject: 'snapshot' });
    return;
  }
  if (existing !== null) {
    if (!isSnapshotOf(id, existing.metadata)) {
      throw new GodwitError('SnapshotNotOurs', `repository ${repository} already has a snapshot ${snapshot} that is not of this migration`, { subject: snapshot });
    }
    if (existing.state === 'IN_PROGRESS' || existing.state === 'SUCCESS' || (existing.state === 'PARTIAL' && request.partial)) return;
    await call(cluster, { action: `delete failed snapshot ${snapshot}`, subject: snapshot }, () =>
      cluster.client.snapshot.delete({ repository, snapshot }, { requestTimeout: 5 * 60_000 }),
    );
  }
  const rows = (await indexRows(store, id)).filter((row) => row.status !== 'skipped');
  await store.effects.begin(id, {
    kind: EFFECT.createSnapshot,
    connection: request.source,
    subject: snapshot,
    undo: { repository, snapshot },
  });
  await call(cluster, { action: `start snapshot ${snapshot}`, subject: snapshot }, () =>
    cluster.client.snapshot.create({
      repository,
      snapshot,
      wait_for_completion: false,
      indices: rows.length === 0 ? ['-*'] : rows.map((row) => row.index),
      // One that was deleted since preflight must not stop the others; its row says so after the snapshot.
      ignore_unavailable: true,
      include_global_state: request.includeGlobalState,
      feature_states: request.featureStates.length > 0 ? [...request.featureStates] : ['none'],
      partial: request.partial,
      metadata: snapshotMetadata(id),
    }),
  );
}

/**
 * Waits until the snapshot has ended, at most for `windowMs`; reports its bytes in heartbeats. Read-only at the cluster.
 *
 * @returns isDone false when the window has passed; the snapshot goes on
 * @throws SnapshotFailed, SnapshotPartial, SnapshotMissing
 */
async function waitForSnapshot(
  { clusters, store }: ActivityDeps,
  input: SnapshotInput & { readonly windowMs: number },
): Promise<{ isDone: boolean; snapshotBytes: number; restoreBytes: number; detail: string }> {
  const { request, windowMs } = input;
  const cluster = clusters.get(request.source);
  const snapshot = snapshotOf(input);
  const until = Date.now() + windowMs;
  for (const delay of pollDelays(150, 5_000)) {
    const info = await findSnapshot(cluster, request.repository.name, snapshot, cancellationSignal());
    if (info === null) throw new GodwitError('SnapshotMissing', `snapshot ${snapshot} is gone from repository ${request.repository.name}`, { subject: snapshot });
    if (info.state !== 'IN_PROGRESS') {
      mustBeUsable(info, request.partial || request.snapshot !== undefined);
      return finishSnapshot({ clusters, store }, input, cluster, info);
    }
    const progress = await readSnapshotProgress(cluster, request.repository.name, snapshot, cancellationSignal());
    if (progress !== null) {
      report({
        step: 'transfer',
        detail: `snapshot: ${String(progress.shardsDone)} of ${String(progress.shardsTotal)} shards`,
        progress: { bytes: progress.bytesDone },
      });
    }
    if (Date.now() >= until) break;
    await pause(delay);
  }
  return { isDone: false, snapshotBytes: 0, restoreBytes: 0, detail: '' };
}

/** Records the cut-off, parks rows that the snapshot lacks, and proves that the target sees this very snapshot. */
async function finishSnapshot(
  { clusters, store }: Pick<ActivityDeps, 'clusters' | 'store'>,
  input: SnapshotInput,
  cluster: Cluster,
  info: SnapshotInfo,
): Promise<{ isDone: true; snapshotBytes: number; restoreBytes: number; detail: string }> {
  const { id, request } = input;
  const repository = request.repository.name;
  const seen = await findSnapshot(clusters.get(request.target), repository, info.name, cancellationSignal());
  if (seen?.uuid !== info.uuid) {
    throw new GodwitError(
      'RepositoryNotShared',
      `the target ${seen === null ? 'does not see' : 'sees another'} snapshot ${info.name} in its repository ${repository}`,
      { subject: repository },
    );
  }
  const rows = await indexRows(store, id);
  const held = new Set([...info.indices, ...info.dataStreams]);
  const missing = rows.filter((row) => !held.has(row.index) && row.status === 'pending');
  await store.ledger.change(
    id,
    missing.map((row) => ({
      index: row.index,
      slice: row.slice,
      status: 'needs-attention' as const,
      error: describeFailure(new GodwitError('IndexNotFound', `${row.index} is not in the snapshot; it was deleted or closed after preflight`)),
    })),
  );
  if (request.snapshot === undefined) {
    await store.effects.settle(id, { kind: EFFECT.createSnapshot, connection: request.source, subject: info.name }, 'done');
  }
  const sizes = request.snapshot === undefined ? await readSnapshotProgress(cluster, repository, info.name, cancellationSignal()) : null;
  const asOf = `snapshot ${info.name}, every shard as of a moment between ${info.startedAt} and ${info.endedAt}`;
  await saveCutoff(store, id, asOf);
  return {
    isDone: true,
    snapshotBytes: sizes?.bytesTotal ?? 0,
    restoreBytes: rows.reduce((sum, row) => sum + (row.bytes ?? 0), 0),
    detail: asOf,
  };
}

/** Rows of indices and data streams; feature states are named in the request. */
async function indexRows(store: Store, id: string): Promise<LedgerRow[]> {
  return (await allRows(store, id)).filter((row) => row.method === 'snapshot');
}

function mustBeUsable(info: SnapshotInfo, isPartialAccepted: boolean): void {
  if (info.state === 'SUCCESS' || (info.state === 'PARTIAL' && isPartialAccepted)) return;
  const reasons = info.failures.slice(0, 3).join('; ');
  if (info.state === 'PARTIAL') {
    throw new GodwitError('SnapshotPartial', `snapshot ${info.name} lacks ${String(info.failures.length)} shard(s): ${reasons}`, { subject: info.name });
  }
  throw new GodwitError('SnapshotFailed', `snapshot ${info.name} ended as ${info.state}${reasons === '' ? '' : `: ${reasons}`}`, { subject: info.name });
}

export function createSnapshotActivities(deps: ActivityDeps) {
  return {
    startSnapshot: withPulse((input: SnapshotInput) => startSnapshot(deps, input)),
    waitForSnapshot: withPulse((input: SnapshotInput & { readonly windowMs: number }) => waitForSnapshot(deps, input)),
  };
}
