/**
 * Judges what a task of `_reindex` did with a slice. Pure.
 *
 * A cancelled task ends as "completed", a failed document ends it half-way, counters can be wrong: so a slice is done
 * only when its task completed, was not cancelled, had no failures, and processed as many documents as the source
 * counts in the range.
 */

export interface TaskFailure {
  readonly id: string | null;
  readonly type: string;
  readonly reason: string;
  /** Of the answer to the document; 0: it was not sent. */
  readonly status: number;
}

/** A document that has not arrived, and why. */
export interface NamedFailure extends TaskFailure {
  readonly id: string;
}

/** Type of a failure that Godwit itself has found: a document that does not fit into a batch even alone. */
export const TOO_LARGE = 'document_too_large';

export interface TaskResult {
  readonly total: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly noops: number;
  readonly versionConflicts: number;
  /** Why it was cancelled; null if it was not. */
  readonly canceled: string | null;
  readonly failures: readonly TaskFailure[];
  /** Failures of the search, not of documents. */
  readonly searchFailures: readonly TaskFailure[];
}

export type SliceOutcome =
  | { readonly kind: 'done'; readonly documents: number }
  | { readonly kind: 'again'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly failures: readonly TaskFailure[] };

/** Documents that the task has brought through, whatever became of them. */
export function processed(result: Pick<TaskResult, 'created' | 'updated' | 'deleted' | 'noops' | 'versionConflicts'>): number {
  return result.created + result.updated + result.deleted + result.noops + result.versionConflicts;
}

/**
 * Documents that a script or pipeline left out. One that a pipeline drops is an "update" to `_reindex`.
 *
 * @param isUpdate whether there was something that could have been updated; then nobody can tell
 */
export function leftOut({ noops, deleted, updated }: Pick<TaskResult, 'noops' | 'deleted' | 'updated'>, isUpdate: boolean): number {
  return noops + deleted + (isUpdate ? 0 : updated);
}

/**
 * @param before documents that the source counted in the range before the task began
 * @param after the same when it had ended. While a source is written to, updates and deletes take documents out of the
 *   range, and shards that lag behind still grow into it; what is written meanwhile is for the catch-up
 */
export function judgeTask(result: TaskResult, before: number, after: number): SliceOutcome {
  if (result.failures.length > 0) return { kind: 'rejected', failures: result.failures };
  if (result.canceled !== null) return { kind: 'again', reason: `its task was cancelled: ${result.canceled}` };
  const [search] = result.searchFailures;
  if (search !== undefined) return { kind: 'again', reason: `reading failed: ${search.reason}` };
  const done = processed(result);
  if (done !== result.total) return { kind: 'again', reason: `its task processed ${String(done)} of ${String(result.total)} documents` };
  if (done < Math.min(before, after)) return { kind: 'again', reason: `its task found ${String(done)} documents where the source counts ${String(Math.min(before, after))}` };
  return { kind: 'done', documents: done };
}

export interface FailureGroup {
  readonly type: string;
  /** Of the first one. */
  readonly reason: string;
  readonly count: number;
  /** The first few. */
  readonly ids: readonly string[];
}

const MAX_GROUPS = 10;
const MAX_IDS = 10;
const MAX_REASON_CHARS = 300;

/** Reasons that differ only in the document that they name are one cause. */
function causeOf({ type, reason }: TaskFailure): string {
  const [general = ''] = reason.split(/ in document with id|\. Preview of field/);
  return `${type}: ${general.replaceAll(/\d+/g, '*').slice(0, 120)}`;
}

/** Failures by cause, the most frequent first; bounded, whatever Elasticsearch wrote. */
export function groupFailures(failures: readonly TaskFailure[]): FailureGroup[] {
  const groups = new Map<string, { type: string; reason: string; count: number; ids: string[] }>();
  for (const failure of failures) {
    const cause = causeOf(failure);
    const group = groups.get(cause) ?? { type: failure.type, reason: failure.reason.slice(0, MAX_REASON_CHARS), count: 0, ids: [] };
    group.count += 1;
    if (failure.id !== null && group.ids.length < MAX_IDS) group.ids.push(failure.id);
    groups.set(cause, group);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count).slice(0, MAX_GROUPS);
}

/** `37 x document_parsing_exception: failed to parse field [n]... (d1, d2, ...)`, for a person. */
export function describeGroups(groups: readonly FailureGroup[]): string {
  return groups
    .slice(0, 3)
    .map(({ type, reason, count, ids }) => `${String(count)} x ${type}: ${reason}${ids.length === 0 ? '' : ` (${ids.slice(0, 5).join(', ')}${count > 5 ? ', ...' : ''})`}`)
    .join('; ');
}
