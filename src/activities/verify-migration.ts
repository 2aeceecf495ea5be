/** What only the type `verify` does: judges what was compared, states what a repair would change, ends. */
import type { Verdict } from '../contracts/report.js';
import type { VerifyRequest } from '../contracts/requests.js';
import { contentOf, describeDifferences, differences, judgeContent, repairRemedy } from '../domain/content-verdict.js';
import { GodwitError } from '../domain/errors.js';
import { UnitDetailSchema } from '../domain/reindex/details.js';
import { operationsBetween } from '../domain/reindex/slices.js';
import { verdictOf } from '../domain/verdict.js';
import type { Clusters } from '../elasticsearch/cluster.js';
import { countMatching } from '../elasticsearch/count-documents.js';
import { readCheckpoints } from '../elasticsearch/sequence.js';
import type { LedgerRow, Store } from '../store/store.js';
import { isCompared, sumOf } from './content-verification.js';
import { cancellationSignal, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { keepRest } from './effects.js';
import { allRows, parkRows, type RowKey, type RowTrouble } from './rows.js';
import { preflightVerify, type VerifyPreflightInput } from './verify-preflight.js';

interface JudgeInput {
  readonly id: string;
  readonly request: VerifyRequest;
  readonly rows: readonly RowKey[];
  /** What differs waits for its repair instead of a person. */
  readonly isRepairNext: boolean;
}

interface Counts {
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  readonly operationsAfterCutoff: number;
}

/** Reads, and writes verdicts. Safe to repeat. @returns what differs and does not wait for a repair; it is parked */
async function judgeCompared({ clusters, store }: ActivityDeps, { id, request, rows, isRepairNext }: JudgeInput): Promise<RowTrouble[]> {
  const parked: { row: RowKey; error: GodwitError }[] = [];
  const compared = (await store.ledger.byIndex(id, rows.map((row) => row.index))).filter((row) => row.status === 'pending' && isCompared(row));
  for (const row of compared) {
    const { index, slice } = row;
    const content = contentOf(row.detail);
    const counts = await countBoth(clusters, store, id, request, row);
    const { comparedWith } = row.detail;
    const detail = { ...counts, note: content?.note ?? (typeof comparedWith === 'string' ? `compared together with ${comparedWith}` : null) };
    // The comparison of all documents knows more than their number.
    const byCounts: Verdict = content?.mode === 'full' ? 'equal' : verdictOf(counts);
    const verdict = judgeContent(byCounts, content);
    if (verdict !== 'mismatch') {
      await store.ledger.change(id, [{ index, slice, verdict, status: 'verified', error: null, cursor: null, detail }]);
      continue;
    }
    const isMendable = isRepairNext && content !== null && differences(content) > 0;
    await store.ledger.change(id, [{ index, slice, verdict, cursor: null, detail, ...(isMendable ? { status: 'completed' as const } : {}) }]);
    if (!isMendable) parked.push({ row, error: mismatch(request, row, counts) });
  }
  return parkRows(store, id, parked);
}

/** Over all that goes into the target. */
async function countBoth(clusters: Clusters, store: Store, id: string, request: VerifyRequest, row: LedgerRow): Promise<Counts> {
  const [source, target] = [clusters.get(request.source), clusters.get(request.target)];
  const signal = cancellationSignal();
  const group = await store.ledger.byIndex(id, UnitDetailSchema.parse(row.detail).group);
  let [sourceDocuments, operationsAfterCutoff] = [0, 0];
  for (const member of group.filter((other) => other.target === row.target)) {
    const { sources, checkpoints } = UnitDetailSchema.parse(member.detail);
    for (const index of sources) sourceDocuments += await countMatching(source, index, request.query ?? { match_all: {} }, signal);
    if (checkpoints !== undefined) operationsAfterCutoff += operationsBetween(checkpoints, await readCheckpoints(source, sources, signal));
  }
  return { sourceDocuments, targetDocuments: await countMatching(target, row.target, { match_all: {} }, signal), operationsAfterCutoff };
}

function mismatch(request: VerifyRequest, row: LedgerRow, { sourceDocuments, targetDocuments }: Counts): GodwitError {
  const content = contentOf(row.detail);
  const what = content !== null && differences(content) > 0 ? describeDifferences(content) : `${String(sourceDocuments)} documents at the source, ${String(targetDocuments)} at the target`;
  return new GodwitError('VerificationMismatch', `${row.index} and ${row.target} at ${request.target} differ: ${what}`, {
    subject: row.index,
    remedy: repairRemedy({
      ...{ source: request.source, target: request.target, indices: UnitDetailSchema.parse(row.detail).group, targetName: row.target, content: request.content },
      ...{ query: request.query, sourceFields: request.sourceFields, transform: request.transform },
    }),
  });
}

/** What a person approves of at the gate; null if nothing is to be repaired. Read-only. */
async function repairPlan(store: Store, id: string, target: string): Promise<{ question: string | null }> {
  const rows = (await allRows(store, id)).filter((row) => row.status === 'completed');
  if (rows.length === 0) return { question: null };
  const { indices, missing, extra, different } = sumOf(rows);
  const names = rows.slice(0, 5).map((row) => row.target).join(', ');
  return {
    question: `At ${target}, in ${String(indices)} index(es) (${names}${rows.length > 5 ? ', ...' : ''}): write ${String(missing)} missing and ${String(different)} different document(s) as they are at the source, and delete ${String(extra)} that only the target has? This cannot be taken back.`,
  };
}

export function createVerifyActivities(deps: ActivityDeps) {
  return {
    preflightVerify: withPulse((input: VerifyPreflightInput) => preflightVerify(deps, input)),
    judgeCompared: withPulse((input: JudgeInput) => judgeCompared(deps, input)),
    repairPlan: withPulse(({ id, request }: { id: string; request: VerifyRequest }) => repairPlan(deps.store, id, request.target)),
    /** Nothing is temporary; what was repaired stays. Safe to repeat. */
    cleanUpVerify: withPulse(({ id }: { id: string }) => keepRest(deps.store, id)),
  };
}
