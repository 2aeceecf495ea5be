/**
 * Highest sequence numbers of primary shards: how far an index has been written.
 *
 * Every write, update and delete takes the next number of its shard, and a restored shard keeps the snapshot's. A
 * serverless project tells none of it, since it has no statistics of shards; only a search shows the numbers of documents.
 * @see Elasticsearch, Index stats API, `level=shards`: `seq_no.max_seq_no`
 */
import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { call, tryCall } from './calls.js';
import { showsNodes, type Cluster } from './cluster.js';
import { mustBeWhole } from './count-documents.js';
import { chunkNames } from './names.js';

/** `index/shard` to its highest sequence number; -1 for a shard that was never written. Empty: the cluster does not tell (Serverless). */
export type Sequences = Readonly<Record<string, number>>;

export async function readSequences(cluster: Cluster, names: readonly string[], signal?: AbortSignal): Promise<Sequences> {
  return read(cluster, names, 'max_seq_no', {}, signal);
}

/**
 * `index/shard` to the number up to which every operation has been processed: a refresh makes all of them visible. Of an
 * index that is gone there is none.
 */
export async function readCheckpoints(cluster: Cluster, names: readonly string[], signal?: AbortSignal): Promise<Sequences> {
  return read(cluster, names, 'local_checkpoint', { ignore_unavailable: true, allow_no_indices: true }, signal);
}

/** The part of one index. */
export function sequencesOf(all: Sequences, index: string): Sequences {
  return Object.fromEntries(Object.entries(all).filter(([shard]) => shard.startsWith(`${index}/`)));
}

/** The same for every index, at once. */
export function sequencesByIndex(all: Sequences): Map<string, Sequences> {
  const byIndex = new Map<string, Record<string, number>>();
  for (const [shard, highest] of Object.entries(all)) {
    const index = shard.slice(0, shard.lastIndexOf('/'));
    byIndex.set(index, Object.assign(byIndex.get(index) ?? {}, { [shard]: highest }));
  }
  return byIndex;
}

async function read(cluster: Cluster, names: readonly string[], field: 'max_seq_no' | 'local_checkpoint', lenience: Readonly<Record<string, boolean>>, signal?: AbortSignal): Promise<Sequences> {
  const sequences: Record<string, number> = {};
  if (!showsNodes(cluster)) return sequences;
  for (const chunk of chunkNames(names)) {
    const stats = await call(cluster, { action: 'read shard statistics' }, () =>
      cluster.client.indices.stats(
        // All metrics are cheap but `seq_no` has no name of its own to ask for.
        { index: chunk, metric: 'docs', level: 'shards', expand_wildcards: 'all', forbid_closed_indices: false, querystring: lenience },
        { ...(signal === undefined ? {} : { signal }) },
      ),
    );
    for (const [index, shardsOfIndex] of Object.entries(stats.indices ?? {})) {
      for (const [shard, copies] of Object.entries(shardsOfIndex.shards ?? {})) {
        const primary = copies.find((copy) => copy.routing?.primary === true);
        if (primary?.seq_no !== undefined) sequences[`${index}/${shard}`] = primary.seq_no[field];
      }
    }
  }
  return sequences;
}

/**
 * One beyond the highest sequence number of an index or data stream, 0 if it was never written: ranges up to there have
 * every document that a search sees now, over all shards.
 *
 * @param known what statistics said of it, where they were read already
 * @returns null where its documents cannot be told apart by their numbers, see `hasSequenceNumbers`
 */
export async function endOfSequence(cluster: Cluster, name: string, known: Sequences | null, signal?: AbortSignal): Promise<number | null> {
  if (!showsNodes(cluster)) {
    const seen = await askForNumbers(cluster, name, { highest: { max: { field: '_seq_no' } } }, signal);
    return seen?.isNumbered === true ? (seen.highest ?? -1) + 1 : null;
  }
  const numbers = Object.values(known ?? (await readSequences(cluster, [name], signal)));
  return numbers.length === 0 || !(await hasSequenceNumbers(cluster, name, signal)) ? null : Math.max(...numbers) + 1;
}

/**
 * Whether every document can be found by its `_seq_no`.
 *
 * Not so where the query is refused (`index.disable_sequence_numbers`, which is the default of time series from 9.4 on)
 * and in what was written before 6.0. Statistics have the numbers even then, so only a query tells.
 */
export async function hasSequenceNumbers(cluster: Cluster, index: string, signal?: AbortSignal): Promise<boolean> {
  return (await askForNumbers(cluster, index, {}, signal))?.isNumbered === true;
}

const NumberedSchema = z.object({
  _shards: z.object({ failed: z.number() }),
  aggregations: z.object({ all: z.object({ doc_count: z.number() }), numbered: z.object({ doc_count: z.number() }), highest: z.object({ value: z.number().nullable() }).optional() }),
});

/** @returns null where the question is refused */
async function askForNumbers(cluster: Cluster, index: string, more: JsonObject, signal?: AbortSignal): Promise<{ readonly isNumbered: boolean; readonly highest: number | null } | null> {
  const answer = await tryCall(
    cluster,
    { action: `look for sequence numbers in ${index}`, subject: index },
    () =>
      cluster.client.transport.request(
        {
          method: 'POST',
          path: `/${encodeURIComponent(index)}/_search`,
          body: { size: 0, aggs: { all: { filter: { match_all: {} } }, numbered: { filter: { range: { _seq_no: { gte: 0 } } } }, ...more } },
        },
        { requestTimeout: 120_000, ...(signal === undefined ? {} : { signal }) },
      ),
    (error) => error.statusCode === 400,
  );
  if (answer === null) return null;
  const { _shards: shards, aggregations } = NumberedSchema.parse(answer);
  mustBeWhole(cluster, index, shards.failed);
  return { isNumbered: aggregations.numbered.doc_count === aggregations.all.doc_count, highest: aggregations.highest?.value ?? null };
}
