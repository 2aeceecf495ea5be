/** Compares what has arrived with its source and writes the verdicts into the ledger. */
import type { SnapshotRestoreRequest } from '../contracts/requests.js';
import { contentOf, describeDifferences, differences, judgeContent, repairRemedy } from '../domain/content-verdict.js';
import { GodwitError } from '../domain/errors.js';
import { restoreDetailOf } from '../domain/restore-detail.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import type { LedgerRow } from '../store/store.js';
import { compareCounts, type CountComparison } from '../verification/counts.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { parkRows, type RowKey, type RowTrouble } from './rows.js';

interface VerifyInput {
  readonly id: string;
  readonly request: SnapshotRestoreRequest;
  readonly rows: readonly RowKey[];
}

/** Indices compared side by side; each costs two cheap requests. */
const AT_ONCE = 8;

/**
 * Safe to repeat: it only reads, and writes the same verdicts. Indices that an earlier attempt compared are left out.
 *
 * @returns the indices that differ or cannot be compared; they are parked
 */
async function verifyRows({ clusters, store }: ActivityDeps, input: VerifyInput): Promise<RowTrouble[]> {
  const source = clusters.get(input.request.source);
  const target = clusters.get(input.request.target);
  const rows = await store.ledger.byIndex(
    input.id,
    input.rows.map((row) => row.index),
  );
  const parked: { row: RowKey; error: GodwitError }[] = [];
  const open = rows.filter((row) => row.status === 'completed');
  for (let from = 0; from < open.length; from += AT_ONCE) {
    const some = open.slice(from, from + AT_ONCE);
    const results = await Promise.all(
      some.map(async (row) => ({ row, result: await compareRow(source, target, input.request, row) })),
    );
    await store.ledger.change(
      input.id,
      results.map(({ row, result: { verdict, ...counts } }) => ({
        index: row.index,
        slice: row.slice,
        verdict,
        cursor: null,
        ...(isGood(verdict) ? { status: 'verified' as const, error: null } : {}),
        detail: { ...counts },
      })),
    );
    for (const { row, result } of results) if (!isGood(result.verdict)) parked.push({ row, error: contentMismatch(input.request, row) ?? mismatch(row, result) });
    report({ step: 'verify', detail: `compared ${String(from + some.length)} of ${String(open.length)} in this batch` });
  }
  return parkRows(store, input.id, parked);
}

async function compareRow(source: Cluster, target: Cluster, request: SnapshotRestoreRequest, row: LedgerRow): Promise<CountComparison> {
  const result = await compareCounts(source, target, { source: row.index, target: row.target, detail: restoreDetailOf(row.detail) }, cancellationSignal());
  return request.verify === 'counts' ? result : { ...result, verdict: judgeContent(result.verdict, contentOf(row.detail)) };
}

function contentMismatch(request: SnapshotRestoreRequest, row: LedgerRow): GodwitError | null {
  const content = request.verify === 'counts' ? null : contentOf(row.detail);
  if (content === null || differences(content) === 0) return null;
  const { source, target } = request;
  return new GodwitError('VerificationMismatch', `${row.index} and ${row.target} at ${target} differ: ${describeDifferences(content)}`, {
    subject: row.index,
    remedy: repairRemedy({ source, target, indices: [row.index], targetName: row.target, content: content.content }),
  });
}

function isGood(verdict: CountComparison['verdict']): boolean {
  return verdict === 'equal' || verdict === 'within-cutoff';
}

function mismatch(row: LedgerRow, result: CountComparison): GodwitError {
  if (result.verdict === 'not-compared') {
    return new GodwitError('VerificationMismatch', `${row.index} cannot be compared: ${result.note ?? ''}`, {
      subject: row.index,
      remedy: 'Skip it to accept it uncompared, by name in the report.',
    });
  }
  return new GodwitError(
    'VerificationMismatch',
    `${row.index} has ${String(result.sourceDocuments)} documents at the source and ${row.target} has ${String(result.targetDocuments)} at the target, with ${String(result.operationsAfterCutoff)} operation(s) at the source since the snapshot`,
    { subject: row.index },
  );
}

export function createVerificationActivities(deps: ActivityDeps) {
  return {
    verifyRows: withPulse((input: VerifyInput) => verifyRows(deps, input)),

    /** Sums the verdicts up; `mismatches` are differences that a person accepted by skipping them. */
    summarizeVerification: withPulse(async ({ id }: { id: string }): Promise<{ mismatches: number; detail: string }> => {
      const summary = await deps.store.ledger.summary(id);
      const rows = (test: (row: (typeof summary)[number]) => boolean): number => summary.filter(test).reduce((sum, row) => sum + row.rows, 0);
      const skipped = rows((row) => row.status === 'skipped');
      const mismatches = rows((row) => row.status === 'skipped' && (row.verdict === 'mismatch' || row.verdict === 'not-compared'));
      const equal = rows((row) => row.verdict === 'equal' && row.status === 'verified');
      const within = rows((row) => row.verdict === 'within-cutoff' && row.status === 'verified');
      const parts = [`${String(equal)} equal`];
      if (within > 0) parts.push(`${String(within)} equal up to the snapshot, written to since`);
      if (skipped > 0) parts.push(`${String(skipped)} skipped`);
      return { mismatches, detail: parts.join(', ') };
    }),
  };
}
