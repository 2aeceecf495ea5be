/**
 * Prepares the target of each index and cuts the index into slices.
 *
 * An index is made from the mappings and settings of its source, without replicas and refreshes while documents arrive.
 * What is made is recorded first, so that a retry adopts it and a cancel takes it back.
 */
import type { SlicedRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import { refusedRemedy } from '../domain/preflight/body-checks.js';
import { unitDetailOf, type UnitDetail } from '../domain/reindex/details.js';
import { SLICE_METHOD } from '../domain/reindex/methods.js';
import { batchSize, sliceSize } from '../domain/reindex/sizes.js';
import type { SliceRange } from '../domain/reindex/slice-range.js';
import { cutSlices, type SequenceRange } from '../domain/reindex/slices.js';
import { streamBody } from '../domain/reindex/stream-body.js';
import { fitSettings } from '../domain/reindex/target-settings.js';
import { call, isAbsent, tryCall } from '../elasticsearch/calls.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { countMatching, countRanges } from '../elasticsearch/count-documents.js';
import { readSmallestHeap } from '../elasticsearch/inventory.js';
import { addMappings, bestTemplate, createIndex, putStreamTemplate, readDefinition, readTemplates, type IndexDefinition, type Templates } from '../elasticsearch/prepare-index.js';
import { endOfSequence, readCheckpoints, readSequences, sequencesOf } from '../elasticsearch/sequence.js';
import { cutWithoutNumbers } from '../elasticsearch/unnumbered-parts.js';
import type { LedgerRow, NewLedgerRow, Store } from '../store/store.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT } from './effects.js';
import { inLanes } from './lanes.js';
import { sampleBytes } from './reindex-preflight.js';
import { deleteTarget } from './restored-index.js';
import { parkRows, type RowKey, type RowTrouble } from './rows.js';
import { goneError, readSourcesNow, type SourceNow } from './source-identity.js';

interface PrepareInput {
  readonly id: string;
  readonly request: SlicedRequest;
  readonly rows: readonly RowKey[];
}

/** Indices prepared at once: most of the time of one is waiting for answers of both clusters. */
const PREPARE_LANES = 4;

/** What a batch of indices shares. */
interface Room {
  readonly source: Cluster;
  readonly target: Cluster;
  readonly heapBytes: number | null;
  /** Of the target. */
  templates: Templates;
  /** Targets that this migration has begun to make. */
  readonly begun: Set<string>;
}

/** Safe to repeat: what was made is adopted, slices of a cut that did not come to its end are given up and cut anew. */
async function prepareTargets({ clusters, store, log }: ActivityDeps, input: PrepareInput): Promise<RowTrouble[]> {
  const [source, target] = [clusters.get(input.request.source), clusters.get(input.request.target)];
  const room: Room = { source, target, heapBytes: await readSmallestHeap(target, cancellationSignal()), templates: await readTemplates(target, cancellationSignal()), begun: await begunTargets(store, input.id) };
  const units = (await store.ledger.byIndex(input.id, input.rows.map((row) => row.index))).filter((row) => row.slice === 0 && row.status === 'pending');
  const parked: { row: RowKey; error: GodwitError }[] = [];
  const found = new Map((await readSourcesNow(source, units)).map(({ unit, now }) => [unit.index, now]));
  let begun = 0;
  // Those that go into one target add to it one after the other.
  await inLanes(byTarget(units), PREPARE_LANES, async (group) => {
    for (const unit of group) {
      begun += 1;
      report({ step: 'prepare', detail: `preparing ${unit.target} (${String(begun)} of ${String(units.length)})` });
      try {
        const now = found.get(unit.index) ?? goneError(source, unit.index, unit.index);
        if (now instanceof GodwitError) throw now;
        const prepared = await prepareTarget(store, input, room, unit, now);
        await cut(store, input, room, unit, prepared, now);
      } catch (error) {
        if (!(error instanceof GodwitError) || error.retryable) throw error;
        log.info({ err: error, index: unit.index }, 'an index could not be prepared');
        parked.push({ row: unit, error });
      }
    }
  });
  return parkRows(store, input.id, parked);
}

function byTarget(units: readonly LedgerRow[]): LedgerRow[][] {
  const groups = new Map<string, LedgerRow[]>();
  for (const unit of units) groups.set(unit.target, [...(groups.get(unit.target) ?? []), unit]);
  return [...groups.values()];
}

async function begunTargets(store: Store, id: string): Promise<Set<string>> {
  const begun = new Set<string>();
  let beforeId: number | undefined;
  for (;;) {
    const page = await store.effects.list(id, { kinds: [EFFECT.createIndex, EFFECT.createDataStream], states: ['begun', 'done'], limit: 500, ...(beforeId === undefined ? {} : { beforeId }) });
    for (const effect of page) begun.add(effect.subject);
    beforeId = page.at(-1)?.id;
    if (beforeId === undefined) return begun;
  }
}

interface Prepared {
  /** Average size of a document as it is read, bytes. */
  readonly documentBytes: number;
  readonly targetKind: 'index' | 'data-stream';
  /** Of the index that was made; null if it was not made here. */
  readonly uuid: string | null;
  /** Documents that were there before. */
  readonly existing: number;
  readonly size: number;
}

async function prepareTarget(store: Store, input: PrepareInput, room: Room, unit: LedgerRow, now: SourceNow): Promise<Prepared> {
  const { source, target, begun } = room;
  const signal = cancellationSignal();
  const detail = unitDetailOf(unit.detail);
  const newest = now.indices.at(-1) ?? unit.index;
  const definition = await readDefinition(source, newest, signal);
  if (definition === null) throw new GodwitError('IndexNotFound', `${newest} is gone at the source`, { subject: unit.index });
  mustHaveSource(unit, definition);
  const documentBytes = Math.max(detail.documentBytes, await sampleBytes(source, newest, signal));
  const sizes = { documentBytes, size: (input.request.type === 'reindex' ? input.request.size : undefined) ?? batchSize(documentBytes, room.heapBytes) };
  let found = await kindAt(target, unit.target);
  if (found !== null && !begun.has(unit.target)) {
    if (input.request.onExisting === 'fail') {
      throw new GodwitError('IndexAlreadyExists', `${unit.target} exists at the target and is not of this migration`, { subject: unit.index, remedy: `Delete or rename ${unit.target} at the target, then retry; or skip it.` });
    }
    if (input.request.onExisting === 'merge') {
      await target.client.indices.refresh({ index: unit.target }).catch((error: unknown) => {
        throw target.translate(error, { action: `refresh ${unit.target}`, subject: unit.target });
      });
      return { ...sizes, targetKind: found, uuid: null, existing: await countMatching(target, unit.target, { match_all: {} }, signal) };
    }
    await store.effects.begin(input.id, { kind: EFFECT.replace, connection: target.connection, subject: unit.target, undo: {} });
    await deleteTarget(target, unit.target, found);
    found = null;
  }
  const template = bestTemplate(room.templates, unit.target);
  const isStream = found === 'data-stream' || (found === null && (detail.kind === 'data-stream' || template?.isForDataStreams === true));
  if (isStream) {
    if (found === null) await prepareStream(store, input, room, unit, definition, template?.isForDataStreams === true ? null : (template?.priority ?? 0) + 500);
    return { ...sizes, targetKind: 'data-stream', uuid: null, existing: 0 };
  }
  await makeIndex(store, input, room, unit, definition, found !== null);
  return { ...sizes, targetKind: 'index', uuid: await uuidOf(target, unit.target), existing: 0 };
}

function mustHaveSource(unit: LedgerRow, { mappings }: IndexDefinition): void {
  const source = mappings['_source'];
  if (typeof source === 'object' && source !== null && 'enabled' in source && source.enabled === false) {
    throw new GodwitError('IndexNotReadable', `${unit.index} keeps no _source, so its documents cannot be read`, { subject: unit.index, remedy: 'Skip it, and move it by snapshot-restore.' });
  }
}

async function kindAt(cluster: Cluster, name: string): Promise<'index' | 'data-stream' | null> {
  const found = await tryCall(cluster, { action: `look for ${name}`, subject: name }, () => cluster.client.indices.resolveIndex({ name, expand_wildcards: 'all' }), isAbsent);
  if ((found?.data_streams ?? []).some((stream) => stream.name === name)) return 'data-stream';
  return (found?.indices ?? []).some((index) => index.name === name) ? 'index' : null;
}

async function uuidOf(cluster: Cluster, name: string): Promise<string | null> {
  const uuid = (await readDefinition(cluster, name))?.settings['index.uuid'];
  return typeof uuid === 'string' ? uuid : null;
}

async function makeIndex(store: Store, input: PrepareInput, { target, begun }: Room, unit: LedgerRow, definition: IndexDefinition, exists: boolean): Promise<void> {
  const fitted = fitSettings(definition.settings, target.kind);
  const key = { kind: EFFECT.createIndex, connection: target.connection, subject: unit.target };
  if (exists) {
    // Made by an earlier attempt, or for another index that goes into it: mappings add up.
    await addMappings(target, unit.target, definition.mappings);
  } else {
    await store.effects.begin(input.id, { ...key, undo: { index: unit.index, slice: unit.slice } });
    begun.add(unit.target);
    try {
      await createIndex(target, unit.target, { mappings: definition.mappings, settings: fitted.create });
    } catch (error) {
      if (error instanceof GodwitError && !error.retryable) {
        await store.effects.settle(input.id, key, 'undone');
        begun.delete(unit.target);
        throw mappingRefused(unit, error);
      }
      throw error;
    }
  }
  await store.effects.begin(input.id, { kind: EFFECT.loadSettings, connection: target.connection, subject: unit.target, undo: { settings: fitted.afterLoad } });
  await store.effects.settle(input.id, { kind: EFFECT.loadSettings, connection: target.connection, subject: unit.target }, 'done');
  await store.effects.settle(input.id, key, 'done');
}

function mappingRefused(unit: LedgerRow, error: GodwitError): GodwitError {
  if (error.code !== 'ElasticsearchRejected') return error;
  return new GodwitError('ElasticsearchRejected', error.message, {
    subject: unit.index,
    remedy: refusedRemedy(unit.target),
  });
}

/** A data stream is made by its first document, from a template: the target's own, or one made from the source. */
async function prepareStream(store: Store, input: PrepareInput, room: Room, unit: LedgerRow, definition: IndexDefinition, ownPriority: number | null): Promise<void> {
  const { target, begun } = room;
  if (ownPriority !== null) {
    const template = `godwit-${unit.target}`;
    await store.effects.begin(input.id, { kind: EFFECT.createTemplate, connection: target.connection, subject: template, undo: {} });
    await putStreamTemplate(target, template, unit.target, ownPriority, streamBody(definition, target.kind));
    // Others that go into the stream are to find it.
    room.templates = await readTemplates(target, cancellationSignal());
    await store.effects.settle(input.id, { kind: EFFECT.createTemplate, connection: target.connection, subject: template }, 'done');
  }
  await store.effects.begin(input.id, { kind: EFFECT.createDataStream, connection: target.connection, subject: unit.target, undo: {} });
  begun.add(unit.target);
}

/** Cuts every concrete index of a unit, writes the slices, and only then says that the unit is under way. */
async function cut(store: Store, input: PrepareInput, { source }: Room, unit: LedgerRow, { documentBytes, ...prepared }: Prepared, now: SourceNow): Promise<void> {
  const detail = unitDetailOf(unit.detail);
  const { query, concurrency } = input.request;
  const nextSlice = await giveUpSlices(store, input.id, unit.index, 0);
  const { checkpoints, ranges, sliceDocuments } = await cutAll(source, now.indices, query, (documents) => input.request.sliceDocuments ?? sliceSize(documentBytes, { documents, concurrency }));
  const rows = ranges.map((range, at) => sliceRow(input.request, unit, { ...detail, ...prepared }, nextSlice + at, 0, range));
  await store.ledger.add(input.id, rows);
  await store.ledger.change(input.id, [{ index: unit.index, slice: 0, status: 'running', error: null, detail: { ...prepared, sources: [...now.indices], created: { ...now.created }, sliceDocuments, nextSlice: nextSlice + rows.length, pass: 0, checkpoints } }]);
}

export interface SourceRange {
  readonly source: string;
  readonly range: SliceRange | null;
  readonly documents: number;
}

interface Cut {
  readonly checkpoints: Record<string, number>;
  readonly ranges: SourceRange[];
  readonly sliceDocuments: number;
}

/**
 * Slices of concrete indices, over everything that was written up to now.
 *
 * The checkpoints are read first, then everything up to them is made visible: what a slice does not see has a number
 * beyond them, and is found by a catch-up.
 */
async function cutAll(source: Cluster, indices: readonly string[], query: JsonObject | undefined, sliceSizeFor: (documents: number) => number): Promise<Cut> {
  const signal = cancellationSignal();
  const checkpoints = await readCheckpoints(source, indices, signal);
  await refreshSource(source, indices);
  const highest = await readSequences(source, indices, signal);
  const counts = new Map<string, number>();
  for (const index of indices) counts.set(index, await countMatching(source, index, query ?? { match_all: {} }, signal));
  const sliceDocuments = sliceSizeFor([...counts.values()].reduce((sum, count) => sum + count, 0));
  const ranges: SourceRange[] = [];
  for (const [index, documents] of counts) {
    const to = await endOfSequence(source, index, sequencesOf(highest, index), signal);
    if (to === null) {
      ranges.push(...(await cutWithoutNumbers(source, index, query, documents, sliceDocuments, signal)).map((part) => ({ source: index, ...part })));
      continue;
    }
    ranges.push(...(await cutRange(source, index, query, { from: 0, to }, documents, sliceDocuments)));
  }
  return { checkpoints, ranges, sliceDocuments };
}

/** Slices of one concrete index within a range. */
export async function cutRange(source: Cluster, index: string, query: JsonObject | undefined, range: SequenceRange, documents: number, sliceDocuments: number): Promise<SourceRange[]> {
  const slices = await cutSlices(range, documents, sliceDocuments, (some) => countRanges(source, index, query, some, cancellationSignal()));
  return slices.map((slice) => ({ source: index, range: { from: slice.from, to: slice.to }, documents: slice.documents }));
}

export async function refreshSource(source: Cluster, indices: readonly string[]): Promise<void> {
  for (const index of indices) await call(source, { action: `refresh ${index}`, subject: index }, () => source.client.indices.refresh({ index }, { requestTimeout: 120_000 }));
}

export function sliceRow({ type }: SlicedRequest, unit: LedgerRow, detail: UnitDetail, slice: number, pass: number, { source, range, documents }: SourceRange): NewLedgerRow {
  return {
    index: unit.index,
    slice,
    target: unit.target,
    method: SLICE_METHOD[type],
    documents,
    bytes: Math.round(documents * detail.documentBytes),
    detail: { source, range: range === null ? null : { ...range }, pass, targetKind: detail.targetKind ?? 'index', size: detail.size ?? 1_000 },
  };
}

/**
 * Gives up slices that were written for a pass whose planning was cut short.
 * @returns the first number that is free
 */
export async function giveUpSlices(store: Store, id: string, index: string, pass: number): Promise<number> {
  const slices = (await store.ledger.byIndex(id, [index])).filter((row) => row.slice > 0);
  await store.ledger.change(
    id,
    slices.filter((row) => row.detail['pass'] === pass).map(({ slice }) => ({ index, slice, status: 'canceled' as const, documents: 0, bytes: 0 })),
  );
  return slices.reduce((highest, row) => Math.max(highest, row.slice), 0) + 1;
}

export function createReindexTargetActivities(deps: ActivityDeps) {
  return { prepareTargets: withPulse((input: PrepareInput) => prepareTargets(deps, input)) };
}
