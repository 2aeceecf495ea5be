/**
 * The write block of an index (`index.blocks.write`): nobody writes to it, everybody may read.
 *
 * Setting it waits for the writes under way, so that what is read afterwards is the last word.
 * @see Elasticsearch, Add index block API (7.9 and later)
 */
import { z } from 'zod';
import { GodwitError } from '../domain/errors.js';
import { call, isAbsent, isUnavailableApi, tryCall } from './calls.js';
import type { Cluster } from './cluster.js';
import { chunkNames } from './names.js';
import { putSettings } from './prepare-index.js';

const SETTING = 'index.blocks.write';
const LENIENT = { ignore_unavailable: true, allow_no_indices: true };

const SettingsSchema = z.record(z.string(), z.object({ settings: z.record(z.string(), z.unknown()) }));

/** Value of the setting by index, null where it is not set; an index that is gone is absent. Read-only. */
export async function readWriteBlocks(cluster: Cluster, indices: readonly string[], signal?: AbortSignal): Promise<Map<string, string | null>> {
  const blocks = new Map<string, string | null>();
  for (const chunk of chunkNames(indices)) {
    const answer = await call(cluster, { action: 'read the write blocks' }, () =>
      cluster.client.transport.request(
        { method: 'GET', path: `/${chunk.map(encodeURIComponent).join(',')}/_settings`, querystring: { ...LENIENT, flat_settings: true } },
        signal === undefined ? {} : { signal },
      ),
    );
    for (const [index, { settings }] of Object.entries(SettingsSchema.parse(answer))) {
      const value = settings[SETTING];
      blocks.set(index, typeof value === 'string' ? value : null);
    }
  }
  return blocks;
}

const BlockSchema = z.object({ indices: z.array(z.object({ name: z.string(), blocked: z.boolean().default(true) })).default([]) });

/** Sets the block. Safe to repeat. @throws IndexUnhealthy where writes under way could not be waited for */
export async function addWriteBlocks(cluster: Cluster, indices: readonly string[]): Promise<void> {
  for (const chunk of chunkNames(indices)) {
    const path = `/${chunk.map(encodeURIComponent).join(',')}`;
    const answer = await tryCall(
      cluster,
      { action: 'set write blocks', subject: chunk[0] ?? '' },
      () => cluster.client.transport.request({ method: 'PUT', path: `${path}/_block/write`, querystring: LENIENT }, { requestTimeout: 120_000 }),
      (error) => isUnavailableApi(error) || isAbsent(error),
    );
    // Before 7.9 there is only the setting, which waits for nobody: the last pass is repeated until nothing is left.
    if (answer === null) await putSettings(cluster, chunk.join(','), { [SETTING]: true });
    const open = BlockSchema.parse(answer ?? {}).indices.find(({ blocked }) => !blocked);
    if (open !== undefined) throw new GodwitError('IndexUnhealthy', `${cluster.connection}: the write block of ${open.name} does not hold on all its shards yet`, { subject: open.name });
  }
}

/** Sets it back to what it was. @returns false if somebody else has lifted or changed it meanwhile: then it is left alone */
export async function restoreWriteBlock(cluster: Cluster, index: string, earlier: string | null): Promise<boolean> {
  const now = (await readWriteBlocks(cluster, [index])).get(index);
  if (now !== 'true') return false;
  if (earlier !== 'true') await putSettings(cluster, index, { [SETTING]: earlier });
  return true;
}
