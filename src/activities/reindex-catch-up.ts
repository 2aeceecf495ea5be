/** Plans a catch-up pass: slices over what was written at the source since the checkpoints that were noted last. */
import type { SlicedRequest } from '../contracts/requests.js';
import { unitDetailOf } from '../domain/reindex/details.js';
import { UNIT_METHODS } from '../domain/reindex/methods.js';
import { sliceQuery } from '../domain/reindex/slice-query.js';
import { operationsBetween, rangeSince, type Checkpoints } from '../domain/reindex/slices.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { countMatching } from '../elasticsearch/count-documents.js';
import { resolveIndices } from '../elasticsearch/resolve-indices.js';
import { hasSequenceNumbers, readCheckpoints } from '../elasticsearch/sequence.js';
import { cutWithoutNumbers } from '../elasticsearch/unnumbered-parts.js';
import type { LedgerRow, Store } from '../store/store.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { cutRange, giveUpSlices, refreshSource, sliceRow, type SourceRange } from './reindex-targets.js';
import { mustBeTheSame } from './source-identity.js';

interface CatchUpInput {
  readonly id: string;
  readonly request: SlicedRequest;
  /** 1 for the first. */
  readonly pass: number;
}

const PAGE = 500;

export async function* unitsOf(store: Store, id: string, statuses: readonly LedgerRow['status'][]): AsyncGenerator<LedgerRow> {
  let after: { index: string; slice: number } | undefined;
  for (;;) {
    const page = await store.ledger.page(id, { methods: UNIT_METHODS, statuses, limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = { index: last.index, slice: last.slice };
  }
}

/**
 * Safe to repeat: an index whose pass is planned is left alone, a plan that was cut short is given up and made anew.
 * @returns documents of the whole pass
 */
async function planCatchUp({ clusters, store }: ActivityDeps, input: CatchUpInput): Promise<{ documents: number }> {
  const source = clusters.get(input.request.source);
  let documents = 0;
  for await (const unit of unitsOf(store, input.id, ['running'])) {
    report({ step: 'catch-up', detail: `pass ${String(input.pass)}: looking at ${unit.index}` });
    documents += await planUnit(store, source, input, unit);
  }
  return { documents };
}

async function planUnit(store: Store, source: Cluster, { id, request, pass }: CatchUpInput, unit: LedgerRow): Promise<number> {
  const detail = unitDetailOf(unit.detail);
  if ((detail.pass ?? 0) >= pass) return detail.passDocuments ?? 0;
  await mustBeTheSame(source, unit, detail);
  const sources = await sourcesNow(source, unit, detail.sources);
  const checkpoints = await readCheckpoints(source, sources, cancellationSignal());
  await refreshSource(source, sources);
  const ranges: SourceRange[] = [];
  for (const index of sources) ranges.push(...(await rangesOf(source, request, index, detail.checkpoints ?? {}, checkpoints, detail.sliceDocuments ?? 100_000)));
  const nextSlice = await giveUpSlices(store, id, unit.index, pass);
  await store.ledger.add(id, ranges.map((range, at) => sliceRow(request, unit, detail, nextSlice + at, pass, range)));
  const documents = ranges.reduce((sum, range) => sum + range.documents, 0);
  const seen = {
    pass,
    passDocuments: documents,
    checkpoints: { ...checkpoints },
    sources: [...sources],
    // Without sequence numbers nothing can be told of what was written; a pass is the whole of it then.
    operations: (detail.operations ?? 0) + (Object.keys(checkpoints).length === 0 ? documents : operationsBetween(detail.checkpoints ?? {}, checkpoints)),
    gone: [...new Set([...(detail.gone ?? []), ...detail.sources.filter((index) => !sources.includes(index))])],
  };
  await store.ledger.change(id, [{ index: unit.index, slice: 0, detail: seen }]);
  return documents;
}

/** A data stream may have rolled over. */
async function sourcesNow(source: Cluster, unit: LedgerRow, known: readonly string[]): Promise<readonly string[]> {
  const { dataStreams } = await resolveIndices(source, [unit.index], cancellationSignal());
  return dataStreams.find((stream) => stream.name === unit.index)?.backingIndices ?? known;
}

async function rangesOf(source: Cluster, request: SlicedRequest, index: string, before: Checkpoints, now: Checkpoints, sliceDocuments: number): Promise<SourceRange[]> {
  const own = (all: Checkpoints): Checkpoints => Object.fromEntries(Object.entries(all).filter(([shard]) => shard.startsWith(`${index}/`)));
  const range = rangeSince(own(before), own(now));
  if (range === null && Object.keys(own(now)).length > 0) return [];
  if (range === null || !(await hasSequenceNumbers(source, index, cancellationSignal()))) {
    // What was written since cannot be told from the rest: all of it again; what has arrived is a version conflict.
    const all = await countMatching(source, index, request.query ?? { match_all: {} }, cancellationSignal());
    return all === 0 ? [] : (await cutWithoutNumbers(source, index, request.query, all, sliceDocuments, cancellationSignal())).map((part) => ({ source: index, ...part }));
  }
  const documents = await countMatching(source, index, sliceQuery(request.query, { range }), cancellationSignal());
  return documents === 0 ? [] : cutRange(source, index, request.query, range, documents, sliceDocuments);
}

export function createReindexCatchUpActivities(deps: ActivityDeps) {
  return { planCatchUp: withPulse((input: CatchUpInput) => planCatchUp(deps, input)) };
}
