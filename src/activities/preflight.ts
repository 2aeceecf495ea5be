/**
 * Preflight of snapshot-restore: gathers what both sides are like, has it judged, and writes the plan into the ledger
 * once nothing stands in the way. It touches neither cluster.
 */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { SnapshotRestoreRequest } from '../contracts/requests.js';
import { isRequestError, note, toResult } from '../domain/findings.js';
import { checkClusters, checkDisk, checkShards } from '../domain/preflight/cluster-checks.js';
import type { UnitFacts } from '../domain/preflight/facts.js';
import { checkAllocation, checkCollisions, checkLifecycle, checkRestorable, checkStreamTemplates } from '../domain/preflight/index-checks.js';
import { checkRepository } from '../domain/preflight/repository-checks.js';
import type { ClusterIdentity, Clusters } from '../elasticsearch/cluster.js';
import { readDiskRoom, readLicence, readShardRoom, readStreamPatterns } from '../elasticsearch/inventory.js';
import { listRepositories } from '../elasticsearch/snapshots.js';
import { namesAtTarget } from '../elasticsearch/target-names.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { examineStates } from './feature-state-preflight.js';
import { concludePreflight, describePlan, describeWarnings, isAboutUnit, type PreflightOutcome } from './preflight-outcome.js';
import { planUnits } from './unit-plan.js';

export interface Examination {
  readonly findings: Finding[];
  readonly units: readonly UnitFacts[];
  readonly skipped: readonly string[];
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
}

const READING = 'preflight reads both clusters';

/**
 * Examines a request against both clusters. Read-only.
 *
 * @param excluded names that a person skipped
 * @throws the codes of unreachable clusters and missing privileges
 */
export async function examine(clusters: Clusters, request: SnapshotRestoreRequest, excluded: readonly string[], signal: AbortSignal): Promise<Examination> {
  const source = clusters.get(request.source);
  const target = clusters.get(request.target);
  const [sourceIdentity, targetIdentity] = await Promise.all([source.identity(signal), target.identity(signal)]);
  const ofClusters = checkClusters(
    { ...sourceIdentity, connection: request.source, kind: source.kind },
    { ...targetIdentity, connection: request.target, kind: target.kind },
  );
  const found = { source: sourceIdentity, target: targetIdentity };
  // Nothing else can be asked of clusters that do not go together.
  if (ofClusters.some(isRequestError)) return { findings: ofClusters, units: [], skipped: [], ...found };
  const plan = await planUnits(source, request, excluded, signal);
  if (plan.findings.some(isRequestError)) return { findings: [...ofClusters, ...plan.findings], units: [], skipped: plan.skipped, ...found };
  const findings = [...ofClusters, ...plan.findings, ...(await examineData(clusters, request, plan.units, targetIdentity, signal))];
  return { findings, units: plan.units, skipped: plan.skipped, ...found };
}

async function examineData(
  clusters: Clusters,
  request: SnapshotRestoreRequest,
  units: readonly UnitFacts[],
  version: ClusterIdentity,
  signal: AbortSignal,
): Promise<Finding[]> {
  const [source, target] = [clusters.get(request.source), clusters.get(request.target)];
  const aliases = request.includeAliases ? units.flatMap((unit) => unit.indices.flatMap((index) => index.aliases)) : [];
  const [sourceRepositories, targetRepositories, existing, disk, shards, level, streamPatterns] = await Promise.all([
    listRepositories(source, signal),
    listRepositories(target, signal),
    namesAtTarget(target, [...units.map((unit) => unit.target), ...aliases], signal),
    readDiskRoom(target, signal),
    readShardRoom(target, signal),
    readLicence(target, signal),
    units.some((unit) => unit.kind === 'data-stream') ? readStreamPatterns(target, signal) : null,
  ]);
  return [
    ...checkRepository(request.repository, sourceRepositories, targetRepositories),
    ...checkRestorable(units, version),
    ...checkCollisions(units, existing, request),
    ...checkDisk(units, disk, replicasOverride(request)),
    ...checkShards(units, shards, replicasOverride(request)),
    ...checkAllocation(units, request),
    ...checkStreamTemplates(units, streamPatterns),
    ...checkLifecycle(units, request.ignoreIndexSettings),
    ...(restoresStates(request) ? (await examineStates(clusters, request, [], targetRepositories, signal)).findings : []),
    note('Licence', 'target', level === null ? 'the licence of the target could not be found out' : `the licence of the target is ${level.type}`),
  ];
}

