/**
 * Lists and counts of migrations by Temporal visibility.
 *
 * SQL visibility knows no ORDER BY and answers open executions first, so a caller asks for windows of time that are
 * small enough to sort. A workflow that continued as new is one migration with several executions: the earlier ones
 * are left out, and time is that of the migration, not of its latest run.
 */
import type { Client } from '@temporalio/client';
import { temporal } from '../../temporal/proto.js';
import { GODWIT_CREATED_AT, GODWIT_SOURCE, GODWIT_STATUS, GODWIT_TARGET, GODWIT_TYPE } from '../../temporal/search-attribute-keys.js';
import type { MigrationRuns, RunFilter, RunSummary, TimeWindow } from './runs.js';
import { readSummary } from './temporal-summary.js';

type Visibility = Pick<MigrationRuns, 'list' | 'count' | 'known'>;

/** Values are quoted although contracts admit no quote: what reaches a query language is never trusted twice. */
function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Executions that ended from outside keep the status attribute they had, so the execution status decides first. */
function statusClause(status: NonNullable<RunFilter['status']>): string {
  const attribute = `${GODWIT_STATUS.name} = ${quoted(status)}`;
  switch (status) {
    case 'completed':
      return attribute;
    case 'canceled':
      return `(${attribute} OR ExecutionStatus = 'Canceled')`;
    case 'failed':
      return `(${attribute} OR ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut'))`;
    default:
      return `${attribute} AND ExecutionStatus = 'Running'`;
  }
}

/** The query for a filter and a window. Exported for its test. */
export function visibilityQuery(filter: RunFilter, window: TimeWindow): string {
  const time = (ms: number): string => quoted(new Date(ms).toISOString());
  const clauses = [`${GODWIT_TYPE.name} IS NOT NULL`, `ExecutionStatus != 'ContinuedAsNew'`];
  if (filter.status !== undefined) clauses.push(statusClause(filter.status));
  if (filter.type !== undefined) clauses.push(`${GODWIT_TYPE.name} = ${quoted(filter.type)}`);
  if (filter.source !== undefined) clauses.push(`${GODWIT_SOURCE.name} = ${quoted(filter.source)}`);
  if (filter.target !== undefined) clauses.push(`${GODWIT_TARGET.name} = ${quoted(filter.target)}`);
  if (window.fromMs !== undefined) clauses.push(`${GODWIT_CREATED_AT.name} >= ${time(window.fromMs)}`);
  if (window.untilMs !== undefined) clauses.push(`${GODWIT_CREATED_AT.name} < ${time(window.untilMs + 1)}`);
  return clauses.join(' AND ');
}

export function temporalVisibility(client: Client, call: <T>(fn: () => Promise<T>) => Promise<T>): Visibility {
  const search = (query: string, limit: number): Promise<RunSummary[]> =>
    call(async () => {
      const found: RunSummary[] = [];
      for await (const info of client.workflow.list({ query, pageSize: Math.min(limit, 1_000) })) {
        found.push(readSummary(info));
        if (found.length >= limit) break;
      }
      return found;
    });
  return {
    list: (filter, window, limit) => search(visibilityQuery(filter, window), limit),
    count: (filter, window) => call(async () => (await client.workflow.count(visibilityQuery(filter, window))).count),
    known: async (ids) => {
      if (ids.length === 0) return new Set();
      const query = `WorkflowId IN (${ids.map(quoted).join(', ')}) AND ${visibilityQuery({}, {})}`;
      return new Set((await search(query, ids.length)).map((summary) => summary.id));
    },
  };
}

/** @returns RFC 3339 UTC; null if no worker polled for workflow tasks in the last five minutes, which is as far as the server remembers */
export async function lastPollAt(client: Client, taskQueue: string): Promise<string | null> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  const seconds = pollers.map((poller) => Number(poller.lastAccessTime?.seconds ?? 0));
  const latest = Math.max(0, ...seconds);
  return latest === 0 ? null : new Date(latest * 1_000).toISOString();
}
