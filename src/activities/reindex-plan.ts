/** What a reindex moves: names resolved at the source, described, counted, and given their names at the target. */
import type { Finding } from '../contracts/preflight.js';
import type { SlicedRequest, VerifyRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { finding, warning } from '../domain/findings.js';
import type { IndexFacts, UnitFacts } from '../domain/preflight/facts.js';
import { compileRename, invalidName } from '../domain/rename.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { countDocuments } from '../elasticsearch/count-documents.js';
import { describeIndices, type IndexDescription } from '../elasticsearch/describe-indices.js';
import { refreshIndices } from '../elasticsearch/refresh-indices.js';
import { resolveIndices } from '../elasticsearch/resolve-indices.js';

export interface ReindexPlan {
  readonly units: readonly UnitFacts[];
  readonly findings: readonly Finding[];
}

/**
 * Makes what was written a moment ago part of the plan: for a run, which refreshes its source again when it cuts slices.
 * Where a privilege is missing the plan counts what can be seen.
 */
export async function refreshSelected(source: Cluster, { indices }: Pick<SlicedRequest, 'indices'>, signal: AbortSignal): Promise<void> {
  const resolved = await resolveIndices(source, indices, signal);
  const names = [...resolved.indices.map(({ name }) => name), ...resolved.dataStreams.flatMap(({ backingIndices }) => backingIndices)];
  await refreshIndices(source, names, { signal, isExpected: (error) => error.statusCode === 403 });
}

/** Read-only. Several names may become one: their documents are brought together. @throws the codes of failed calls */
export async function planReindex(source: Cluster, request: SlicedRequest | VerifyRequest, excluded: readonly string[], signal: AbortSignal): Promise<ReindexPlan> {
  const resolved = await resolveIndices(source, request.indices, signal);
  const findings = resolved.unmatched.map((pattern) =>
    pattern.startsWith('-')
      ? warning('NoIndexMatched', 'indices', `the exclusion ${pattern} matches nothing`, 'Check its spelling.')
      : finding('error', 'NoIndexMatched', 'indices', `nothing at ${request.source} matches ${pattern}`),
  );
  const selected = [
    ...resolved.indices.map(({ name }) => ({ name, kind: 'index' as const, indices: [name] as readonly string[] })),
    ...resolved.dataStreams.map(({ name, backingIndices }) => ({ name, kind: 'data-stream' as const, indices: backingIndices })),
  ].filter((unit) => !excluded.includes(unit.name));
  if (selected.length === 0 && excluded.length === 0 && findings.every((item) => item.severity !== 'error')) {
    findings.push(finding('error', 'NoIndexMatched', 'indices', `nothing at ${request.source} matches ${request.indices.join(', ')}`));
  }
  const targets = new Map<string, string>();
  try {
    const apply = request.rename === undefined ? (name: string): string => name : compileRename(request.rename);
    for (const { name } of selected) {
      const target = apply(name);
      const reason = request.rename === undefined ? null : invalidName(target);
      if (reason === null) targets.set(name, target);
      else findings.push(finding('error', 'InvalidRename', 'rename', `${name} would become "${target}", which ${reason}`));
    }
  } catch (error) {
    if (!(error instanceof GodwitError)) throw error;
    return { units: [], findings: [...findings, finding('error', 'InvalidRename', error.subject ?? 'rename', error.message, error.remedy)] };
  }
  const concrete = selected.flatMap((unit) => unit.indices);
  const described = new Map((await describeIndices(source, concrete, signal)).map((index) => [index.name, index]));
  let counts: ReadonlyMap<string, number>;
  try {
    counts = await countDocuments(source, concrete, signal, request.query);
  } catch (error) {
    if (!(error instanceof GodwitError) || request.query === undefined || error.code !== 'ElasticsearchRejected') throw error;
    return { units: [], findings: [...findings, finding('error', 'ValidationFailed', 'query', error.message, 'Correct the query; it is sent to the source as it is.')] };
  }
  const units = selected.flatMap((unit) => {
    const target = targets.get(unit.name);
    if (target === undefined) return [];
    return [{ name: unit.name, target, kind: unit.kind, indices: unit.indices.map((name) => factsOf(name, target, described.get(name), counts.get(name) ?? 0)) }];
  });
  return { units, findings };
}

function factsOf(name: string, target: string, index: IndexDescription | undefined, documents: number): IndexFacts {
  return {
    name,
    target,
    versionCreated: index?.createdVersion ?? 0,
    created: index?.createdAtMs ?? null,
    createdBefore: null,
    primaries: index?.primaries ?? 0,
    replicas: index?.replicas ?? 0,
    bytes: index?.storeBytes ?? 0,
    documents,
    isClosed: index?.isClosed ?? false,
    health: index?.health ?? null,
    isSearchableSnapshot: index?.storeType === 'snapshot',
    lifecyclePolicy: index?.lifecyclePolicy ?? null,
    aliases: (index?.aliases ?? []).map((alias) => alias.name),
    allocationFilters: [],
  };
}
