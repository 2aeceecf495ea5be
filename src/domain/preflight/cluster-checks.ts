/** Judges whether two clusters go together for a snapshot and restore. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import { finding, note, warning } from '../findings.js';
import { formatVersion, snapshotIncompatibility } from '../versions.js';
import type { ClusterFacts, UnitFacts } from './facts.js';

/** What rules the request out whatever anybody mends. */
export function checkClusters(source: ClusterFacts, target: ClusterFacts): Finding[] {
  const findings: Finding[] = [];
  for (const cluster of [source, target]) {
    if (cluster.kind === 'serverless' || cluster.flavor === 'serverless') {
      findings.push(finding('error', 'UnsupportedTarget', cluster === source ? 'source' : 'target', `${cluster.connection} is serverless, which has no snapshots`));
    }
  }
  if (source.uuid === target.uuid) {
    findings.push(finding('error', 'SameCluster', 'target', `${source.connection} and ${target.connection} are the same cluster, ${source.name}`));
  }
  const reason = snapshotIncompatibility(source, target);
  if (reason !== null) findings.push(finding('error', 'IncompatibleVersion', 'target', reason));
  findings.push(note('Versions', 'target', `${source.connection} runs ${formatVersion(source)}, ${target.connection} runs ${formatVersion(target)}`));
  return findings;
}

export interface DiskFacts {
  readonly availableBytes: number;
  readonly totalBytes: number;
}

/** Below this share of free disk Elasticsearch stops placing shards by default (cluster.routing.allocation.disk.watermark.low is 85%). */
const USABLE_SHARE = 0.85;

/** Room at the target for primaries and the replicas they arrive with. */
export function checkDisk(units: readonly UnitFacts[], disk: DiskFacts | null, replicasOverride: number | null): Finding[] {
  if (disk === null) return [note('DiskUnknown', 'target', 'how much disk the target has could not be found out')];
  let needed = 0;
  for (const unit of units) for (const index of unit.indices) needed += index.bytes * (1 + (replicasOverride ?? index.replicas));
  const usable = Math.max(0, disk.availableBytes - disk.totalBytes * (1 - USABLE_SHARE));
  if (needed > usable) {
    return [
      finding(
        'error',
        'DiskFull',
        'target',
        `${mebibytes(needed)} are needed with replicas, and the target has ${mebibytes(usable)} below its low watermark`,
        'Add disk at the target, restore without replicas (indexSettings: { "index.number_of_replicas": 0 }), or move fewer indices.',
      ),
    ];
  }
  if (needed > usable * 0.8) {
    return [warning('DiskFull', 'target', `${mebibytes(needed)} of the usable ${mebibytes(usable)} at the target will be taken`, 'Add disk at the target before it is short.')];
  }
  return [];
}

/** Shards at the target, replicas included, against its limit. */
export function checkShards(units: readonly UnitFacts[], room: { readonly limit: number; readonly used: number } | null, replicasOverride: number | null): Finding[] {
  if (room === null) return [];
  let needed = 0;
  for (const unit of units) for (const index of unit.indices) needed += index.primaries * (1 + (replicasOverride ?? index.replicas));
  if (room.used + needed <= room.limit) return [];
  return [
    finding('error', 'ShardLimit', 'target', `${needed} shards would come on top of ${room.used}, and the target may hold ${room.limit}`, 'Raise cluster.max_shards_per_node at the target, restore without replicas, or move fewer indices.'),
  ];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toLocaleString('en-US', { maximumFractionDigits: 1 })} MiB`;
}
