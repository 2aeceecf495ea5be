/** How a migration of any type runs and ends: on cancel and failure what was done is undone; the outcome is always kept. */
import { ActivityFailure, ApplicationFailure, CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { storeCall, undoOperation } from './activity-options.js';
import type { Control } from './control.js';
import { toFailure } from './failures.js';

const undo = proxyActivities<Activities>(undoOperation);
const store = proxyActivities<Activities>(storeCall);

export async function runMigration(control: Control, { id }: { readonly id: string }, main: () => Promise<void>): Promise<{ status: string }> {
  try {
    const ending = await control.run(main);
    if (ending === 'canceled') await takeBack(control, id);
    control.finish(ending === 'canceled' ? 'canceled' : 'completed');
  } catch (error) {
    if (!(error instanceof ApplicationFailure || error instanceof ActivityFailure)) throw error;
    const failure = toFailure(error);
    await takeBack(control, id);
    control.finish('failed', failure);
    await tellOutcome(control);
    throw ApplicationFailure.nonRetryable(failure.message, failure.code, { remedy: failure.remedy });
  }
  await tellOutcome(control);
  return { status: control.snapshot().status };
}

/** Undoes in reverse what was done to either cluster; what cannot be undone stays recorded as left, for the report. */
async function takeBack(control: Control, id: string): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    try {
      await undo.undoEffects({ id });
    } catch (error) {
      control.detail('cleanup', `not all could be undone: ${toFailure(error).message}`);
    }
  });
}

/** Keeps the outcome and the report beyond Temporal's retention. */
async function tellOutcome(control: Control): Promise<void> {
  await CancellationScope.nonCancellable(() => store.saveOutcome(control.snapshot()));
}
