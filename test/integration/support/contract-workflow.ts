/**
 * The smallest workflow that keeps the contract between API and workflows: answers `state`, takes updates, publishes its
 * status, and has an activity that heartbeats. What it does is told by the snapshot's name in the request.
 */
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { MigrationStatus } from '../../../src/contracts/names.js';
import type { Migration } from '../../../src/contracts/migration.js';
import { GODWIT_STATUS } from '../../../src/temporal/search-attribute-keys.js';
import type { MigrationInput, MigrationState, UpdateInput } from '../../../src/workflows/contract.js';

interface Activities {
  transfer(): Promise<void>;
  fail(): Promise<void>;
}

const { transfer, fail } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '20 seconds' },
});

function stateOf({ id, request, createdAt }: MigrationInput, status: MigrationStatus, gates: Migration['gates']): MigrationState {
  return {
    ...{ id, type: request.type, source: request.source, target: request.target, status, createdAt, endedAt: null },
    progress: { documents: { done: 100, total: 1_000 }, bytes: { done: 0, total: 10_000 } },
    steps: [{ name: 'transfer', status: 'running', startedAt: createdAt, endedAt: null, detail: null }],
    ...{ attention: [], attentionTotal: 0, gates, failure: null },
    verification: { status: 'pending', mode: request.verify, mismatches: 0 },
    throttle: { requestsPerSecond: null, concurrency: 'concurrency' in request ? request.concurrency : null },
  };
}

export async function snapshotRestoreWorkflow(input: MigrationInput): Promise<void> {
  let status: MigrationStatus = 'running';
  const gates = [{ name: 'cutover', question: 'Cut over now?' }];
  const become = (next: MigrationStatus): MigrationState => {
    status = next;
    upsertSearchAttributes([{ key: GODWIT_STATUS, value: next }]);
    return stateOf(input, status, gates);
  };
  setHandler(defineQuery<MigrationState>('state'), () => stateOf(input, status, gates));
  setHandler(defineUpdate<MigrationState, [UpdateInput]>('pause'), () => become('paused'));
  setHandler(defineUpdate<MigrationState, [UpdateInput]>('cancel'), () => become('canceled'));
  setHandler(defineUpdate<MigrationState, [UpdateInput]>('approve'), () => become('running'), {
    validator: ({ gate }) => {
      if (gate !== 'cutover') throw ApplicationFailure.nonRetryable(`no open gate is named "${gate ?? ''}"`, 'NotWaiting', { remedy: 'Look at gates.' });
    },
  });
  const what = input.request.type === 'snapshot-restore' ? input.request.snapshot : undefined;
  if (what === 'transfer') return transfer();
  if (what === 'fail') return fail();
  if (what === 'complete') {
    become('completed');
    return;
  }
  if (what === 'again' && input.carried === undefined) {
    await sleep(100);
    await continueAsNew<typeof snapshotRestoreWorkflow>({ ...input, carried: { state: stateOf(input, status, gates), position: null } });
  }
  await condition(() => status === 'canceled');
}
