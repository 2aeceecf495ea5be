/**
 * Composition root of a worker: workflows, activities and their dependencies on one task queue.
 *
 * It owns its connection to Temporal and nothing else; clusters and store are closed by whoever opened them, after
 * the worker has stopped.
 */
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { Governors } from '../activities/governors.js';
import type { TransformModules } from '../activities/transforms.js';
import { createActivities } from '../activities/index.js';
import { GodwitError } from '../domain/errors.js';
import type { Clusters } from '../elasticsearch/cluster.js';
import { loadReader } from '../elasticsearch/load.js';
import type { Kibanas } from '../kibana/kibana.js';
import type { Store } from '../store/store.js';
import type { SliceCopier } from '../transfer/slice-copier.js';
import { dataConverterOf, temporalTarget, type TemporalSettings } from '../temporal/connect.js';
import { failureInterceptor } from './failure-interceptor.js';
import { createWorkerMetrics } from './metrics.js';
import { workflowCode } from './workflow-code.js';

export interface WorkerDeps {
  readonly temporal: TemporalSettings;
  readonly taskQueue: string;
  readonly clusters: Clusters;
  readonly kibanas: Kibanas;
  readonly store: Store;
  readonly copier: SliceCopier;
  readonly transforms: TransformModules;
  readonly log: Logger;
  readonly redact: (text: string) => string;
  /** As `installTemporalRuntime` gives it; null without. */
  readonly sdkMetricsUrl: string | null;
}

export interface GodwitWorker {
  /** Ends when the worker has stopped; rejects if it fails by itself. */
  readonly done: Promise<void>;
  /** Takes no new tasks, lets activities finish for 10 s, then cancels them. Their work goes on elsewhere. */
  readonly stop: () => Promise<void>;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
}

/** Activities mostly wait for a cluster; what a cluster is asked at once is bounded by each migration. */
const MAX_ACTIVITIES = 64;
const MAX_CACHED_WORKFLOWS = 200;

const OPTIONS = {
  maxConcurrentActivityTaskExecutions: MAX_ACTIVITIES,
  maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
  // Heartbeats carry the live progress and the cancellation; Temporal's own 60 s would make both seem dead.
  maxHeartbeatThrottleInterval: '2s',
  defaultHeartbeatThrottleInterval: '1s',
  // A dead worker's own queue holds a control call so long; the API waits 10 s for an answer, as long as Temporal's default.
  stickyQueueScheduleToStartTimeout: '5s',
  shutdownGraceTime: '10s',
  // An activity that ignores its cancellation must not keep the process; another worker takes it over.
  shutdownForceTime: '20s',
} as const satisfies Partial<WorkerOptions>;

/** @throws TemporalUnavailable when Temporal does not answer */
export async function createWorker(deps: WorkerDeps): Promise<GodwitWorker> {
  const { address, namespace, options } = temporalTarget(deps.temporal);
  let connection: NativeConnection;
  try {
    connection = await NativeConnection.connect(options);
  } catch (error) {
    throw new GodwitError('TemporalUnavailable', `Temporal at ${address} does not answer`, { subject: address, cause: error });
  }
  const governors = new Governors((connection) => loadReader(() => deps.clusters.get(connection)), deps.log);
  const metrics = createWorkerMetrics(deps.sdkMetricsUrl, () => governors.lowestShare);
  let worker: Worker;
  try {
    worker = await Worker.create({
      ...OPTIONS,
      ...(await workflowCode()),
      connection,
      namespace,
      taskQueue: deps.taskQueue,
      dataConverter: dataConverterOf(deps.temporal),
      activities: createActivities({ clusters: deps.clusters, kibanas: deps.kibanas, store: deps.store, copier: deps.copier, transforms: deps.transforms, log: deps.log, governors }),
      interceptors: { activity: [failureInterceptor({ redact: deps.redact, log: deps.log, metrics })] },
    });
  } catch (error) {
    await connection.close();
    throw error;
  }
  const done = worker.run().finally(() => connection.close());
  done.catch(() => undefined); // awaited by whoever runs the worker
  return {
    done,
    async stop() {
      if (worker.getState() === 'RUNNING') {
        worker.shutdown();
      }
      await done;
    },
    metrics: metrics.text,
  };
}
