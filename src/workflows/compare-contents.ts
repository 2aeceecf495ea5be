/** Compares the documents of indices, window by window: the same for every type of migration. */
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { ComparedRequest } from '../contracts/requests.js';
import { longPoll, WAIT_WINDOW_MS } from './activity-options.js';
import type { Control } from './control.js';
import type { RowKey, RowTrouble } from './ledger-loop.js';

const wait = proxyActivities<Activities>(longPoll);

export interface ComparedRows {
  readonly troubles: readonly RowTrouble[];
  /** Documents of the source that were read. */
  readonly documents: number;
}

/**
 * Does nothing where only counts are asked for.
 *
 * @param mend rewrites and deletes at the target what differs, while it compares
 */
export async function compareContents(control: Control, { id, request }: { readonly id: string; readonly request: ComparedRequest }, rows: readonly RowKey[], mend = false): Promise<ComparedRows> {
  const troubles: RowTrouble[] = [];
  let documents = 0;
  if (request.verify === 'counts') return { troubles, documents };
  for (let isThrough = rows.length === 0; !isThrough; ) {
    await control.checkpoint();
    const { requestsPerSecond, concurrency } = control.state.throttle;
    const share = requestsPerSecond === null ? null : requestsPerSecond / (concurrency ?? 1);
    const seen = await wait.compareContents({ id, request, rows, mend, requestsPerSecond: share, windowMs: WAIT_WINDOW_MS });
    troubles.push(...seen.troubles);
    documents = seen.documents;
    isThrough = seen.waiting.length === 0;
  }
  return { troubles, documents };
}
