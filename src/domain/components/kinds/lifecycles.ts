/** What deletes, moves and snapshots data as it ages. Pure. */
import type { JsonObject } from '../../json.js';
import { isObject, listOf, objectOf, only, textOf, without } from '../json-parts.js';
import { inList, managedByMeta, segment, type Fitted, type KindDefinition, type Need } from '../kind.js';
import { keyedEntries } from './cluster.js';

/** What a policy deletes after, e.g. `30d`; null if it never does. */
export function retentionOf(policy: JsonObject): string | null {
  const phase = objectOf(objectOf(policy['phases'])['delete']);
  return textOf(phase['min_age']) === '' ? null : textOf(phase['min_age']);
}

function repositoriesOf(policy: JsonObject): Need[] {
  const names = Object.values(objectOf(policy['phases'])).map((phase) => textOf(objectOf(objectOf(objectOf(phase)['actions'])['searchable_snapshot'])['snapshot_repository']));
  return [...new Set(names)].filter((name) => name !== '').map((name) => ({ what: 'repository', name }));
}

/** Of the nodes at the target: an index that finds none of these stays where it is, or without a shard. */
function nodesNeeded(policy: JsonObject): string[] {
  const phases = Object.entries(objectOf(policy['phases']));
  const rules = phases.flatMap(([, phase]) => Object.entries(objectOf(objectOf(objectOf(phase)['actions'])['allocate'])).flatMap(([name, value]) => (['require', 'include', 'exclude'].includes(name) ? Object.keys(objectOf(value)) : [])));
  return [
    ...(rules.length === 0 ? [] : [`it allocates by ${[...new Set(rules)].join(', ')}: nodes of the target need these attributes`]),
    ...(phases.some(([name]) => name === 'frozen') ? ['its frozen phase needs nodes of the tier data_frozen'] : []),
  ];
}

export const ilmPolicy: KindDefinition = {
  title: 'lifecycle policy',
  listing: keyedEntries({ method: 'GET', path: '/_ilm/policy' }, (raw) => objectOf(raw['policy'])),
  managed: ({ name, raw }) => managedByMeta(name, raw['_meta']),
  normalise: ({ raw }) => only(raw, 'phases', '_meta'),
  needs: repositoriesOf,
  notes: ({ raw }) => nodesNeeded(raw),
  writes: (name, definition) => [{ method: 'PUT', path: `/_ilm/policy/${segment(name)}`, body: { policy: definition } }],
  removal: (name) => [{ method: 'DELETE', path: `/_ilm/policy/${segment(name)}` }],
  replace: 'put',
  serverless: 'a serverless project has no lifecycle policies; what they delete after becomes the data_retention of the index templates and data streams that use them',
};

export const slmPolicy: KindDefinition = {
  title: 'snapshot policy',
  listing: keyedEntries({ method: 'GET', path: '/_slm/policy' }, (raw) => objectOf(raw['policy'])),
  managed: ({ name, raw }) => (name === 'cloud-snapshot-policy' ? 'Elastic Cloud makes its own' : managedByMeta(name, objectOf(raw['config'])['metadata'])),
  normalise: ({ raw }) => raw,
  needs: (definition) => [{ what: 'repository', name: textOf(definition['repository']) }],
  notes: () => ['two clusters that write into one repository corrupt it: the repository of that name at the target must be another place'],
  writes: (name, definition) => [{ method: 'PUT', path: `/_slm/policy/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_slm/policy/${segment(name)}` }],
  replace: 'put',
  serverless: 'Elastic snapshots a serverless project itself',
};

/** Streams that have a lifecycle of their own, and those that ILM governs: for these a serverless target needs one. */
export const dataStreamLifecycle: KindDefinition = {
  title: 'data stream lifecycle',
  listing: {
    request: { method: 'GET', path: '/_data_stream', query: { expand_wildcards: 'all' } },
    entries: (answer) => inList('data_streams', 'name')(answer).filter(({ raw }) => isObject(raw['lifecycle']) || textOf(raw['ilm_policy']) !== ''),
  },
  managed: ({ name, raw }) => (raw['system'] === true ? 'it is a system data stream' : managedByMeta(name, raw['_meta'])),
  normalise: ({ raw }) => (isObject(raw['lifecycle']) ? without(raw['lifecycle'], 'effective_retention', 'retention_determined_by', 'rollover') : { ilm_policy: raw['ilm_policy'] ?? null }),
  needs: (_definition, name) => [{ what: 'data-stream', name }],
  fit: (definition, _name, { targetKind, retentionByPolicy }): Fitted => {
    const policy = textOf(definition['ilm_policy']);
    if (policy === '') return { definition, notes: [] };
    if (targetKind !== 'serverless') return { definition, notes: [], left: `the lifecycle policy ${policy} governs it through its template` };
    const retention = retentionByPolicy.get(policy);
    return retention === undefined
      ? { definition, notes: [], left: `the lifecycle policy ${policy} deletes nothing, so the project's default holds` }
      : { definition: { enabled: true, data_retention: retention }, notes: [`data_retention ${retention} instead of the lifecycle policy ${policy}`] };
  },
  writes: (name, definition) => [{ method: 'PUT', path: `/_data_stream/${segment(name)}/_lifecycle`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_data_stream/${segment(name)}/_lifecycle` }],
  replace: 'put',
  serverless: null,
};

/** Names of component templates in the order in which an index template composes them. */
export const composedOf = (template: JsonObject): readonly string[] => listOf(template['composed_of']).filter((name) => typeof name === 'string');
