/** Trained models with their aliases; deployments and what cannot be read are listed with what to do. Pure. */
import type { Json, JsonObject } from '../../json.js';
import { isObject, listOf, objectOf, only, textOf, textsOf, without } from '../json-parts.js';
import { LARGEST_PAGE, inList, isInternalName, segment, type Entry, type KindDefinition } from '../kind.js';

const MODELS = '/_ml/trained_models';

export const trainedModel: KindDefinition = {
  title: 'trained model',
  feature: 'ml',
  listing: { request: { method: 'GET', path: MODELS, query: { exclude_generated: true } }, pageSize: 1_000, entries: inList('trained_model_configs', 'model_id') },
  managed: (entry) => (entry.name === 'lang_ident_model_1' || listOf(entry.raw['tags']).includes('prepackaged') ? 'Elasticsearch brings it along' : isInternalName(entry)),
  issue: ({ raw }) => (raw['model_type'] === 'pytorch' ? 'The parts and the vocabulary of a PyTorch model cannot be read: upload it to the target again from where it came, e.g. with eland_import_hub_model. Its aliases come with a second run then.' : null),
  normalise: ({ raw }) => without(raw, 'model_id', 'create_time', 'created_by', 'version', 'license_level', 'estimated_operations', 'estimated_heap_memory_usage_bytes', 'model_size_bytes', 'fully_defined', 'model_package', 'location', 'metadata'),
  body: {
    request: (name) => ({ method: 'GET', path: `${MODELS}/${segment(name)}`, query: { exclude_generated: true, include: 'definition', decompress_definition: false }, timeoutMs: 5 * 60_000 }),
    join: (definition, answer) => {
      const compressed = objectOf(listOf(objectOf(answer)['trained_model_configs'])[0])['compressed_definition'];
      return compressed === undefined ? definition : { ...definition, compressed_definition: compressed };
    },
  },
  writes: (name, definition) => [{ method: 'PUT', path: `${MODELS}/${segment(name)}`, body: definition, timeoutMs: 5 * 60_000 }],
  removal: (name) => [{ method: 'DELETE', path: `${MODELS}/${segment(name)}` }],
  replace: { never: 'a model in use cannot be replaced: import it under another name' },
  serverless: null,
};

/** No list names the aliases: each model names its own. */
function aliasesOf(answer: Json): Entry[] {
  return inList('trained_model_configs', 'model_id')(answer).flatMap(({ name: model, raw }) =>
    textsOf(objectOf(raw['metadata'])['model_aliases']).map((alias) => ({ name: alias, raw: { model_id: model } })),
  );
}

const aliasPath = (alias: string, { model_id: model }: JsonObject): string => `${MODELS}/${segment(textOf(model))}/model_aliases/${segment(alias)}`;

export const trainedModelAlias: KindDefinition = {
  title: 'alias of a trained model',
  feature: 'ml',
  listing: { request: { method: 'GET', path: MODELS, query: { exclude_generated: true, size: LARGEST_PAGE } }, entries: aliasesOf },
  managed: isInternalName,
  normalise: ({ raw }) => raw,
  needs: (definition) => [{ what: 'trained-model', name: textOf(definition['model_id']) }],
  writes: (name, definition, _entry, { former }) => [{ method: 'PUT', path: aliasPath(name, definition), query: { reassign: former !== null } }],
  removal: (name, present) => [{ method: 'DELETE', path: aliasPath(name, present) }],
  replace: 'put',
  serverless: null,
};

const SIZES = ['number_of_allocations', 'threads_per_allocation', 'queue_capacity', 'priority', 'cache_size'] as const;

function deploymentsOf(answer: Json): Entry[] {
  return listOf(objectOf(answer)['trained_model_stats']).flatMap((item) => {
    const { model_id: model, deployment_stats: stats } = objectOf(item);
    if (!isObject(stats)) return [];
    const id = textOf(stats['deployment_id']) || textOf(model);
    return [{ name: id, raw: { ...only(stats, ...SIZES, 'adaptive_allocations'), model_id: textOf(stats['model_id']) || textOf(model), deployment_id: id } }];
  });
}

/** As a person starts it again. */
function startOf({ raw }: Entry): string {
  const { model_id: model, deployment_id: id, adaptive_allocations: adaptive } = raw;
  const isAdaptive = objectOf(adaptive)['enabled'] === true;
  const sizes = Object.entries(only(raw, ...SIZES)).filter(([name]) => !isAdaptive || name !== 'number_of_allocations');
  const query = [['deployment_id', textOf(id)], ...sizes.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])].map((pair) => pair.join('='));
  return `POST ${MODELS}/${textOf(model)}/deployment/_start?${query.join('&')}${isAdaptive ? ` with ${JSON.stringify({ adaptive_allocations: adaptive ?? null })}` : ''}`;
}

export const trainedModelDeployment: KindDefinition = {
  title: 'deployment of a trained model',
  listing: { request: { method: 'GET', path: `${MODELS}/_stats`, query: { size: LARGEST_PAGE } }, entries: deploymentsOf },
  issue: (entry) => `It takes memory of the machine learning nodes, so it is not started here. When the model is at the target: ${startOf(entry)}. That of an inference endpoint is started with the endpoint.`,
  normalise: ({ raw }) => raw,
  writes: () => [],
  removal: () => [],
  replace: { never: 'a deployment is started by a person' },
  serverless: null,
};
