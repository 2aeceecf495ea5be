/**
 * Preflight of reindex and copy: both sides looked at, for reindex the way between them tried by the target itself, the
 * plan written into the ledger once nothing stands in the way. It touches neither cluster.
 */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { ReindexRequest, SlicedRequest, VerifyRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { finding, isRequestError, note, toResult } from '../domain/findings.js';
import { checkBlockPrivilege, checkCatchUp } from '../domain/preflight/catch-up-checks.js';
import { checkDisk, checkShards } from '../domain/preflight/cluster-checks.js';
import type { UnitFacts } from '../domain/preflight/facts.js';
import { checkMerged, checkReadable, checkSlicedClusters, checkReindexCollisions, checkReindexLifecycle } from '../domain/preflight/reindex-checks.js';
import { checkTransform } from '../domain/preflight/transform-checks.js';
import { checkVerifyMode } from '../domain/preflight/verify-checks.js';
import { UNIT_METHOD } from '../domain/reindex/methods.js';
import { isAbsent, isUnavailableApi, tryCall } from '../elasticsearch/calls.js';
import { showsNodes, type Cluster, type ClusterIdentity, type Clusters } from '../elasticsearch/cluster.js';
import { readDiskRoom, readShardRoom } from '../elasticsearch/inventory.js';
import { indicesWithout } from '../elasticsearch/privileges.js';
import { probeRemote } from '../elasticsearch/remote-probe.js';
import type { RemoteSource } from '../elasticsearch/remote-source.js';
import { namesAtTarget } from '../elasticsearch/target-names.js';
import type { Store } from '../store/store.js';
import { PageReader } from '../transfer/reader.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { examineBodies } from './body-preflight.js';
import { sizeOf } from './preflight.js';
import { concludePreflight, describePlan, describeWarnings, isAboutUnit, type PreflightOutcome } from './preflight-outcome.js';
import { planReindex, refreshSelected } from './reindex-plan.js';
import { checkModule, tryTransform } from './transform-sample.js';
import { pinTransform, stepsOf, transformOf, type TransformModules } from './transforms.js';

interface Examination {
  readonly findings: Finding[];
  readonly units: readonly UnitFacts[];
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
}

/** The source as the target is to see it. Holds secrets. */
export function remoteOf(source: Cluster, request: ReindexRequest): RemoteSource {
  const remote = source.remoteSource();
  return request.remote === undefined ? remote : { ...remote, host: request.remote.host };
}

async function checkedClusters(clusters: Clusters, request: SlicedRequest, signal: AbortSignal): Promise<Pick<Examination, 'findings' | 'source' | 'target'>> {
  const [source, target] = [clusters.get(request.source), clusters.get(request.target)];
  const [sourceIdentity, targetIdentity] = await Promise.all([source.identity(signal), target.identity(signal)]);
  return {
    findings: [...checkVerifyMode(request), ...checkTransform(transformOf(request) ?? []), ...checkSlicedClusters(request, { ...sourceIdentity, connection: request.source, kind: source.kind }, { ...targetIdentity, connection: request.target, kind: target.kind })],
    source: sourceIdentity,
    target: targetIdentity,
  };
}

interface Room {
  readonly clusters: Clusters;
  readonly transforms: TransformModules;
  /** Whether this process is one that moves documents. */
  readonly isWorker: boolean;
}

/** Read-only. @throws the codes of unreachable clusters and missing privileges */
async function examine({ clusters, transforms, isWorker }: Room, request: SlicedRequest, excluded: readonly string[], signal: AbortSignal): Promise<Examination> {
  const { findings: ofClusters, ...identities } = await checkedClusters(clusters, request, signal);
  if (ofClusters.some(isRequestError)) return { findings: ofClusters, units: [], ...identities };
  const [source, target] = [clusters.get(request.source), clusters.get(request.target)];
  const plan = await planReindex(source, request, excluded, signal);
  const findings = [...ofClusters, ...plan.findings];
  if (findings.some(isRequestError)) return { findings, units: [], ...identities };
  const readable = checkReadable(plan.units);
  const aliases = request.includeAliases ? plan.units.flatMap((unit) => unit.indices.flatMap((index) => index.aliases)) : [];
  const [existing, disk, shards, ofPipeline, unblockable] = await Promise.all([
    namesAtTarget(target, [...plan.units.map((unit) => unit.target), ...aliases], signal),
    readDiskRoom(target, signal),
    readShardRoom(target, signal),
    checkPipeline(target, request, signal),
    checkBlock(source, request, plan.units, signal),
  ]);
  findings.push(
    ...ofPipeline,
    ...readable,
    ...checkReindexCollisions(plan.units, existing, request),
    ...checkMerged(plan.units),
    ...checkReindexLifecycle(plan.units, target.kind),
    ...checkCatchUp(plan.units, existing, request),
    ...unblockable,
    ...(showsNodes(target) ? checkDisk(plan.units, disk, null) : []),
    ...checkShards(plan.units, shards, null),
  );
  const isMade = ({ target: name }: UnitFacts): boolean => request.onExisting === 'replace' || !(existing.indices.has(name) || existing.dataStreams.has(name) || existing.aliases.has(name));
  findings.push(...(await examineBodies(source, target, plan.units.filter(isMade), signal)));
  const unreadable = new Set(readable.map((item) => item.subject));
  if (request.type === 'copy') {
    if (stepsOf(request) !== undefined) {
      const ofModule = await checkModule(transforms, request.transform ?? [], isWorker);
      findings.push(...ofModule);
      if (ofModule.length === 0) findings.push(...(await tryTransform(source, transforms, request, plan.units.filter((unit) => !unreadable.has(unit.name)), signal)));
    }
    return { findings, units: plan.units, ...identities };
  }
  findings.push(...(await checkWay(source, target, request, plan.units.filter((unit) => !unreadable.has(unit.name)), signal)));
  return { findings, units: plan.units, ...identities };
}

/** Whether the gate may do what it is for. */
async function checkBlock(source: Cluster, request: SlicedRequest, units: readonly UnitFacts[], signal: AbortSignal): Promise<Finding[]> {
  if (request.catchUp?.gate !== true) return [];
  const names = units.flatMap((unit) => unit.indices.map((index) => index.name));
  return checkBlockPrivilege(request.source, await indicesWithout(source, 'manage', names, signal));
}

/** The target itself reads nothing from every index. */
async function checkWay(source: Cluster, target: Cluster, request: ReindexRequest, units: readonly UnitFacts[], signal: AbortSignal): Promise<Finding[]> {
  const names = units.flatMap((unit) => unit.indices.map((index) => index.name));
  const remote = remoteOf(source, request);
  const failure = await probeRemote(source, target, { remote, names }, signal);
  if (failure !== null) return [finding('error', failure.code, failure.subject ?? request.target, failure.message, failure.remedy)];
  return names.length === 0 ? [] : [note('RemoteReached', request.target, `${request.target} reads from ${request.source} at ${remote.host}`)];
}

async function checkPipeline(target: Cluster, request: SlicedRequest, signal: AbortSignal): Promise<Finding[]> {
  const id = request.pipeline;
  if (id === undefined || id === '_none') return [];
  const found = await tryCall(target, { action: `look for pipeline ${id}`, subject: 'pipeline' }, () => target.client.ingest.getPipeline({ id }, { signal }), (error) => isAbsent(error) || isUnavailableApi(error));
  return found === null ? [finding('error', 'ValidationFailed', 'pipeline', `the target has no ingest pipeline ${id}`, 'Make the pipeline at the target, or correct its name.')] : [];
}

/** For `POST /v1/migrations/preflight`. */
export async function preflightSlicedRequest(room: Omit<Room, 'isWorker'>, request: SlicedRequest, signal: AbortSignal): Promise<PreflightResult> {
  const { findings, units } = await examine({ ...room, isWorker: false }, request, [], signal);
  return toResult(findings, units.length === 0 ? null : sizeOf(units));
}

/** What makes a request impossible as it is. */
export async function findingsOfSliced(clusters: Clusters, request: SlicedRequest, signal: AbortSignal): Promise<Finding[]> {
  const { findings } = await checkedClusters(clusters, request, signal);
  if (findings.some(isRequestError)) return findings.filter(isRequestError);
  const plan = await planReindex(clusters.get(request.source), request, [], signal);
  return [...plan.findings, ...(await checkPipeline(clusters.get(request.target), request, signal))].filter(isRequestError);
}

interface PreflightInput {
  readonly id: string;
  readonly request: SlicedRequest;
  readonly createdAt: string;
  readonly excluded: readonly string[];
}

/** Safe to repeat: it reads, and writes the same draft and plan. */
async function preflightSliced({ clusters, store, transforms }: ActivityDeps, input: PreflightInput): Promise<PreflightOutcome> {
  const { id, createdAt, excluded } = input;
  report({ step: 'preflight', detail: 'preflight reads both clusters' });
  const request = await pinned(transforms, input.request);
  await refreshSelected(clusters.get(request.source), request, cancellationSignal());
  const { findings, units, source, target } = await examine({ clusters, transforms, isWorker: true }, request, excluded, cancellationSignal());
  const plan = units.length === 0 ? null : sizeOf(units);
  const outcome = await concludePreflight(store, {
    id,
    createdAt,
    findings,
    plan,
    draft: { request, source, target },
    isSkippable: isAboutUnit(units),
    writePlan: () => writePlan(store, id, request.type, units),
    summary: plan === null ? 'nothing to move' : `${describePlan(plan)}; ${describeWarnings(findings)}`,
  });
  return request.type === 'copy' && request.transform !== undefined ? { ...outcome, transform: request.transform } : outcome;
}

/** With the digest of the module that its transform names; a module that cannot be read stays as it is, for the findings. */
export async function pinned<Request extends SlicedRequest | VerifyRequest>(transforms: TransformModules, request: Request): Promise<Request> {
  const transform = transformOf(request);
  if (transform === undefined) return request;
  try {
    return { ...request, transform: await pinTransform(transforms, transform) };
  } catch (error) {
    if (error instanceof GodwitError && error.subject === 'transform') return request;
    throw error;
  }
}

/** One row for each index or data stream as a whole; its slices are cut when its target is prepared. */
export async function writePlan(store: Store, id: string, type: keyof typeof UNIT_METHOD, units: readonly UnitFacts[]): Promise<void> {
  const byTarget = new Map<string, string[]>();
  for (const unit of units) byTarget.set(unit.target, [...(byTarget.get(unit.target) ?? []), unit.name]);
  await store.ledger.add(
    id,
    units.map((unit) => {
      const [documents, bytes] = [unit.indices.reduce((sum, index) => sum + index.documents, 0), unit.indices.reduce((sum, index) => sum + index.bytes, 0)];
      return {
        index: unit.name,
        slice: 0,
        target: unit.target,
        method: UNIT_METHOD[type],
        ...(type === 'verify' ? { documents, bytes } : { documents: null, bytes: null }),
        detail: {
          kind: unit.kind,
          sources: unit.indices.map((index) => index.name),
          created: Object.fromEntries(unit.indices.flatMap(({ name, created }) => (created === null ? [] : [[name, created]]))),
          group: byTarget.get(unit.target) ?? [unit.name],
          documentBytes: Math.ceil(bytes / Math.max(1, documents)),
        },
      };
    }),
  );
}

/** About as much is read to see how large documents are. */
const SAMPLE_BYTES = 256 * 1024;

/** Average size of `_source` of some documents: what is on disk is compressed. */
export async function sampleBytes(source: Cluster, index: string, signal: AbortSignal): Promise<number> {
  const reader = await PageReader.open(source, { index, pageBytes: SAMPLE_BYTES, withVersion: false, signal });
  try {
    const page = await reader.next();
    return page === null ? 0 : page.hits.reduce((sum, hit) => sum + hit.sourceEnd - hit.sourceStart, 0) / page.hits.length;
  } finally {
    await reader.close();
  }
}

export function createReindexPreflightActivities(deps: ActivityDeps) {
  return { preflightSliced: withPulse((input: PreflightInput) => preflightSliced(deps, input)) };
}
