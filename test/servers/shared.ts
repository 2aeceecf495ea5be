/**
 * The servers that all integration tests of a run share: Temporal, and one cluster of each supported major version.
 *
 * All clusters can reach one folder for `fs` repositories, and trust one authority. Tests get plain JSON and may
 * restart or kill a node through `attach`; they own what they put into it, not the node's whole content.
 */
import { join } from 'node:path';
import { attach, startElasticsearch, type ElasticsearchDescription } from './elasticsearch.js';
import { installServers } from './install.js';
import { makeServerFolder, recordPidFile, runAuthority, runFolder } from './run-folder.js';
import { startTemporalServer, type SearchAttributeKind, type TemporalServer } from '../../src/dev/temporal-server.js';
import type { ElasticsearchVersion } from './versions.js';

/** What tests receive through `inject('servers')`. */
export interface SharedServers {
  temporal: { address: string; uiUrl: string };
  /** 7.17.8: plain HTTP, no security. */
  es7: ElasticsearchDescription;
  /** 8.19.8 and 9.4.3: HTTPS with a private authority, and a superuser. */
  es8: ElasticsearchDescription;
  es9: ElasticsearchDescription;
  /** Folder that all three may use for `fs` repositories. */
  pathRepo: string;
  /** The authority's certificate: PEM, and its file. */
  ca: string;
  caFile: string;
}

export interface RunningServers {
  servers: SharedServers;
  stop(): Promise<void>;
}

/**
 * Installs what is missing and starts all shared servers. They end with this process at the latest.
 * @param searchAttributes to register at Temporal
 */
export async function startSharedServers(
  log: (line: string) => void,
  searchAttributes: Record<string, SearchAttributeKind> = {},
): Promise<RunningServers> {
  await installServers(log);
  const started = Date.now();
  const pathRepo = makeServerFolder(join(runFolder(), 'repositories'));
  const { ca, caFile } = await runAuthority();
  const start = async (name: string, version: ElasticsearchVersion): Promise<ElasticsearchDescription> => {
    const node = await startElasticsearch({ name, version, pathRepo, log });
    return node.description;
  };
  // At once: start-up waits for the disk and for class loading as much as it computes.
  const [temporal, es7, es8, es9] = await Promise.all([
    startTemporal(searchAttributes),
    start('es7', '7.17.8'),
    start('es8', '8.19.8'),
    start('es9', '9.4.3'),
  ]);
  log(`servers: Temporal and Elasticsearch 7.17.8, 8.19.8, 9.4.3 started in ${Math.round((Date.now() - started) / 1000)} s`);
  const { address, uiUrl = '' } = temporal;
  return {
    servers: { temporal: { address, uiUrl }, es7, es8, es9, pathRepo, ca, caFile },
    // Their data goes with the run folder, so there is nothing to flush: stopping gently would only take longer.
    stop: async () => void (await Promise.all([temporal.kill(), ...[es7, es8, es9].map((node) => attach(node).kill())])),
  };
}

async function startTemporal(searchAttributes: Record<string, SearchAttributeKind>): Promise<TemporalServer> {
  const folder = join(runFolder(), 'temporal');
  const dbFile = join(folder, 'temporal.db');
  recordPidFile(`${dbFile}.pid`, dbFile);
  return startTemporalServer({ dbFile, logFile: join(folder, 'temporal.log'), searchAttributes });
}
