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
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  readonly operationsAfterCutoff: number;
  /** What was compared, where it is not simply both counts. */
  readonly note: string | null;
}

export function judgeCounts(counts: Counts): Judgement {
  const { sourceDocuments, targetDocuments, operationsAfterCutoff, existing, dropped, accepted, skippedSlices, members, deletesStay = null } = counts;
  const notes = [
    ...(members > 1 ? [`the sum of ${String(members)} indices that go into one`] : []),
    ...(dropped > 0 ? [`${String(dropped)} left out by the script or pipeline`] : []),
    ...(existing > 0 ? [`the target had ${String(existing)} before`] : []),
    ...(skippedSlices > 0 ? [`${String(accepted)} of ${String(skippedSlices)} skipped slice(s) accepted as missing`] : []),
    ...(deletesStay === null ? [] : [`deletes at the source are not carried over: ${deletesStay}`]),
  ];
  const judged = (verdict: Verdict): Judgement => ({ verdict, sourceDocuments, targetDocuments, operationsAfterCutoff, note: notes.length === 0 ? null : notes.join('; ') });
  const expected = sourceDocuments - dropped;
  // What was there before may be other documents, or older versions of the same ones.
  const difference = [expected - targetDocuments, ...(existing > 0 ? [expected + existing - targetDocuments] : [])].reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
  if (difference === 0) return judged('equal');
  if (skippedSlices > 0 && difference > 0 && difference <= accepted + operationsAfterCutoff) return judged('skipped');
  return judged(Math.abs(difference) <= operationsAfterCutoff ? 'within-cutoff' : 'mismatch');
}
