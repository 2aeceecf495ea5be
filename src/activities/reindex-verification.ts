/** Compares what has arrived with its source by counts, and adds the aliases of what is right. */
import type { ContentReport } from '../contracts/content-report.js';
import type { Verdict } from '../contracts/report.js';
import type { SlicedRequest } from '../contracts/requests.js';
import { contentOf, describeDifferences, differences, judgeContent, repairRemedy } from '../domain/content-verdict.js';
import { GodwitError } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import { sliceDetailOf, unitDetailOf, type SliceDetail } from '../domain/reindex/details.js';
import { judgeCounts, type GoneIndices } from '../domain/reindex/verdict.js';
import { operationsBetween } from '../domain/reindex/slices.js';
import { call } from '../elasticsearch/calls.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { countMatching } from '../elasticsearch/count-documents.js';
import { readDefinition } from '../elasticsearch/prepare-index.js';
import { readCheckpoints } from '../elasticsearch/sequence.js';
import type { LedgerChange, LedgerRow } from '../store/store.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT } from './effects.js';
import { inLanes } from './lanes.js';
import { unitsOf } from './reindex-catch-up.js';
import { refreshSource } from './reindex-targets.js';
import { parkRows, type RowKey, type RowTrouble } from './rows.js';
import { stepsOf } from './transforms.js';
import { readSourcesThere } from './source-identity.js';

interface VerifyInput {
  readonly id: string;
  readonly request: SlicedRequest;
  readonly rows: readonly RowKey[];
}

/** Indices compared at once: each waits for both clusters most of the time. */
const COMPARE_LANES = 4;

/** Reads, but for a refresh on both sides; writes verdicts. Safe to repeat. @returns what differs; it is parked */
async function verifyTargets({ clusters, store }: ActivityDeps, { id, request, rows }: VerifyInput): Promise<RowTrouble[]> {
  const [source, target] = [clusters.get(request.source), clusters.get(request.target)];
  const parked: { row: RowKey; error: GodwitError }[] = [];
  const units = (await store.ledger.byIndex(id, rows.map((row) => row.index))).filter((row) => row.slice === 0 && row.status === 'running');
  await inLanes(units, COMPARE_LANES, async (unit, at) => {
    report({ step: 'verify', detail: `comparing ${unit.target} (${String(at + 1)} of ${String(units.length)} in this batch)` });
    const group = await store.ledger.byIndex(id, unitDetailOf(unit.detail).group);
    const byCounts = await compare(source, target, request, unit, group);
    const content = request.verify === 'counts' ? null : contentOf(unit.detail);
    const comparison = { ...byCounts, verdict: judgeContent(byCounts.verdict, content, byCounts.accepted) };
    const slices = group.filter((row) => row.index === unit.index && row.slice > 0 && row.status === 'completed');
    const { verdict, sourceDocuments, targetDocuments, operationsAfterCutoff, note } = comparison;
    const detail: JsonObject = { sourceDocuments, targetDocuments, operationsAfterCutoff, note };
    if (verdict === 'mismatch' || verdict === 'not-compared') {
      await store.ledger.change(id, [{ index: unit.index, slice: 0, verdict, cursor: null, detail }]);
      parked.push({ row: unit, error: content === null || differences(content) === 0 ? mismatch(unit, comparison) : contentMismatch(request, unit, content) });
      return;
    }
    const changes: LedgerChange[] = [
      { index: unit.index, slice: 0, verdict, error: null, cursor: null, status: verdict === 'skipped' ? 'skipped' : 'verified', detail },
      ...slices.map(({ index, slice }) => ({ index, slice, status: 'verified' as const })),
    ];
    await store.ledger.change(id, changes);
  });
  return parkRows(store, id, parked);
}

interface Comparison {
  readonly verdict: Verdict;
  readonly sourceDocuments: number | null;
  readonly targetDocuments: number | null;
  readonly operationsAfterCutoff: number | null;
  readonly note: string | null;
  /** Documents whose loss a person has accepted. */
  readonly accepted: number;
}

async function compare(source: Cluster, target: Cluster, request: SlicedRequest, unit: LedgerRow, group: readonly LedgerRow[]): Promise<Comparison> {
  const signal = cancellationSignal();
  const members = group.filter((row) => row.slice === 0 && row.target === unit.target && row.status !== 'pending' && unitDetailOf(row.detail).targetKind !== undefined);
  const slices = group.filter((row) => row.slice > 0 && members.some((member) => member.index === row.index)).map((row) => ({ row, detail: sliceDetailOf(row.detail) }));
  const skipped = slices.filter(({ row }) => row.status === 'skipped');
  try {
    let sourceDocuments = 0;
    let operations = 0;
    const gone = new Set<string>();
    // With backing indices that a rollover has made since the last pass.
    for (const { unit: member, now } of await readSourcesThere(source, members)) {
      const { checkpoints } = unitDetailOf(member.detail);
      await refreshSource(source, now.indices);
      for (const index of now.indices) sourceDocuments += await countMatching(source, index, request.query ?? { match_all: {} }, signal);
      operations += operationsBetween(checkpoints ?? {}, await readCheckpoints(source, now.indices, signal));
      for (const index of now.gone) gone.add(index);
    }
    const isEmptyStream = sourceDocuments === 0 && slices.every(({ row }) => (row.documents ?? 0) === 0);
    const targetDocuments = await countAtTarget(target, unit.target, isEmptyStream && unitDetailOf(unit.detail).targetKind === 'data-stream');
    const accepted = skipped.reduce((sum, { row, detail }) => sum + (detail.isRestDone === true ? (detail.rejected ?? []).length : (row.documents ?? 0)), 0);
    const judged = judgeCounts({
      sourceDocuments,
      targetDocuments,
      operationsAfterCutoff: operations,
      existing: unitDetailOf(unit.detail).existing ?? 0,
      dropped: slices.reduce((sum, { detail }) => sum + (detail.dropped ?? 0), 0),
      accepted,
      skippedSlices: skipped.length,
      members: members.length,
      deletesStay: unitDetailOf(unit.detail).deletesStay ?? null,
      gone: goneOf(gone, slices),
      isBlocked: request.catchUp?.gate === true,
    });
    return { ...judged, accepted };
  } catch (error) {
    if (!(error instanceof GodwitError) || error.code !== 'IndexNotFound') throw error;
    return { verdict: 'not-compared', sourceDocuments: null, targetDocuments: null, operationsAfterCutoff: null, note: error.message, accepted: 0 };
  }
}

