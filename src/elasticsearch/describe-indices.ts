/**
 * What preflight must know of each index: how it was made, how large it is, how it is, and what points at it.
 *
 * Names are asked for in groups that fit into a request line, so 10,000 indices are some hundred small requests, one
 * after the other. An index that vanishes meanwhile is left out of the answer.
 */
import { z } from 'zod';
import { call, isAbsent, isUnavailableApi, tryCall } from './calls.js';
import { showsNodes, type Cluster } from './cluster.js';
import { type AliasDescription, AliasesSchema, toAliases } from './aliases.js';
import { type ShardTotals, StatsSchema, totalsOf } from './index-stats.js';
import { chunkNames } from './names.js';

export type IndexHealth = 'green' | 'yellow' | 'red';

export interface IndexDescription extends ShardTotals {
  readonly name: string;
  readonly uuid: string;
  /** `index.version.created`: what decides where it can be restored; the thousands above a million are the major. */
  readonly createdVersion: number;
  readonly createdMajor: number;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly primaries: number;
  readonly replicas: number;
  readonly isClosed: boolean;
  readonly isHidden: boolean;
  /** null: cannot be told (Serverless). */
  readonly health: IndexHealth | null;
  /** `snapshot` = a searchable snapshot, which holds no data of its own. */
  readonly storeType: string | null;
  readonly lifecyclePolicy: string | null;
  /** Names of the blocks that are set: write, read_only, read_only_allow_delete, metadata, read. */
  readonly blocks: readonly string[];
  readonly aliases: readonly AliasDescription[];
  /** All settings that are set, flat: `index.routing.allocation.include.zone`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const SettingsSchema = z.record(z.string(), z.object({ settings: z.record(z.string(), z.unknown()) }));
const HealthSchema = z.object({ indices: z.record(z.string(), z.object({ status: z.enum(['green', 'yellow', 'red']) })).default({}) });

type Settings = Readonly<Record<string, unknown>>;

const textOf = (settings: Settings, key: string): string | null => {
  const value = settings[key];
  return typeof value === 'string' ? value : null;
};
const numberOf = (settings: Settings, key: string): number => Number(textOf(settings, key) ?? 0);

function blocksOf(settings: Settings): string[] {
  const prefix = 'index.blocks.';
  return Object.entries(settings).flatMap(([key, value]) => (key.startsWith(prefix) && String(value) === 'true' ? [key.slice(prefix.length)] : []));
}

async function describeGroup(cluster: Cluster, names: readonly string[], signal?: AbortSignal): Promise<IndexDescription[]> {
  const path = `/${names.map(encodeURIComponent).join(',')}`;
  const options = signal === undefined ? {} : { signal };
  const lenient = { ignore_unavailable: true, allow_no_indices: true };
  const get = (suffix: string, querystring: Record<string, unknown>): Promise<unknown> =>
    cluster.client.transport.request({ method: 'GET', path: path + suffix, querystring }, options);
  const action = { action: 'describe the indices' };

  const settings = SettingsSchema.parse(await call(cluster, action, () => get('/_settings', { ...lenient, flat_settings: true })));
  const aliases = AliasesSchema.parse((await tryCall(cluster, action, () => get('/_alias', lenient), isAbsent)) ?? {});
  const ofShards = (request: () => Promise<unknown>): Promise<unknown> => (showsNodes(cluster) ? tryCall(cluster, action, request, isUnavailableApi) : Promise.resolve(null));
  const stats = StatsSchema.nullable().parse(await ofShards(() => get('/_stats/docs,store', { ...lenient, level: 'shards', forbid_closed_indices: false, filter_path: STATS_PATHS })));
  // With a name that is gone it waits for the index and ends with 408, whose body is an answer all the same.
  const healthPath = `/_cluster/health${path}`;
  const health = await ofShards(() =>
    cluster.client.transport.request({ method: 'GET', path: healthPath, querystring: { level: 'indices', timeout: '1s', expand_wildcards: 'all' } }, { ...options, ignore: [408] }),
  );
  const healths = health === null ? {} : HealthSchema.parse(health).indices;

  return Object.entries(settings).map(([name, { settings: own }]) => ({
    name,
    uuid: textOf(own, 'index.uuid') ?? '',
    createdVersion: numberOf(own, 'index.version.created'),
    createdMajor: Math.floor(numberOf(own, 'index.version.created') / 1_000_000),
    createdAtMs: numberOf(own, 'index.creation_date'),
    primaries: numberOf(own, 'index.number_of_shards'),
    replicas: numberOf(own, 'index.number_of_replicas'),
    isClosed: textOf(own, 'index.verified_before_close') === 'true',
    isHidden: textOf(own, 'index.hidden') === 'true',
    health: healths[name]?.status ?? null,
    storeType: textOf(own, 'index.store.type'),
    lifecyclePolicy: textOf(own, 'index.lifecycle.name'),
    blocks: blocksOf(own),
    aliases: toAliases(aliases[name]?.aliases ?? {}),
    settings: own,
    ...totalsOf(stats?.indices[name]?.shards),
  }));
}

/** Only what is used: with one entry for each shard the whole answer is ten times as large. */
const STATS_PATHS = 'indices.*.shards.*.routing.primary,indices.*.shards.*.docs.count,indices.*.shards.*.store,indices.*.shards.*.seq_no';

/**
 * Describes indices, in the order of the names.
 *
 * @param names concrete names, closed and backing indices too; no wildcards
 * @throws the codes of the translator
 */
export async function describeIndices(cluster: Cluster, names: readonly string[], signal?: AbortSignal): Promise<IndexDescription[]> {
  const found = new Map<string, IndexDescription>();
  for (const group of chunkNames(names)) {
    for (const index of await describeGroup(cluster, group, signal)) found.set(index.name, index);
  }
  return names.flatMap((name) => found.get(name) ?? []);
}
