/** The end of a verification: what the ledger says of it becomes the migration's own. The same for every type. */
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { storeCall } from './activity-options.js';
import type { Control } from './control.js';

const store = proxyActivities<Activities>(storeCall);

export async function tellVerified(control: Control, id: string): Promise<void> {
  const { mismatches, detail } = await control.busy(() => store.summarizeVerification({ id }));
  control.state.verification = { ...control.state.verification, status: 'verified', mismatches };
  control.detail('verify', detail);
}
