/** Reads what a restore has made at the target so far. Read-only. */
import type { ObservedIndex } from '../domain/restored.js';
import { call, isAbsent, tryCall } from './calls.js';
import type { Cluster } from './cluster.js';
import { chunkNames } from './names.js';

interface CatShard {
  readonly index?: string;
  readonly shard?: string;
  readonly prirep?: string;
  readonly state?: string;
  readonly 'unassigned.reason'?: string | null;
  readonly 'unassigned.details'?: string | null;
}

/**
 * @param names concrete index names, any number
 * @param thoroughly also ask why a shard waits in the queue; one more request a shard
 * @returns what is there, by name; an index that does not exist is absent from the map
 */
export async function observeIndices(cluster: Cluster, names: readonly string[], thoroughly = false): Promise<Map<string, ObservedIndex>> {
  const observed = new Map<string, ObservedIndex>();
  for (const chunk of chunkNames(names)) {
    const settings = await readSettings(cluster, chunk);
    const present = Object.keys(settings);
    if (present.length === 0) continue;
    const [shards, bytes] = await Promise.all([readPrimaries(cluster, present), readRecoveredBytes(cluster, present)]);
    for (const [name, setting] of Object.entries(settings)) {
      const primaries = shards.filter((shard) => shard.index === name);
      const active = primaries.filter((shard) => shard.state === 'STARTED' || shard.state === 'RELOCATING');
      observed.set(name, {
        created: setting.created,
        primaries: setting.primaries,
        activePrimaries: active.length,
        unassigned: await Promise.all(primaries.filter((shard) => shard.state === 'UNASSIGNED').map((shard) => explain(cluster, shard, thoroughly))),
        recoveredBytes: bytes.get(name) ?? 0,
      });
    }
  }
  return observed;
}

async function readSettings(cluster: Cluster, names: readonly string[]): Promise<Record<string, { created: number; primaries: number }>> {
  const answer = await call(cluster, { action: 'read index settings' }, () =>
    cluster.client.indices.getSettings({
      index: [...names],
      name: 'index.creation_date,index.number_of_shards',
      flat_settings: true,
      ignore_unavailable: true,
      allow_no_indices: true,
      expand_wildcards: 'all',
    }),
  );
  const found: Record<string, { created: number; primaries: number }> = {};
  for (const [name, { settings }] of Object.entries(answer)) {
    const flat: Readonly<Record<string, unknown>> = { ...settings };
    found[name] = { created: Number(flat['index.creation_date']), primaries: Number(flat['index.number_of_shards']) };
  }
  return found;
}

async function readPrimaries(cluster: Cluster, names: readonly string[]): Promise<CatShard[]> {
  const rows = await tryCall(
    cluster,
    { action: 'list shards' },
    () =>
      cluster.client.cat.shards({
        index: [...names],
        format: 'json',
        h: 'index,shard,prirep,state,unassigned.reason,unassigned.details',
      }),
    isAbsent,
  );
  const shards: readonly CatShard[] = Array.isArray(rows) ? rows : [];
  return shards.filter((shard) => shard.prirep === 'p');
}

async function readRecoveredBytes(cluster: Cluster, names: readonly string[]): Promise<Map<string, number>> {
  const recovery = await tryCall(cluster, { action: 'read recoveries' }, () => cluster.client.indices.recovery({ index: [...names] }), isAbsent);
  const bytes = new Map<string, number>();
  for (const [name, { shards }] of Object.entries(recovery ?? {})) {
    let sum = 0;
    for (const shard of shards) if (shard.primary && shard.type === 'SNAPSHOT') sum += Number(shard.index.size.recovered_in_bytes);
    bytes.set(name, sum);
  }
  return bytes;
}

/** Reasons that say enough: still in the queue, or given up. */
const IS_PLAIN = new Set(['NEW_INDEX_RESTORED', 'EXISTING_INDEX_RESTORED', 'ALLOCATION_FAILED']);

/** Asks why a shard is unassigned: after a restart, whether its node has a copy; for one in the queue only `thoroughly`. */
async function explain(cluster: Cluster, shard: CatShard, thoroughly: boolean): Promise<ObservedIndex['unassigned'][number]> {
  const reason = shard['unassigned.reason'] ?? '';
  const details = shard['unassigned.details'] ?? null;
  if (IS_PLAIN.has(reason) && (!thoroughly || reason === 'ALLOCATION_FAILED')) return { reason, details, hasCopy: true, isBlocked: false };
  const { index } = shard;
  const answer = await tryCall(
    cluster,
    { action: 'explain the allocation of a shard' },
    () => cluster.client.cluster.allocationExplain({ ...(index === undefined ? {} : { index }), shard: Number(shard.shard), primary: true }),
    // It was assigned meanwhile.
    (error) => error.statusCode === 400 || error.statusCode === 404,
  );
  const refusal = (answer?.node_allocation_decisions ?? []).flatMap((node) => node.deciders ?? []).find((decider) => decider.decision.toUpperCase() === 'NO');
  return {
    reason,
    details: refusal?.explanation ?? answer?.allocate_explanation ?? details,
    hasCopy: answer?.can_allocate !== 'no_valid_shard_copy',
    isBlocked: answer?.can_allocate === 'no',
  };
}
