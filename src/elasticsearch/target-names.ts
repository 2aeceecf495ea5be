/** Which of some names are taken at a cluster, and as what. Read-only. */
import type { TargetNames } from '../domain/preflight/facts.js';
import { call } from './calls.js';
import type { Cluster } from './cluster.js';

/**
 * Asks for everything and picks: a request for names that do not exist would be an error, and there may be thousands.
 */
export async function namesAtTarget(cluster: Cluster, names: readonly string[], signal: AbortSignal): Promise<TargetNames> {
  const wanted = new Set(names);
  const found = await call(cluster, { action: 'list indices, aliases and data streams' }, () =>
    cluster.client.indices.resolveIndex({ name: '*', expand_wildcards: 'all' }, { signal }),
  );
  const pick = (items: readonly { readonly name: string }[]): Set<string> => new Set(items.map((item) => item.name).filter((name) => wanted.has(name)));
  return { indices: pick(found.indices), dataStreams: pick(found.data_streams), aliases: pick(found.aliases) };
}
