/** Settings and connections of the cluster itself. Pure. */
import type { Json, JsonObject } from '../../json.js';
import { objectOf, textOf } from '../json-parts.js';
import { byKey, inList, segment, type Entry, type KindDefinition } from '../kind.js';

const SETTINGS = { method: 'GET', path: '/_cluster/settings', query: { flat_settings: true } } as const;
const persistent = (settings: JsonObject) => [{ method: 'PUT', path: '/_cluster/settings', body: { persistent: settings } }] as const;
const REMOTE = 'cluster.remote.';

/** Bound to the nodes, the disks or the state of the cluster that has them. */
const OF_ITS_CLUSTER = ['cluster.routing.', 'cluster.metadata.', 'cluster.blocks.', 'cluster.initial_master_nodes', 'cluster.persistent_tasks.', 'archived.', 'discovery.', 'gateway.', 'node.', 'path.', 'transport.', 'http.'];

function settings(answer: Json): [string, Json][] {
  const { persistent: lasting, transient } = objectOf(answer);
  return Object.entries({ ...objectOf(lasting), ...objectOf(transient) });
}

/** Transient settings count too, since they are in force; at the target they become persistent. */
export const clusterSetting: KindDefinition = {
  title: 'cluster setting',
  listing: { request: SETTINGS, entries: (answer) => settings(answer).filter(([name]) => !name.startsWith(REMOTE)).map(([name, value]) => ({ name, raw: { value } })) },
  managed: ({ name }) => (OF_ITS_CLUSTER.some((prefix) => name.startsWith(prefix)) ? 'it belongs to the nodes or the state of its own cluster' : null),
  normalise: ({ raw }) => raw,
  // One by one: a single setting that is refused would refuse them all.
  writes: (name, { value = null }) => persistent({ [name]: value }),
  removal: (name) => persistent({ [name]: null }),
  replace: 'put',
  serverless: 'a serverless project has no cluster settings',
};

export const remoteCluster: KindDefinition = {
  title: 'remote cluster',
  listing: {
    request: SETTINGS,
    entries: (answer) => {
      const clusters = new Map<string, Record<string, Json>>();
      for (const [name, value] of settings(answer)) {
        const alias = name.startsWith(REMOTE) ? name.slice(REMOTE.length).split('.')[0] : undefined;
        if (alias !== undefined) clusters.set(alias, { ...clusters.get(alias), [name]: value });
      }
      return [...clusters].map(([name, raw]) => ({ name, raw }));
    },
  },
  normalise: ({ raw }) => raw,
  notes: () => ['trust is not carried over: certificates, or the API key in the keystore of every node, are to be set up at the target'],
  writes: (_name, definition) => persistent(definition),
  removal: (name) => persistent({ [`${REMOTE}${name}.*`]: null }),
  replace: 'remove',
  serverless: 'a serverless project has no remote clusters of its own making',
};

export const licence: KindDefinition = {
  title: 'licence',
  listing: {
    request: { method: 'GET', path: '/_license' },
    entries: (answer) => {
      const found = objectOf(objectOf(answer)['license']);
      return textOf(found['type']) === '' ? [] : [{ name: textOf(found['type']), raw: found }];
    },
  },
  managed: ({ name }) => (name === 'basic' ? 'every cluster has its own basic licence' : null),
  issue: () => 'A licence belongs to its cluster: bring one of at least this level to the target, or what needs it (machine learning, watches, replication, field security) is refused there.',
  normalise: ({ raw }) => ({ type: raw['type'] ?? null }),
  writes: () => [],
  removal: () => [],
  replace: { never: 'a licence is brought by its owner' },
  serverless: 'Elastic licenses a serverless project itself',
};

const LOCATION = '/_ingest/ip_location/database';

export const geoipDatabase: KindDefinition = {
  title: 'IP location database',
  listing: { request: { method: 'GET', path: LOCATION }, entries: (answer) => inList('databases', 'id')(answer).map(({ name, raw }) => ({ name, raw: objectOf(raw['database']) })) },
  managed: ({ raw }) => (raw['web'] !== undefined || raw['local'] !== undefined ? 'it is downloaded by Elasticsearch itself, or a file of its nodes' : null),
  normalise: ({ raw }) => raw,
  notes: () => ['the key of its vendor is in the keystore of the nodes and is to be added at the target'],
  writes: (name, definition) => [{ method: 'PUT', path: `${LOCATION}/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `${LOCATION}/${segment(name)}` }],
  replace: 'put',
  serverless: 'a serverless project brings its own IP location databases',
};

/** For kinds whose list is `{ name: definition }` at the path of a single one. */
export const keyedEntries = (request: KindDefinition['listing']['request'], pick: (raw: JsonObject) => JsonObject = (raw) => raw): KindDefinition['listing'] => ({
  request,
  entries: (answer): Entry[] => byKey(answer).map(({ name, raw }) => ({ name, raw: pick(raw) })),
});
