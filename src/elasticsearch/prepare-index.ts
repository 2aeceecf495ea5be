/** Makes indices and templates at the target from what the source has. What a version does not know is left out, and told. */
import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
import { JsonObjectSchema, type JsonObject } from '../domain/json.js';
import { matchesPattern } from '../domain/index-patterns.js';
import { refusedSetting, type FlatSettings } from '../domain/reindex/target-settings.js';
import { call, isAbsent, isUnavailableApi, tryCall } from './calls.js';
import type { Cluster } from './cluster.js';
import { readErrorBody } from './error-body.js';

export interface IndexDefinition {
  readonly mappings: JsonObject;
  /** Flat. */
  readonly settings: FlatSettings;
  /** By name, with filter, routing and flags. */
  readonly aliases: Readonly<Record<string, JsonObject>>;
}

const DefinitionSchema = z.record(
  z.string(),
  z.object({ mappings: JsonObjectSchema.default({}), settings: z.record(z.string(), z.unknown()).default({}), aliases: z.record(z.string(), JsonObjectSchema).default({}) }),
);

/** @returns null if there is no index of that name */
export async function readDefinition(cluster: Cluster, index: string, signal?: AbortSignal): Promise<IndexDefinition | null> {
  const answer = await tryCall(
    cluster,
    { action: `read index ${index}`, subject: index },
    () => cluster.client.transport.request({ method: 'GET', path: `/${encodeURIComponent(index)}`, querystring: { flat_settings: true } }, signal === undefined ? {} : { signal }),
    isAbsent,
  );
  return answer === null ? null : (DefinitionSchema.parse(answer)[index] ?? null);
}

/** Settings that may be refused before it is given up: a cluster that refuses more has another problem. */
const MAX_REFUSED = 30;

/**
 * Sends a creation, each time without the setting that the refusal names.
 * @returns names that were left out
 */
async function withoutRefused(cluster: Cluster, what: { action: string; subject: string }, settings: FlatSettings, send: (settings: FlatSettings) => Promise<unknown>): Promise<string[]> {
  let left: FlatSettings = settings;
  const refused: string[] = [];
  for (;;) {
    try {
      await send(left);
      return refused;
    } catch (error) {
      const reason = error instanceof errors.ResponseError && error.statusCode === 400 ? readErrorBody(error.body).reasons.join('; ') : '';
      const name = refusedSetting(reason);
      if (name === null || !(name in left) || refused.length >= MAX_REFUSED) throw cluster.translate(error, what);
      left = Object.fromEntries(Object.entries(left).filter(([key]) => key !== name));
      refused.push(name);
    }
  }
}

/** @throws IndexAlreadyExists, and ElasticsearchRejected for mappings that the target does not take */
export async function createIndex(cluster: Cluster, name: string, definition: { readonly mappings: JsonObject; readonly settings: FlatSettings }): Promise<string[]> {
  return withoutRefused(cluster, { action: `create index ${name}`, subject: name }, definition.settings, (settings) =>
    cluster.client.transport.request(
      { method: 'PUT', path: `/${encodeURIComponent(name)}`, querystring: { wait_for_active_shards: 1 }, body: { settings, mappings: definition.mappings } },
      { requestTimeout: 60_000 },
    ),
  );
}

export async function addMappings(cluster: Cluster, name: string, mappings: JsonObject): Promise<void> {
  await call(cluster, { action: `add mappings to ${name}`, subject: name }, () => cluster.client.transport.request({ method: 'PUT', path: `/${encodeURIComponent(name)}/_mapping`, body: mappings }));
}

export async function putSettings(cluster: Cluster, name: string, settings: JsonObject): Promise<void> {
  await tryCall(
    cluster,
    { action: `set the settings of ${name}`, subject: name },
    () => cluster.client.transport.request({ method: 'PUT', path: `/${encodeURIComponent(name)}/_settings`, body: settings }),
    isAbsent,
  );
}

const BlocksSchema = z.record(z.string(), z.object({ settings: z.record(z.string(), z.unknown()) }));

/** Blocks that are set on an index, or on any backing index of a data stream: `write`, `read_only_allow_delete`... */
export async function readBlocks(cluster: Cluster, name: string, signal?: AbortSignal): Promise<string[]> {
  const answer = await call(cluster, { action: `read the blocks of ${name}`, subject: name }, () =>
    cluster.client.transport.request(
      { method: 'GET', path: `/${encodeURIComponent(name)}/_settings/index.blocks.*`, querystring: { flat_settings: true, ignore_unavailable: true, allow_no_indices: true } },
      signal === undefined ? {} : { signal },
    ),
  );
  const set = Object.values(BlocksSchema.parse(answer)).flatMap(({ settings }) => Object.entries(settings).flatMap(([key, value]) => (String(value) === 'true' ? [key.replace('index.blocks.', '')] : [])));
  return [...new Set(set)];
}

const TemplatesSchema = z.object({
  index_templates: z.array(
    z.object({
      name: z.string(),
      index_template: z.object({ index_patterns: z.union([z.string(), z.array(z.string())]), priority: z.number().default(0), data_stream: z.unknown().optional() }),
    }),
  ),
});

export interface MatchingTemplate {
  readonly name: string;
  readonly priority: number;
  readonly isForDataStreams: boolean;
}

/** The index template that would be used for a new index or data stream of that name, or null. */
export async function templateFor(cluster: Cluster, name: string, signal?: AbortSignal): Promise<MatchingTemplate | null> {
  const answer = await tryCall(
    cluster,
    { action: 'read the index templates' },
    () => cluster.client.transport.request({ method: 'GET', path: '/_index_template' }, signal === undefined ? {} : { signal }),
    (error) => isAbsent(error) || isUnavailableApi(error),
  );
  if (answer === null) return null;
  const matching = TemplatesSchema.parse(answer).index_templates.filter(({ index_template: template }) => [template.index_patterns].flat().some((pattern) => matchesPattern(pattern, name)));
  const [best] = matching.sort((a, b) => b.index_template.priority - a.index_template.priority);
  return best === undefined ? null : { name: best.name, priority: best.index_template.priority, isForDataStreams: best.index_template.data_stream !== undefined };
}

export async function putStreamTemplate(cluster: Cluster, template: string, stream: string, priority: number, definition: { readonly mappings: JsonObject; readonly settings: FlatSettings }): Promise<string[]> {
  return withoutRefused(cluster, { action: `make index template ${template}`, subject: template }, definition.settings, (settings) =>
    cluster.client.transport.request({
      method: 'PUT',
      path: `/_index_template/${encodeURIComponent(template)}`,
      body: { index_patterns: [stream], priority, data_stream: {}, template: { settings, mappings: definition.mappings } },
    }),
  );
}

export async function deleteTemplate(cluster: Cluster, template: string): Promise<void> {
  await tryCall(
    cluster,
    { action: `delete index template ${template}`, subject: template },
    () => cluster.client.transport.request({ method: 'DELETE', path: `/_index_template/${encodeURIComponent(template)}` }),
    isAbsent,
  );
}
