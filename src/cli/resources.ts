/**
 * What every process of Godwit stands on: connections, clusters, store and a log that knows all secrets.
 *
 * Opened in order, closed in the reverse order.
 */
import type { Logger } from 'pino';
import { ConnectionRegistry } from '../config/connections.js';
import { createRedactor, type Redactor } from '../config/redact.js';
import type { Settings } from '../config/settings.js';
import { TransformFolder } from '../config/transform-folder.js';
import type { Clusters } from '../elasticsearch/cluster.js';
import { createClusters } from '../elasticsearch/clusters.js';
import type { Kibanas } from '../kibana/kibana.js';
import { createKibanas } from '../kibana/kibanas.js';
import { createLogger } from '../observability/log.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { temporalSecrets } from '../temporal/connect.js';

export interface Resources {
  readonly settings: Settings;
  readonly redact: Redactor;
  readonly log: Logger;
  readonly registry: ConnectionRegistry;
  readonly clusters: Clusters;
  readonly kibanas: Kibanas;
  readonly store: Store;
  readonly transforms: TransformFolder;
  readonly close: () => Promise<void>;
}

/** Every secret of the environment, in the forms in which it could be logged. */
function settingSecrets(settings: Settings): string[] {
  const url = settings.databaseUrl?.reveal();
  const password = url === undefined ? '' : new URL(url).password;
  return [
    ...settings.tokens.map(({ token }) => token.reveal()),
    ...settings.encryptionKeys.map(({ key }) => key.reveal()),
    ...(url === undefined ? [] : [url, password, decodeURIComponent(password)]),
    ...temporalSecrets(),
  ];
}

/** @throws ConnectionsFileError, or StoreUnavailable */
export async function openResources(settings: Settings): Promise<Resources> {
  const fixed = settingSecrets(settings);
  // The registry needs a log, and the log needs the secrets of the registry.
  const opened: { registry?: ConnectionRegistry } = {};
  const redact = createRedactor(() => [...fixed, ...(opened.registry?.secrets() ?? [])]);
  const log = createLogger({ level: settings.logLevel, name: settings.mode, redact });
  const registry = ConnectionRegistry.open(settings.connectionsPath, { log, allowMissing: settings.mode === 'dev' });
  opened.registry = registry;
  try {
    const store = await openStore({ databaseUrl: settings.databaseUrl?.reveal(), dataDir: settings.dataDir, log });
    const clusters = createClusters(registry, redact);
    const kibanas = createKibanas(registry, redact);
    return {
      settings,
      redact,
      log,
      registry,
      clusters,
      kibanas,
      store,
      transforms: new TransformFolder(settings.transformsPath),
      async close() {
        await store.close();
        await clusters.close();
        await kibanas.close();
        registry.close();
      },
    };
  } catch (error) {
    registry.close();
    throw error;
  }
}
