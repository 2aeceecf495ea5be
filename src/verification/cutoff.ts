/**
 * Tells differences by writes after the cut-off from losses. Sequence numbers say so, shard by shard.
 *
 * An index that cannot be asked for them (`index.disable_sequence_numbers`) has no document that was certainly written
 * later: what differs there counts as a difference, and each operation may have been a delete.
 */
import { z } from 'zod';
import type { Checkpoints } from '../domain/reindex/slices.js';
import { tryCall } from '../elasticsearch/calls.js';
import { readCheckpoints } from '../elasticsearch/sequence.js';
import type { Side } from './side.js';

const CountSchema = z.object({ count: z.number() });
const HitsSchema = z.object({ hits: z.object({ hits: z.array(z.object({ _id: z.string() })) }) });

export class Cutoff {
  readonly #source: Side;
  readonly #checkpoints: Checkpoints;
  readonly #signal: AbortSignal;

  /** @param checkpoints by `index/shard`, up to where the source was copied */
  constructor(source: Side, checkpoints: Checkpoints, signal: AbortSignal) {
    this.#source = source;
    this.#checkpoints = checkpoints;
    this.#signal = signal;
  }

  /** Those of the documents that the source has written after the cut-off, whether or not the query matches them now. */
  async writtenAfter(ids: readonly string[]): Promise<Set<string>> {
    const written = new Set<string>();
    if (ids.length === 0) return written;
    for (const shard of await this.#moved()) {
      const answer = await this.#ask(shard, '_search', { size: ids.length, _source: false, sort: ['_doc'], query: { bool: { filter: [{ ids: { values: ids } }, after(shard)] } } });
      for (const { _id } of answer === null ? [] : HitsSchema.parse(answer).hits.hits) written.add(_id);
    }
    return written;
  }

  /** How many documents may have been deleted after the cut-off, at most: a delete leaves no trace but its number. */
  async deletesAtMost(): Promise<number> {
    let deletes = 0;
    for (const shard of await this.#moved()) {
      const answer = await this.#ask(shard, '_count', { query: after(shard) });
      deletes += shard.highest - shard.known - (answer === null ? 0 : CountSchema.parse(answer).count);
    }
    return Math.max(0, deletes);
  }

  async #moved(): Promise<MovedShard[]> {
    const now = await readCheckpoints(this.#source.cluster, this.#source.indices, this.#signal);
    return Object.entries(now).flatMap(([shard, highest]) => {
      const known = this.#checkpoints[shard] ?? -1;
      const at = shard.lastIndexOf('/');
      return highest > known ? [{ index: shard.slice(0, at), shard: shard.slice(at + 1), known, highest }] : [];
    });
  }

  /** @returns null where the index has no sequence numbers to ask for */
  #ask({ index, shard }: MovedShard, api: '_search' | '_count', body: object): Promise<unknown> {
    const { cluster } = this.#source;
    return tryCall(
      cluster,
      { action: `look for later writes to ${index}`, subject: index },
      () => cluster.client.transport.request({ method: 'POST', path: `/${encodeURIComponent(index)}/${api}`, querystring: { preference: `_shards:${shard}` }, body }, { signal: this.#signal, requestTimeout: 120_000 }),
      (error) => error.statusCode === 400,
    );
  }
}

interface MovedShard {
  readonly index: string;
  readonly shard: string;
  readonly known: number;
  readonly highest: number;
}

function after({ known }: MovedShard): { range: { _seq_no: { gt: number } } } {
  return { range: { _seq_no: { gt: known } } };
}
