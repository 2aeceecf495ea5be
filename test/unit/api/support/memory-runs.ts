/**
 * Temporal in memory, for tests of the API: keeps executions, refuses a second start of an id, answers queries and
 * updates only while `hasWorker`, and nothing at all while `isDown`.
 */
import { GodwitError } from '../../../../src/domain/errors.js';
import { acceptedState } from '../../../../src/api/services/migration-view.js';
import type { MigrationRuns, PendingActivity, RunFilter, RunSummary, TimeWindow } from '../../../../src/api/services/runs.js';
import type { MigrationState, UpdateInput, UpdateName } from '../../../../src/workflows/contract.js';

export interface MemoryRun {
  summary: RunSummary;
  state: MigrationState;
  pending: PendingActivity[];
}

export interface MemoryRuns extends MigrationRuns {
  readonly runs: Map<string, MemoryRun>;
  readonly updates: { readonly id: string; readonly name: UpdateName; readonly input: UpdateInput }[];
  hasWorker: boolean;
  isDown: boolean;
  /** What the workflow's validator refuses the next update with. */
  refusal: GodwitError | null;
}

function fits(run: RunSummary, filter: RunFilter, window: TimeWindow): boolean {
  const at = Date.parse(run.startedAt);
  return (
    (filter.status === undefined || run.status === filter.status) &&
    (filter.type === undefined || run.type === filter.type) &&
    (filter.source === undefined || run.source === filter.source) &&
    (filter.target === undefined || run.target === filter.target) &&
    at >= (window.fromMs ?? 0) &&
    at <= (window.untilMs ?? Number.POSITIVE_INFINITY)
  );
}

export function memoryRuns(): MemoryRuns {
  const runs = new Map<string, MemoryRun>();
  const up = (): void => {
    if (self.isDown) throw new GodwitError('TemporalUnavailable', 'Temporal did not answer: connection refused');
  };
  const answered = (id: string): MemoryRun => {
    up();
    const run = runs.get(id);
    if (run === undefined) throw new GodwitError('MigrationNotFound', 'Temporal knows no such migration');
    if (!self.hasWorker) throw new GodwitError('WorkerAbsent', 'no worker answered in time');
    return run;
  };
  const find = (filter: RunFilter, window: TimeWindow): RunSummary[] =>
    [...runs.values()].map((run) => run.summary).filter((summary) => fits(summary, filter, window));
  const self: MemoryRuns = {
    runs,
    updates: [],
    hasWorker: true,
    isDown: false,
    refusal: null,
    async start({ id, request, createdAt }, requestHash) {
      up();
      if (runs.has(id)) return false;
      const { type, source, target } = request;
      const summary: RunSummary = { id, execution: 'open', createdAt, startedAt: createdAt, endedAt: null, type, source, target, status: 'running', requestHash };
      runs.set(id, { summary, state: acceptedState(id, request, createdAt), pending: [] });
      return true;
    },
    async describe(id) {
      up();
      const run = runs.get(id);
      return run === undefined ? null : { ...run.summary, pending: run.pending };
    },
    queryState: async (id) => answered(id).state,
    async update(id, name, input) {
      const run = answered(id);
      if (self.refusal !== null) throw self.refusal;
      self.updates.push({ id, name, input });
      if (name === 'pause') run.state = { ...run.state, status: 'paused' };
      if (name === 'resume') run.state = { ...run.state, status: 'running' };
      return run.state;
    },
    async list(filter, window, limit) {
      up();
      return find(filter, window).slice(0, limit);
    },
    async count(filter, window) {
      up();
      return find(filter, window).length;
    },
    async known(ids) {
      up();
      return new Set(ids.filter((id) => runs.has(id)));
    },
    lastPollAt: async () => (self.hasWorker ? new Date().toISOString() : null),
    ping: async () => up(),
  };
  return self;
}
