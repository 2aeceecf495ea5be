/** Gives the API what it needs of the other rooms. */
import { preflightRequest, requestFindings } from '../activities/preflight-by-type.js';
import { buildReport } from '../activities/report.js';
import { startApi, type ApiServer } from '../api/server.js';
import { summarizeConnection } from '../config/connection-config.js';
import { checkConnection } from '../elasticsearch/check.js';
import { checkKibana } from '../kibana/check.js';
import type { TemporalClient } from '../temporal/client.js';
import { webPlugin } from '../web/plugin.js';
import type { Resources } from './resources.js';

/** A preflight asks each cluster a dozen questions; past this the caller has given up. */
const PREFLIGHT_TIMEOUT_MS = 60_000;

/** @throws Error with code EADDRINUSE, EACCES... if it cannot listen */
export function composeApi(resources: Resources, temporal: TemporalClient, workerMetrics?: () => Promise<string>): Promise<ApiServer> {
  const { settings, registry, kibanas, store, redact, log } = resources;
  const timeout = (): AbortSignal => AbortSignal.timeout(PREFLIGHT_TIMEOUT_MS);
  return startApi({
    host: settings.host,
    port: settings.port,
    temporal,
    settings: {
      tokens: settings.tokens.length === 0 ? null : settings.tokens,
      taskQueue: settings.taskQueue,
      rateLimitPerMinute: settings.rateLimit,
      bodyLimitBytes: settings.bodyLimit,
    },
    store,
    log,
    redact,
    connectionSummaries: () => registry.names().map((name) => summarizeConnection(registry.get(name))),
    checkConnection: async (name) => {
      const config = registry.get(name);
      const [ofCluster, kibana] = await Promise.all([checkConnection(config, redact), checkKibana(kibanas, config, redact)]);
      return { ...ofCluster, kibana };
    },
    requestFindings: (request) => requestFindings(resources, request, timeout()),
    preflight: (request) => preflightRequest(resources, request, timeout()),
    buildReport: (id, migration) => buildReport(store, id, migration),
    web: webPlugin,
    ...(workerMetrics === undefined ? {} : { workerMetrics }),
  });
}
