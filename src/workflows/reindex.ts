/**
 * reindex: the target pulls the documents with its own `_reindex`, in slices that are tasks of their own.
 *
 * What is particular to it is how one slice is moved; the rest is in `sliced-migration.ts`.
 */
import { ApplicationFailure, proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { ReindexRequest } from '../contracts/requests.js';
import { pauseMs } from '../domain/reindex/pauses.js';
import { longPoll, startOperation, storeCall, WAIT_WINDOW_MS } from './activity-options.js';
import type { MigrationInput } from './contract.js';
import type { Control } from './control.js';
import type { RowKey, RowTrouble } from './ledger-loop.js';
import { fold, runSlicedMigration, shareOf } from './sliced-migration.js';

/** How often a slice is issued again after it was lost or incomplete, before a person is asked. */
const MAX_TRIES = 6;

const store = proxyActivities<Activities>(storeCall);
const start = proxyActivities<Activities>(startOperation);
const wait = proxyActivities<Activities>(longPoll);

type Input = MigrationInput<ReindexRequest>;

export async function reindexWorkflow(input: Input): Promise<{ status: string }> {
  const { id, request } = input;
  return runSlicedMigration(input, {
    begin: () => store.beginTasks({ id, request }),
    move: (control, row) => moveSlice(control, input, row),
    changeSpeed: (_control, requestsPerSecond) => start.throttleTasks({ id, request, requestsPerSecond }),
  });
}

/** Moves one slice, issuing it again when its task vanished, was cancelled or did not do all of it. */
async function moveSlice(control: Control, { id, request }: Input, row: RowKey): Promise<readonly RowTrouble[]> {
  for (let tries = 1; ; ) {
    await control.checkpoint();
    let seen = await start.startSlice({ id, request, row, requestsPerSecond: shareOf(control) });
    while (seen.kind === 'running') seen = await wait.waitForSlice({ id, request, row, requestsPerSecond: shareOf(control), task: seen.task, before: seen.before, windowMs: WAIT_WINDOW_MS });
    if (seen.kind === 'finished') {
      fold(control, seen.documents, seen.bytes);
      return seen.troubles;
    }
    if (seen.isFree) continue;
    if (tries >= MAX_TRIES) {
      // The way to the source and the load of a cluster are not the slice's fault: all wait, and try again by themselves.
      if (seen.code === 'RemoteUnreachable' || seen.code === 'Unavailable') throw ApplicationFailure.retryable(seen.reason, seen.code);
      return store.giveUpRows({ id, rows: [row], code: seen.code, reason: `slice ${String(row.slice)} was issued ${String(tries)} times: ${seen.reason}` });
    }
    await sleep(pauseMs(seen.code, tries));
    tries += 1;
  }
}
