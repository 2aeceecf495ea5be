/** Judges whether and what can be moved slice by slice: by a target that pulls with `_reindex`, or by Godwit. Pure. */
import type { ClusterKind } from '../../contracts/names.js';
import type { Finding } from '../../contracts/preflight.js';
import type { SlicedRequest } from '../../contracts/requests.js';
import { finding, note, warning } from '../findings.js';
import { formatVersion } from '../versions.js';
import type { ClusterFacts, TargetNames, UnitFacts } from './facts.js';
import { checkServerless, isServerless } from './serverless-checks.js';

/** What rules the request out whatever anybody mends. */
export function checkSlicedClusters(request: Pick<SlicedRequest, 'type' | 'catchUp'>, source: ClusterFacts, target: ClusterFacts): Finding[] {
  const findings = checkServerless(request, source, target);
  if (source.uuid === target.uuid) {
    findings.push(finding('error', 'SameCluster', 'target', `${source.connection} and ${target.connection} are the same cluster, ${source.name}`));
  }
  // The version of a serverless project says nothing.
  const isNewer = !isServerless(source) && !isServerless(target) && source.major > target.major;
  if (request.type === 'reindex' && isNewer) {
    findings.push(
      finding('error', 'IncompatibleVersion', 'target', `the source runs ${formatVersion(source)}, a newer major than the target's ${formatVersion(target)}; remote reindex does not read from a newer major`, 'Choose a target of the same or a newer major version.'),
    );
  }
  if (request.type === 'copy' && isNewer) {
    findings.push(
      warning('IncompatibleVersion', 'target', `the source runs ${formatVersion(source)}, a newer major than the target's ${formatVersion(target)}: mappings and settings may be unknown to the target`, 'If an index is refused, make it at the target by hand and use onExisting: "merge".'),
    );
  }
  findings.push(note('Versions', 'target', `${source.connection} runs ${versionOf(source)}, ${target.connection} runs ${versionOf(target)}`));
  return findings;
}

function versionOf(cluster: ClusterFacts): string {
  return isServerless(cluster) ? 'serverless' : formatVersion(cluster);
}

const SKIP = 'Skip it, or start again without it in indices.';

export function checkReadable(units: readonly UnitFacts[]): Finding[] {
  return units.flatMap((unit) =>
    unit.indices.flatMap((index) => {
      const label = unit.kind === 'data-stream' ? `${index.name} of data stream ${unit.name}` : index.name;
      if (index.isClosed) return [finding('error', 'IndexNotReadable', unit.name, `${label} is closed`, `Open it at the source and retry. ${SKIP}`)];
      if (index.health === 'red') {
        return [finding('error', 'IndexUnhealthy', unit.name, `${label} has primary shards that are not available at the source`, 'See GET _cluster/allocation/explain at the source, mend it and retry; or skip it.')];
      }
      return [];
    }),
  );
}

/** Names that are taken at the target. */
export function checkReindexCollisions(units: readonly UnitFacts[], existing: TargetNames, request: Pick<SlicedRequest, 'onExisting' | 'includeAliases'>): Finding[] {
  const findings: Finding[] = [];
  for (const unit of units) {
    const isStream = existing.dataStreams.has(unit.target);
    if (isStream || existing.indices.has(unit.target)) {
      const what = isStream ? 'a data stream' : 'an index';
      if (request.onExisting === 'replace') {
        findings.push(warning('IndexAlreadyExists', unit.name, `${unit.target} exists at the target as ${what} and will be deleted first; its content cannot be brought back`, 'Take a snapshot of the target first if it is worth keeping.'));
      } else if (request.onExisting === 'merge') {
        findings.push(note('IndexAlreadyExists', unit.name, `${unit.target} exists at the target as ${what}; documents are added to it, and those with a newer version win`));
      } else {
        findings.push(finding('error', 'IndexAlreadyExists', unit.name, `${unit.target} exists at the target as ${what}`, 'Delete it at the target, exclude or rename it, or start again with onExisting: "merge" or "replace".'));
      }
    } else if (existing.aliases.has(unit.target)) {
      findings.push(finding('error', 'AliasConflict', unit.name, `${unit.target} is an alias at the target, so no index can have that name`, 'Remove the alias at the target, or rename.'));
    }
    for (const alias of request.includeAliases ? unit.indices.flatMap((index) => index.aliases) : []) {
      if (existing.indices.has(alias) || existing.dataStreams.has(alias)) {
        findings.push(finding('error', 'AliasConflict', unit.name, `${unit.name} has the alias ${alias}, and the target has an index or data stream of that name`, 'Start again with includeAliases: false, or remove that index at the target.'));
      } else if (existing.aliases.has(alias)) {
        findings.push(warning('AliasConflict', unit.name, `the alias ${alias} of ${unit.name} exists at the target too and will point to both`, 'Start with includeAliases: false, or remove the alias at the target.'));
      }
    }
  }
  return findings;
}

/** Names that become one, whose documents may have equal ids. */
export function checkMerged(units: readonly UnitFacts[]): Finding[] {
  const byTarget = new Map<string, string[]>();
  for (const unit of units) byTarget.set(unit.target, [...(byTarget.get(unit.target) ?? []), unit.name]);
  return [...byTarget].flatMap(([target, names]) =>
    names.length < 2
      ? []
      : [warning('Merged', target, `${String(names.length)} become one: ${names.slice(0, 5).join(', ')} go into ${target}; of documents with equal ids one is kept, and the comparison of counts will show it`, 'Make sure that their ids differ, or rename so that they stay apart.')],
  );
}

/** Lifecycle policies do not travel, and act at the source meanwhile. */
export function checkReindexLifecycle(units: readonly UnitFacts[], target: ClusterKind): Finding[] {
  const managed = units.filter((unit) => unit.indices.some((index) => index.lifecyclePolicy !== null));
  if (managed.length === 0) return [];
  return [
    warning(
      'LifecycleActive',
      managed.length === 1 ? (managed[0]?.name ?? '') : `${String(managed.length)} indices and data streams`,
      `${String(managed.length)} of them have a lifecycle policy, which may delete or shrink them at the source meanwhile; it is not carried over to the target`,
      `Stop ILM at the source meanwhile (POST _ilm/stop), and ${target === 'serverless' ? 'give the data streams a data_retention at the target, which has no lifecycle policies: a migration of type "components" does that' : 'set the policy at the target afterwards'}.`,
    ),
  ];
}
