// What every tool is told in its environment: where the two nodes are, and which index to copy.
import { readFileSync } from 'node:fs';
import { createRedactor } from '../../dist/src/config/redact.js';
import { Secret } from '../../dist/src/config/secret.js';
import { createClusters } from '../../dist/src/elasticsearch/clusters.js';

/** @type {{ source: any, target: any, index: string, targetIndex: string, averageBytes: number, options: Record<string, number> }} */
export const task = JSON.parse(readFileSync(process.env.BENCH_TASK, 'utf8'));

// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- this file is JavaScript
export function clusterOf(name) {
  const { url, ca, username, password } = task[name];
  const tls = { ca, fingerprint: null, insecure: false, cert: null, key: null };
  const auth = { type: 'basic', username, password: new Secret(password) };
  const config = { name, kind: 'self-managed', revision: 1, kibana: null, logstash: null, elasticsearch: { urls: [url], auth, tls } };
  return createClusters({ names: () => [name], get: () => config, onChange: () => () => true }, createRedactor(() => [password])).get(name);
}
