/**
 * Compares restored indices with their sources by `_count`, with the same query on both sides.
 *
 * `_count` counts what users count; `docs.count` of other APIs counts nested documents too.
 */
import { GodwitError } from '../domain/errors.js';
import { operationsAfter, verdictOf } from '../domain/verdict.js';
import type { Verdict } from '../contracts/report.js';
import type { RestoreDetail } from '../domain/restore-detail.js';
import { call, isAbsent, tryCall } from '../elasticsearch/calls.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { readSequences, type Sequences } from '../elasticsearch/sequence.js';

export interface CountedPair {
  readonly source: string;
  readonly target: string;
  readonly detail: RestoreDetail;
}

export interface CountComparison {
  readonly verdict: Verdict;
  readonly sourceDocuments: number | null;
  readonly targetDocuments: number | null;
  readonly operationsAfterCutoff: number | null;
  readonly note: string | null;
}

/**
 * Reads only, but for a refresh of a source index whose count differs although nothing was written to it: with
 * refreshes switched off, documents that the snapshot holds may not be visible to `_count` yet.
 *
 * @throws the codes of a failed call; a source that is gone is a comparison, not an error
 */
export async function compareCounts(source: Cluster, target: Cluster, pair: CountedPair, signal: AbortSignal): Promise<CountComparison> {
  const [sourceDocuments, targetDocuments] = await Promise.all([count(source, pair.source, signal), count(target, pair.target, signal)]);
  if (targetDocuments === null) return incomparable(sourceDocuments, null, `${pair.target} is gone at the target`);
  if (sourceDocuments === null) return incomparable(null, targetDocuments, `${pair.source} is gone at the source`);
  if (sourceDocuments === targetDocuments) return compared(sourceDocuments, targetDocuments, 0);
  const operations = await operationsSince(source, pair, signal);
  if (operations > 0) return compared(sourceDocuments, targetDocuments, operations);
  await call(source, { action: `refresh ${pair.source}`, subject: pair.source }, () => source.client.indices.refresh({ index: pair.source }, { signal }));
  return compared((await count(source, pair.source, signal)) ?? 0, targetDocuments, 0);
}

async function count(cluster: Cluster, index: string, signal: AbortSignal): Promise<number | null> {
  const answer = await tryCall(cluster, { action: `count documents of ${index}`, subject: index }, () => cluster.client.count({ index }, { signal }), isAbsent);
  if (answer === null) return null;
  if (answer._shards.failed > 0) {
    throw new GodwitError('IndexUnhealthy', `counting ${index} missed ${String(answer._shards.failed)} shard(s) at ${cluster.connection}`, { subject: index });
  }
  return answer.count;
}

/** How many operations the source has had since the snapshot saw its shards. */
async function operationsSince(source: Cluster, pair: CountedPair, signal: AbortSignal): Promise<number> {
  const now = await readSequences(source, [pair.source], signal);
  return operationsAfter(now, cutoffAtSource(pair.detail));
}

/** The cut-off is noted under the target's names; the shards are the same. */
export function cutoffAtSource(detail: RestoreDetail): Sequences {
  const bySource: Record<string, number> = {};
  for (const { name, source } of detail.indices) {
    for (const [shard, highest] of Object.entries(detail.sequences ?? {})) {
      if (shard.startsWith(`${name}/`)) bySource[`${source}${shard.slice(name.length)}`] = highest;
    }
  }
  return bySource;
}

function compared(sourceDocuments: number, targetDocuments: number, operationsAfterCutoff: number): CountComparison {
  const verdict = verdictOf({ sourceDocuments, targetDocuments, operationsAfterCutoff });
  return { verdict, sourceDocuments, targetDocuments, operationsAfterCutoff, note: null };
}

function incomparable(sourceDocuments: number | null, targetDocuments: number | null, note: string): CountComparison {
  return { verdict: 'not-compared', sourceDocuments, targetDocuments, operationsAfterCutoff: null, note };
}
