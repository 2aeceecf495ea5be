/** Watches the source while the gate of a cutover is open, stops the writes to it, and lets them again. */
import { operationsBetween } from '../domain/reindex/slices.js';
import { unitDetailOf } from '../domain/reindex/details.js';
import { resolveIndices } from '../elasticsearch/resolve-indices.js';
import { readCheckpoints } from '../elasticsearch/sequence.js';
import { addWriteBlocks, readWriteBlocks } from '../elasticsearch/write-block.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import type { LedgerRow } from '../store/store.js';
import { cancellationSignal, pause, pollDelays, report, throwIfCanceled, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT, undoAll } from './effects.js';
import { chunksOfUnits, unitsOf } from './reindex-catch-up.js';

interface SourceInput {
  readonly id: string;
  readonly request: { readonly source: string };
}

/** Writes, updates and deletes at the source that no pass has seen. Read-only. */
async function pendingOperations(deps: ActivityDeps, { id, request }: SourceInput): Promise<number> {
  const source = deps.clusters.get(request.source);
  let operations = 0;
  for await (const units of chunksOfUnits(deps.store, id)) {
    const details = units.map((unit) => unitDetailOf(unit.detail));
    const now = await readCheckpoints(source, await sourcesOf(source, units), cancellationSignal());
    const before = Object.fromEntries(details.flatMap(({ checkpoints = {} }) => Object.entries(checkpoints)));
    operations += operationsBetween(before, now);
  }
  return operations;
}

/** Concrete indices of units as they are now: a data stream may have rolled over. */
async function sourcesOf(source: Cluster, units: readonly LedgerRow[]): Promise<string[]> {
  const details = units.map((unit) => ({ name: unit.index, ...unitDetailOf(unit.detail) }));
  const streams = details.filter(({ kind }) => kind === 'data-stream').map(({ name }) => name);
  const { dataStreams } = streams.length === 0 ? { dataStreams: [] } : await resolveIndices(source, streams, cancellationSignal());
  const backing = new Map(dataStreams.map((stream) => [stream.name, stream.backingIndices]));
  return details.flatMap(({ name, sources }) => [...(backing.get(name) ?? sources)]);
}

interface WatchInput extends SourceInput {
  /** Returns when that many operations wait. */
  readonly bound: number;
  /** Longest stay, milliseconds; 0: one look. */
  readonly windowMs: number;
}

export interface WatchedSource {
  readonly operations: number;
  /** At one look: an index takes writes, e.g. the backing index that a rollover has made since the others were blocked. */
  readonly hasOpen: boolean;
}

/** Says in its heartbeats how many operations wait. Read-only. */
async function watchSource(deps: ActivityDeps, input: WatchInput): Promise<WatchedSource> {
  if (input.windowMs === 0) return { operations: await pendingOperations(deps, input), hasOpen: await hasOpenIndex(deps, input) };
  const until = Date.now() + input.windowMs;
  for (const delay of pollDelays(2_000, 30_000)) {
    const operations = await pendingOperations(deps, input);
    report({ step: 'catch-up', detail: `waits for approval; ${String(operations)} operation(s) at ${input.request.source} since the last pass` });
    if (operations >= input.bound || Date.now() + delay >= until) return { operations, hasOpen: true };
    await pause(delay);
  }
  return { operations: 0, hasOpen: true };
}

async function hasOpenIndex(deps: ActivityDeps, { id, request }: SourceInput): Promise<boolean> {
  const source = deps.clusters.get(request.source);
  for await (const units of chunksOfUnits(deps.store, id)) {
    const blocks = await readWriteBlocks(source, await sourcesOf(source, units), cancellationSignal());
    if ([...blocks.values()].some((value) => value !== 'true')) return true;
  }
  return false;
}

/**
 * Blocks writes to every source index; on a data stream to every backing index. Safe to repeat: the value that was there
 * before Godwit came is recorded once, and adopted.
 */
async function blockWrites(deps: ActivityDeps, { id, request }: SourceInput): Promise<{ indices: number }> {
  const source = deps.clusters.get(request.source);
  let indices = 0;
  for await (const units of chunksOfUnits(deps.store, id)) {
    throwIfCanceled();
    report({ step: 'catch-up', detail: `setting write blocks at ${request.source}, ${String(indices)} set` });
    const sources = await sourcesOf(source, units);
    const earlier = await readWriteBlocks(source, sources, cancellationSignal());
    const effects = [...earlier].map(([index, value]) => ({ kind: EFFECT.writeBlock, connection: request.source, subject: index, undo: { earlier: value } }));
    await deps.store.effects.beginAll(id, effects);
    await addWriteBlocks(source, [...earlier.keys()]);
    await deps.store.effects.settleAll(id, effects, 'done');
    indices += earlier.size;
  }
  return { indices };
}

export function createWriteBlockActivities(deps: ActivityDeps) {
  return {
    watchSource: withPulse((input: WatchInput) => watchSource(deps, input)),
    blockWrites: withPulse((input: SourceInput) => blockWrites(deps, input)),

    /** Lifts the write blocks that Godwit has set. Safe to repeat. */
    liftWriteBlocks: withPulse(({ id }: { id: string }) => undoAll(deps, id, ({ kind }) => kind === EFFECT.writeBlock)),

    /** A few of the indices that a write block would be on, for the question of the gate. Read-only. */
    describeSource: withPulse(async ({ id }: { id: string }): Promise<{ names: string[]; total: number; hasStreams: boolean }> => {
      const names: string[] = [];
      let total = 0;
      let hasStreams = false;
      for await (const unit of unitsOf(deps.store, id, ['running'])) {
        total += 1;
        hasStreams ||= unitDetailOf(unit.detail).kind === 'data-stream';
        if (names.length < 5) names.push(unit.index);
      }
      return { names, total, hasStreams };
    }),
  };
}
