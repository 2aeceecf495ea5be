/**
 * What a cluster has and has room for. Plain reads; null means that it cannot be told, because the API is missing
 * in that build or kind of cluster, and never an error for that alone.
 *
 * Indices are in `resolve-indices.ts` and `describe-indices.ts`.
 */
import { z } from 'zod';
import { tryCall } from './calls.js';
import { showsNodes, type Cluster } from './cluster.js';

export interface Feature {
  readonly name: string;
  readonly description: string;
}

export interface Licence {
  /** basic, trial, gold, platinum, enterprise... */
  readonly type: string;
  readonly status: string;
}

export interface DiskRoom {
  /** Over all data nodes, bytes. */
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly nodes: readonly { readonly name: string; readonly totalBytes: number; readonly availableBytes: number }[];
}

export interface ShardRoom {
  /** `cluster.max_shards_per_node` times the data nodes. */
  readonly limit: number;
  readonly used: number;
}

/** The parsed answer of one GET, or null where the API does not exist. */
async function read<T>(cluster: Cluster, action: string, path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | null> {
  const body = await tryCall(
    cluster,
    { action },
    () => cluster.client.transport.request({ method: 'GET', path }, signal === undefined ? {} : { signal }),
    // A build without the API takes its path for an index: 400 invalid_index_name_exception (7.17), or 404.
    (error) => [400, 404, 405, 410].includes(error.statusCode ?? 0),
  );
  return body === null ? null : schema.parse(body);
}

const FeaturesSchema = z.object({ features: z.array(z.object({ name: z.string(), description: z.string().default('') })) });

/** The features whose states can be in a snapshot. */
export async function listFeatures(cluster: Cluster, signal?: AbortSignal): Promise<readonly Feature[] | null> {
  return (await read(cluster, 'list the features', '/_features', FeaturesSchema, signal))?.features ?? null;
}

const LicenceSchema = z.object({ license: z.object({ type: z.string(), status: z.string() }) });

/** The licence: archive indices and searchable snapshots need one. */
export async function readLicence(cluster: Cluster, signal?: AbortSignal): Promise<Licence | null> {
  return (await read(cluster, 'read the licence', '/_license', LicenceSchema, signal))?.license ?? null;
}

const FsSchema = z.object({
  nodes: z.record(
    z.string(),
    z.object({
      name: z.string(),
      roles: z.array(z.string()).default(['data']),
      fs: z.object({ total: z.object({ total_in_bytes: z.number(), available_in_bytes: z.number() }).partial().default({}) }).optional(),
    }),
  ),
});

/** Disk of the data nodes, frozen-only ones left out: they hold caches. */
export async function readDiskRoom(cluster: Cluster, signal?: AbortSignal): Promise<DiskRoom | null> {
  if (!showsNodes(cluster)) return null;
  const stats = await read(cluster, 'read the disk statistics', '/_nodes/stats/fs', FsSchema, signal);
  if (stats === null) return null;
  const nodes = Object.values(stats.nodes)
    .filter((node) => node.roles.some((role) => role === 'data' || (role.startsWith('data_') && role !== 'data_frozen')))
    .map((node) => ({ name: node.name, totalBytes: node.fs?.total.total_in_bytes ?? 0, availableBytes: node.fs?.total.available_in_bytes ?? 0 }));
  const sum = (key: 'totalBytes' | 'availableBytes'): number => nodes.reduce((total, node) => total + node[key], 0);
  return { totalBytes: sum('totalBytes'), availableBytes: sum('availableBytes'), nodes };
}

const HealthSchema = z.object({ number_of_data_nodes: z.number(), active_shards: z.number(), unassigned_shards: z.number(), initializing_shards: z.number() });
const flat = z.record(z.string(), z.unknown()).default({});
const ClusterSettingsSchema = z.object({ persistent: flat, transient: flat, defaults: flat });

/** How many shards the cluster may still take. */
export async function readShardRoom(cluster: Cluster, signal?: AbortSignal): Promise<ShardRoom | null> {
  if (!showsNodes(cluster)) return null;
  const health = await read(cluster, 'read the health', '/_cluster/health', HealthSchema, signal);
  const key = 'cluster.max_shards_per_node';
  const path = `/_cluster/settings?include_defaults=true&flat_settings=true&filter_path=*.${key}`;
  const settings = health === null ? null : await read(cluster, 'read the cluster settings', path, ClusterSettingsSchema, signal);
  if (health === null || settings === null) return null;
  const perNode = Number(settings.transient[key] ?? settings.persistent[key] ?? settings.defaults[key] ?? 1_000);
  return {
    limit: perNode * health.number_of_data_nodes,
    used: health.active_shards + health.unassigned_shards + health.initializing_shards,
  };
}

const LifecycleSchema = z.object({ operation_mode: z.string() });

/** Whether index lifecycle management acts: RUNNING, STOPPING or STOPPED. It may delete an index that is being moved. */
export async function readLifecycleMode(cluster: Cluster, signal?: AbortSignal): Promise<string | null> {
  return (await read(cluster, 'read the lifecycle status', '/_ilm/status', LifecycleSchema, signal))?.operation_mode ?? null;
}

const TemplatesSchema = z.object({
  index_templates: z.array(z.object({ index_template: z.object({ index_patterns: z.union([z.string(), z.array(z.string())]), data_stream: z.unknown().optional() }) })),
});

/** Patterns of the index templates that make data streams: without one that matches, a restored stream cannot roll over. */
export async function readStreamPatterns(cluster: Cluster, signal?: AbortSignal): Promise<readonly string[] | null> {
  const found = await read(cluster, 'list the index templates', '/_index_template', TemplatesSchema, signal);
  if (found === null) return null;
  return found.index_templates.flatMap(({ index_template: template }) => (template.data_stream === undefined ? [] : template.index_patterns));
}

const HeapSchema = z.object({ nodes: z.record(z.string(), z.object({ jvm: z.object({ mem: z.object({ heap_max_in_bytes: z.number() }) }).optional() })).default({}) });

/** The smallest heap of a node, bytes: what a bulk request has to fit into. */
export async function readSmallestHeap(cluster: Cluster, signal?: AbortSignal): Promise<number | null> {
  if (!showsNodes(cluster)) return null;
  const nodes = await read(cluster, 'read the memory of the nodes', '/_nodes/jvm?filter_path=nodes.*.jvm.mem.heap_max_in_bytes', HeapSchema, signal);
  const heaps = Object.values(nodes?.nodes ?? {}).flatMap((node) => node.jvm?.mem.heap_max_in_bytes ?? []);
  return heaps.length === 0 ? null : Math.min(...heaps);
}
