/** Machine learning but for its trained models: the configuration moves; what was learnt, results and states do not. Pure. */
import type { Json, JsonObject } from '../../json.js';
import { listOf, objectOf, textOf, without } from '../json-parts.js';
import { inList, isInternalName, managedByMeta, segment, type Entry, type KindDefinition } from '../kind.js';

const ML = '/_ml';
const GENERATED = { exclude_generated: true } as const;
const PAGE = 1_000;
const STATE = 'models and results do not move: train it from the data, then close it at the source';

export const mlFilter: KindDefinition = {
  title: 'machine learning filter',
  feature: 'ml',
  listing: { request: { method: 'GET', path: `${ML}/filters` }, pageSize: 100, entries: inList('filters', 'filter_id') },
  managed: isInternalName,
  normalise: ({ raw }) => without(raw, 'filter_id'),
  writes: (name, definition) => [{ method: 'PUT', path: `${ML}/filters/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `${ML}/filters/${segment(name)}` }],
  replace: 'remove',
  serverless: null,
};

export const mlJob: KindDefinition = {
  title: 'anomaly detection job',
  feature: 'ml',
  listing: { request: { method: 'GET', path: `${ML}/anomaly_detectors`, query: GENERATED }, entries: inList('jobs', 'job_id') },
  managed: ({ name, raw }) => managedByMeta(name, raw['custom_settings']),
  normalise: ({ raw }) => without(raw, 'job_id', 'job_type', 'job_version', 'create_time', 'finished_time', 'model_snapshot_id', 'model_snapshot_min_version', 'datafeed_config', 'deleting', 'blocked'),
  notes: () => [`left closed; ${STATE}`],
  writes: (name, definition) => [{ method: 'PUT', path: `${ML}/anomaly_detectors/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `${ML}/anomaly_detectors/${segment(name)}` }],
  replace: { never: 'its models and results at the target would be lost: delete it there yourself, then start again' },
  serverless: null,
};

export const mlDatafeed: KindDefinition = {
  title: 'datafeed',
  feature: 'ml',
  listing: { request: { method: 'GET', path: `${ML}/datafeeds`, query: GENERATED }, entries: inList('datafeeds', 'datafeed_id') },
  managed: isInternalName,
  normalise: ({ raw }) => without(raw, 'datafeed_id', 'authorization'),
  notes: () => ['left stopped: POST /_ml/datafeeds/<id>/_start when its data is there'],
  writes: (name, definition) => [{ method: 'PUT', path: `${ML}/datafeeds/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `${ML}/datafeeds/${segment(name)}` }],
  replace: 'remove',
  serverless: null,
};

export const mlAnalytics: KindDefinition = {
  title: 'data frame analytics job',
  feature: 'ml',
  listing: { request: { method: 'GET', path: `${ML}/data_frame/analytics`, query: GENERATED }, pageSize: PAGE, entries: inList('data_frame_analytics', 'id') },
  managed: ({ name, raw }) => managedByMeta(name, raw['_meta']),
  normalise: ({ raw }) => without(raw, 'id', 'create_time', 'version', 'authorization'),
  notes: () => ['left stopped; its results do not move'],
  writes: (name, definition) => [{ method: 'PUT', path: `${ML}/data_frame/analytics/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `${ML}/data_frame/analytics/${segment(name)}` }],
  replace: { never: 'its results at the target would be lost: delete it there yourself, then start again' },
  serverless: null,
};

/** Events without the ids that each cluster gives them. */
function withEvents({ name, raw }: Entry, answers: readonly Json[]): Entry[] {
  return [{ name, raw: { ...raw, events: answers.flatMap((answer) => listOf(objectOf(answer)['events'])).map((event): JsonObject => without(objectOf(event), 'event_id', 'calendar_id')) } }];
}

export const mlCalendar: KindDefinition = {
  title: 'calendar',
  feature: 'ml',
  listing: {
    request: { method: 'GET', path: `${ML}/calendars` },
    pageSize: 100,
    entries: inList('calendars', 'calendar_id'),
    each: { requests: ({ name }) => [{ method: 'GET', path: `${ML}/calendars/${segment(name)}/events`, query: { size: 10_000 } }], join: withEvents },
  },
  managed: isInternalName,
  normalise: ({ raw }) => without(raw, 'calendar_id'),
  writes: (name, definition) => [
    { method: 'PUT', path: `${ML}/calendars/${segment(name)}`, body: without(definition, 'events') },
    ...(listOf(definition['events']).length === 0 ? [] : [{ method: 'POST', path: `${ML}/calendars/${segment(name)}/events`, body: { events: definition['events'] ?? [] } } as const]),
  ],
  removal: (name) => [{ method: 'DELETE', path: `${ML}/calendars/${segment(name)}` }],
  // Not to be written twice: events would be there twice.
  replace: 'remove',
  serverless: null,
};

const INFERENCE = '/_inference';
/** Services that run inside the cluster and need no key. */
const WITHOUT_KEY = ['elasticsearch', 'elser'];

export const inferenceEndpoint: KindDefinition = {
  title: 'inference endpoint',
  listing: { request: { method: 'GET', path: `${INFERENCE}/_all` }, entries: inList('endpoints', 'inference_id') },
  managed: isInternalName,
  issue: ({ raw }) =>
    WITHOUT_KEY.includes(textOf(raw['service'])) ? null : `The key of the service ${textOf(raw['service'])} cannot be read: make the endpoint at the target with PUT /_inference/${textOf(raw['task_type'])}/<id> and its key.`,
  normalise: ({ raw }) => without(raw, 'inference_id', 'metadata'),
  writes: (name, definition) => [{ method: 'PUT', path: `${INFERENCE}/${segment(textOf(definition['task_type']))}/${segment(name)}`, body: without(definition, 'task_type'), timeoutMs: 2 * 60_000 }],
  removal: (name) => [{ method: 'DELETE', path: `${INFERENCE}/${segment(name)}` }],
  replace: 'remove',
  serverless: null,
  isSecretive: true,
};
