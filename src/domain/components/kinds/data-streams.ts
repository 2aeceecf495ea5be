/** What a data stream overrides of its template: options, settings, mappings. Its documents and its lifecycle are apart. Pure. */
import type { Json, JsonObject } from '../../json.js';
import { compareVersions } from '../../versions.js';
import { isObject, listOf, objectOf, textOf, without } from '../json-parts.js';
import { inList, isInternalName, segment, type ApiRequest, type Fitted, type KindDefinition, type Need } from '../kind.js';
import { fitSettings, flatSettings } from './templates.js';

const path = (name: string, part: string): string => `/_data_stream/${segment(name)}/${part}`;
const put = (name: string, part: string, body: JsonObject): ApiRequest[] => [{ method: 'PUT', path: path(name, part), body }];
const stream = (name: string): Need[] => [{ what: 'data-stream', name }];

/** Streams for which a part of their own is set. */
const withPart =
  (part: string) =>
  (answer: Json): { name: string; raw: JsonObject }[] =>
    inList('data_streams', 'name')(answer).flatMap(({ name, raw }) => (Object.keys(objectOf(raw[part])).length === 0 ? [] : [{ name, raw: objectOf(raw[part]) }]));

/** Without what a read adds to the lifecycle of failures. */
function plainOptions(options: JsonObject): JsonObject {
  const store = options['failure_store'];
  if (!isObject(store) || !isObject(store['lifecycle'])) return options;
  return { ...options, failure_store: { ...store, lifecycle: without(store['lifecycle'], 'effective_retention', 'retention_determined_by') } };
}

/** The failure store. From 8.19 and 9.1. */
export const dataStreamOptions: KindDefinition = {
  title: 'options of a data stream',
  listing: { request: { method: 'GET', path: '/_data_stream/*/_options', query: { expand_wildcards: 'all' } }, entries: withPart('options') },
  managed: isInternalName,
  normalise: ({ raw }) => plainOptions(raw),
  needs: (_definition, name) => stream(name),
  notes: () => ['documents in the failure store do not move'],
  writes: (name, definition) => put(name, '_options', definition),
  removal: (name) => [{ method: 'DELETE', path: path(name, '_options') }],
  replace: 'put',
  serverless: null,
};

/** Answers with 200 also where it changed nothing: what it says of each stream tells. */
function refusalOf(answer: Json): string | null {
  for (const item of listOf(objectOf(answer)['data_streams']).map(objectOf)) {
    if (item['applied_to_data_stream'] !== true) return textOf(item['error']) || 'it was not applied, without a reason';
    const [first] = listOf(objectOf(item['index_settings_results'])['errors']).map(objectOf);
    if (first !== undefined) return `it was applied to the data stream, but not to ${textOf(first['index'])}: ${textOf(first['error'])}`;
  }
  return null;
}

const nulls = (settings: JsonObject): JsonObject => Object.fromEntries(Object.keys(settings).map((name) => [name, null]));

/** From 8.19 and 9.1. */
export const dataStreamSettings: KindDefinition = {
  title: 'settings of a data stream',
  listing: { request: { method: 'GET', path: '/_data_stream/*/_settings' }, entries: (answer) => withPart('settings')(answer).map(({ name, raw }) => ({ name, raw: flatSettings(raw) })) },
  managed: isInternalName,
  normalise: ({ raw }) => raw,
  needs: (_definition, name) => stream(name),
  fit: (definition, _name, context): Fitted => {
    const { settings, notes } = fitSettings(definition, context);
    return { definition: settings, notes, ...(Object.keys(settings).length === 0 ? { unsupported: notes.join('; ') } : {}) };
  },
  // A name that is left out stays as it is, so what only the target has is unset.
  writes: (name, definition, _entry, { former }) => put(name, '_settings', { ...nulls(former ?? {}), ...definition }),
  refusal: refusalOf,
  removal: (name, present) => put(name, '_settings', nulls(present)),
  replace: 'put',
  serverless: null,
};

/** Read from 9.1, written from 9.2. */
const MAPPINGS_FROM = { major: 9, minor: 2, patch: 0 } as const;

export const dataStreamMappings: KindDefinition = {
  title: 'mappings of a data stream',
  listing: { request: { method: 'GET', path: '/_data_stream/*/_mappings' }, entries: withPart('mappings') },
  managed: isInternalName,
  normalise: ({ raw }) => (isObject(raw['_doc']) ? raw['_doc'] : raw),
  needs: (_definition, name) => stream(name),
  fit: (definition, _name, { targetVersion }): Fitted => ({ definition, notes: [], ...(targetVersion !== null && compareVersions(targetVersion, MAPPINGS_FROM) < 0 ? { unsupported: 'Elasticsearch takes mappings of a data stream from 9.2 on' } : {}) }),
  notes: () => ['they hold from the next rollover on'],
  writes: (name, definition) => put(name, '_mappings', definition),
  refusal: refusalOf,
  removal: (name) => put(name, '_mappings', {}),
  replace: 'put',
  serverless: null,
};
