/** Tells a target that takes nothing at all from one that does not take certain documents. */
import { GodwitError, boundedMessage } from '../domain/errors.js';
import type { TaskFailure } from '../domain/reindex/outcome.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { classifyRefusal } from '../elasticsearch/error-rules.js';
import { readBlocks } from '../elasticsearch/prepare-index.js';
import { cancellationSignal } from './context.js';
import { subjectOf, type RowKey } from './rows.js';

const MAX_REASON_CHARS = 300;

/**
 * What keeps the target from taking any document, though the task names single ones: a full disk, a block, a shard that
 * is away, a privilege. To leave the documents out, as is done with rejected ones, would end with leaving all out.
 *
 * @returns null if the documents themselves are refused
 */
export function refusalOf(row: RowKey & { readonly target: string }, connection: string, failures: readonly Pick<TaskFailure, 'type' | 'reason'>[]): GodwitError | null {
  for (const { type, reason } of failures) {
    const found = classifyRefusal(type, reason);
    if (found === undefined) continue;
    const { code, remedy, retryable } = found;
    return new GodwitError(code, `${row.index}: ${connection} takes no documents into ${row.target}: ${boundedMessage(reason, MAX_REASON_CHARS)}`, {
      subject: subjectOf(row),
      ...(remedy === undefined ? {} : { remedy }),
      ...(retryable === undefined ? {} : { retryable }),
    });
  }
  return null;
}

/** The flood stage, before the task of a slice has tried for its minute. @returns null if nothing of the kind is set */
export async function blockOf(target: Cluster, row: RowKey & { readonly target: string }): Promise<GodwitError | null> {
  const blocks = await readBlocks(target, row.target, cancellationSignal());
  if (!blocks.includes('read_only_allow_delete')) return null;
  return refusalOf(row, target.connection, [{ type: 'cluster_block_exception', reason: 'the disk passed the flood stage, index.blocks.read_only_allow_delete is set' }]);
}
