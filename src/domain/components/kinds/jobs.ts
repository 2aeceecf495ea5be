/** What works by itself once it is started: transforms and watches. They arrive switched off. Pure. */
import type { Json } from '../../json.js';
import { listOf, objectOf, textOf, without } from '../json-parts.js';
import { LARGEST_PAGE, inList, managedByMeta, segment, type Entry, type KindDefinition } from '../kind.js';

const GENERATED = { exclude_generated: true } as const;

/** `state` of the statistics beside each entry, under a name that no definition has. */
const STATE = '@state';

function withStates(entries: readonly Entry[], answer: Json): Entry[] {
  const states = new Map(listOf(objectOf(answer)['transforms']).map((item) => [textOf(objectOf(item)['id']), textOf(objectOf(item)['state'])]));
  return entries.map(({ name, raw }) => ({ name, raw: { ...raw, [STATE]: states.get(name) ?? 'unknown' } }));
}

export const transform: KindDefinition = {
  title: 'transform',
  feature: 'transform',
  listing: {
    request: { method: 'GET', path: '/_transform', query: GENERATED },
    pageSize: 1_000,
    entries: inList('transforms', 'id'),
    beside: { request: { method: 'GET', path: '/_transform/_stats', query: { size: LARGEST_PAGE } }, join: withStates },
  },
  managed: ({ name, raw }) => managedByMeta(name, raw['_meta']),
  normalise: ({ raw }) => without(raw, 'id', 'version', 'create_time', 'create_time_string', 'authorization', STATE),
  notes: ({ raw }) => [
    `left stopped${['started', 'indexing'].includes(textOf(raw[STATE])) ? '; it runs at the source: stop it there, then POST /_transform/<id>/_start here' : ''}; it begins without checkpoints and reads everything again`,
  ],
  writes: (name, definition) => [{ method: 'PUT', path: `/_transform/${segment(name)}`, query: { defer_validation: true }, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_transform/${segment(name)}` }],
  replace: 'remove',
  serverless: null,
};

const REDACTED = '::es_redacted::';

export const watch: KindDefinition = {
  title: 'watch',
  feature: 'watcher',
  listing: { request: { method: 'POST', path: '/_watcher/_query/watches', body: {} }, pageSize: 100, entries: inList('watches', '_id') },
  managed: ({ name, raw }) => managedByMeta(name, objectOf(objectOf(raw['watch'])['metadata'])) ?? (objectOf(objectOf(raw['watch'])['metadata'])['xpack'] === undefined ? null : 'it is of the monitoring of its cluster'),
  issue: ({ raw }) => (JSON.stringify(raw['watch'] ?? {}).includes(REDACTED) ? 'It holds a secret that Elasticsearch does not give: put it at the target by hand, with PUT /_watcher/watch/<id>?active=false.' : null),
  normalise: ({ raw }) => objectOf(raw['watch']),
  notes: (entry) => [`left inactive${isActive(entry) ? '; it is active at the source: deactivate it there, then PUT /_watcher/watch/<id>/_activate here' : ''}`],
  writes: (name, definition, entry, { isRestoring }) => [
    { method: 'PUT', path: `/_watcher/watch/${segment(name)}`, query: { active: isRestoring && isActive(entry) }, body: definition },
  ],
  removal: (name) => [{ method: 'DELETE', path: `/_watcher/watch/${segment(name)}` }],
  replace: 'put',
  serverless: 'a serverless project has no watches: build it as a Kibana rule',
};

function isActive({ raw }: Entry): boolean {
  return objectOf(objectOf(raw['status'])['state'])['active'] !== false;
}
