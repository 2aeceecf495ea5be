/**
 * The servers that all integration tests of a run share: Temporal, and one cluster of each supported major version.
 *
 * All clusters can reach one folder for `fs` repositories, and trust one authority. Tests get plain JSON and may
 * restart or kill a node through `attach`; they own what they put into it, not the node's whole content.
 */
import { join } from 'node:path';
import type { Authority } from './certificates.js';
import { attach, startElasticsearch, type ElasticsearchDescription } from './elasticsearch.js';
import { installServers } from './install.js';
import { makeServerFolder, recordPidFile, runAuthority, runFolder } from './run-folder.js';
import { SEARCH_ATTRIBUTE_KEYS } from '../../src/temporal/search-attribute-keys.js';
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
  /** With its key: to make certificates that the shared nodes trust. */
  authority: Authority;
}

const ATTRIBUTE_KINDS = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const satisfies Record<string, SearchAttributeKind>;

export interface RunningServers {
  servers: SharedServers;
  stop: () => Promise<void>;
}

/** Installs what is missing and starts all shared servers. They end with this process at the latest. */
export async function startSharedServers(log: (line: string) => void): Promise<RunningServers> {
  await installServers(log);
  const started = Date.now();
  const pathRepo = makeServerFolder(join(runFolder(), 'repositories'));
  const authority = await runAuthority();
  const { ca, caFile } = authority;
  const start = async (name: string, version: ElasticsearchVersion): Promise<ElasticsearchDescription> => {
    const node = await startElasticsearch({ name, version, pathRepo, log });
    return node.description;
  };
  // At once: start-up waits for the disk and for class loading as much as it computes.
  const [temporal, es7, es8, es9] = await Promise.all([
    startTemporal(),
    start('es7', '7.17.8'),
    start('es8', '8.19.8'),
    start('es9', '9.4.3'),
  ]);
  log(`servers: Temporal and Elasticsearch 7.17.8, 8.19.8, 9.4.3 started in ${Math.round((Date.now() - started) / 1000)} s`);
  const { address, uiUrl = '' } = temporal;
  return {
    servers: { temporal: { address, uiUrl }, es7, es8, es9, pathRepo, ca, caFile, authority },
    // Their data goes with the run folder, so there is nothing to flush: stopping gently would only take longer.
    stop: async () => {
      await Promise.all([temporal.kill(), ...[es7, es8, es9].map((node) => attach(node).kill())]);
    },
  };
}

async function startTemporal(): Promise<TemporalServer> {
  const folder = join(runFolder(), 'temporal');
  const dbFile = join(folder, 'temporal.db');
  recordPidFile(`${dbFile}.pid`, dbFile);
  // Known from the first moment on: registered later, they take some seconds to be usable.
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_KEYS.map((key) => [key.name, ATTRIBUTE_KINDS[key.type]]));
  return startTemporalServer({ dbFile, logFile: join(folder, 'temporal.log'), searchAttributes });
}
