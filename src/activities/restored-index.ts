/** Deleting and replacing indices and data streams at the target, each only after looking whose it is. */
import type { JsonObject } from '../domain/json.js';
import { GodwitError } from '../domain/errors.js';
import { restoreDetailOf, type RestoreDetail } from '../domain/restore-detail.js';
import { isSame } from '../domain/restored.js';
import { operationsAfter } from '../domain/verdict.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { call, isAbsent, isUnavailableApi, tryCall } from '../elasticsearch/calls.js';
import { observeIndices } from '../elasticsearch/restored-indices.js';
import { readSequences } from '../elasticsearch/sequence.js';
import type { LedgerRow } from '../store/store.js';

/**
 * Deletes an index or data stream. What is gone already is fine.
 * @throws TargetRestriction where this build of Elasticsearch cannot delete data streams
 */
export async function deleteTarget(cluster: Cluster, name: string, kind: RestoreDetail['kind']): Promise<void> {
  if (kind === 'index') {
    await tryCall(cluster, { action: `delete index ${name}`, subject: name }, () => cluster.client.indices.delete({ index: name }), isAbsent);
    return;
  }
  const isGone = await tryCall(
    cluster,
    { action: `delete data stream ${name}`, subject: name },
    async () => {
      await cluster.client.indices.deleteDataStream({ name });
      return true;
    },
    (error) => isAbsent(error) || isUnavailableApi(error),
  );
  if (isGone === null && (await exists(cluster, name))) {
    throw new GodwitError('TargetRestriction', `data stream ${name} cannot be deleted: this build of Elasticsearch has no data stream API`, {
      subject: name,
      remedy: `Delete the data stream ${name} at the target by other means.`,
    });
  }
}

async function exists(cluster: Cluster, name: string): Promise<boolean> {
  return call(cluster, { action: `look for ${name}`, subject: name }, () => cluster.client.indices.exists({ index: name, expand_wildcards: 'all' }));
}

/** Undoes a restore: deletes what it made, unless it is somebody else's or was written to since. */
export async function undoRestore(cluster: Cluster, row: LedgerRow): Promise<{ state: 'undone' | 'left'; note: string | null }> {
  const detail = restoreDetailOf(row.detail);
  const found = await observeIndices(cluster, detail.indices.map((index) => index.name));
  if (found.size === 0) return { state: 'undone', note: null };
  for (const index of detail.indices) {
    const seen = found.get(index.name);
    if (seen !== undefined && !isSame(index, seen)) return { state: 'left', note: `${index.name} is not the index that was restored` };
  }
  if (detail.sequences !== undefined) {
    const now = await readSequences(cluster, [...found.keys()]);
    const written = operationsAfter(now, detail.sequences);
    if (written > 0) return { state: 'left', note: `${row.target} was written to ${String(written)} time(s) after it was restored` };
  }
  await deleteTarget(cluster, row.target, detail.kind);
  return { state: 'undone', note: null };
}

/**
 * Makes way for a restore over an existing index: closed where the restore can reuse it, deleted where it cannot.
 * The caller has recorded that the old content cannot be brought back.
 */
export async function prepareToReplace(cluster: Cluster, target: string, detail: RestoreDetail): Promise<void> {
  const [index] = detail.indices;
  const isStream = await isDataStream(cluster, target);
  const found = detail.kind === 'index' && !isStream ? await observeIndices(cluster, [target]) : new Map<string, never>();
  const existing = found.get(target);
  if (existing !== undefined && existing.primaries === index?.primaries) {
    await call(cluster, { action: `close index ${target}`, subject: target }, () => cluster.client.indices.close({ index: target }));
    return;
  }
  await deleteTarget(cluster, target, isStream ? 'data-stream' : 'index');
}

async function isDataStream(cluster: Cluster, name: string): Promise<boolean> {
  const found = await tryCall(cluster, { action: `resolve ${name}`, subject: name }, () => cluster.client.indices.resolveIndex({ name, expand_wildcards: 'all' }), isAbsent);
  return (found?.data_streams ?? []).some((stream) => stream.name === name);
}

export function rowOfUndo(undo: JsonObject): { index: string; slice: number } {
  const { index, slice } = undo;
  if (typeof index !== 'string' || typeof slice !== 'number') throw new GodwitError('Internal', 'the recorded undo names no row', { retryable: false });
  return { index, slice };
}
