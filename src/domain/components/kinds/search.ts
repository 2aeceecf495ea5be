/** What search solutions keep in a cluster. Pure. */
import type { JsonObject } from '../../json.js';
import { isObject, objectOf, only, textsOf, without } from '../json-parts.js';
import { inList, isInternalName, segment, type KindDefinition } from '../kind.js';

const RULES = '/_query_rules';

export const queryRuleset: KindDefinition = {
  title: 'query ruleset',
  listing: {
    request: { method: 'GET', path: RULES },
    pageSize: 1_000,
    entries: inList('results', 'ruleset_id'),
    each: { requests: ({ name }) => [{ method: 'GET', path: `${RULES}/${segment(name)}` }], join: ({ name }, [answer]) => [{ name, raw: objectOf(answer) }] },
  },
  managed: isInternalName,
  normalise: ({ raw }) => only(raw, 'rules'),
  writes: (name, definition) => [{ method: 'PUT', path: `${RULES}/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `${RULES}/${segment(name)}` }],
  replace: 'put',
  serverless: null,
};

const APPLICATION = '/_application/search_application';

export const searchApplication: KindDefinition = {
  title: 'search application',
  listing: {
    request: { method: 'GET', path: APPLICATION },
    pageSize: 1_000,
    entries: inList('results', 'name'),
    each: { requests: ({ name }) => [{ method: 'GET', path: `${APPLICATION}/${segment(name)}` }], join: ({ name }, [answer]) => [{ name, raw: objectOf(answer) }] },
  },
  managed: isInternalName,
  normalise: ({ raw }) => without(raw, 'name', 'updated_at_millis'),
  needs: (definition) => textsOf(definition['indices']).map((name) => ({ what: 'index', name })),
  writes: (name, definition) => [{ method: 'PUT', path: `${APPLICATION}/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `${APPLICATION}/${segment(name)}` }],
  replace: 'put',
  serverless: null,
};

/** The configuration with the values of sensitive fields emptied. */
function withoutSecrets(configuration: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(configuration).map(([name, field]) => [name, isObject(field) && field['sensitive'] === true ? { ...field, value: '' } : field]));
}

const sensitiveFields = (configuration: JsonObject): string[] => Object.entries(configuration).flatMap(([name, field]) => (isObject(field) && field['sensitive'] === true ? [name] : []));

const BASE = ['name', 'description', 'index_name', 'service_type', 'language', 'is_native'] as const;

export const connector: KindDefinition = {
  title: 'connector',
  listing: { request: { method: 'GET', path: '/_connector' }, pageSize: 100, entries: inList('results', 'id') },
  issue: ({ raw }) => (raw['is_native'] === true ? 'Elastic no longer runs managed connectors: set it up self-managed, with a new API key and its credentials.' : null),
  normalise: ({ raw }) => ({ ...only(raw, ...BASE), configuration: withoutSecrets(objectOf(raw['configuration'])), filtering: raw['filtering'] ?? [] }),
  notes: ({ raw }) => {
    const secrets = sensitiveFields(objectOf(raw['configuration']));
    return ['its schedule is off and it needs a new API key', ...(secrets.length === 0 ? [] : [`to be entered again: ${secrets.join(', ')}`])];
  },
  writes: (name, definition) => {
    const path = `/_connector/${segment(name)}`;
    return [
      { method: 'PUT', path, body: only(definition, ...BASE) },
      { method: 'PUT', path: `${path}/_configuration`, body: { configuration: definition['configuration'] ?? {} } },
      ...(Array.isArray(definition['filtering']) && definition['filtering'].length > 0 ? [{ method: 'PUT', path: `${path}/_filtering`, body: { filtering: definition['filtering'] } } as const] : []),
    ];
  },
  removal: (name) => [{ method: 'DELETE', path: `/_connector/${segment(name)}` }],
  replace: { never: 'its credentials at the target would be lost: change it there yourself' },
  serverless: null,
  isSecretive: true,
};
