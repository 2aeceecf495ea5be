/** What changes documents on their way in, and what texts and scripts refer to. Pure. */
import type { Json, JsonObject } from '../../json.js';
import { listOf, objectOf, objectsIn, textOf, textsOf, without } from '../json-parts.js';
import { NOTED_TIMES, byKey, inList, isInternalName, managedByMeta, segment, type KindDefinition } from '../kind.js';

export const script: KindDefinition = {
  title: 'stored script',
  listing: {
    request: { method: 'GET', path: '/_cluster/state/metadata', query: { filter_path: 'metadata.stored_scripts' } },
    entries: (answer) => byKey(objectOf(objectOf(answer)['metadata'])['stored_scripts'] ?? {}),
    byName: { request: (name) => ({ method: 'GET', path: `/_scripts/${segment(name)}` }), entry: (name, answer) => ({ name, raw: objectOf(objectOf(answer)['script']) }) },
  },
  normalise: ({ raw }) => (Object.keys(objectOf(raw['options'])).length === 0 ? without(raw, 'options') : raw),
  writes: (name, definition) => [{ method: 'PUT', path: `/_scripts/${segment(name)}`, body: { script: definition } }],
  removal: (name) => [{ method: 'DELETE', path: `/_scripts/${segment(name)}` }],
  replace: 'put',
  serverless: null,
};

/** Most rules that one answer gives; a set with more comes in pages. */
const RULES = 10_000;

export const synonyms: KindDefinition = {
  title: 'synonyms set',
  listing: {
    request: { method: 'GET', path: '/_synonyms' },
    pageSize: 1_000,
    entries: inList('results', 'synonyms_set'),
    each: {
      requests: ({ name, raw }) =>
        Array.from({ length: Math.max(1, Math.ceil(Number(raw['count'] ?? 0) / RULES)) }, (_, page) => ({ method: 'GET', path: `/_synonyms/${segment(name)}`, query: { from: page * RULES, size: RULES } })),
      join: ({ name }, answers) => [{ name, raw: { synonyms_set: answers.flatMap((answer) => listOf(objectOf(answer)['synonyms_set'])) } }],
    },
  },
  normalise: ({ raw }) => raw,
  writes: (name, definition) => [{ method: 'PUT', path: `/_synonyms/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_synonyms/${segment(name)}` }],
  replace: 'put',
  serverless: null,
};

const ENRICH = '/_enrich/policy';

function innerOf(definition: JsonObject): JsonObject {
  const [policy] = Object.values(definition);
  return objectOf(policy);
}

export const enrichPolicy: KindDefinition = {
  title: 'enrich policy',
  feature: 'enrich',
  listing: {
    request: { method: 'GET', path: ENRICH },
    entries: (answer) =>
      listOf(objectOf(answer)['policies']).map((item) => {
        const config = objectOf(objectOf(item)['config']);
        return { name: textOf(innerOf(config)['name']), raw: config };
      }),
  },
  managed: isInternalName,
  normalise: ({ raw }) => Object.fromEntries(Object.entries(raw).map(([type, policy]) => [type, without(objectOf(policy), 'name', 'elasticsearch_version')])),
  needs: (definition) => textsOf(innerOf(definition)['indices']).map((name) => ({ what: 'index', name })),
  writes: (name, definition) => [{ method: 'PUT', path: `${ENRICH}/${segment(name)}`, body: definition }],
  // Reads its source index into an index of its own: minutes for a large one.
  completes: (name) => [{ method: 'PUT', path: `${ENRICH}/${segment(name)}/_execute`, query: { wait_for_completion: true }, timeoutMs: 8 * 60_000 }],
  removal: (name) => [{ method: 'DELETE', path: `${ENRICH}/${segment(name)}` }],
  // A policy cannot be changed.
  replace: 'remove',
  serverless: null,
};

function enrichPoliciesIn(definition: Json): string[] {
  const names = [...objectsIn(definition)].map((object) => textOf(objectOf(object['enrich'])['policy_name']));
  return [...new Set(names)].filter((name) => name !== '');
}

export const ingestPipeline: KindDefinition = {
  title: 'ingest pipeline',
  listing: { request: { method: 'GET', path: '/_ingest/pipeline' }, entries: byKey },
  managed: ({ name, raw }) => managedByMeta(name, raw['_meta']),
  normalise: ({ raw }) => without(raw, ...NOTED_TIMES),
  needs: (definition) => enrichPoliciesIn(definition).map((name) => ({ what: 'enrich-policy', name })),
  writes: (name, definition) => [{ method: 'PUT', path: `/_ingest/pipeline/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_ingest/pipeline/${segment(name)}` }],
  replace: 'put',
  serverless: null,
};

export const logstashPipeline: KindDefinition = {
  title: 'Logstash pipeline',
  listing: { request: { method: 'GET', path: '/_logstash/pipeline' }, entries: byKey },
  managed: isInternalName,
  normalise: ({ raw }) => raw,
  notes: () => ['hosts stand inside its text, and ${VARIABLES} in the keystore of each Logstash'],
  writes: (name, definition) => [{ method: 'PUT', path: `/_logstash/pipeline/${segment(name)}`, body: definition }],
  removal: (name) => [{ method: 'DELETE', path: `/_logstash/pipeline/${segment(name)}` }],
  replace: 'put',
  serverless: null,
  isSecretive: true,
};
