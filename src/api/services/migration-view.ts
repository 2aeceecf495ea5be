/**
 * Assembles the migration that the API shows from what is known: a workflow's state, the store's record, or no more
 * than visibility's summary. Pure; every result is a valid `Migration`.
 */
import { type Migration, MigrationSchema, ProgressSchema } from '../../contracts/migration.js';
import {
  FINAL_STATUSES,
  type MigrationStatus,
  MigrationStatusSchema,
  type MigrationType,
  MigrationTypeSchema,
} from '../../contracts/names.js';
import type { MigrationRequest } from '../../contracts/requests.js';
import type { MigrationRecord } from '../../store/store.js';
import type { MigrationState } from '../../workflows/contract.js';
import { type ProgressRate, UNKNOWN_RATE } from './progress-rate.js';
import type { ExecutionStatus, RunSummary } from './runs.js';

/** The state as the store keeps it: with or without what the API adds to it. */
const KeptStateSchema = MigrationSchema.omit({ links: true, notice: true, progress: true }).extend({
  progress: ProgressSchema.pick({ documents: true, bytes: true }),
});

export function isFinal(status: MigrationStatus): boolean {
  return FINAL_STATUSES.includes(status);
}

export function linksOf(id: string): Migration['links'] {
  const self = `/v1/migrations/${encodeURIComponent(id)}`;
  return { self, events: `${self}/events`, slices: `${self}/slices`, report: `${self}/report` };
}

export function toMigration(state: MigrationState, rate: ProgressRate = UNKNOWN_RATE, notice: string | null = null): Migration {
  return { ...state, progress: { ...state.progress, ...rate }, notice, links: linksOf(state.id) };
}

/** What is known the moment a migration has been accepted. */
export function acceptedState(id: string, request: MigrationRequest, createdAt: string): MigrationState {
  const base = blankState({ id, type: request.type, source: request.source, target: request.target, createdAt });
  return {
    ...base,
    verification: { status: 'pending', mode: request.verify, mismatches: 0 },
    throttle: { requestsPerSecond: 'requestsPerSecond' in request ? request.requestsPerSecond : null, concurrency: 'concurrency' in request ? request.concurrency : null },
  };
}

/** The last state that was kept; null if none was, or if it is of a form that this version does not read. */
export function keptState(record: MigrationRecord | null): MigrationState | null {
  if (record === null || record.state === null) return null;
  const parsed = KeptStateSchema.safeParse(record.state);
  return parsed.success ? parsed.data : null;
}

/** The state of a record, or what its columns say when it has none. */
export function stateOfRecord(record: MigrationRecord): MigrationState {
  const kept = keptState(record);
  if (kept !== null) return kept;
  const { id, type, source, target, createdAt, endedAt } = record;
  return { ...blankState({ id, type, source, target, createdAt }), status: statusOf(record.status), endedAt };
}

/** The state as visibility tells it, on top of the last one kept. */
export function stateOfSummary(run: RunSummary, record: MigrationRecord | null): MigrationState {
  const base =
    record === null
      ? blankState({ id: run.id, type: run.type, source: run.source ?? '', target: run.target ?? '', createdAt: run.createdAt })
      : stateOfRecord(record);
  const status = run.status === null ? base.status : statusOf(run.status);
  return endedFromOutside({ ...base, status, endedAt: run.endedAt ?? base.endedAt }, run);
}

const OUTSIDE: Partial<Record<ExecutionStatus, { code: string; message: string; remedy: string }>> = {
  terminated: {
    code: 'Canceled',
    message: 'the workflow was terminated in Temporal, so nothing was undone',
    remedy: 'See effects in the report for what is still in place at the clusters; start a new migration.',
  },
  'timed-out': {
    code: 'Timeout',
    message: 'the workflow ran into a time limit of Temporal, so nothing was undone',
    remedy: 'See effects in the report for what is still in place at the clusters; start a new migration.',
  },
  failed: {
    code: 'Internal',
    message: 'the workflow failed without a word of its own',
    remedy: 'See the workflow in the Temporal UI, and report it; start a new migration.',
  },
};

/** A workflow that Temporal ended could not say so itself: its last state still looks alive. */
export function endedFromOutside(state: MigrationState, run: Pick<RunSummary, 'execution' | 'endedAt'>): MigrationState {
  if (run.execution === 'open' || isFinal(state.status)) return state;
  const failure = OUTSIDE[run.execution];
  const endedAt = run.endedAt ?? state.endedAt;
  if (failure !== undefined) return { ...state, status: 'failed', endedAt, gates: [], failure };
  return run.execution === 'canceled' ? { ...state, status: 'canceled', endedAt, gates: [] } : state;
}

/** A record that has not ended and whose workflow Temporal does not know. */
export function lostState(record: MigrationRecord): MigrationState {
  return {
    ...stateOfRecord(record),
    status: 'failed',
    gates: [],
    failure: {
      code: 'Internal',
      message: 'Temporal does not know this migration: its workflow was deleted before it ended, or was never started',
      remedy: 'See effects in the report for what is still in place at the clusters; start a new migration.',
    },
  };
}

/** The latest time that a state mentions, RFC 3339: it is at least as new as that. */
export function latestTime(state: MigrationState): string {
  const times = [
    state.createdAt,
    state.endedAt,
    ...state.steps.flatMap((step) => [step.startedAt, step.endedAt]),
    ...state.attention.map((entry) => entry.since),
  ].filter((time) => time !== null);
  return times.reduce((latest, time) => (Date.parse(time) > Date.parse(latest) ? time : latest));
}

function statusOf(text: string): MigrationStatus {
  return MigrationStatusSchema.catch('running').parse(text);
}

function typeOf(text: string | null): MigrationType {
  return MigrationTypeSchema.catch('snapshot-restore').parse(text);
}

function blankState(known: { id: string; type: string | null; source: string; target: string; createdAt: string }): MigrationState {
  return {
    ...known,
    type: typeOf(known.type),
    status: 'running',
    endedAt: null,
    progress: { documents: { done: 0, total: null }, bytes: { done: 0, total: null } },
    steps: [],
    attention: [],
    attentionTotal: 0,
    gates: [],
    verification: { status: 'pending', mode: 'counts', mismatches: 0 },
    throttle: { requestsPerSecond: null, concurrency: null },
    failure: null,
  };
}
