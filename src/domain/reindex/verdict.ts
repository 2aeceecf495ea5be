/** Whether an index has arrived, by counts on both sides. Pure. */
import type { Verdict } from '../../contracts/report.js';

export interface Counts {
  /** With the request's query, over everything that goes into the target. */
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  /** Writes, updates and deletes at the source that no pass has seen. */
  readonly operationsAfterCutoff: number;
  /** Documents that were in the target before. */
  readonly existing: number;
  /** Left out or deleted by the script or pipeline. */
  readonly dropped: number;
  /** Documents whose loss a person accepted by skipping their slices. */
  readonly accepted: number;
  readonly skippedSlices: number;
  /** Indices that go into the target. */
  readonly members: number;
  /** Why deletes at the source were not carried over, where a catch-up was asked for. */
  readonly deletesStay?: string | null;
  /** Backing indices that were deleted at the source meanwhile: what was moved of them stays at the target. */
  readonly gone?: GoneIndices;
  /** Writes to the source are blocked, so there should be no operation since the last pass. */
  readonly isBlocked?: boolean;
}

export interface GoneIndices {
  readonly names: readonly string[];
  /** Documents that the first pass moved of them. */
  readonly documents: number;
  /** Documents of later passes, some of which may be the same ones. */
  readonly more: number;
}

const NONE_GONE: GoneIndices = { names: [], documents: 0, more: 0 };

export interface Judgement {
  readonly verdict: Verdict;
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  readonly operationsAfterCutoff: number;
  /** What was compared, where it is not simply both counts. */
  readonly note: string | null;
}

export function judgeCounts(counts: Counts): Judgement {
  const { sourceDocuments, targetDocuments, operationsAfterCutoff, existing, dropped, accepted, skippedSlices, members, deletesStay = null, gone = NONE_GONE, isBlocked = false } = counts;
  const notes = [
    ...(members > 1 ? [`the sum of ${String(members)} indices that go into one`] : []),
    ...(dropped > 0 ? [`${String(dropped)} left out by the script or pipeline`] : []),
    ...(existing > 0 ? [`the target had ${String(existing)} before`] : []),
    ...(skippedSlices > 0 ? [`${String(accepted)} of ${String(skippedSlices)} skipped slice(s) accepted as missing`] : []),
    ...(gone.names.length > 0 ? [`${gone.names.slice(0, 3).join(', ')}${gone.names.length > 3 ? ` and ${String(gone.names.length - 3)} more` : ''} deleted at the source meanwhile: ${String(gone.documents)}${gone.more > 0 ? ` to ${String(gone.documents + gone.more)}` : ''} document(s) of it stay at the target`] : []),
    ...(isBlocked && operationsAfterCutoff > 0 ? ['written to though writes are blocked'] : []),
    ...(deletesStay === null ? [] : [`deletes at the source are not carried over: ${deletesStay}`]),
  ];
  const judged = (verdict: Verdict): Judgement => ({ verdict, sourceDocuments, targetDocuments, operationsAfterCutoff, note: notes.length === 0 ? null : notes.join('; ') });
  if (isBlocked && operationsAfterCutoff > 0) return judged('mismatch');
  const expected = sourceDocuments - dropped + gone.documents;
  // What was there before may be other documents, or older versions of the same ones.
  const differences = [expected - targetDocuments, ...(existing > 0 ? [expected + existing - targetDocuments] : [])].map((difference) => (difference < 0 ? Math.min(0, difference + gone.more) : difference));
  const difference = differences.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
  if (difference === 0) return judged('equal');
  if (skippedSlices > 0 && difference > 0 && difference <= accepted + operationsAfterCutoff) return judged('skipped');
  return judged(Math.abs(difference) <= operationsAfterCutoff ? 'within-cutoff' : 'mismatch');
}