function goneOf(names: ReadonlySet<string>, slices: readonly { readonly row: LedgerRow; readonly detail: SliceDetail }[]): GoneIndices {
  const moved = slices.filter(({ row, detail }) => names.has(detail.source) && (row.status === 'completed' || row.status === 'verified'));
  const documentsOf = (isFirst: boolean): number =>
    moved.filter(({ detail }) => (detail.pass === 0) === isFirst).reduce((sum, { row }) => sum + (row.documents ?? 0), 0);
  return { names: [...names], documents: documentsOf(true), more: documentsOf(false) };
}

/** A data stream is made by its first document: an empty one is not there. */
async function countAtTarget(target: Cluster, name: string, mayBeAbsent: boolean): Promise<number> {
  try {
    await call(target, { action: `refresh ${name}`, subject: name }, () => target.client.indices.refresh({ index: name }, { requestTimeout: 120_000 }));
    return await countMatching(target, name, { match_all: {} }, cancellationSignal());
  } catch (error) {
    if (mayBeAbsent && error instanceof GodwitError && error.code === 'IndexNotFound') return 0;
    throw error;
  }
}

function mismatch(unit: LedgerRow, { sourceDocuments, targetDocuments, operationsAfterCutoff, note }: Comparison): GodwitError {
  const what =
    sourceDocuments === null || targetDocuments === null
      ? `${unit.index} cannot be compared: ${note ?? ''}`
      : `${unit.index} has ${String(sourceDocuments)} documents at the source and ${unit.target} has ${String(targetDocuments)} at the target${note === null ? '' : ` (${note})`}, with ${String(operationsAfterCutoff ?? 0)} operation(s) at the source since the last pass`;
  return new GodwitError('VerificationMismatch', what, { subject: unit.index });
}

function contentMismatch(request: SlicedRequest, unit: LedgerRow, content: ContentReport): GodwitError {
  const { source, target, query } = request;
  const sourceFields = request.type === 'reindex' ? request.sourceFields : undefined;
  const transform = stepsOf(request);
  const facts = { source, target, indices: unitDetailOf(unit.detail).group, targetName: unit.target, content: content.content };
  return new GodwitError('VerificationMismatch', `${unit.index} and ${unit.target} at ${target} differ: ${describeDifferences(content)}`, {
    subject: unit.index,
    remedy: repairRemedy({ ...facts, query, sourceFields, transform }),
  });
}

/** Adds the aliases of what is at the target, last of all. Safe to repeat: an alias that is there already stays. */
async function addAliases({ clusters, store }: ActivityDeps, { id, request }: Pick<VerifyInput, 'id' | 'request'>): Promise<{ aliases: number }> {
  const [source, target] = [clusters.get(request.source), clusters.get(request.target)];
  let added = 0;
  for await (const unit of unitsOf(store, id, ['verified', 'skipped'])) {
    const detail = unitDetailOf(unit.detail);
    if (detail.kind !== 'index' || detail.targetKind !== 'index') continue;
    const definition = await readDefinition(source, unit.index, cancellationSignal());
    const wanted = Object.entries(definition?.aliases ?? {});
    if (wanted.length === 0) continue;
    const present = (await readDefinition(target, unit.target, cancellationSignal()))?.aliases;
    if (present === undefined) continue;
    const missing = wanted.filter(([name]) => present[name] === undefined);
    if (missing.length === 0) continue;
    const key = { kind: EFFECT.addAliases, connection: request.target, subject: unit.target };
    await store.effects.begin(id, { ...key, undo: { aliases: missing.map(([name]) => name) } });
    await call(target, { action: `add aliases to ${unit.target}`, subject: unit.index }, () =>
      target.client.transport.request({ method: 'POST', path: '/_aliases', body: { actions: missing.map(([alias, options]) => ({ add: { index: unit.target, alias, ...options } })) } }),
    );
    await store.effects.settle(id, key, 'done');
    added += missing.length;
  }
  return { aliases: added };
}

export function createReindexVerificationActivities(deps: ActivityDeps) {
  return {
    verifyTargets: withPulse((input: VerifyInput) => verifyTargets(deps, input)),
    addAliases: withPulse((input: Pick<VerifyInput, 'id' | 'request'>) => addAliases(deps, input)),
  };
}
