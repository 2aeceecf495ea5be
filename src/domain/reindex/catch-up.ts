/** Decisions of the catch-up: what it may carry over, which copies are stale, when it has come near enough. Pure. */

/** What of a request changes documents on their way. */
export interface EnRoute {
  readonly query?: unknown;
  readonly sourceFields?: unknown;
  readonly pipeline?: string | undefined;
  readonly script?: unknown;
  readonly transform?: unknown;
}

/**
 * Why deletes at the source are not carried over, or null if they are: only where every document of the target has
 * to be one of the source, under the same id, is one that the source lacks a deleted one.
 *
 * @param existing documents that were in the target before
 */
export function deletesStay({ query, pipeline, script }: EnRoute, existing: number): string | null {
  if (query !== undefined) return 'the query leaves documents out';
  if (pipeline !== undefined && pipeline !== '_none') return 'the pipeline may change ids or drop documents';
  if (script !== undefined) return 'the script may change ids or drop documents';
  if (existing > 0) return 'the target had documents before';
  return null;
}

/** Whether a document at the target cannot be compared with its source by content. */
export function isTransformed({ sourceFields, pipeline, script, transform }: EnRoute): boolean {
  return sourceFields !== undefined || (pipeline !== undefined && pipeline !== '_none') || script !== undefined || transform !== undefined;
}

/**
 * What is to be done with a document of a pass whose write may have been turned down as a version conflict:
 * `keep` it, `write` it (it is not there, or older), or `replace` it: delete the copy that stands in its way first.
 *
 * A document that was deleted and made again begins again at version 1: then the copy of its former life has the higher
 * version, or the same one with other content.
 *
 * @param copy its version at the target; null: the target does not have it
 * @param isVersioned whether the copy has the version of the source, as everywhere but in data streams
 * @param isSame compares the contents; null: something on the way has changed them
 */
export function decideCopy(original: number, copy: number | null, isVersioned: boolean, isSame: (() => boolean) | null): 'keep' | 'write' | 'replace' {
  // What a script drops or gives another id is not there under its own.
  if (copy === null) return isSame === null ? 'keep' : 'write';
  if (isVersioned && copy < original) return 'write';
  if (isVersioned && copy > original) return 'replace';
  return isSame?.() === true ? 'keep' : 'replace';
}

/** A pass that moved no more than this is small: the next one takes seconds. */
export const SMALL_PASS = 1_000;

/** Operations at the source after which another pass is due while the gate is open. */
export const PENDING_BOUND = 10_000;

/** Of the gate, for whoever approves. */
export function cutoverQuestion({ source, operations, names, total, keepBlock, hasStreams }: { readonly source: string; readonly operations: number; readonly names: readonly string[]; readonly total: number; readonly keepBlock: boolean; readonly hasStreams: boolean }): string {
  const more = total > names.length ? ` and ${String(total - names.length)} more` : '';
  return [
    `${operations.toLocaleString('en-US')} operation(s) at ${source} since the last pass.`,
    `Approve: a write block on ${names.join(', ')}${more} at ${source}${hasStreams ? ' (of data streams, on every backing index)' : ''}, a last pass, deletes, comparison, settings and aliases at the target; the write block ${keepBlock ? 'stays' : 'is lifted at the end'}.`,
    'Cancel to refuse: nothing is blocked, and what was made at the target is deleted. Cancelled after approval, the write block is lifted too.',
  ].join(' ');
}
