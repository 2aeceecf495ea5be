/**
 * Compares a random sample: documents of the source looked up at the target, and the other way round.
 *
 * Found by id whatever their routing, so a wrong routing shows too. Read-only but for a refresh.
 */
import { z } from 'zod';
import type { ContentReport } from '../contracts/content-report.js';
import { call } from '../elasticsearch/calls.js';
import { chunkNames } from '../elasticsearch/names.js';
import { Cutoff } from './cutoff.js';
import { Differences, nothingFound } from './differences.js';
import type { ComparisonContext, ContentPair } from './full-comparison.js';
import { checkpointsOf } from './parts.js';
import { findDocuments, type Side } from './side.js';

/** Documents that are drawn on each side. */
export const SAMPLE_DOCUMENTS = 1_000;

const HitsSchema = z.object({ hits: z.object({ hits: z.array(z.object({ _id: z.string() })) }) });

/** Draws other documents each time. */
export async function compareSample(pair: ContentPair, { signal, pace, onProgress }: ComparisonContext): Promise<ContentReport> {
  const { source, target, content, isOneWay } = pair;
  const now = await checkpointsOf(source, signal);
  await checkpointsOf(target, signal);
  const cutoff = new Cutoff(source, pair.checkpoints ?? now ?? {}, signal);
  const differences = new Differences({ source, target, content, cutoff, reading: { signal, pace }, mend: null }, nothingFound());
  const fromSource = await draw(source, signal);
  const ofSource = [...(await findDocuments(source, fromSource, { form: content, signal, pace })).values()].flat();
  onProgress('comparing a sample', ofSource.length);
  await differences.checkSource(ofSource);
  const ofTarget = isOneWay ? [] : [...(await findDocuments(target, await draw(target, signal), { form: content, signal, pace })).values()].flat();
  await differences.checkTarget(ofTarget);
  const { missing, extra, different, rewritten, afterCutoff, differences: listed } = differences.found;
  return {
    mode: 'sample',
    content,
    sourceDocuments: ofSource.length,
    targetDocuments: ofTarget.length,
    ...{ missing, extra, different, rewritten, afterCutoff, repaired: 0 },
    digests: null,
    note: [`a random sample of at most ${String(SAMPLE_DOCUMENTS)} documents of each side`, ...(pair.note === null ? [] : [pair.note])].join('; '),
    differences: listed,
  };
}

async function draw(side: Side, signal: AbortSignal): Promise<string[]> {
  const groups = chunkNames(side.indices);
  const ids: string[] = [];
  for (const names of groups) {
    const answer = await call(side.cluster, { action: `draw a sample of ${names[0] ?? ''}` }, () =>
      side.cluster.client.transport.request(
        {
          method: 'POST',
          path: `/${names.map(encodeURIComponent).join(',')}/_search`,
          body: {
            size: Math.ceil(SAMPLE_DOCUMENTS / groups.length),
            _source: false,
            track_total_hits: false,
            // Without a seed: that would take `_seq_no`, which not every index has.
            query: { function_score: { ...(side.query === undefined ? {} : { query: side.query }), random_score: {}, boost_mode: 'replace' } },
          },
        },
        { signal, requestTimeout: 120_000 },
      ),
    );
    ids.push(...HitsSchema.parse(answer).hits.hits.map(({ _id }) => _id));
  }
  return [...new Set(ids)];
}
