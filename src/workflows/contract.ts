/**
 * What the API and the workflows agree on: workflow names, input, query, updates, heartbeat details.
 *
 * Names and types only, no workflow API: the client imports it too.
 */
import type { MigrationRequest } from '../contracts/requests.js';
import type { Transform } from '../contracts/transform.js';
import type { Amount, Migration } from '../contracts/migration.js';
import type { MigrationType, StepName } from '../contracts/names.js';

export const WORKFLOW_BY_TYPE = {
  'snapshot-restore': 'snapshotRestoreWorkflow',
  reindex: 'reindexWorkflow',
  copy: 'copyWorkflow',
  components: 'componentsWorkflow',
  'system-indices': 'systemIndicesWorkflow',
  verify: 'verifyWorkflow',
  'saved-objects': 'savedObjectsWorkflow',
} as const satisfies Record<MigrationType, string>;

/** A migration's id is its workflow id, so that a person finds one by the other. */
export function migrationWorkflowId(id: string): string {
  return id;
}

export interface MigrationInput<Request extends MigrationRequest = MigrationRequest> {
  readonly id: string;
  readonly request: Request;
  /** Name of the token that asked, for the audit. */
  readonly requestedBy: string;
  /** RFC 3339 UTC; stays the same over continue-as-new. */
  readonly createdAt: string;
  /** Set by continue-as-new only. */
  readonly carried?: CarriedState;
}

/** What the `state` query answers: the migration without what only the API knows. */
export type MigrationState = Omit<Migration, 'links' | 'notice' | 'progress'> & {
  readonly progress: { readonly documents: Amount; readonly bytes: Amount };
};

/** What a run hands to the next one of the same migration. */
export interface CarriedState {
  readonly state: MigrationState;
  /** The type's own position, e.g. which step it is in. */
  readonly position: unknown;
}

export const STATE_QUERY = 'state';

export const UPDATES = ['pause', 'resume', 'cancel', 'approve', 'retry', 'skip', 'throttle'] as const;
export type UpdateName = (typeof UPDATES)[number];

/** Argument of every update; the fields that a name does not use are absent. */
export interface UpdateInput {
  readonly actor: string;
  readonly gate?: string;
  readonly subject?: string;
  readonly requestsPerSecond?: number | null;
  readonly concurrency?: number;
  /** Of `retry`: in the place of the one that the migration has. */
  readonly transform?: Transform;
}

/**
 * Heartbeat details of every activity that takes long: what it has done so far in this attempt, on top of what the
 * workflow has folded into its state already.
 */
export interface HeartbeatDetails {
  readonly step?: StepName;
  readonly detail?: string;
  readonly progress?: { readonly documents?: number; readonly bytes?: number };
  /** What it has started elsewhere and waits for, so that its next attempt finds it. `before`: documents at the source before. */
  readonly task?: { readonly id: string; readonly before: number };
}
