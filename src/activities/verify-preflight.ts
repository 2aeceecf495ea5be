/** Preflight of `verify`: what is compared with what; the plan goes into the ledger. It touches neither cluster. */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { VerifyRequest } from '../contracts/requests.js';
import { isRequestError, toResult } from '../domain/findings.js';
import type { UnitFacts } from '../domain/preflight/facts.js';
import { checkReadable } from '../domain/preflight/reindex-checks.js';
import { checkTransform } from '../domain/preflight/transform-checks.js';
import { checkPresent, checkVerifyClusters, noteContent } from '../domain/preflight/verify-checks.js';
import type { ClusterIdentity, Clusters } from '../elasticsearch/cluster.js';
import { namesAtTarget } from '../elasticsearch/target-names.js';
import { cancellationSignal, report } from './context.js';
import type { ActivityDeps } from './deps.js';
import { sizeOf } from './preflight.js';
import { concludePreflight, describePlan, isAboutUnit, type PreflightOutcome } from './preflight-outcome.js';
import { pinned, writePlan } from './reindex-preflight.js';
import { planReindex } from './reindex-plan.js';
import { checkModule } from './transform-sample.js';
import type { TransformModules } from './transforms.js';

interface Room {
  readonly clusters: Clusters;
  readonly transforms: TransformModules;
  readonly isWorker: boolean;
}

interface Examination {
  readonly findings: readonly Finding[];
  readonly units: readonly UnitFacts[];
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
}

/** Read-only. @throws the codes of unreachable clusters and missing privileges */
async function examine({ clusters, transforms, isWorker }: Room, request: VerifyRequest, excluded: readonly string[], signal: AbortSignal): Promise<Examination> {
  const [from, to] = [clusters.get(request.source), clusters.get(request.target)];
  const [source, target] = await Promise.all([from.identity(signal), to.identity(signal)]);
  const ofClusters = [...checkTransform(request.transform ?? []), ...checkVerifyClusters({ ...source, connection: request.source, kind: from.kind }, { ...target, connection: request.target, kind: to.kind })];
  if (ofClusters.some(isRequestError)) return { findings: ofClusters, units: [], source, target };
  const { units, findings } = await planReindex(from, request, excluded, signal);
  const existing = await namesAtTarget(to, units.map((unit) => unit.target), signal);
  const ofModule = request.transform === undefined ? [] : await checkModule(transforms, request.transform, isWorker);
  return { findings: [...ofClusters, ...ofModule, ...findings, ...checkReadable(units), ...checkPresent(units, existing, request.target), noteContent(request.content)], units, source, target };
}

/** For `POST /v1/migrations/preflight`. */
export async function preflightVerifyRequest(room: Omit<Room, 'isWorker'>, request: VerifyRequest, signal: AbortSignal): Promise<PreflightResult> {
  const { findings, units } = await examine({ ...room, isWorker: false }, request, [], signal);
  return toResult(findings, units.length === 0 ? null : sizeOf(units));
}

/** What makes a request impossible as it is. */
export async function findingsOfVerify(room: Omit<Room, 'isWorker'>, request: VerifyRequest, signal: AbortSignal): Promise<Finding[]> {
  return (await examine({ ...room, isWorker: false }, request, [], signal)).findings.filter(isRequestError);
}

export interface VerifyPreflightInput {
  readonly id: string;
  readonly request: VerifyRequest;
  readonly createdAt: string;
  readonly excluded: readonly string[];
}

/** Safe to repeat: it reads, and writes the same draft and plan. */
export async function preflightVerify({ clusters, store, transforms }: ActivityDeps, { id, request: asked, createdAt, excluded }: VerifyPreflightInput): Promise<PreflightOutcome> {
  report({ step: 'preflight', detail: 'preflight reads both clusters' });
  const request = await pinned(transforms, asked);
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
    summary: plan === null ? 'nothing to compare' : describePlan(plan),
  });
  return request.transform === undefined ? outcome : { ...outcome, transform: request.transform };
}