function restoresStates(request: SnapshotRestoreRequest): boolean {
  return request.featureStates.length > 0 || request.includeGlobalState;
}

function replicasOverride(request: SnapshotRestoreRequest): number | null {
  const value = request.indexSettings['index.number_of_replicas'] ?? request.indexSettings['number_of_replicas'];
  return value === undefined || value === null ? null : Number(value);
}

/** For `POST /v1/migrations/preflight`. */
export async function preflightSnapshotRestore(clusters: Clusters, request: SnapshotRestoreRequest, signal: AbortSignal): Promise<PreflightResult> {
  const { findings, units } = await examine(clusters, request, [], signal);
  return toResult(findings, units.length === 0 ? null : sizeOf(units));
}

/** What makes a request impossible as it is, found with the few calls that this takes. @throws as `examine` */
export async function findingsOfSnapshotRestore(clusters: Clusters, request: SnapshotRestoreRequest, signal: AbortSignal): Promise<Finding[]> {
  const { source, target } = request;
  const [sourceIdentity, targetIdentity] = await Promise.all([clusters.get(source).identity(signal), clusters.get(target).identity(signal)]);
  const ofClusters = checkClusters(
    { ...sourceIdentity, connection: source, kind: clusters.get(source).kind },
    { ...targetIdentity, connection: target, kind: clusters.get(target).kind },
  ).filter(isRequestError);
  if (ofClusters.length > 0) return ofClusters;
  return (await planUnits(clusters.get(source), request, [], signal)).findings.filter(isRequestError);
}

export function sizeOf(units: readonly UnitFacts[]): NonNullable<PreflightResult['plan']> {
  const indices = units.flatMap((unit) => unit.indices);
  return {
    indices: units.filter((unit) => unit.kind === 'index').length,
    dataStreams: units.filter((unit) => unit.kind === 'data-stream').length,
    documents: indices.reduce((sum, index) => sum + index.documents, 0),
    bytes: indices.reduce((sum, index) => sum + index.bytes, 0),
  };
}

interface PreflightInput {
  readonly id: string;
  readonly request: SnapshotRestoreRequest;
  readonly createdAt: string;
  readonly excluded: readonly string[];
}

/** Safe to repeat: it reads, and writes the same draft and plan. */
async function preflight({ clusters, store }: ActivityDeps, input: PreflightInput): Promise<PreflightOutcome> {
  const { id, request, createdAt, excluded } = input;
  report({ step: 'preflight', detail: READING });
  const { findings, units, skipped, source, target } = await examine(clusters, request, excluded, cancellationSignal());
  const plan = units.length === 0 ? null : sizeOf(units);
  return concludePreflight(store, {
    id,
    createdAt,
    findings,
    plan,
    draft: { request, source, target },
    isSkippable: isAboutUnit(units),
    writePlan: () => writePlan({ store }, id, units, skipped),
    summary: plan === null ? 'nothing to move' : `${describePlan(plan)}; ${describeWarnings(findings)}`,
  });
}

async function writePlan({ store }: Pick<ActivityDeps, 'store'>, id: string, units: readonly UnitFacts[], skipped: readonly string[]): Promise<void> {
  await store.ledger.add(
    id,
    units.map((unit) => ({
      index: unit.name,
      slice: 0,
      target: unit.target,
      method: 'snapshot',
      documents: unit.indices.reduce((sum, index) => sum + index.documents, 0),
      bytes: unit.indices.reduce((sum, index) => sum + index.bytes, 0),
      detail: { kind: unit.kind, indices: unit.indices.map(({ name, target, created, createdBefore, primaries }) => ({ source: name, name: target, created, createdBefore, primaries })) },
    })),
  );
  // Left out by a person, and named in the report for it.
  await store.ledger.add(
    id,
    skipped.map((name) => ({ index: name, slice: 0, target: name, method: 'snapshot', documents: null, bytes: null, detail: { note: 'skipped in preflight' } })),
  );
  await store.ledger.change(
    id,
    skipped.map((name) => ({ index: name, slice: 0, status: 'skipped' as const, verdict: 'skipped' as const })),
  );
}

export function createPreflightActivities(deps: ActivityDeps) {
  return { preflight: withPulse((input: PreflightInput) => preflight(deps, input)) };
}
