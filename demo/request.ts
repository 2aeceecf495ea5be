/** What the demo asks Godwit for, slow enough to be watched. */
import type { MigrationRequestInput } from '../src/contracts/requests.js';
import { call, type HttpTarget } from '../test/servers/http.js';

/** Long enough to lose a worker and to see the next one find the snapshot still running. */
const SNAPSHOT_SECONDS = 36;
const RESTORE_SECONDS = 12;

interface Stats {
  indices: Record<string, { primaries: { store: { size_in_bytes: number } } }>;
}

/** Size of the sample at the source, bytes. */
export async function sizeOf(source: HttpTarget, names: readonly string[]): Promise<number> {
  await call(source, 'POST', `/${names.join(',')}/_flush`);
  const { indices } = await call<Stats>(source, 'GET', `/${names.join(',')}/_stats/store`);
  return Object.values(indices).reduce((sum, { primaries }) => sum + primaries.store.size_in_bytes, 0);
}

/** @param bytes to be moved, from which the brakes of the repository follow */
export function requestFor(names: readonly string[], bytes: number): MigrationRequestInput {
  const perSecond = (seconds: number): string => `${String(Math.max(50, Math.ceil(bytes / seconds / 1_024)))}kb`;
  return {
    type: 'snapshot-restore',
    source: 'old',
    target: 'new',
    indices: [...names],
    repository: {
      name: 'demo',
      type: 'fs',
      settings: { location: 'demo', max_snapshot_bytes_per_sec: perSecond(SNAPSHOT_SECONDS) },
      targetSettings: { max_restore_bytes_per_sec: perSecond(RESTORE_SECONDS) },
    },
  };
}
