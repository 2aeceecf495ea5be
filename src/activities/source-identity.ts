/** Whether an index at the source is still the one that was moved: a name may come to stand for another index meanwhile. */
import { GodwitError } from '../domain/errors.js';
import type { UnitDetail } from '../domain/reindex/details.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { readCreationDates } from '../elasticsearch/creation-dates.js';
import type { LedgerRow } from '../store/store.js';
import { cancellationSignal } from './context.js';

/**
 * An index of the same name that was made later has sequence numbers of its own: nothing of it would be found as written
 * since, and every document of the target would look deleted, or, if there are as many, right.
 *
 * @throws IndexNotFound
 */
export async function mustBeTheSame(source: Cluster, unit: Pick<LedgerRow, 'index'>, { created = {} }: UnitDetail): Promise<void> {
  const now = await readCreationDates(source, Object.keys(created), cancellationSignal());
  for (const [name, createdAt] of Object.entries(created)) {
    if ((now.get(name) ?? createdAt) === createdAt) continue;
    throw new GodwitError('IndexNotFound', `${name} at ${source.connection} is another index than the one that was moved: it was made anew meanwhile`, {
      subject: unit.index,
      remedy: 'Cancel, and start again with the index as it is now.',
    });
  }
}
