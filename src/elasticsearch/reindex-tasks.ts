/**
 * Tasks of `_reindex` at the target: start one, find it again, watch, cancel, slow down.
 *
 * A task is tagged with an `X-Opaque-Id`, so that one whose answer was lost is found instead of started twice.
 */
import type { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import type { TaskFailure, TaskResult } from '../domain/reindex/outcome.js';
import { call, errorType, isAbsent, isUnavailableApi, tryCall } from './calls.js';
import type { Cluster, ClusterIdentity } from './cluster.js';
import { readErrorBody } from './error-body.js';
import { remoteMember, type RemoteSource } from './remote-source.js';

export interface SliceTask {
  readonly remote: RemoteSource;
  readonly index: string | readonly string[];
  readonly query: JsonObject;
  readonly size: number;
  readonly target: string;
  /** Whether the target takes only new documents, as data streams do. */
  readonly isCreateOnly: boolean;
  /** Overwrites whatever version the target has. */
  readonly isForced?: boolean;
  readonly sourceFields?: readonly string[];
  readonly pipeline?: string;
  readonly script?: { readonly source: string; readonly lang: string; readonly params?: JsonObject };
  readonly requestsPerSecond: number | null;
}

/** What a remote may take to answer a batch; the target's own defaults are 30 s each. */
const TIMEOUTS = { connect_timeout: '10s', socket_timeout: '2m' };

/** @param target who takes the request: what it may say depends on the version */
export function reindexBody(task: SliceTask, target: ClusterIdentity): JsonObject {
  return {
    conflicts: 'proceed',
    source: {
      remote: { ...remoteMember(task.remote, target), ...TIMEOUTS },
      index: task.index,
      query: task.query,
      size: task.size,
      ...(task.sourceFields === undefined ? {} : { _source: task.sourceFields }),
    },
    dest: {
      index: task.target,
      // Without it the default pipeline of the index would change what is moved.
      pipeline: task.pipeline ?? '_none',
      ...(task.isCreateOnly ? { op_type: 'create' } : task.isForced === true ? {} : { version_type: 'external' }),
    },
    ...(task.script === undefined ? {} : { script: task.script }),
  };
}

const StartedSchema = z.object({ task: z.string() });

/** Starts a task. Not safe to repeat by itself: look with `findTasks` first. @returns `node:number` */
export async function startTask(cluster: Cluster, task: SliceTask, opaqueId: string, signal?: AbortSignal): Promise<string> {
  const body = reindexBody(task, await cluster.identity(signal));
  const answer = await call(cluster, { action: `start a reindex into ${task.target}`, subject: task.target }, () =>
    cluster.client.transport.request(
      {
        method: 'POST',
        path: '/_reindex',
        querystring: { wait_for_completion: false, refresh: false, requests_per_second: task.requestsPerSecond ?? -1 },
        body,
      },
      { opaqueId, ...(signal === undefined ? {} : { signal }) },
    ),
  );
  return StartedSchema.parse(answer).task;
}

const ListSchema = z.object({
  nodes: z
    .record(z.string(), z.object({ tasks: z.record(z.string(), z.object({ node: z.string(), id: z.number(), headers: z.record(z.string(), z.string()).default({}), cancelled: z.boolean().default(false) })) }))
    .default({}),
});

export interface RunningTask {
  readonly id: string;
  readonly opaqueId: string;
  readonly isCanceled: boolean;
}

/** Running reindex tasks whose `X-Opaque-Id` begins with the prefix. */
export async function findTasks(cluster: Cluster, prefix: string, signal?: AbortSignal): Promise<RunningTask[]> {
  const all = cluster.kind === 'serverless' ? await listReindexes(cluster, signal) : await listTasks(cluster, signal);
  return all.filter(({ opaqueId }) => opaqueId.startsWith(prefix));
}

async function listTasks(cluster: Cluster, signal?: AbortSignal): Promise<RunningTask[]> {
  const answer = await call(cluster, { action: 'list the reindex tasks' }, () =>
    cluster.client.transport.request({ method: 'GET', path: '/_tasks', querystring: { actions: '*reindex', detailed: false } }, signal === undefined ? {} : { signal }),
  );
  return Object.values(ListSchema.parse(answer).nodes)
    .flatMap(({ tasks }) => Object.values(tasks))
    .map((task) => ({ id: `${task.node}:${String(task.id)}`, opaqueId: task.headers['X-Opaque-Id'] ?? '', isCanceled: task.cancelled }));
}

const ReindexesSchema = z.object({ reindex: z.array(z.object({ id: z.string(), cancelled: z.boolean().default(false) })) });
const HeadersSchema = z.object({ task: z.object({ headers: z.record(z.string(), z.string()).default({}) }) });

/**
 * A serverless project lists its reindexes, but only each task by itself shows the header that it was started with.
 *
 * @see Elasticsearch, List active reindex tasks API
 */
async function listReindexes(cluster: Cluster, signal?: AbortSignal): Promise<RunningTask[]> {
  const get = (path: string, isExpected: (error: errors.ResponseError) => boolean): Promise<unknown> =>
    tryCall(cluster, { action: 'list the reindex tasks' }, () => cluster.client.transport.request({ method: 'GET', path }, signal === undefined ? {} : { signal }), isExpected);
  const tasks: RunningTask[] = [];
  for (const { id, cancelled } of ReindexesSchema.parse(await get('/_reindex', () => false)).reindex) {
    const task = await get(`/_tasks/${encodeURIComponent(id)}`, isAbsent);
    if (task !== null) tasks.push({ id, opaqueId: HeadersSchema.parse(task).task.headers['X-Opaque-Id'] ?? '', isCanceled: cancelled });
  }
  return tasks;
}

const StoredSchema = z.object({
  hits: z.object({ hits: z.array(z.object({ _source: z.object({ task: z.object({ node: z.string(), id: z.number(), headers: z.record(z.string(), z.string()).default({}) }) }) })) }),
});

/** Stored results that are looked through: the last ones that began. */
const STORED_TASKS = 1_000;

/**
 * Reindex tasks with this `X-Opaque-Id` whose end the cluster has kept, the last begun first. Read-only.
 *
 * They are in a system index, which not every credential may read, and nobody in a serverless project: then none is found.
 */
export async function findEndedTasks(cluster: Cluster, opaqueId: string, signal?: AbortSignal): Promise<string[]> {
  if (cluster.kind === 'serverless') return [];
  const answer = await tryCall(
    cluster,
    { action: 'look through the results of reindex tasks' },
    () =>
      cluster.client.transport.request(
        {
          method: 'POST',
          path: '/.tasks/_search',
          body: { size: STORED_TASKS, query: { term: { 'task.action': 'indices:data/write/reindex' } }, sort: [{ 'task.start_time_in_millis': 'desc' }], _source: ['task.node', 'task.id', 'task.headers'] },
        },
        signal === undefined ? {} : { signal },
      ),
    (error) => isAbsent(error) || error.statusCode === 403 || isUnavailableApi(error),
  );
  if (answer === null) return [];
  // Headers are not indexed there.
  return StoredSchema.parse(answer)
    .hits.hits.map(({ _source: { task } }) => task)
    .filter(({ headers }) => headers['X-Opaque-Id'] === opaqueId)
    .map(({ node, id }) => `${node}:${String(id)}`);
}

const CountsSchema = z.object({
  total: z.number().default(0),
  created: z.number().default(0),
  updated: z.number().default(0),
  deleted: z.number().default(0),
  noops: z.number().default(0),
  version_conflicts: z.number().default(0),
  retries: z.object({ bulk: z.number().default(0) }).default({ bulk: 0 }),
  canceled: z.string().optional(),
  requests_per_second: z.number().default(-1),
});
const CauseSchema = z.object({ type: z.string().default(''), reason: z.string().nullish() });
const FailureSchema = z.object({ id: z.string().optional(), status: z.number().default(0), cause: CauseSchema.optional(), reason: CauseSchema.optional() });
const TaskSchema = z.object({
  completed: z.boolean(),
  /** `_tasks` has the status in `task`, `_reindex/{id}` beside `completed`. */
  task: z.object({ status: CountsSchema.optional(), headers: z.record(z.string(), z.string()).default({}) }).optional(),
  status: CountsSchema.optional(),
  response: CountsSchema.extend({ failures: z.array(FailureSchema).default([]) }).optional(),
  error: z.unknown().optional(),
});

export type TaskState =
  | {
      readonly kind: 'running';
      readonly documents: number;
      /** Batches that the target refused for now. */
      readonly bulkRetries: number;
      /** Its limit; null: none. */
      readonly requestsPerSecond: number | null;
    }
  | { readonly kind: 'ended'; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly types: readonly string[]; readonly reason: string }
  /** The node that ran it is gone, and the result with it; or it is not known there. */
  | { readonly kind: 'lost' };

/** From 9.5 on, and in a serverless project, a task that moves to another node on a graceful shutdown keeps its id there. */
async function pathOf(cluster: Cluster, taskId: string): Promise<string> {
  const { major, minor, flavor } = await cluster.identity();
  return `${flavor === 'serverless' || major > 9 || (major === 9 && minor >= 5) ? '/_reindex' : '/_tasks'}/${encodeURIComponent(taskId)}`;
}

/**
 * Reads a task; one that runs is waited for, so that its end is known at once. Read-only.
 *
 * @param how `opaqueId` that the task was started with: a node that was restarted keeps its id and counts its tasks from
 *   1 again, so that another task may have the number; `waitMs` longest wait
 * @throws the codes of a failed call; while a task moves to another node that is Unavailable, which is retried
 */
export async function pollTask(cluster: Cluster, taskId: string, how: { readonly opaqueId: string; readonly waitMs: number }, signal?: AbortSignal): Promise<TaskState> {
  const path = await pathOf(cluster, taskId);
  const read = (querystring: Readonly<Record<string, string>>, isExpected: (error: errors.ResponseError) => boolean): Promise<unknown> =>
    tryCall(cluster, { action: `read task ${taskId}`, subject: taskId }, () => cluster.client.transport.request({ method: 'GET', path, querystring }, signal === undefined ? {} : { signal }), isExpected);
  // Not ended in time: 500 up to 8.x, 429 from 9 on. Lost: 404. Either way the plain question tells how it stands.
  const ended = await read({ wait_for_completion: 'true', timeout: `${String(Math.max(1, Math.round(how.waitMs)))}ms` }, (error) => isAbsent(error) || errorType(error) === 'timeout_exception');
  const answer = ended ?? (await read({}, isAbsent));
  if (answer === null) return { kind: 'lost' };
  const { completed, task, status, response, error } = TaskSchema.parse(answer);
  if (task !== undefined && task.headers['X-Opaque-Id'] !== how.opaqueId) return { kind: 'lost' };
  if (error !== undefined && error !== null) {
    const { types, reasons, reason } = readErrorBody({ error });
    return { kind: 'failed', types, reason: reason === undefined ? 'without a reason' : reasons.join('; ') };
  }
  if (response !== undefined) return { kind: 'ended', result: resultOf(response, response.failures) };
  const counts = status ?? task?.status ?? CountsSchema.parse({});
  // It ended, but the node could not keep its result.
  if (completed) return { kind: 'lost' };
  const limit = counts.requests_per_second;
  return {
    kind: 'running',
    documents: counts.created + counts.updated + counts.deleted + counts.noops + counts.version_conflicts,
    bulkRetries: counts.retries.bulk,
    requestsPerSecond: limit < 0 ? null : limit,
  };
}

function resultOf(counts: z.infer<typeof CountsSchema>, failures: readonly z.infer<typeof FailureSchema>[]): TaskResult {
  const read = (failure: z.infer<typeof FailureSchema>): TaskFailure => {
    const cause = failure.cause ?? failure.reason;
    return { id: failure.id ?? null, type: cause?.type ?? 'unknown', reason: cause?.reason ?? 'without a reason', status: failure.status };
  };
  return {
    total: counts.total,
    created: counts.created,
    updated: counts.updated,
    deleted: counts.deleted,
    noops: counts.noops,
    versionConflicts: counts.version_conflicts,
    canceled: counts.canceled ?? null,
    failures: failures.filter((failure) => failure.cause !== undefined).map(read),
    searchFailures: failures.filter((failure) => failure.cause === undefined).map(read),
  };
}

/** Asks a task to stop and returns when it has. One that has ended already is fine. */
export async function cancelTask(cluster: Cluster, taskId: string): Promise<void> {
  const path = `${await pathOf(cluster, taskId)}/_cancel`;
  await tryCall(
    cluster,
    { action: `cancel task ${taskId}`, subject: taskId },
    () => cluster.client.transport.request({ method: 'POST', path, querystring: { wait_for_completion: true } }, { requestTimeout: 120_000 }),
    isAbsent,
  );
}

/** Changes the speed of a running task; slower takes effect after its batch. One that has ended is fine. */
export async function rethrottleTask(cluster: Cluster, taskId: string, requestsPerSecond: number | null): Promise<void> {
  await tryCall(
    cluster,
    { action: `change the speed of task ${taskId}`, subject: taskId },
    () => cluster.client.transport.request({ method: 'POST', path: `/_reindex/${encodeURIComponent(taskId)}/_rethrottle`, querystring: { requests_per_second: requestsPerSecond ?? -1 } }),
    isAbsent,
  );
}
