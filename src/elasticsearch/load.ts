/** Reads how much the nodes of a cluster have to do. What the cluster does not show is null, and nothing is decided on it. */
import type { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { ClusterLoad, NodeLoad, Pool } from '../domain/load.js';
import { isUnavailableApi, tryCall } from './calls.js';
import { showsNodes, type Cluster } from './cluster.js';

const PoolSchema = z.object({ threads: z.number().default(0), queue: z.number().default(0), rejected: z.number().default(0) });
const IndexingSchema = z.object({
  current: z.object({ all_in_bytes: z.number().default(0) }).default({ all_in_bytes: 0 }),
  total: z.object({ coordinating_rejections: z.number().default(0), primary_rejections: z.number().default(0), replica_rejections: z.number().default(0) }),
  limit_in_bytes: z.number().optional(),
});
const NodeSchema = z.object({
  name: z.string().default(''),
  thread_pool: z.object({ write: PoolSchema.optional(), search: PoolSchema.optional() }).default({}),
  jvm: z.object({ mem: z.object({ heap_used_percent: z.number() }) }).optional(),
  breakers: z.record(z.string(), z.object({ tripped: z.number() })).default({}),
  indexing_pressure: z.object({ memory: IndexingSchema }).optional(),
  indices: z.object({ search: z.object({ query_total: z.number(), query_time_in_millis: z.number() }) }).optional(),
});
const StatsSchema = z.object({ nodes: z.record(z.string(), NodeSchema).default({}) });

const PoolSizeSchema = z.object({ queue_size: z.coerce.number().default(-1), size: z.number().optional() });
const SizesSchema = z.object({
  nodes: z.record(z.string(), z.object({ thread_pool: z.object({ write: PoolSizeSchema.optional(), search: PoolSizeSchema.optional() }).default({}) })).default({}),
});

const FIELDS = [
  'nodes.*.name',
  'nodes.*.thread_pool.write',
  'nodes.*.thread_pool.search',
  'nodes.*.jvm.mem.heap_used_percent',
  'nodes.*.breakers.*.tripped',
  'nodes.*.indexing_pressure.memory',
  'nodes.*.indices.search.query_total',
  'nodes.*.indices.search.query_time_in_millis',
].join(',');

/** Capacities of the pools by node, which do not change while a node runs. */
type PoolSizes = z.infer<typeof SizesSchema>['nodes'];

/** Not there, or not allowed: the privilege is `monitor`. */
function isHidden(error: errors.ResponseError): boolean {
  return error.statusCode === 404 || error.statusCode === 403 || isUnavailableApi(error);
}

/** Read-only. @returns null where the cluster does not show its load */
export type LoadReader = (signal?: AbortSignal) => Promise<ClusterLoad | null>;

/** Reads the load of a cluster again and again. @param cluster asked for each time, as its credentials may have changed */
export function loadReader(cluster: () => Cluster): LoadReader {
  let sizes: PoolSizes | null = null;
  return async (signal) => {
    sizes ??= await readPoolSizes(cluster(), signal);
    return readLoad(cluster(), sizes ?? {}, signal);
  };
}

async function readPoolSizes(cluster: Cluster, signal?: AbortSignal): Promise<PoolSizes | null> {
  if (!showsNodes(cluster)) return null;
  const answer = await tryCall(
    cluster,
    { action: 'read the sizes of thread pools' },
    () => cluster.client.transport.request({ method: 'GET', path: '/_nodes/thread_pool', querystring: { filter_path: 'nodes.*.thread_pool.write,nodes.*.thread_pool.search' } }, signal === undefined ? {} : { signal }),
    isHidden,
  );
  return answer === null ? null : SizesSchema.parse(answer).nodes;
}

/** Read-only. @returns null where the cluster does not show it, as a serverless project, which has no nodes to its users */
async function readLoad(cluster: Cluster, sizes: PoolSizes, signal?: AbortSignal): Promise<ClusterLoad | null> {
  if (!showsNodes(cluster)) return null;
  const answer = await tryCall(
    cluster,
    { action: 'read the load of the nodes' },
    () =>
      cluster.client.transport.request(
        { method: 'GET', path: '/_nodes/stats/thread_pool,jvm,breaker,indexing_pressure,indices/search', querystring: { filter_path: FIELDS, timeout: '5s' } },
        { requestTimeout: 10_000, ...(signal === undefined ? {} : { signal }) },
      ),
    isHidden,
  );
  if (answer === null) return null;
  const { nodes } = StatsSchema.parse(answer);
  const all = Object.values(nodes).flatMap(({ indices }) => (indices === undefined ? [] : [indices.search]));
  return {
    nodes: Object.entries(nodes).map(([id, node]) => loadOf(id, node, sizes[id]?.thread_pool ?? {})),
    searches: all.reduce((sum, search) => sum + search.query_total, 0),
    searchMillis: all.reduce((sum, search) => sum + search.query_time_in_millis, 0),
  };
}

function loadOf(id: string, node: z.infer<typeof NodeSchema>, sizes: PoolSizes[string]['thread_pool']): NodeLoad {
  const memory = node.indexing_pressure?.memory;
  return {
    id,
    name: node.name,
    write: poolOf(node.thread_pool.write, sizes.write),
    search: poolOf(node.thread_pool.search, sizes.search),
    heapPercent: node.jvm?.mem.heap_used_percent ?? 0,
    breakerTrips: Object.values(node.breakers).reduce((sum, { tripped }) => sum + tripped, 0),
    indexingRejections: memory === undefined ? 0 : memory.total.coordinating_rejections + memory.total.primary_rejections + memory.total.replica_rejections,
    indexingMemory: memory?.limit_in_bytes === undefined ? 0 : memory.current.all_in_bytes / memory.limit_in_bytes,
  };
}

function poolOf(pool: z.infer<typeof PoolSchema> = { threads: 0, queue: 0, rejected: 0 }, size?: z.infer<typeof PoolSizeSchema>): Pool {
  const capacity = size?.queue_size ?? -1;
  return { threads: size?.size ?? pool.threads, queue: pool.queue, rejected: pool.rejected, capacity: capacity < 0 ? null : capacity };
}
