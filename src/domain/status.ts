/** The one place that decides a migration's status from what it is doing. Pure. */
import type { MigrationStatus } from '../contracts/names.js';

export interface Situation {
  /** Set once at the end; wins over everything. */
  readonly outcome: 'completed' | 'failed' | 'canceled' | null;
  readonly isPaused: boolean;
  readonly isCanceling: boolean;
  readonly openGates: number;
  readonly openAttention: number;
  /** Pieces of work under way, waits for a person not counted. */
  readonly activeWork: number;
}

/**
 * A migration needs attention only when nothing goes on without a person: while one index is stuck and others still
 * move it is running, and its `attention` tells of the one. At an open gate it waits for approval, whatever it does
 * meanwhile to keep the rest short.
 */
export function statusOf(situation: Situation): MigrationStatus {
  if (situation.outcome !== null) return situation.outcome;
  if (situation.isCanceling) return 'running';
  if (situation.isPaused) return 'paused';
  if (situation.openGates > 0) return 'awaiting-approval';
  if (situation.activeWork > 0) return 'running';
  if (situation.openAttention > 0) return 'needs-attention';
  return 'running';
}
