/** Preflight of feature states: for system-indices, and for whoever restores some beside its indices. Read-only. */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { StatesRequest, SystemIndicesRequest } from '../contracts/requests.js';
import { SECURITY, indicesOfState, selectStates } from '../domain/feature-states.js';
import { finding, isRequestError, toResult } from '../domain/findings.js';
import { checkClusters } from '../domain/preflight/cluster-checks.js';
import { checkCredential, checkGlobalState, checkMissing, checkReplaced, checkSecurity, checkWayBack } from '../domain/preflight/feature-state-checks.js';
import { checkRepository } from '../domain/preflight/repository-checks.js';
import type { Cluster, ClusterIdentity, Clusters } from '../elasticsearch/cluster.js';
import { readGlobalState } from '../elasticsearch/global-state.js';
import { listFeatures } from '../elasticsearch/inventory.js';
import { readOwnCredential, readSecurity } from '../elasticsearch/security-inventory.js';
import { findSnapshot, listRepositories, type RepositoryInfo } from '../elasticsearch/snapshots.js';
import { countSystemDocuments, listSystemIndices } from '../elasticsearch/system-indices.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { concludePreflight, describeWarnings, type PreflightOutcome } from './preflight-outcome.js';

interface StatesPlan {
  /** What is to be restored, in this order. */
  readonly states: readonly string[];
  readonly findings: readonly Finding[];
  /** System indices of the source that belong to them, as far as that can be told, and their documents. */
  readonly indices: number;
  readonly documents: number;
}

/** Judges feature states and global state of a request whose clusters go together. */
export async function examineStates(clusters: Clusters, request: StatesRequest, excluded: readonly string[], targetRepositories: readonly RepositoryInfo[], signal: AbortSignal): Promise<StatesPlan> {
  const source = clusters.get(request.source);
  const target = clusters.get(request.target);
  const nothing = { states: [], indices: 0, documents: 0 };
  const [atSource, atTarget] = [await namesAtSource(source, request, signal), await namesAt(target, signal)];
  if (!Array.isArray(atSource)) return { ...nothing, findings: [atSource] };
  const { states: all, missing } = selectStates(request.featureStates, atSource, atTarget);
  const open = missing.filter(({ pattern }) => !excluded.includes(`featureStates.${pattern}`));
  const states = all.filter((state) => !excluded.includes(`featureStates.${state}`));
  const sourceIs = request.snapshot === undefined ? 'the source' : `snapshot ${request.snapshot}`;
  const findings = [...checkMissing(open, atSource, atTarget, sourceIs)];
  if (states.length === 0 && open.length === 0 && !request.includeGlobalState) {
    findings.push(finding('error', 'FeatureStateMissing', 'featureStates', `${request.featureStates.join(', ')} matches no feature state that both sides have (security has to be named)`));
  }
  const [sourceSystem, targetSystem] = [await listSystemIndices(source, signal), await listSystemIndices(target, signal)];
  const documents = new Map<string, number>();
  for (const index of states.flatMap((state) => indicesOfState(state, targetSystem))) {
    const count = await countSystemDocuments(target, [index], signal);
    if (count !== null) documents.set(index, count);
  }
  findings.push(...checkReplaced(states, targetSystem, documents), ...checkWayBack({ wanted: request.backupRepository, target: targetRepositories, moving: request.repository.name }));
  if (states.includes(SECURITY)) {
    findings.push(...checkSecurity(await readSecurity(source, signal), await readSecurity(target, signal)), ...checkCredential(await readOwnCredential(target, signal), request.ownCredential));
  }
  if (request.includeGlobalState) findings.push(...checkGlobalState(await readGlobalState(target, signal)));
  const moved = states.flatMap((state) => indicesOfState(state, sourceSystem));
  return { states, findings, indices: moved.length, documents: (await countSystemDocuments(source, moved, signal)) ?? 0 };
}

async function namesAt(cluster: Cluster, signal: AbortSignal): Promise<string[]> {
  return ((await listFeatures(cluster, signal)) ?? []).map(({ name }) => name);
}

