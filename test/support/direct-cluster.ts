/** A cluster as the inner rooms see it, made from an address, without a connections file. */
import type { ConnectionConfig } from '../../src/config/connection-config.js';
import { createRedactor } from '../../src/config/redact.js';
import { Secret } from '../../src/config/secret.js';
import type { Cluster } from '../../src/elasticsearch/cluster.js';
import { createClusters } from '../../src/elasticsearch/clusters.js';
import type { HttpTarget } from '../servers/http.js';

export interface DirectCluster {
  readonly cluster: Cluster;
  close(): Promise<void>;
}

export function directCluster(name: string, { url, ca, username, password }: HttpTarget): DirectCluster {
  const auth = username === undefined || password === undefined ? null : { type: 'basic' as const, username, password: new Secret(password) };
  const tls = { ca: ca ?? null, fingerprint: null, insecure: false, cert: null, key: null };
  const config: ConnectionConfig = { name, kind: 'self-managed', revision: 1, kibana: null, logstash: null, elasticsearch: { urls: [url], auth, tls } };
  const clusters = createClusters({ names: () => [name], get: () => config, onChange: () => () => true }, createRedactor(() => (password === undefined ? [] : [password])));
  return { cluster: clusters.get(name), close: () => clusters.close() };
}
