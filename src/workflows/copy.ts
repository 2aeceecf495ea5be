/**
 * copy: Godwit reads the documents itself and writes them, in slices that are activities of their own.
 *
 * What is particular to it is how one slice is moved; the rest is in `sliced-migration.ts`.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { CopyRequest } from '../contracts/requests.js';
import { copyWork, storeCall } from './activity-options.js';
import type { MigrationInput } from './contract.js';
import { fold, runSlicedMigration } from './sliced-migration.js';
import { withTransform } from './new-transform.js';

const store = proxyActivities<Activities>(storeCall);
const work = proxyActivities<Activities>(copyWork);

export async function copyWorkflow(input: MigrationInput<CopyRequest>): Promise<{ status: string }> {
  const { id } = input;
  return runSlicedMigration(input, {
    // The slices that run look into the stored state for their speed.
    begin: (control) => store.saveState(control.snapshot()),
    move: async (control, row, requestsPerSecond) => {
      await control.checkpoint();
      const request = withTransform(control, input.request);
      const { documents, bytes, troubles } = await work.copySlice({ id, request, row, requestsPerSecond });
      fold(control, documents, bytes);
      return troubles;
    },
    changeSpeed: (control) => store.saveState(control.snapshot()),
  });
}
