/**
 * Starts, stops, kills and restarts real single-node Elasticsearch clusters.
 *
 * All that a restart needs is in the node's folder and in its description, which is plain JSON: any process of the
 * same test run can `attach` to a node and end or start it. Process ids are read from files, never remembered.
 */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { freePort } from '../../src/dev/ports.js';
import type { Certificate } from './certificates.js';
import { createCertificate } from './certificates.js';
import { writeConfiguration } from './elasticsearch-config.js';
import { ElasticsearchNode, type ElasticsearchDescription } from './elasticsearch-node.js';
import { ensureElasticsearch } from './install.js';
import { makeServerFolder, recordPidFile, runAuthority, runFolder } from './run-folder.js';
import { VERSION_FACTS, type ElasticsearchVersion } from './versions.js';

export { ElasticsearchNode, type ElasticsearchDescription } from './elasticsearch-node.js';

export interface ElasticsearchOptions {
  version: ElasticsearchVersion;
  /** Name of the cluster and of its folder. */
  name: string;
  /** Default: a folder in the run folder, which is deleted at the end. One that is given is kept. */
  dir?: string;
  httpPort?: number;
  /** HTTPS and authentication. Default true from 8 on; 7.17.8 has none. */
  security?: boolean;
  /** Folder for `fs` repositories, which several clusters may share. Default: one of its own. */
  pathRepo?: string;
  /** Default 512: enough for tests, and small enough for limits to be met. */
  heapMb?: number;
  /** Default true: half the time to start, slower under sustained load. False where throughput is looked at. */
  quickStart?: boolean;
  /** Further lines of elasticsearch.yml; they win. */
  settings?: Record<string, unknown>;
  /** Default: for localhost, signed by the authority of this run. */
  certificate?: Certificate;
  log?: (line: string) => void;
}

/**
 * Starts a cluster of one node and returns when it answers; installs that version first where it is missing.
 * It ends with this process.
 * @throws Error with the end of its log when it exits or does not answer in time
 */
export async function startElasticsearch(options: ElasticsearchOptions): Promise<ElasticsearchNode> {
  const { version, name } = options;
  const home = await ensureElasticsearch(version, options.log ?? (() => undefined));
  const { isSecurable } = VERSION_FACTS[version];
  const isSecured = options.security ?? isSecurable;
  if (isSecured && !isSecurable) throw new Error(`Elasticsearch ${version}, as it is installed here, has no security`);

  const dir = resolve(options.dir ?? join(runFolder(), name));
  const pathRepo = makeServerFolder(resolve(options.pathRepo ?? join(dir, 'repository')));
  const authority = await runAuthority();
  const certificate = options.certificate ?? (await createCertificate(authority, join(runFolder(), 'certificates'), name));
  const httpPort = options.httpPort ?? (await freePort());
  const transportPort = await freePort();
  const user = { username: 'admin', password: randomBytes(12).toString('base64url') };
  writeConfiguration({
    ...{ name, dir, home, httpPort, transportPort, pathRepo },
    trusted: [...new Set([authority.ca, certificate.ca])].join(''),
    security: isSecured ? { ...user, certificate } : isSecurable ? 'off' : 'unknown',
    settings: options.settings ?? {},
  });

  const { ca, caFile, fingerprint, caFingerprint } = certificate;
  const description: ElasticsearchDescription = {
    ...{ name, version, dir, pathRepo },
    url: `${isSecured ? 'https' : 'http'}://localhost:${httpPort}`,
    heapMb: options.heapMb ?? 512,
    quickStart: options.quickStart ?? true,
    logFile: join(dir, 'logs', 'console.log'),
    ...(isSecured ? { ca, caFile, fingerprint, caFingerprint, ...user } : {}),
  };
  const node = new ElasticsearchNode(description);
  for (const pidFile of node.pidFiles) recordPidFile(pidFile, dir);
  await node.start();
  return node;
}

/** Takes control of a node that another process of this run has started. */
export function attach(description: ElasticsearchDescription): ElasticsearchNode {
  return new ElasticsearchNode(description);
}
