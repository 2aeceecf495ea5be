/** `godwit worker`: runs migrations; as many processes as wanted. */
import type { Settings } from '../../config/settings.js';
import { CopyThreads } from '../../worker/copy-threads.js';
import { startMetricsServer } from '../../worker/metrics-server.js';
import { installTemporalRuntime } from '../../worker/runtime.js';
import { createWorker } from '../../worker/worker.js';
import { live } from '../lifetime.js';
import { openResources } from '../resources.js';
import { joinTemporal } from '../temporal.js';

export async function runWorker(settings: Settings): Promise<void> {
  await live(async ({ signal, onStop }) => {
    const resources = await openResources(settings);
    onStop('store', resources.close);
    const { log } = resources;
    const sdkMetricsUrl = await installTemporalRuntime(log);
    const temporal = await joinTemporal(settings, log, signal);
    onStop('connection to Temporal', temporal.close);
    const copier = new CopyThreads(resources.registry, { most: settings.copyThreads, log });
    onStop('threads', () => copier.close());
    const worker = await createWorker({ ...resources, copier, temporal: settings, taskQueue: settings.taskQueue, sdkMetricsUrl });
    onStop('worker', worker.stop);
    const metrics = await startMetricsServer({ host: settings.host, port: settings.metricsPort, text: worker.metrics });
    onStop('metrics', metrics.close);
    log.info({ taskQueue: settings.taskQueue, temporal: temporal.address, namespace: temporal.namespace, metrics: metrics.url }, 'the worker runs');
    return { log, failure: worker.done };
  });
}
