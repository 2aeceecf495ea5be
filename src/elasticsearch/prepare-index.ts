/** Makes indices and templates at the target from what the source has. What a version does not know is left out, and told. */
import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
import { JsonObjectSchema, type JsonObject } from '../domain/json.js';
import { matchesPattern } from '../domain/index-patterns.js';
import { mend, type IndexBody } from '../domain/reindex/mend.js';
import type { FlatSettings } from '../domain/reindex/target-settings.js';
import { call, isAbsent, isUnavailableApi, tryCall } from './calls.js';
import type { Cluster } from './cluster.js';
import { readErrorBody } from './error-body.js';
import { chunkNames } from './names.js';

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

/** Definitions of many indices; one that is gone is absent. */
export async function readDefinitions(cluster: Cluster, names: readonly string[], signal?: AbortSignal): Promise<Map<string, IndexDefinition>> {
  const found = new Map<string, IndexDefinition>();
  for (const group of chunkNames(names)) {
    const answer = await call(cluster, { action: 'read mappings and settings' }, () =>
      cluster.client.transport.request(
        { method: 'GET', path: `/${group.map(encodeURIComponent).join(',')}`, querystring: { flat_settings: true, ignore_unavailable: true, allow_no_indices: true, expand_wildcards: 'all' } },
        { requestTimeout: 60_000, ...(signal === undefined ? {} : { signal }) },
      ),
    );
    for (const [name, definition] of Object.entries(DefinitionSchema.parse(answer))) found.set(name, definition);
  }
  return found;
}

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

/** Refusals after which it is given up: a cluster that refuses more has another problem. */
const MAX_REFUSALS = 30;

/**
 * Sends the body of an index, each time without what the refusal names.
 * @returns what was changed
 * @throws what the client throws, when nothing can be left out
 */
export async function sendMended(body: IndexBody, send: (body: IndexBody) => Promise<unknown>): Promise<string[]> {
  const changes: string[] = [];
  for (let current = body; ; ) {
    try {
      await send(current);
      return changes;
    } catch (error) {
      const reason = error instanceof errors.ResponseError && error.statusCode === 400 ? readErrorBody(error.body).reasons.join('; ') : '';
      const mended = changes.length < MAX_REFUSALS ? mend(current, reason) : null;
      if (mended === null) throw error;
      current = mended.body;
      changes.push(mended.change);
    }
  }
}

/** @returns what was changed. @throws IndexAlreadyExists, and ElasticsearchRejected for mappings that the target does not take */
export async function createIndex(cluster: Cluster, name: string, definition: IndexBody): Promise<string[]> {
  // Shards are no matter of the users of a serverless project.
  const querystring = cluster.kind === 'serverless' ? {} : { wait_for_active_shards: 1 };
  return call(cluster, { action: `create index ${name}`, subject: name }, () =>
    sendMended(definition, ({ mappings, settings }) =>
      cluster.client.transport.request({ method: 'PUT', path: `/${encodeURIComponent(name)}`, querystring, body: { settings, mappings } }, { requestTimeout: 60_000 }),
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

/** The same settings for many indices, of which some may be gone. @param names so many as fit into a path, see `chunkNames` */
export async function putSettingsOfAll(cluster: Cluster, names: readonly string[], settings: JsonObject): Promise<void> {
  await call(cluster, { action: `set the settings of ${names[0] ?? ''} and others` }, () =>
    cluster.client.transport.request(
      { method: 'PUT', path: `/${names.map(encodeURIComponent).join(',')}/_settings`, querystring: { ignore_unavailable: true, allow_no_indices: true }, body: settings },
      { requestTimeout: 120_000 },
    ),
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

export type Templates = z.infer<typeof TemplatesSchema>['index_templates'];

export async function readTemplates(cluster: Cluster, signal?: AbortSignal): Promise<Templates> {
  const answer = await tryCall(
    cluster,
    { action: 'read the index templates' },
    () => cluster.client.transport.request({ method: 'GET', path: '/_index_template' }, signal === undefined ? {} : { signal }),
    (error) => isAbsent(error) || isUnavailableApi(error),
  );
  return answer === null ? [] : TemplatesSchema.parse(answer).index_templates;
}

/** The index template that would be used for a new index or data stream of that name, or null. */
export function bestTemplate(templates: Templates, name: string): MatchingTemplate | null {
  const matching = templates.filter(({ index_template: template }) => [template.index_patterns].flat().some((pattern) => matchesPattern(pattern, name)));
  const [best] = matching.sort((a, b) => b.index_template.priority - a.index_template.priority);
  return best === undefined ? null : { name: best.name, priority: best.index_template.priority, isForDataStreams: best.index_template.data_stream !== undefined };
}

export async function putStreamTemplate(cluster: Cluster, template: string, stream: string, priority: number, definition: IndexBody): Promise<string[]> {
  return call(cluster, { action: `make index template ${template}`, subject: template }, () =>
    sendMended(definition, ({ mappings, settings }) =>
      cluster.client.transport.request({
        method: 'PUT',
        path: `/_index_template/${encodeURIComponent(template)}`,
        body: { index_patterns: [stream], priority, data_stream: {}, template: { settings, mappings } },
      }),
    ),
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
