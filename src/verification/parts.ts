/** Cuts a side into parts by `_seq_no`, or by a field where there are none, each small enough to be read again after an interruption. */
import { cutSlices, type Checkpoints } from '../domain/reindex/slices.js';
import { sliceSize } from '../domain/reindex/sizes.js';
import { call } from '../elasticsearch/calls.js';
import { countMatching, countRanges } from '../elasticsearch/count-documents.js';
import { endOfSequence, readCheckpoints } from '../elasticsearch/sequence.js';
import { cutWithoutNumbers } from '../elasticsearch/unnumbered-parts.js';
import type { Part, Side } from './side.js';

const MOST_DOCUMENTS = 200_000;

/**
 * Up to where everything is visible now: read first, refreshed after.
 * @returns null where the cluster does not tell (Serverless)
 */
export async function checkpointsOf({ cluster, indices }: Side, signal: AbortSignal): Promise<Checkpoints | null> {
  const checkpoints = cluster.kind === 'serverless' ? null : await readCheckpoints(cluster, indices, signal);
  for (const index of indices) {
    await call(cluster, { action: `refresh ${index}`, subject: index }, () => cluster.client.indices.refresh({ index }, { requestTimeout: 120_000, signal }));
  }
  return checkpoints;
}

/**
 * @param checkpoints up to where; null: up to what a search sees now
 * @param documentBytes size of a document, about
 */
export async function partsOf(side: Side, checkpoints: Checkpoints | null, documentBytes: number, signal: AbortSignal): Promise<Part[]> {
  const parts: Part[] = [];
  for (const index of side.indices) {
    const known = checkpoints === null ? null : Object.fromEntries(Object.entries(checkpoints).filter(([shard]) => shard.startsWith(`${index}/`)));
    const to = await endOfSequence(side.cluster, index, known, signal);
    const size = Math.min(MOST_DOCUMENTS, sliceSize(documentBytes));
    const documents = await countMatching(side.cluster, index, side.query ?? { match_all: {} }, signal);
    if (to === null) {
      // Up to now instead of up to the checkpoints: what was written since cannot be told from the rest.
      parts.push(...(await cutWithoutNumbers(side.cluster, index, side.query, documents, size, signal)).map(({ range: part }) => ({ index, range: part })));
      continue;
    }
    const range = { from: 0, to };
    const ranges = documents <= size ? (range.to === 0 ? [] : [range]) : await cutSlices(range, documents, size, (some) => countRanges(side.cluster, index, side.query, some, signal));
    parts.push(...ranges.map(({ from, to }) => ({ index, range: { from, to } })));
  }
  return parts;
}
