/** What a request moves: names resolved at the source or in an existing snapshot, described, and given their names at the target. */
import type { Finding } from '../contracts/preflight.js';
import type { SnapshotRestoreRequest } from '../contracts/requests.js';
import { finding, warning } from '../domain/findings.js';
import { selectByPatterns } from '../domain/index-patterns.js';
import type { IndexFacts, UnitFacts } from '../domain/preflight/facts.js';
import { GodwitError } from '../domain/errors.js';
import { backingTarget, planNames, streamOfBackingIndex } from '../domain/rename.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { countDocuments } from '../elasticsearch/count-documents.js';
import { describeIndices, type IndexDescription } from '../elasticsearch/describe-indices.js';
import { resolveIndices } from '../elasticsearch/resolve-indices.js';
import { findSnapshot, type SnapshotInfo } from '../elasticsearch/snapshots.js';

/** No index at all: for a migration of feature states only. */
const NONE = '-*';

export interface UnitPlan {
  readonly units: readonly UnitFacts[];
  /** What a person skipped, with its kind left out: it is only named in the report. */
  readonly skipped: readonly string[];
  readonly findings: readonly Finding[];
}

/** A unit before it has a name at the target. */
interface Selected {
  readonly name: string;
  readonly kind: UnitFacts['kind'];
  readonly indices: readonly string[];
}

interface Selection {
  readonly selected: readonly Selected[];
  readonly unmatched: readonly string[];
  /** Set when an existing snapshot decides, not the source as it is now. */
  readonly snapshot: SnapshotInfo | null;
}

/** Read-only. @throws SnapshotMissing and the codes of failed calls */
export async function planUnits(source: Cluster, request: SnapshotRestoreRequest, excluded: readonly string[], signal: AbortSignal): Promise<UnitPlan> {
  const selection = request.snapshot === undefined ? await selectAtSource(source, request, signal) : await selectInSnapshot(source, request, request.snapshot, signal);
  const selected = selection.selected.filter((unit) => !excluded.includes(unit.name));
  const skipped = selection.selected.filter((unit) => excluded.includes(unit.name)).map((unit) => unit.name);
  const findings = selection.unmatched.filter((pattern) => pattern !== NONE).map((pattern) => unmatched(request, pattern));
  const movesStates = request.featureStates.length > 0 || request.includeGlobalState;
  if (selected.length === 0 && !movesStates && findings.every((item) => item.severity !== 'error')) {
    findings.push(skipped.length > 0 ? nothingLeft(skipped) : nothingMatched(request, request.indices.join(', ')));
  }
  let names: ReturnType<typeof planNames>;
  try {
    names = planNames(
      selected.map((unit) => unit.name),
      request.rename,
    );
  } catch (error) {
    if (!(error instanceof GodwitError)) throw error;
    return { units: [], skipped, findings: [...findings, finding('error', 'InvalidRename', error.subject ?? 'rename', error.message, error.remedy)] };
  }
  findings.push(...names.problems.map((problem) => finding('error', 'InvalidRename', 'rename', problem.message)));
  const concrete = selected.flatMap((unit) => unit.indices);
  const [described, counts] = [await describeIndices(source, concrete, signal), await countDocuments(source, concrete, signal)];
  const byName = new Map(described.map((index) => [index.name, index]));
  const units = selected.flatMap((unit) => {
    const target = names.targets.get(unit.name);
    if (target === undefined) return [];
    return [{ name: unit.name, target, kind: unit.kind, indices: unit.indices.map((name) => ({ ...factsOf(unit, name, target, request, byName.get(name), selection.snapshot), documents: counts.get(name) ?? 0 })) }];
  });
  return { units, skipped, findings };
}

async function selectAtSource(source: Cluster, request: SnapshotRestoreRequest, signal: AbortSignal): Promise<Selection> {
  const { indices, dataStreams, unmatched: missing } = await resolveIndices(source, request.indices, signal);
  return {
    selected: [
      ...indices.map(({ name }) => ({ name, kind: 'index' as const, indices: [name] })),
      ...dataStreams.map(({ name, backingIndices }) => ({ name, kind: 'data-stream' as const, indices: backingIndices })),
    ],
    unmatched: missing,
    snapshot: null,
  };
}

async function selectInSnapshot(source: Cluster, request: SnapshotRestoreRequest, name: string, signal: AbortSignal): Promise<Selection> {
  const snapshot = await findSnapshot(source, request.repository.name, name, signal);
  if (snapshot === null) throw new GodwitError('SnapshotMissing', `repository ${request.repository.name} has no snapshot ${name}`, { subject: 'snapshot' });
  const streams = new Map(snapshot.dataStreams.map((stream) => [stream, new Array<string>()]));
  const system = new Set(snapshot.featureIndices);
  const single: string[] = [];
  for (const index of snapshot.indices) {
    const owner = streams.get(streamOfBackingIndex(index) ?? '');
    if (owner !== undefined) owner.push(index);
    else if (!system.has(index)) single.push(index);
  }
  const { selected, unmatched: missing } = selectByPatterns(request.indices, [...single, ...streams.keys()]);
  return {
    selected: selected.map((unit) => {
      const backing = streams.get(unit);
      return backing === undefined ? { name: unit, kind: 'index', indices: [unit] } : { name: unit, kind: 'data-stream', indices: backing };
    }),
    unmatched: missing,
    snapshot,
  };
}

function nothingLeft(skipped: readonly string[]): Finding {
  return finding('error', 'NoIndexMatched', 'indices', `everything that was matched has been skipped: ${skipped.slice(0, 10).join(', ')}`, 'Start a migration of what is to be moved.');
}

function unmatched(request: SnapshotRestoreRequest, pattern: string): Finding {
  if (pattern.startsWith('-')) {
    return warning('NoIndexMatched', 'indices', `the exclusion ${pattern} matches nothing`, 'Check its spelling.');
  }
  return nothingMatched(request, pattern);
}

function nothingMatched(request: SnapshotRestoreRequest, pattern: string): Finding {
  const where = request.snapshot === undefined ? `at ${request.source}` : `in snapshot ${request.snapshot}`;
  return finding('error', 'NoIndexMatched', 'indices', `nothing ${where} matches ${pattern}`);
}

function factsOf(unit: Selected, name: string, target: string, request: SnapshotRestoreRequest, index: IndexDescription | undefined, snapshot: SnapshotInfo | null): Omit<IndexFacts, 'documents'> {
  return {
    name,
    target: unit.kind === 'index' ? target : backingTarget(name, request.rename),
    versionCreated: index?.createdVersion ?? 0,
    // What stands in an existing snapshot may have been deleted and made anew since: then only its age tells.
    created: snapshot === null ? (index?.createdAtMs ?? null) : null,
    createdBefore: snapshot === null ? null : Date.parse(snapshot.endedAt),
    primaries: index?.primaries ?? 0,
    replicas: index?.replicas ?? 0,
    bytes: index?.storeBytes ?? 0,
    isClosed: snapshot === null && (index?.isClosed ?? false),
    health: snapshot === null ? (index?.health ?? null) : null,
    isSearchableSnapshot: index?.storeType === 'snapshot',
    lifecyclePolicy: index?.lifecyclePolicy ?? null,
    allocationFilters: Object.keys(index?.settings ?? {}).filter((key) => /^index\.routing\.allocation\.(require|include|exclude)\.(?!_tier_preference$)/.test(key)),
    aliases: (index?.aliases ?? []).map((alias) => alias.name),
  };
}
