/** Reads snapshots and repositories. Read-only. */
import { z } from 'zod';
import { errorType, isAbsent, tryCall } from './calls.js';
import type { Cluster } from './cluster.js';

export interface SnapshotInfo {
  readonly name: string;
  readonly uuid: string;
  /** IN_PROGRESS, SUCCESS, PARTIAL, FAILED or INCOMPATIBLE; only SUCCESS here is final. */
  readonly state: string;
  readonly indices: readonly string[];
  readonly dataStreams: readonly string[];
  readonly featureStates: readonly string[];
  /** The indices of each feature state. */
  readonly indicesByState: ReadonlyMap<string, readonly string[]>;
  /** Indices that belong to feature states, not to users. */
  readonly featureIndices: readonly string[];
  readonly hasGlobalState: boolean;
  readonly metadata: unknown;
  readonly version: string;
  readonly shards: number;
  readonly startedAt: string;
  readonly endedAt: string;
  /** One text per failed shard: index, shard and reason. */
  readonly failures: readonly string[];
}

interface SignalOption {
  readonly signal?: AbortSignal;
}

const signalOption = (signal: AbortSignal | undefined): SignalOption => (signal === undefined ? {} : { signal });

/** @returns null if the repository has no snapshot of that name */
export async function findSnapshot(cluster: Cluster, repository: string, snapshot: string, signal?: AbortSignal): Promise<SnapshotInfo | null> {
  const answer = await tryCall(
    cluster,
    { action: `read snapshot ${snapshot}`, subject: snapshot },
    () => cluster.client.snapshot.get({ repository, snapshot }, signalOption(signal)),
    (error) => isAbsent(error) && errorType(error) !== 'repository_missing_exception',
  );
  const found = answer?.snapshots?.[0];
  if (found === undefined) return null;
  return {
    name: found.snapshot,
    uuid: found.uuid,
    state: found.state ?? '',
    indices: found.indices ?? [],
    dataStreams: found.data_streams,
    featureStates: found.feature_states?.map((feature) => feature.feature_name) ?? [],
    indicesByState: new Map((found.feature_states ?? []).map((feature) => [feature.feature_name, [feature.indices].flat()])),
    featureIndices: found.feature_states?.flatMap((feature) => feature.indices) ?? [],
    hasGlobalState: found.include_global_state ?? false,
    metadata: found.metadata,
    version: found.version ?? '',
    shards: found.shards?.total ?? 0,
    startedAt: isoTime(found.start_time_in_millis),
    endedAt: isoTime(found.end_time_in_millis),
    failures: (found.failures ?? []).map((failure) => `${failure.index}[${String(failure.shard_id)}]: ${failure.reason.slice(0, 300)}`),
  };
}

function isoTime(millis: unknown): string {
  return new Date(Number(millis ?? 0)).toISOString();
}

export interface SnapshotProgress {
  readonly shardsDone: number;
  readonly shardsTotal: number;
  /** Bytes that this snapshot adds to the repository, and how many of them are written. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** The client's types lack `processed`. */
const BytesSchema = z.object({ size_in_bytes: z.number() });
const StatsSchema = z.object({ incremental: BytesSchema, processed: BytesSchema.optional() });

/** @returns null when the snapshot is not to be found just now (it may be between running and finished) */
export async function readSnapshotProgress(
  cluster: Cluster,
  repository: string,
  snapshot: string,
  signal?: AbortSignal,
): Promise<SnapshotProgress | null> {
  const answer = await tryCall(
    cluster,
    { action: `read the status of snapshot ${snapshot}`, subject: snapshot },
    () => cluster.client.snapshot.status({ repository, snapshot }, signalOption(signal)),
    isAbsent,
  );
  const status = answer?.snapshots[0];
  if (status === undefined) return null;
  const { processed, incremental } = StatsSchema.parse(status.stats);
  return {
    shardsDone: status.shards_stats.done,
    shardsTotal: status.shards_stats.total,
    // `processed` is left out once everything is.
    bytesDone: processed?.size_in_bytes ?? (status.state === 'SUCCESS' ? incremental.size_in_bytes : 0),
    bytesTotal: incremental.size_in_bytes,
  };
}

export interface RepositoryInfo {
  readonly name: string;
  readonly type: string;
  readonly uuid: string | null;
  readonly isReadOnly: boolean;
  readonly settings: Readonly<Record<string, string>>;
}

/** All repositories that are registered at a cluster. */
export async function listRepositories(cluster: Cluster, signal?: AbortSignal): Promise<RepositoryInfo[]> {
  const answer = await tryCall(
    cluster,
    { action: 'list snapshot repositories' },
    () => cluster.client.snapshot.getRepository({}, signalOption(signal)),
    isAbsent,
  );
  return Object.entries(answer ?? {}).map(([name, repository]) => {
    const settings: Record<string, string> = {};
    for (const [key, value] of Object.entries(repository.settings ?? {})) settings[key] = String(value);
    return {
      name,
      type: repository.type,
      uuid: repository.uuid ?? null,
      isReadOnly: settings['readonly'] === 'true' || repository.type === 'url',
      settings,
    };
  });
}
