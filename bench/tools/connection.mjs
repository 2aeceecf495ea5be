/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- this file is JavaScript */
// What every tool is told in its environment: where the two nodes are, and which index to copy.
import { readFileSync } from 'node:fs';
import { createRedactor } from '../../dist/src/config/redact.js';
import { Secret } from '../../dist/src/config/secret.js';
import { createClusters } from '../../dist/src/elasticsearch/clusters.js';

/** @type {{ source: any, target: any, index: string, targetIndex: string, averageBytes: number, options: Record<string, number> }} */
export const task = JSON.parse(readFileSync(process.env.BENCH_TASK, 'utf8'));

/** The two connections, as the connections file would have them. */
export const connections = {
  names: () => ['source', 'target'],
  get: (name) => {
    const { url, ca, username, password } = task[name];
    const tls = { ca: ca ?? null, fingerprint: null, insecure: false, cert: null, key: null };
    const auth = username === undefined ? null : { type: 'basic', username, password: new Secret(password) };
    return { name, kind: 'self-managed', revision: 1, kibana: null, logstash: null, elasticsearch: { urls: [url], auth, tls } };
  },
  onChange: () => () => true,
};

const clusters = createClusters(connections, createRedactor(() => [task.source.password, task.target.password].filter((password) => password !== undefined)));

export function clusterOf(name) {
  return clusters.get(name);
}
