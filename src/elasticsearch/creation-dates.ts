/** When indices were made, by which one of the same name is told from another. */
import { z } from 'zod';
import { call } from './calls.js';
import type { Cluster } from './cluster.js';
import { chunkNames } from './names.js';

const DatesSchema = z.record(z.string(), z.object({ settings: z.object({ 'index.creation_date': z.coerce.number().optional() }) }));

/** @returns milliseconds by index; one that is gone is absent */
export async function readCreationDates(cluster: Cluster, names: readonly string[], signal?: AbortSignal): Promise<Map<string, number>> {
  const dates = new Map<string, number>();
  for (const group of chunkNames(names)) {
    const answer = await call(cluster, { action: 'read when indices were made' }, () =>
      cluster.client.transport.request(
        { method: 'GET', path: `/${group.map(encodeURIComponent).join(',')}/_settings/index.creation_date`, querystring: { flat_settings: true, ignore_unavailable: true, allow_no_indices: true, expand_wildcards: 'all' } },
        signal === undefined ? {} : { signal },
      ),
    );
    for (const [name, { settings }] of Object.entries(DatesSchema.parse(answer))) if (settings['index.creation_date'] !== undefined) dates.set(name, settings['index.creation_date']);
  }
  return dates;
}
