/** For the workflows of tests: timers of a migration whose id begins with `hurried` take a thousandth of their time. */
import { workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';

export const HURRIED = 'hurried';

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [{ startTimer: (input, next) => next(workflowInfo().workflowId.startsWith(HURRIED) ? { ...input, durationMs: Math.max(1, Math.round(input.durationMs / 1_000)) } : input) }],
});