/** What can come from the source: its features, or what an existing snapshot holds of them. */
async function namesAtSource(source: Cluster, request: StatesRequest, signal: AbortSignal): Promise<string[] | Finding> {
  if (request.snapshot === undefined) return namesAt(source, signal);
  const repository = request.repository.name;
  const isThere = (await listRepositories(source, signal)).some(({ name }) => name === repository);
  const snapshot = isThere ? await findSnapshot(source, repository, request.snapshot, signal) : null;
  if (snapshot === null) return finding('error', 'SnapshotMissing', 'snapshot', `the source has no snapshot ${request.snapshot} in a repository ${repository}`);
  if (request.includeGlobalState && !snapshot.hasGlobalState) {
    return finding('error', 'RestoreRefused', 'includeGlobalState', `snapshot ${request.snapshot} holds no global state`, 'Start again without includeGlobalState, or with another snapshot.');
  }
  return [...snapshot.featureStates];
}

interface Examination extends Omit<StatesPlan, 'findings'> {
  readonly findings: Finding[];
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
}

async function examine(clusters: Clusters, request: SystemIndicesRequest, excluded: readonly string[], signal: AbortSignal): Promise<Examination> {
  const { findings: ofClusters, ...identities } = await examineClusters(clusters, request, signal);
  if (ofClusters.some(isRequestError)) return { findings: ofClusters, states: [], indices: 0, documents: 0, ...identities };
  const [atSource, atTarget] = await Promise.all([listRepositories(clusters.get(request.source), signal), listRepositories(clusters.get(request.target), signal)]);
  const plan = await examineStates(clusters, { ...request, partial: false }, excluded, atTarget, signal);
  return { ...plan, findings: [...ofClusters, ...checkRepository(request.repository, atSource, atTarget), ...plan.findings], ...identities };
}

async function examineClusters(clusters: Clusters, request: SystemIndicesRequest, signal: AbortSignal): Promise<{ findings: Finding[]; source: ClusterIdentity; target: ClusterIdentity }> {
  const [sides, of] = [[clusters.get(request.source), clusters.get(request.target)] as const, await Promise.all([clusters.get(request.source).identity(signal), clusters.get(request.target).identity(signal)])];
  const [source, target] = of;
  return {
    source,
    target,
    findings: checkClusters({ ...source, connection: request.source, kind: sides[0].kind }, { ...target, connection: request.target, kind: sides[1].kind }),
  };
}

/** For `POST /v1/migrations/preflight`. */
export async function preflightSystemIndices(clusters: Clusters, request: SystemIndicesRequest, signal: AbortSignal): Promise<PreflightResult> {
  const { findings, states, indices, documents } = await examine(clusters, request, [], signal);
  return toResult(findings, states.length === 0 ? null : { indices, dataStreams: 0, documents, bytes: 0 });
}

/** What makes a request impossible as it is, found with few calls. */
export async function findingsOfSystemIndices(clusters: Clusters, request: SystemIndicesRequest, signal: AbortSignal): Promise<Finding[]> {
  return (await examineClusters(clusters, request, signal)).findings.filter(isRequestError);
}

interface PreflightInput {
  readonly id: string;
  readonly request: SystemIndicesRequest;
  readonly createdAt: string;
  readonly excluded: readonly string[];
}

export interface StatesOutcome extends PreflightOutcome {
  readonly states: readonly string[];
}

/** Safe to repeat: it reads, and writes the same draft. */
async function preflightStates({ clusters, store }: ActivityDeps, { id, request, createdAt, excluded }: PreflightInput): Promise<StatesOutcome> {
  report({ step: 'preflight', detail: 'preflight reads both clusters' });
  const { findings, states, indices, documents, source, target } = await examine(clusters, request, excluded, cancellationSignal());
  const outcome = await concludePreflight(store, {
    id,
    createdAt,
    findings,
    draft: { request, source, target },
    isSkippable: ({ subject }) => subject.startsWith('featureStates.'),
    plan: { indices, dataStreams: 0, documents, bytes: 0 },
    summary: `${states.length === 0 ? 'no feature state' : states.join(', ')}${request.includeGlobalState ? ' and the global state' : ''}; ${describeWarnings(findings)}`,
  });
  return { states, ...outcome };
}

export function createFeatureStatePreflightActivities(deps: ActivityDeps) {
  return { preflightStates: withPulse((input: PreflightInput) => preflightStates(deps, input)) };
}
