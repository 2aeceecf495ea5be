/** Names of what a migration makes, derived from its id so that a retry finds its own again. Pure. */

/** Snapshot of a migration; snapshot names are lower case, and so are migration ids. */
export function snapshotNameOf(migrationId: string): string {
  return `godwit-${migrationId}`;
}

/** Empty snapshot that proves that both clusters see the same repository. */
export function probeNameOf(migrationId: string): string {
  return `godwit-probe-${migrationId}`;
}

/** Snapshot of what a target has before its feature states are replaced. */
export function backupNameOf(migrationId: string): string {
  return `godwit-backup-${migrationId}`;
}

/** Custom metadata of all of them (Elasticsearch allows 1,024 bytes); how a snapshot is known to be ours. */
export function snapshotMetadata(migrationId: string): { godwit: { migration: string } } {
  return { godwit: { migration: migrationId } };
}

export function isSnapshotOf(migrationId: string, metadata: unknown): boolean {
  if (typeof metadata !== 'object' || metadata === null || !('godwit' in metadata)) return false;
  const own: unknown = metadata.godwit;
  return typeof own === 'object' && own !== null && 'migration' in own && own.migration === migrationId;
}
