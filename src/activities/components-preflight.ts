/**
 * Preflight of components: both sides listed and compared, the differences told, and every component written into the
 * ledger with what becomes of it, once nothing stands in the way. It touches neither cluster: it is the dry run.
 */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { ComponentsRequest } from '../contracts/components-request.js';
import { componentFindings } from '../domain/components/findings.js';
import { componentId } from '../domain/components/kinds.js';
import { selectComponents } from '../domain/components/selection.js';
import { finding, isRequestError, note, toResult, warning } from '../domain/findings.js';
import { formatVersion } from '../domain/versions.js';
import type { ClusterIdentity, Clusters } from '../elasticsearch/cluster.js';
import type { LedgerChange, Store } from '../store/store.js';
import { describeOutcome, survey, type Survey } from './components-survey.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { concludePreflight, describeWarnings, type PreflightOutcome } from './preflight-outcome.js';

interface Examination {
  readonly findings: Finding[];
  readonly survey: Survey;
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
}

const NOTHING: Survey = { components: [], denied: [], warnings: [] };

async function checkedClusters(clusters: Clusters, request: ComponentsRequest, signal: AbortSignal): Promise<Pick<Examination, 'findings' | 'source' | 'target'>> {
  const [source, target] = await Promise.all([clusters.get(request.source).identity(signal), clusters.get(request.target).identity(signal)]);
  const findings: Finding[] = [];
  if (source.uuid === target.uuid) findings.push(finding('error', 'SameCluster', 'target', `${request.source} and ${request.target} are the same cluster, ${source.name}`));
  if (source.major > target.major && target.flavor !== 'serverless') {
    findings.push(warning('OlderTarget', 'target', `the source runs ${formatVersion(source)}, a newer major than the target's ${formatVersion(target)}`, 'What the target does not know is refused there, one by one.'));
  }
  findings.push(note('Versions', 'target', `${request.source} runs ${source.version}, ${request.target} runs ${target.flavor === 'serverless' ? 'serverless' : target.version}`));
  return { findings, source, target };
}

/** Read-only. @throws the codes of unreachable clusters */
async function examine(clusters: Clusters, request: ComponentsRequest, excluded: readonly string[], signal: AbortSignal): Promise<Examination> {
  const { findings, ...identities } = await checkedClusters(clusters, request, signal);
  if (findings.some(isRequestError)) return { findings, survey: NOTHING, ...identities };
  const selection = selectComponents(request.components);
  const surveyed = await survey({
    source: clusters.get(request.source),
    target: clusters.get(request.target),
    request,
    kinds: selection.kinds.filter((kind) => !excluded.includes(kind)),
    isWanted: selection.isSelected,
    signal,
  });
  findings.push(
    ...selection.unmatched(surveyed.components).map((pattern) =>
      pattern.includes('*')
        ? warning('NothingMatched', 'components', `${pattern} matches no component of the source`, 'Correct it if it is a typing mistake.')
        : finding('error', 'ValidationFailed', 'components', `the source has no ${pattern}`, 'Correct components.'),
    ),
    ...surveyed.denied.map(({ kind, error }) => finding('error', error.code, kind, error.message, `${error.remedy} Or skip it, which leaves out all components of the kind.`)),
    ...componentFindings(surveyed.components.filter((component) => !excluded.includes(componentId(component)))),
    ...surveyed.warnings,
    ...holdNote(request, surveyed),
  );
  return { findings, survey: surveyed, ...identities };
}

function holdNote(request: ComponentsRequest, { components }: Survey): Finding[] {
  if (!request.holdLifecycles) return [];
  const held = (['ilm', 'slm'] as const).filter((which) => components.some(({ kind, judgement }) => kind === `${which}-policy` && isToWrite(judgement.plan)));
  return held.map((which) =>
    warning('LifecycleStopped', which, `${which.toUpperCase()} of the target will be stopped before a policy is written, and stays stopped`, `POST /_${which}/start at the target when the data is there; or holdLifecycles: false if the target is in use already.`),
  );
}

export const isToWrite = (plan: string): boolean => plan === 'write' || plan === 'replace';

function planOf({ components }: Survey): NonNullable<PreflightResult['plan']> {
  return { indices: 0, dataStreams: 0, documents: 0, bytes: 0, components: components.filter(({ judgement }) => isToWrite(judgement.plan)).length };
}

/** For `POST /v1/migrations/preflight`. */
export async function preflightComponentsRequest(clusters: Clusters, request: ComponentsRequest, signal: AbortSignal): Promise<PreflightResult> {
  const examined = await examine(clusters, request, [], signal);
  return toResult(examined.findings, planOf(examined.survey));
}

/** What makes a request impossible as it is, found with few calls. */
export async function findingsOfComponents(clusters: Clusters, request: ComponentsRequest, signal: AbortSignal): Promise<Finding[]> {
  return (await checkedClusters(clusters, request, signal)).findings.filter(isRequestError);
}

interface PreflightInput {
  readonly id: string;
  readonly request: ComponentsRequest;
  readonly createdAt: string;
  readonly excluded: readonly string[];
}

/** Safe to repeat: it reads, and writes the same draft and plan. */
async function preflightComponents({ clusters, store }: ActivityDeps, input: PreflightInput): Promise<PreflightOutcome> {
  const { id, request, createdAt, excluded } = input;
  report({ step: 'preflight', detail: 'preflight reads both clusters' });
  const examined = await examine(clusters, request, excluded, cancellationSignal());
  const { findings, source, target } = examined;
  const { components = 0, ...plan } = planOf(examined.survey);
  return concludePreflight(store, {
    id,
    createdAt,
    findings,
    plan,
    draft: { request, source, target },
    isSkippable: (error) => !isRequestError(error),
    writePlan: () => writePlan(store, id, examined.survey, excluded),
    summary: `${String(components)} of ${String(examined.survey.components.length)} components to write; ${describeWarnings(findings)}`,
  });
}

/** One row a component, those that are left alone too. */
async function writePlan(store: Store, id: string, { components }: Survey, excluded: readonly string[]): Promise<void> {
  const rows = components.map((component) => ({ component, index: componentId(component), isExcluded: excluded.includes(componentId(component)) }));
  await store.ledger.add(
    id,
    rows.map(({ component, index, isExcluded }) => ({
      index,
      slice: 0,
      target: index,
      method: component.kind,
      documents: null,
      bytes: null,
      detail: { standing: component.judgement.standing, note: isExcluded ? 'skipped in preflight' : describeOutcome(component, null) },
    })),
  );
  await store.ledger.change(
    id,
    rows
      .filter(({ component, isExcluded }) => isExcluded || !isToWrite(component.judgement.plan))
      .map(({ component, index, isExcluded }): LedgerChange => {
        const isEqual = component.judgement.standing === 'same' && !isExcluded;
        return { index, slice: 0, status: isEqual ? 'verified' : 'skipped', verdict: isEqual ? 'equal' : 'skipped' };
      }),
  );
}

export function createComponentPreflightActivities(deps: ActivityDeps) {
  return { preflightComponents: withPulse((input: PreflightInput) => preflightComponents(deps, input)) };
}
