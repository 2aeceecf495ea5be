/** Turns the names, wildcards and exclusions of a request into the indices and data streams that there are. */
import { z } from 'zod';
import { selectByPatterns } from '../domain/index-patterns.js';
import { call } from './calls.js';
import type { Cluster } from './cluster.js';

export interface ResolvedIndex {
  readonly name: string;
  readonly closed: boolean;
  readonly hidden: boolean;
  readonly aliases: readonly string[];
}

export interface ResolvedDataStream {
  readonly name: string;
  /** Oldest first; the last one is written to. */
  readonly backingIndices: readonly string[];
}

export interface ResolvedIndices {
  /** Without backing indices of data streams and without system indices. */
  readonly indices: readonly ResolvedIndex[];
  readonly dataStreams: readonly ResolvedDataStream[];
  /** Patterns that matched nothing, exclusions too. */
  readonly unmatched: readonly string[];
  /** System indices that were asked for by name: they move only as a feature state. */
  readonly system: readonly string[];
}

const list = z.union([z.string(), z.array(z.string())]).transform((value) => (typeof value === 'string' ? [value] : value));

const ResolveSchema = z.object({
  indices: z.array(
    z.object({ name: z.string(), aliases: list.default([]), attributes: z.array(z.string()).default([]), data_stream: z.string().optional() }),
  ),
  data_streams: z.array(z.object({ name: z.string(), backing_indices: list.default([]) })).default([]),
});

/**
 * Expands patterns over all indices and data streams of a cluster.
 *
 * A wildcard matches names with a leading dot only if it has one itself. System indices never match; neither do
 * backing indices, which belong to their data stream. One request, whatever the number of indices (about 150
 * bytes each). Read-only.
 * @throws the codes of the translator
 */
export async function resolveIndices(cluster: Cluster, patterns: readonly string[], signal?: AbortSignal): Promise<ResolvedIndices> {
  // The patterns are not sent: versions differ in what exclusions and hidden names mean.
  const body = await call(cluster, { action: 'list the indices' }, () =>
    cluster.client.transport.request(
      { method: 'GET', path: '/_resolve/index/*', querystring: { expand_wildcards: 'open,closed,hidden' } },
      signal === undefined ? {} : { signal },
    ),
  );
  const found = ResolveSchema.parse(body);
  const own = found.indices.filter((index) => index.data_stream === undefined);
  const regular = own.filter((index) => !index.attributes.includes('system'));
  const candidates = [...regular.map(({ name }) => name), ...found.data_streams.map(({ name }) => name)];
  const { selected, unmatched } = selectByPatterns(patterns, candidates);
  const chosen = new Set(selected);
  const isNamed = new Set(patterns);
  const system = own.filter((index) => index.attributes.includes('system') && isNamed.has(index.name)).map(({ name }) => name);
  return {
    indices: regular
      .filter(({ name }) => chosen.has(name))
      .map(({ name, attributes, aliases }) => ({ name, closed: attributes.includes('closed'), hidden: attributes.includes('hidden'), aliases })),
    dataStreams: found.data_streams
      .filter(({ name }) => chosen.has(name))
      .map(({ name, backing_indices: backingIndices }) => ({ name, backingIndices })),
    unmatched: unmatched.filter((pattern) => !system.includes(pattern)),
    system,
  };
}
