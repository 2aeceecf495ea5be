/** Plans a catch-up pass: slices over what was written at the source since the checkpoints that were noted last. */
import type { SlicedRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { unitDetailOf, type UnitDetail } from '../domain/reindex/details.js';
import { UNIT_METHODS } from '../domain/reindex/methods.js';
import { sliceQuery } from '../domain/reindex/slice-query.js';
import { operationsBetween, rangeSince } from '../domain/reindex/slices.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { countMatching } from '../elasticsearch/count-documents.js';
import { refreshIndices } from '../elasticsearch/refresh-indices.js';
import { hasSequenceNumbers, readCheckpoints, sequencesByIndex, sequencesOf, type Sequences } from '../elasticsearch/sequence.js';
import { cutWithoutNumbers } from '../elasticsearch/unnumbered-parts.js';
import type { LedgerChange, LedgerRow, Store } from '../store/store.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { inLanes } from './lanes.js';
import { cutRange, giveUpSlices, sliceRow, type SourceRange } from './reindex-targets.js';
import { parkRows, troubleOfParked, type RowTrouble } from './rows.js';
import { readSourcesNow, type SourceNow } from './source-identity.js';

interface CatchUpInput {
  readonly id: string;
  readonly request: SlicedRequest;
  /** 1 for the first. */
  readonly pass: number;
}

const PAGE = 500;
/** Indices that are looked at together. */
const CHUNK = 200;
/** Indices cut at once: each waits for answers of the source most of the time. */
const PLAN_LANES = 4;

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

/** Those under way, so many at once as are looked at with a few requests. */
export async function* chunksOfUnits(store: Store, id: string): AsyncGenerator<readonly LedgerRow[]> {
  let chunk: LedgerRow[] = [];
  for await (const unit of unitsOf(store, id, ['running'])) {
    chunk.push(unit);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

export interface PlannedPass {
  /** Of all indices, also those that were planned before. */
  readonly documents: number;
  /** Indices that are gone or others by now; they are parked. */
  readonly troubles: readonly RowTrouble[];
}

/**
 * Safe to repeat: an index whose pass is planned is left alone, a plan that was cut short is given up and made anew, and
 * what an earlier attempt parked is told again.
 */
async function planCatchUp({ clusters, store }: ActivityDeps, input: CatchUpInput): Promise<PlannedPass> {
  const source = clusters.get(input.request.source);
  let documents = 0;
  for await (const units of chunksOfUnits(store, input.id)) {
    const isPlanned = (unit: LedgerRow): boolean => (unitDetailOf(unit.detail).pass ?? 0) >= input.pass;
    documents += units.filter(isPlanned).reduce((sum, unit) => sum + (unitDetailOf(unit.detail).passDocuments ?? 0), 0);
    documents += await planUnits(store, source, input, units.filter((unit) => !isPlanned(unit)));
  }
  const troubles: RowTrouble[] = [];
  for await (const unit of unitsOf(store, input.id, ['needs-attention'])) troubles.push(troubleOfParked(unit));
  return { documents, troubles };
}

/** An index as the pass finds it. */
interface Looked {
  readonly unit: LedgerRow;
  readonly detail: UnitDetail;
  readonly now: SourceNow;
  /** Of all its concrete indices. */
  readonly checkpoints: Sequences;
  /** Concrete indices that were written to since the pass before. */
  readonly written: readonly string[];
}

/** Most indices of many were not written to: of these it is enough that their checkpoints are read, many in one request. @returns documents */
async function planUnits(store: Store, source: Cluster, input: CatchUpInput, units: readonly LedgerRow[]): Promise<number> {
  const { id, pass } = input;
  const [first] = units;
  if (first === undefined) return 0;
  report({ step: 'catch-up', detail: `pass ${String(pass)}: looking at ${first.index}${units.length === 1 ? '' : ` and ${String(units.length - 1)} more`}` });
  const there: { unit: LedgerRow; now: SourceNow }[] = [];
  const parked: { row: LedgerRow; error: GodwitError }[] = [];
  for (const { unit, now } of await readSourcesNow(source, units)) {
    if (now instanceof GodwitError) parked.push({ row: unit, error: now });
    else there.push({ unit, now });
  }
  for (const { row } of parked) await giveUpSlices(store, id, row.index, pass);
  await parkRows(store, id, parked);
  const byIndex = sequencesByIndex(await readCheckpoints(source, there.flatMap(({ now }) => now.indices), cancellationSignal()));
  const looked = there.map(({ unit, now }): Looked => {
    const detail = unitDetailOf(unit.detail);
    const before = sequencesByIndex(detail.checkpoints ?? {});
    const written = now.indices.filter((index) => isWritten(before.get(index), byIndex.get(index)));
    return { unit, detail, now, written, checkpoints: Object.assign({}, ...now.indices.map((index) => byIndex.get(index) ?? {})) as Sequences };
  });
  const busy = looked.filter(({ written }) => written.length > 0);
  await refreshIndices(source, busy.flatMap(({ written }) => written));
  let [documents, begun] = [0, 0];
  await inLanes(busy, PLAN_LANES, async (one) => {
    begun += 1;
    report({ step: 'catch-up', detail: `pass ${String(pass)}: cutting what was written to ${one.unit.index} (${String(begun)} of ${String(busy.length)})` });
    documents += await planOne(store, source, input, one);
  });
  await store.ledger.change(id, looked.filter(({ written }) => written.length === 0).map((one) => seen(one, pass, [])));
  return documents;
}

function isWritten(before: Sequences | undefined, now: Sequences | undefined): boolean {
  return now === undefined || rangeSince(before ?? {}, now) !== null;
}

/** What was written to one index; the slices first, so that a plan that was cut short is known by its pass. @returns documents */
async function planOne(store: Store, source: Cluster, { id, request, pass }: CatchUpInput, one: Looked): Promise<number> {
  const { unit, detail, checkpoints, written } = one;
  const ranges: SourceRange[] = [];
  try {
    for (const index of written) ranges.push(...(await rangesOf(source, request, index, detail.checkpoints ?? {}, checkpoints, detail.sliceDocuments ?? 100_000)));
  } catch (error) {
    // Gone since it was looked at: the next look sees it.
    if (error instanceof GodwitError && error.code === 'IndexNotFound') throw new GodwitError(error.code, error.message, { subject: unit.index, retryable: true, cause: error });
    throw error;
  }
  const nextSlice = await giveUpSlices(store, id, unit.index, pass);
  await store.ledger.add(id, ranges.map((range, at) => sliceRow(request, unit, detail, nextSlice + at, pass, range)));
  await store.ledger.change(id, [seen(one, pass, ranges)]);
  return ranges.reduce((sum, range) => sum + range.documents, 0);
}

function seen({ unit, detail, now, checkpoints }: Looked, pass: number, ranges: readonly SourceRange[]): LedgerChange {
  const documents = ranges.reduce((sum, range) => sum + range.documents, 0);
  return {
    index: unit.index,
    slice: 0,
    detail: {
      pass,
      passDocuments: documents,
      checkpoints: { ...checkpoints },
      sources: [...now.indices],
      created: { ...now.created },
      gone: [...now.gone],
      // Without sequence numbers nothing can be told of what was written; a pass is the whole of it then.
      operations: (detail.operations ?? 0) + (Object.keys(checkpoints).length === 0 ? documents : operationsBetween(detail.checkpoints ?? {}, checkpoints)),
    },
  };
}

async function rangesOf(source: Cluster, request: SlicedRequest, index: string, before: Sequences, now: Sequences, sliceDocuments: number): Promise<SourceRange[]> {
  const range = rangeSince(sequencesOf(before, index), sequencesOf(now, index));
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
