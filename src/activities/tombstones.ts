/**
 * Lets a target forget at once what is deleted there during a catch-up.
 *
 * Elasticsearch remembers the version of a deleted document for `index.gc_deletes` (60 s), and turns down an external
 * version that is not higher. A document that is moved again with its own, lower version has to get past that. In a
 * serverless project the setting is not for its users: there the time is waited for.
 */
import type { Cluster } from '../elasticsearch/cluster.js';
import { putSettings, readDefinition } from '../elasticsearch/prepare-index.js';
import type { Store } from '../store/store.js';
import { EFFECT } from './effects.js';

/** Elasticsearch looks at its clock five times a second. */
const TOMBSTONE_MS = 1_000;
const DEFAULT_GC_DELETES_MS = 60_000;

/** How long after a delete the target has forgotten it, milliseconds. */
export function tombstoneMs(target: Pick<Cluster, 'kind'>): number {
  return target.kind === 'serverless' ? DEFAULT_GC_DELETES_MS + TOMBSTONE_MS : TOMBSTONE_MS;
}

const SETTING = 'index.gc_deletes';

/** Recorded with the earlier value, which is set back when all has arrived. Safe to repeat. Data streams have no versions: nothing to do. */
export async function forgetDeletesAtOnce(store: Store, id: string, target: Cluster, index: string): Promise<void> {
  if (target.kind === 'serverless') return;
  const definition = await readDefinition(target, index);
  if (definition === null) return;
  const earlier = definition.settings[SETTING];
  const key = { kind: EFFECT.forgetDeletes, connection: target.connection, subject: index };
  await store.effects.begin(id, { ...key, undo: { settings: { [SETTING]: typeof earlier === 'string' ? earlier : null } } });
  if (earlier !== '0s') await putSettings(target, index, { [SETTING]: '0s' });
  await store.effects.settle(id, key, 'done');
}
