/** What components refer to at the target: names of data, repositories, realms, index settings that it knows. Read-only. */
import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';
import { listOf, objectOf, textOf } from '../../domain/components/json-parts.js';
import { refusedSetting } from '../../domain/reindex/target-settings.js';
import type { JsonObject } from '../../domain/json.js';
import { call, errorType, isAbsent, isUnavailableApi, tryCall } from '../calls.js';
import type { Cluster } from '../cluster.js';
import { readErrorBody } from '../error-body.js';
import { sendPlain } from './requests.js';

export interface DataNames {
  /** Indices and aliases. */
  readonly indices: ReadonlySet<string>;
  readonly dataStreams: ReadonlySet<string>;
}

export async function readDataNames(cluster: Cluster, signal: AbortSignal): Promise<DataNames> {
  const answer = objectOf(
    await call(cluster, { action: 'list its indices' }, () => sendPlain(cluster, { method: 'GET', path: '/_resolve/index/*', query: { expand_wildcards: 'all' } }, signal)),
  );
  const names = (field: string): string[] => listOf(answer[field]).map((item) => textOf(objectOf(item)['name']));
  return { indices: new Set([...names('indices'), ...names('aliases')]), dataStreams: new Set(names('data_streams')) };
}

/** Empty where the cluster has no snapshots. */
export async function readRepositories(cluster: Cluster, signal: AbortSignal): Promise<ReadonlySet<string>> {
  if (cluster.kind === 'serverless') return new Set();
  const answer = await tryCall(cluster, { action: 'list its snapshot repositories' }, () => sendPlain(cluster, { method: 'GET', path: '/_snapshot' }, signal), (error) => isAbsent(error) || isUnavailableApi(error));
  return new Set(Object.keys(objectOf(answer ?? {})));
}

const FeaturesSchema = z.object({ features: z.record(z.string(), z.object({ available: z.boolean(), enabled: z.boolean() })).default({}) });

/**
 * Features that the licence of the cluster does not include, or that its settings switch off, each with which of both.
 * Empty where it does not tell: then each write tells.
 */
export async function readLackingFeatures(cluster: Cluster, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const answer = await tryCall(
    cluster,
    { action: 'ask what its licence includes' },
    () => sendPlain(cluster, { method: 'GET', path: '/_xpack', query: { categories: 'features' } }, signal),
    // A build that lacks one of the plugins answers 500: it fails to ask that one.
    (error) => isAbsent(error) || isUnavailableApi(error) || error.statusCode === 403 || errorType(error) === 'illegal_state_exception',
  );
  const lacking = Object.entries(FeaturesSchema.parse(answer ?? {}).features).filter(([, { available, enabled }]) => !available || !enabled);
  return new Map(lacking.map(([name, { available }]) => [name, available ? `the settings of ${cluster.connection} switch it off (xpack.${name}.enabled)` : `the licence of ${cluster.connection} does not include it`]));
}

/** Realms that every cluster has. */
const BUILT_IN_REALMS = ['reserved', 'default_native', 'default_file', '_es_api_key', '_service_account', '__attach', '__fallback'];

const NodesSchema = z.object({ nodes: z.record(z.string(), z.object({ settings: z.record(z.string(), z.unknown()).default({}) })).default({}) });

/** Names of the realms of all nodes; null where they cannot be asked for. */
export async function readRealms(cluster: Cluster, signal: AbortSignal): Promise<ReadonlySet<string> | null> {
  const answer = await tryCall(
    cluster,
    { action: 'read the settings of its nodes' },
    () => sendPlain(cluster, { method: 'GET', path: '/_nodes/settings', query: { flat_settings: true, filter_path: 'nodes.*.settings.xpack*' } }, signal),
    (error) => isAbsent(error) || isUnavailableApi(error) || error.statusCode === 403,
  );
  if (answer === null) return null;
  const names = Object.values(NodesSchema.parse(answer).nodes).flatMap(({ settings }) => Object.keys(settings).flatMap((name) => /^xpack\.security\.authc\.realms\.[^.]+\.(.+)\.order$/.exec(name)?.[1] ?? []));
  return new Set([...BUILT_IN_REALMS, ...names]);
}

/** Settings that may be refused before it is given up. */
const MAX_REFUSED = 50;
const PROBE = { index_patterns: ['godwit-settings-probe-*'], priority: 0 } as const;

/**
 * Which of some index settings a cluster does not know, found by having it simulate a template. Nothing is made.
 *
 * A refusal for another reason ends the search: the write itself will tell it.
 */
export async function readRefusedSettings(cluster: Cluster, settings: JsonObject, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const refused = new Set<string>();
  for (;;) {
    const left = Object.fromEntries(Object.entries(settings).filter(([name]) => !refused.has(name)));
    if (Object.keys(left).length === 0) return refused;
    try {
      await sendPlain(cluster, { method: 'POST', path: '/_index_template/_simulate', body: { ...PROBE, template: { settings: left } } }, signal);
      return refused;
    } catch (error) {
      if (!(error instanceof errors.ResponseError)) throw cluster.translate(error, { action: 'have it simulate a template' });
      const name = error.statusCode === 400 ? refusedSetting(readErrorBody(error.body).reasons.join('; ')) : null;
      if (name === null || !(name in left) || refused.size >= MAX_REFUSED) return refused;
      refused.add(name);
    }
  }
}
