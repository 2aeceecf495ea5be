/**
 * `MigrationRuns` over the Temporal client: starts, describes, queries and updates one workflow.
 *
 * Every call has a deadline, since the client would otherwise wait for ever. Lists are in `temporal-visibility.ts`.
 */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { type MigrationInput, type MigrationState, STATE_QUERY, WORKFLOW_BY_TYPE, migrationWorkflowId } from '../../workflows/contract.js';
import { readPending } from './pending-activities.js';
import type { MigrationRuns } from './runs.js';
import { queryFailure, serverFailure, updateFailure } from './temporal-failures.js';
import { readSummary, startAttributes } from './temporal-summary.js';
import { lastPollAt, temporalVisibility } from './temporal-visibility.js';

/** Deadlines in milliseconds. A query that a worker answers takes some tens of them. */
const SERVER_MS = 5_000;
const QUERY_MS = 3_000;
/** Longer than a query: the update waits for the workflow task that is under way. */
const UPDATE_MS = 10_000;
const PING_MS = 2_000;

export function temporalRuns(client: Client, taskQueue: string): MigrationRuns {
  const within = async <T>(ms: number, call: () => Promise<T>, translate: (error: unknown) => Error): Promise<T> => {
    try {
      return await client.withDeadline(Date.now() + ms, call);
    } catch (error) {
      throw translate(error);
    }
  };
  const server = <T>(call: () => Promise<T>): Promise<T> => within(SERVER_MS, call, serverFailure);
  const handle = (id: string): ReturnType<typeof client.workflow.getHandle> => client.workflow.getHandle(migrationWorkflowId(id));

  return {
    start: (input, requestHash) => server(() => startOnce(client, taskQueue, input, requestHash)),
    describe: (id) =>
      server(async () => {
        const description = await describeOrNull(() => handle(id).describe());
        if (description === null) return null;
        const pending = await readPending(description.raw, client.options.loadedDataConverter);
        return { ...readSummary(description), pending };
      }),
    queryState: (id) => within(QUERY_MS, () => handle(id).query<MigrationState>(STATE_QUERY), queryFailure),
    update: (id, name, input) =>
      within(UPDATE_MS, () => handle(id).executeUpdate<MigrationState, [typeof input]>(name, { args: [input] }), updateFailure),
    ...temporalVisibility(client, server),
    lastPollAt: () => server(() => lastPollAt(client, taskQueue)),
    ping: () => within(PING_MS, () => client.workflowService.getSystemInfo({}).then(() => undefined), serverFailure),
  };
}

async function describeOrNull(describe: () => Promise<WorkflowExecutionDescription>): Promise<WorkflowExecutionDescription | null> {
  try {
    return await describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The two policies together make the id unique among open and closed executions: that is what idempotency rests on. */
async function startOnce(client: Client, taskQueue: string, input: MigrationInput, requestHash: string): Promise<boolean> {
  const { type, source, target } = input.request;
  try {
    await client.workflow.start(WORKFLOW_BY_TYPE[type], {
      workflowId: migrationWorkflowId(input.id),
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      memo: { requestHash, source, target, type, createdAt: input.createdAt },
      typedSearchAttributes: startAttributes(input),
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
