/**
 * Why a cluster turned a batch of `_reindex` down: its size, its memory as things are, or all that it has to do. Pure.
 *
 * They come under the same error types: what tells them apart are the numbers in the text.
 */

export type Burden =
  /** It never fits: into the 100 MB buffer for an answer, or into what the target takes at once. */
  | 'size'
  /** The memory is short for it now; a smaller one may fit. */
  | 'memory'
  /** Queues are full; one of any size would be turned down. */
  | 'load';

/**
 * Indexing pressure, `rejected execution of coordinating operation [..., coordinating_operation_bytes=1000,
 * max_coordinating_and_primary_bytes=900]`; the names of the limits differ by version.
 */
const OPERATION = /(?:coordinating|primary)_operation_bytes=(\d+), max_\w+_bytes=(\d+)/;
/** `Data too large, data for [<http_request>] would be [2/2b], which is larger than the limit of [1/1b], real usage: [0/0b], new bytes reserved: [2/2b]` */
const BREAKER = /larger than the limit of \[(\d+)\/[^]*?new bytes reserved: \[(\d+)\//;
/** An operation that takes as much of a limit meets it as soon as others run beside it. */
const LARGE_SHARE = 1 / 4;

/** @param types error types of the answer; @param text all its reasons. @returns null if it says nothing of the kind */
export function burdenOf(types: readonly string[], text: string): Burden | null {
  const all = `${types.join(' ')} ${text}`;
  if (/content_too_long|chunk that was too large/i.test(all)) return 'size';
  if (/circuit_breaking/i.test(all)) {
    const [, limit, wanted] = BREAKER.exec(all) ?? [];
    return Number(wanted) > Number(limit) ? 'size' : 'memory';
  }
  if (!/es_rejected_execution|rejected execution|"status":429/i.test(all)) return null;
  const [, operation, limit] = OPERATION.exec(all) ?? [];
  if (operation === undefined) return 'load';
  if (Number(operation) > Number(limit)) return 'size';
  return Number(operation) > Number(limit) * LARGE_SHARE ? 'memory' : 'load';
}
