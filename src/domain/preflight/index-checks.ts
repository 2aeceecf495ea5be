/** Judges index by index what can be restored and what would collide at the target. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import { finding, warning } from '../findings.js';
import { matchesPattern } from '../index-patterns.js';
import { createdMajor, indexIncompatibility, type Version } from '../versions.js';
import type { IndexFacts, TargetNames, UnitFacts } from './facts.js';

const SKIP = 'Skip it, or start again without it in indices.';

/** Indices that a restore at the target would refuse or could not prove, with the reason. */
export function checkRestorable(units: readonly UnitFacts[], target: Version): Finding[] {
  return units.flatMap((unit) => unit.indices.flatMap((index) => checkIndex(unit, index, target)));
}

function checkIndex(unit: UnitFacts, index: IndexFacts, target: Version): Finding[] {
  const label = unit.kind === 'data-stream' ? `${index.name} of data stream ${unit.name}` : index.name;
  const tooOld = index.versionCreated === 0 ? null : indexIncompatibility(createdMajor(index.versionCreated), target);
  if (tooOld !== null) {
    return [finding('error', 'IndexNotRestorable', unit.name, `${label} cannot be restored: ${tooOld}`, `${SKIP} Move it by reindexing, or through a cluster of the version in between.`)];
  }
  if (index.isSearchableSnapshot) {
    return [
      finding('error', 'IndexNotRestorable', unit.name, `${label} is a searchable snapshot: a new snapshot would hold only a pointer to the original one`, `${SKIP} Register its repository at the target and restore or mount the original snapshot, or reindex it.`),
    ];
  }
  if (index.isClosed) {
    return [finding('error', 'IndexNotRestorable', unit.name, `${label} is closed, so its documents cannot be counted on either side`, `Open it at the source and retry. ${SKIP}`)];
  }
  if (index.health === 'red') {
    return [finding('error', 'IndexUnhealthy', unit.name, `${label} has primary shards that are not available at the source`, 'See GET _cluster/allocation/explain at the source, mend it and retry; or skip it.')];
  }
  return [];
}

/** Names that are taken at the target. */
export function checkCollisions(units: readonly UnitFacts[], existing: TargetNames, request: { onExisting: string; includeAliases: boolean }): Finding[] {
  const findings: Finding[] = [];
  const arriving = new Map<string, string>();
  for (const unit of units) for (const alias of request.includeAliases ? unit.indices.flatMap((index) => index.aliases) : []) arriving.set(alias, unit.name);
  for (const unit of units) {
    if (existing.indices.has(unit.target) || existing.dataStreams.has(unit.target)) {
      const what = existing.dataStreams.has(unit.target) ? 'a data stream' : 'an index';
      if (request.onExisting === 'replace') {
        findings.push(warning('IndexAlreadyExists', unit.name, `${unit.target} exists at the target as ${what} and will be replaced; its content cannot be brought back`, 'Take a snapshot of the target first if it is worth keeping.'));
      } else {
        findings.push(finding('error', 'IndexAlreadyExists', unit.name, `${unit.target} exists at the target as ${what}`));
      }
    } else if (existing.aliases.has(unit.target)) {
      findings.push(finding('error', 'AliasConflict', unit.name, `${unit.target} is an alias at the target, so no index can have that name`));
    }
  }
  for (const [alias, owner] of arriving) {
    if (existing.indices.has(alias) || existing.dataStreams.has(alias)) {
      findings.push(finding('error', 'AliasConflict', owner, `${owner} has the alias ${alias}, and the target has an index or data stream of that name`));
    } else if (existing.aliases.has(alias)) {
      findings.push(warning('AliasConflict', owner, `the alias ${alias} of ${owner} exists at the target too and will point to both`, 'Start with includeAliases: false, or remove the alias at the target.'));
    }
  }
  return findings;
}

/** Lifecycle policies that may delete, shrink or roll over an index while it is moved, on either side. */
export function checkLifecycle(units: readonly UnitFacts[], ignoredSettings: readonly string[]): Finding[] {
  const managed = units.filter((unit) => unit.indices.some((index) => index.lifecyclePolicy !== null));
  if (managed.length === 0) return [];
  const policies = [...new Set(managed.flatMap((unit) => unit.indices.flatMap((index) => index.lifecyclePolicy ?? [])))];
  const isOff = ignoredSettings.some((setting) => setting === 'index.lifecycle.name' || setting === 'index.lifecycle.*');
  return [
    warning(
      'LifecycleActive',
      managed.length === 1 ? (managed[0]?.name ?? '') : `${String(managed.length)} indices and data streams`,
      `the lifecycle policies ${policies.slice(0, 5).join(', ')} may delete, shrink or roll over ${String(managed.length)} of them at the source meanwhile${isOff ? '' : ', and act at the target as soon as they arrive there if it has policies of these names'}`,
      isOff ? 'Stop ILM at the source meanwhile (POST _ilm/stop).' : 'Stop ILM meanwhile (POST _ilm/stop), or leave the policy out at the target: ignoreIndexSettings: ["index.lifecycle.name"].',
    ),
  ];
}

/** Allocation filters travel with an index, and the target's nodes may not have what they ask for. */
export function checkAllocation(units: readonly UnitFacts[], request: { readonly ignoreIndexSettings: readonly string[]; readonly indexSettings: Readonly<Record<string, unknown>> }): Finding[] {
  const isHandled = (setting: string): boolean =>
    setting in request.indexSettings || request.ignoreIndexSettings.some((ignored) => ignored === setting || (ignored.endsWith('*') && setting.startsWith(ignored.slice(0, -1))));
  return units.flatMap((unit) => {
    const open = [...new Set(unit.indices.flatMap((index) => index.allocationFilters))].filter((setting) => !isHandled(setting));
    if (open.length === 0) return [];
    return [
      warning('AllocationFilters', unit.name, `${unit.name} is bound to nodes by ${open.join(', ')}, which the nodes of the target may not match`, 'Leave the filters out: ignoreIndexSettings: ["index.routing.allocation.*"].'),
    ];
  });
}

/** A restored data stream takes its next backing index from a template of the target. */
export function checkStreamTemplates(units: readonly UnitFacts[], patterns: readonly string[] | null): Finding[] {
  if (patterns === null) return [];
  return units
    .filter((unit) => unit.kind === 'data-stream' && !patterns.some((pattern) => matchesPattern(pattern, unit.target)))
    .map((unit) =>
      warning('DataStreamTemplateMissing', unit.name, `no index template of the target makes a data stream of ${unit.target}, so it will not roll over`, 'Create the index template at the target before anything is written there.'),
    );
}
