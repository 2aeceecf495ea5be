/**
 * What rows of the ledger stand for at the source as it is now: while a migration goes on, indices are deleted, made anew
 * under their names, and data streams get and lose backing indices.
 */
import { GodwitError } from '../domain/errors.js';
import { sliceDetailOf, unitDetailOf, type UnitDetail } from '../domain/reindex/details.js';
import { call } from '../elasticsearch/calls.js';
import { showsNodes, type Cluster } from '../elasticsearch/cluster.js';
import { readCreationDates } from '../elasticsearch/creation-dates.js';
import { resolveIndices } from '../elasticsearch/resolve-indices.js';
import type { LedgerRow } from '../store/store.js';
import { cancellationSignal } from './context.js';
import type { ActivityDeps } from './deps.js';
import { sliceOf, type RowKey } from './rows.js';

export interface SourceNow {
  /** Concrete indices that are there, those of a data stream in its order. */
  readonly indices: readonly string[];
  /** Backing indices of the plan, or of an earlier look, that are there no more. */
  readonly gone: readonly string[];
  /** When each was made, milliseconds, as far as known. */
  readonly created: Readonly<Record<string, number>>;
}

type Unit = Pick<LedgerRow, 'index' | 'detail'>;

interface LookedAt<Some extends Unit> {
  readonly unit: Some;
  /** IndexNotFound where all of it is gone, or where it is another one. */
  readonly now: SourceNow | GodwitError;
}

const GONE_REMEDY = 'If that was meant, skip: what has been moved of it stays at the target, and nothing more is done with it. If not, bring it back at the source, then retry.';

export function goneError(source: Cluster, index: string, what: string): GodwitError {
  return new GodwitError('IndexNotFound', `${what} is gone at ${source.connection}: it was deleted meanwhile`, { subject: index, remedy: GONE_REMEDY });
}

/**
 * Looks at many with a few requests. Read-only.
 *
 * An index of the same name that was made later has sequence numbers of its own: nothing of it would be found as written
 * since, and every document of the target would look deleted, or, if there are as many, right. So it is an error too.
 *
 * @returns in the order of the rows
 */
export async function readSourcesNow<Some extends Unit>(source: Cluster, units: readonly Some[]): Promise<LookedAt<Some>[]> {
  const details = units.map((unit) => ({ unit, index: unit.index, detail: unitDetailOf(unit.detail) }));
  const streams = details.filter(({ detail }) => detail.kind === 'data-stream').map(({ index }) => index);
  const { dataStreams } = streams.length === 0 ? { dataStreams: [] } : await resolveIndices(source, streams, cancellationSignal());
  const backing = new Map(dataStreams.map(({ name, backingIndices }) => [name, backingIndices]));
  const names = details.flatMap(({ index, detail }) => [...(backing.get(index) ?? []), ...detail.sources, ...Object.keys(detail.created ?? {})]);
  const dates = await readCreationDates(source, [...new Set(names)], cancellationSignal());
  return details.map(({ unit, index, detail }) => ({ unit, now: sourceNow(source, index, detail, backing.get(index), dates) }));
}

function sourceNow(source: Cluster, index: string, detail: UnitDetail, backing: readonly string[] | undefined, dates: ReadonlyMap<string, number>): SourceNow | GodwitError {
  const known = detail.created ?? {};
  const other = Object.entries(known).find(([name, createdAt]) => (dates.get(name) ?? createdAt) !== createdAt);
  if (other !== undefined) {
    return new GodwitError('IndexNotFound', `${other[0]} at ${source.connection} is another index than the one that was moved: it was made anew meanwhile`, {
      subject: index,
      remedy: 'Start again with the index as it is now: cancel, or skip to leave it as it is at the target and let the others go on.',
    });
  }
  if (detail.kind === 'data-stream' && backing === undefined) return goneError(source, index, `data stream ${index}`);
  // A serverless project may not tell when its indices were made.
  const indices = backing ?? detail.sources.filter((name) => dates.has(name) || !showsNodes(source));
  if (indices.length === 0) return goneError(source, index, index);
  const gone = [...new Set([...(detail.gone ?? []), ...detail.sources])].filter((name) => !indices.includes(name));
  const created = { ...known, ...Object.fromEntries(indices.flatMap((name) => (dates.has(name) ? [[name, dates.get(name) ?? 0]] : []))) };
  return { indices, gone, created };
}

/** The same where all have to be there. @throws IndexNotFound of the first that is not */
export async function readSourcesThere<Some extends Unit>(source: Cluster, units: readonly Some[]): Promise<{ readonly unit: Some; readonly now: SourceNow }[]> {
  return (await readSourcesNow(source, units)).map(({ unit, now }) => {
    if (now instanceof GodwitError) throw now;
    return { unit, now };
  });
}

interface SliceOf {
  readonly id: string;
  readonly request: { readonly source: string };
  readonly row: RowKey;
}

/**
 * Works on a slice, and tells the end of its index at the source from other failures.
 * @returns what became of the work, or the error that says that the index is gone
 */
export async function unlessGone<T>({ clusters, store }: Pick<ActivityDeps, 'clusters' | 'store'>, { id, request, row }: SliceOf, work: () => Promise<T>): Promise<T | GodwitError> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GodwitError) || error.code !== 'IndexNotFound') throw error;
    const gone = await goneOf(clusters.get(request.source), await sliceOf(store, id, row));
    if (gone === null) throw error;
    return gone;
  }
}

/** @throws IndexNotFound if the index of the slice is gone */
export async function mustBeThere(source: Cluster, slice: LedgerRow): Promise<void> {
  const error = await goneOf(source, slice);
  if (error !== null) throw error;
}

async function goneOf(source: Cluster, { index, detail }: LedgerRow): Promise<GodwitError | null> {
  const { source: name } = sliceDetailOf(detail);
  const exists = await call(source, { action: `look for ${name}`, subject: name }, () => source.client.indices.exists({ index: name, expand_wildcards: 'all' }));
  return exists ? null : goneError(source, index, name === index ? name : `backing index ${name} of ${index}`);
}
