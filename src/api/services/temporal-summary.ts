/** Search attributes and memo of a migration: how they are written at the start and read in lists. */
import type { WorkflowExecutionInfo, WorkflowExecutionStatusName } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { z } from 'zod';
import { GODWIT_CREATED_AT, GODWIT_SOURCE, GODWIT_STATUS, GODWIT_TARGET, GODWIT_TYPE } from '../../temporal/search-attribute-keys.js';
import type { MigrationInput } from '../../workflows/contract.js';
import type { ExecutionStatus, RunSummary } from './runs.js';

const text = z.string().nullable().catch(null);
const MemoSchema = z.object({ requestHash: text, createdAt: text }).catch({ requestHash: null, createdAt: null });

const EXECUTION: Partial<Record<WorkflowExecutionStatusName, ExecutionStatus>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'canceled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
};

/** What a list can be filtered by from the first moment on. */
export function startAttributes(input: MigrationInput): SearchAttributePair[] {
  return [
    { key: GODWIT_TYPE, value: input.request.type },
    { key: GODWIT_STATUS, value: 'running' },
    { key: GODWIT_SOURCE, value: input.request.source },
    { key: GODWIT_TARGET, value: input.request.target },
    { key: GODWIT_CREATED_AT, value: new Date(input.createdAt).toISOString() },
  ];
}

type Info = Pick<WorkflowExecutionInfo, 'workflowId' | 'status' | 'startTime' | 'closeTime' | 'memo' | 'typedSearchAttributes'>;

export function readSummary(info: Info): RunSummary {
  const memo = MemoSchema.parse(info.memo);
  const attributes = info.typedSearchAttributes;
  const execution = EXECUTION[info.status.name] ?? 'open';
  return {
    id: info.workflowId,
    execution,
    startedAt: attributes.get(GODWIT_CREATED_AT) ?? info.startTime.toISOString(),
    createdAt: memo.createdAt ?? info.startTime.toISOString(),
    endedAt: execution === 'open' ? null : (info.closeTime?.toISOString() ?? null),
    type: attributes.get(GODWIT_TYPE) ?? null,
    source: attributes.get(GODWIT_SOURCE) ?? null,
    target: attributes.get(GODWIT_TARGET) ?? null,
    status: attributes.get(GODWIT_STATUS) ?? null,
    requestHash: memo.requestHash,
  };
}
