/**
 * `godwit dev`: everything on one machine, in one process but for Temporal's dev server and the embedded store.
 *
 * Stops from the outside in: first no new requests, then the worker, then what both stand on.
 */
import path from 'node:path';
import type { Settings } from '../../config/settings.js';
import { isFree } from '../../dev/ports.js';
import { startTemporalServer } from '../../dev/temporal-server.js';
import { addressInEnvironment } from '../../temporal/connect.js';
import { SEARCH_ATTRIBUTE_KEYS } from '../../temporal/search-attribute-keys.js';
import { CopyThreads } from '../../worker/copy-threads.js';
import { installTemporalRuntime } from '../../worker/runtime.js';
import { createWorker } from '../../worker/worker.js';
import { composeApi } from '../compose-api.js';
import { live, type Lifetime } from '../lifetime.js';
import { openResources } from '../resources.js';
import { joinTemporal } from '../temporal.js';

/** Temporal's usual ports, if they are free. */
const TEMPORAL_PORT = 7233;
const TEMPORAL_UI_PORT = 8233;

interface LocalTemporal {
  /** undefined: the one that the environment names. */
  readonly address: string | undefined;
  readonly uiUrl: string | undefined;
}

async function localTemporal({ dataDir }: Settings, onStop: Lifetime['onStop']): Promise<LocalTemporal> {
  if (addressInEnvironment() !== undefined) {
    return { address: undefined, uiUrl: undefined };
  }
  const server = await startTemporalServer({
    dbFile: path.join(dataDir, 'temporal.db'),
    logFile: path.join(dataDir, 'temporal.log'),
    ...((await isFree(TEMPORAL_PORT)) ? { port: TEMPORAL_PORT } : {}),
    ...((await isFree(TEMPORAL_UI_PORT)) ? { uiPort: TEMPORAL_UI_PORT } : {}),
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_KEYS.map((key) => [key.name, 'Keyword'])),
  });
  onStop('Temporal', () => server.stop());
  return { address: server.address, uiUrl: server.uiUrl };
}

function addresses(api: string, temporalAddress: string, temporalUi: string | undefined): string {
  return [
    '',
    '  Godwit is running.',
    '',
    `  Dashboard     ${api}/`,
    `  API           ${api}/v1/migrations`,
    `  API docs      ${api}/docs`,
    `  Temporal      ${temporalAddress}`,
    ...(temporalUi === undefined ? [] : [`  Temporal UI   ${temporalUi}`]),
    '',
    '  Ctrl-C stops it; state is kept.',
    '',
    '',
  ].join('\n');
}

export async function runDev(settings: Settings): Promise<void> {
  await live(async ({ signal, onStop }) => {
    // The slowest two, side by side.
    const [resources, local] = await Promise.all([
      openResources(settings).then((opened) => {
        onStop('store', opened.close);
        return opened;
      }),
      localTemporal(settings, onStop),
    ]);
    const { log } = resources;
    const sdkMetricsUrl = await installTemporalRuntime(log);
    const target = { address: local.address, encryptionKeys: settings.encryptionKeys };
    const temporal = await joinTemporal(target, log, signal);
    onStop('connection to Temporal', temporal.close);
    const copier = new CopyThreads(resources.registry, { most: settings.copyThreads, log });
    onStop('threads', () => copier.close());
    const worker = await createWorker({ ...resources, copier, temporal: target, taskQueue: settings.taskQueue, sdkMetricsUrl });
    onStop('worker', worker.stop);
    const api = await composeApi(resources, temporal, worker.metrics);
    onStop('API', () => api.close());
    process.stdout.write(addresses(api.url, temporal.address, local.uiUrl));
    return { log, failure: worker.done };
  });
}
