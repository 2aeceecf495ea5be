/**
 * Closed sets of words that Godwit's outside speaks: types, statuses, kinds, roles, steps.
 *
 * Everything else derives its types from here, so that a word is spelled once.
 */
import { z } from 'zod';

export const MIGRATION_TYPES = ['snapshot-restore', 'reindex', 'copy', 'components', 'system-indices', 'verify', 'saved-objects'] as const;
export const MigrationTypeSchema = z
  .enum(MIGRATION_TYPES)
  .describe('What kind of migration this is; decides which options are accepted');
export type MigrationType = z.infer<typeof MigrationTypeSchema>;

export const MIGRATION_STATUSES = [
  'running',
  'paused',
  'awaiting-approval',
  'needs-attention',
  'completed',
  'failed',
  'canceled',
] as const;
export const MigrationStatusSchema = z
  .enum(MIGRATION_STATUSES)
  .describe('needs-attention: parked until a person retries or skips; nothing is lost meanwhile');
export type MigrationStatus = z.infer<typeof MigrationStatusSchema>;

/** Statuses after which a migration never changes again. */
export const FINAL_STATUSES: readonly MigrationStatus[] = ['completed', 'failed', 'canceled'];

export const CLUSTER_KINDS = ['self-managed', 'hosted', 'ece', 'eck', 'serverless'] as const;
export const ClusterKindSchema = z
  .enum(CLUSTER_KINDS)
  .describe('Where the cluster runs: hosted is Elastic Cloud Hosted');
export type ClusterKind = z.infer<typeof ClusterKindSchema>;

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const RoleSchema = z.enum(ROLES).describe('viewer reads; operator also controls; admin also sees the configuration');
export type Role = z.infer<typeof RoleSchema>;

export const STEP_NAMES = ['preflight', 'prepare', 'transfer', 'catch-up', 'verify', 'repair', 'cutover', 'cleanup'] as const;
export const StepNameSchema = z.enum(STEP_NAMES);
export type StepName = z.infer<typeof StepNameSchema>;

export const STEP_STATUSES = ['pending', 'running', 'completed', 'failed', 'skipped', 'canceled'] as const;
export const StepStatusSchema = z.enum(STEP_STATUSES);
export type StepStatus = z.infer<typeof StepStatusSchema>;

export const SLICE_STATUSES = [
  'pending',
  'running',
  'completed',
  'verified',
  'needs-attention',
  'skipped',
  'canceled',
] as const;
export const SliceStatusSchema = z
  .enum(SLICE_STATUSES)
  .describe('completed: moved; verified: moved and compared with the source');
export type SliceStatus = z.infer<typeof SliceStatusSchema>;

export const VERIFY_MODES = ['counts', 'sample', 'full'] as const;
export const VerifyModeSchema = z.enum(VERIFY_MODES);
export type VerifyMode = z.infer<typeof VerifyModeSchema>;
