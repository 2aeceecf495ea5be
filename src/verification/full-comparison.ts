/**
 * Compares all documents of two sides: digests by buckets of ids first, then, in the buckets that differ, document by
 * document with look-ups on the other side.
 *
 * Nothing that it keeps grows with the index: 20 bytes a bucket and a page of documents. Its state is plain JSON, handed
 * out after each part, so that another process goes on from there.
 */
import { z } from 'zod';
import { ContentSchema, DifferenceSchema, type Content, type ContentReport } from '../contracts/content-report.js';
import { BucketDigest, bucketsFor } from '../domain/bucket-digest.js';
import { SliceRangeSchema } from '../domain/reindex/slice-range.js';
import type { Checkpoints } from '../domain/reindex/slices.js';
import { Cutoff } from './cutoff.js';
import { Differences, LOOK_UP, nothingFound, type Mend } from './differences.js';
import type { Pace } from '../transfer/pace.js';
import { checkpointsOf, partsOf } from './parts.js';
import { documentsOf, foldPart, inBuckets, type HashedDocument, type Part, type Side } from './side.js';

export interface ContentPair {
  readonly source: Side;
  readonly target: Side;
  readonly content: Content;
  /** Up to where the source was copied, by `index/shard`; null: as it is when the comparison begins. */
  readonly checkpoints: Checkpoints | null;
  /** Digest of all documents of the source, folded while they were copied and valid still. */
  readonly known: string | null;
  /** The target had other documents before: what only the target has is not looked for. */
  readonly isOneWay: boolean;
  readonly documents: number;
  readonly documentBytes: number;
  readonly note: string | null;
}

const PartSchema = z.object({ index: z.string(), range: SliceRangeSchema.nullable() });
const SideStateSchema = z.object({
  parts: z.array(PartSchema),
  /** The part that is read next. */
  next: z.number(),
  digest: z.object({ buckets: z.number(), sums: z.string(), counts: z.string() }),
});

export const ComparisonStateSchema = z.object({
  phase: z.enum(['digest', 'missing', 'extra', 'done']),
  content: ContentSchema,
  checkpoints: z.record(z.string(), z.number()),
  source: SideStateSchema.nullable(),
  target: SideStateSchema,
  /** Buckets to look into; null: all. */
  differing: z.array(z.number()).nullable(),
  /** By bucket: documents of the source that the target has. */
  present: z.array(z.number()),
  next: z.number(),
  found: z.object({
    missing: z.number(),
    extra: z.number(),
    different: z.number(),
    rewritten: z.number(),
    afterCutoff: z.number(),
    repaired: z.number(),
    deletes: z.number(),
    differences: z.array(DifferenceSchema),
  }),
});
export type ComparisonState = z.infer<typeof ComparisonStateSchema>;
type SideState = z.infer<typeof SideStateSchema>;

/** Documents of the source whose digest is kept in a state. */
export function sourceDocumentsOf({ source }: ComparisonState): number {
  return source === null ? 0 : BucketDigest.restore(source.digest).documents;
}

export interface ComparisonContext {
  readonly signal: AbortSignal;
  readonly pace: Pace;
  /** Milliseconds since 1970; a part that has begun is finished. */
  readonly deadline: number;
  readonly save: (state: ComparisonState) => Promise<void>;
  /** @param documents more that were read, of either side */
  readonly onProgress: (doing: string, documents: number) => void;
  readonly mend: Mend | null;
}

export class FullComparison {
  readonly #pair: ContentPair;
  readonly #context: ComparisonContext;
  readonly #state: ComparisonState;
  readonly #differences: Differences;

  private constructor(pair: ContentPair, context: ComparisonContext, state: ComparisonState) {
    this.#pair = pair;
    this.#context = context;
    this.#state = state;
    const { signal, pace, mend } = context;
    const { source, target, content } = pair;
    this.#differences = new Differences({ source, target, content, cutoff: new Cutoff(source, state.checkpoints, signal), reading: { signal, pace }, mend }, state.found);
  }

  /** @param state where an earlier attempt was; null: from the beginning. Refreshes both sides then */
  static async open(pair: ContentPair, context: ComparisonContext, state: ComparisonState | null): Promise<FullComparison> {
    return new FullComparison(pair, context, state ?? (await begin(pair, context.signal)));
  }

  /** @returns null when the time is over: go on from the state that was saved last */
  async run(): Promise<ContentReport | null> {
    const state = this.#state;
    while (state.phase !== 'done') {
      const isThrough = state.phase === 'digest' ? await this.#digest() : state.phase === 'missing' ? await this.#locateMissing() : await this.#locateExtra();
      if (!isThrough) return null;
      await this.#save();
    }
    return this.#report();
  }

  async #save(): Promise<void> {
    await this.#context.save(this.#state);
  }

  get #isOver(): boolean {
    return Date.now() >= this.#context.deadline;
  }

  async #digest(): Promise<boolean> {
    const { source, target, isOneWay } = this.#pair;
    const state = this.#state;
    if (isOneWay) {
      state.phase = 'missing';
      return true;
    }
    const sides = [this.#foldSide(target, state.target, 'target')];
    if (state.source !== null) sides.push(this.#foldSide(source, state.source, 'source'));
    // Both end before anything is decided: one that fails must not leave the other behind.
    const ended = await Promise.allSettled(sides);
    for (const side of ended) if (side.status === 'rejected') throw side.reason;
    if (ended.some((side) => side.status === 'fulfilled' && !side.value)) return false;
    const atTarget = BucketDigest.restore(state.target.digest);
    if (state.source === null) {
      if (atTarget.total() === this.#pair.known) state.phase = 'done';
      else state.source = await sideState(source, state.checkpoints, atTarget.size, this.#pair.documentBytes, this.#context.signal);
      return true;
    }
    state.differing = BucketDigest.restore(state.source.digest).differing(atTarget);
    state.phase = state.differing.length === 0 ? 'done' : 'missing';
    return true;
  }

  async #foldSide(side: Side, state: SideState, name: string): Promise<boolean> {
    const { signal, pace, onProgress } = this.#context;
    const total = BucketDigest.restore(state.digest);
    for (let part = state.parts[state.next]; part !== undefined; part = state.parts[state.next]) {
      if (this.#isOver) return false;
      // A part counts whole or not at all.
      const digest = new BucketDigest(total.size);
      await foldPart(side, part, digest, { form: this.#pair.content, signal, pace }, (documents) => onProgress(`reading ${part.index} at the ${name}`, documents));
      total.add(digest);
      state.next += 1;
      state.digest = total.store();
      await this.#save();
    }
    return true;
  }

  async #locateMissing(): Promise<boolean> {
    const state = this.#state;
    const { size } = this.#buckets();
    const isDone = await this.#locate(this.#pair.source, state.source?.parts ?? [], inBuckets(state.differing ?? [...Array(size).keys()], size), async (documents) => {
      for (const { idHash } of await this.#differences.checkSource(documents)) {
        const bucket = idHash & (size - 1);
        state.present[bucket] = (state.present[bucket] ?? 0) + 1;
      }
    });
    if (!isDone) return false;
    state.phase = this.#pair.isOneWay ? 'done' : 'extra';
    state.next = 0;
    return true;
  }

  async #locateExtra(): Promise<boolean> {
    const state = this.#state;
    const digest = this.#buckets();
    const crowded = (state.differing ?? []).filter((bucket) => digest.count(bucket) > (state.present[bucket] ?? 0));
    const parts = crowded.length === 0 ? [] : state.target.parts;
    const isDone = await this.#locate(this.#pair.target, parts, inBuckets(crowded, digest.size), (documents) => this.#differences.checkTarget(documents));
    if (isDone) state.phase = 'done';
    return isDone;
  }

  #buckets(): BucketDigest {
    return BucketDigest.restore(this.#state.target.digest);
  }

  async #locate(side: Side, parts: readonly Part[], isWanted: (idHash: number) => boolean, check: (documents: readonly HashedDocument[]) => Promise<void>): Promise<boolean> {
    const state = this.#state;
    const { signal, pace, onProgress } = this.#context;
    for (let part = parts[state.next]; part !== undefined; part = parts[state.next]) {
      if (this.#isOver) return false;
      const restart = structuredClone({ found: state.found, present: state.present });
      const batch: HashedDocument[] = [];
      try {
        for await (const documents of documentsOf(side, part, isWanted, { form: this.#pair.content, signal, pace })) {
          onProgress(`looking for differences in ${part.index}`, 0);
          batch.push(...documents);
          while (batch.length >= LOOK_UP) await check(batch.splice(0, LOOK_UP));
        }
        if (batch.length > 0) await check(batch);
      } catch (error) {
        // A part counts whole or not at all; what was mended stays mended.
        Object.assign(state.found, restart.found, { repaired: state.found.repaired });
        state.present = restart.present;
        throw error;
      }
      state.next += 1;
      await this.#save();
    }
    return true;
  }

  #report(): ContentReport {
    const { source, target, found, content, present } = this.#state;
    const { missing, extra, different, rewritten, afterCutoff, repaired, differences } = found;
    const [left, right] = [source === null ? null : BucketDigest.restore(source.digest), BucketDigest.restore(target.digest)];
    const { isOneWay, known, note } = this.#pair;
    return {
      mode: 'full',
      content,
      sourceDocuments: isOneWay ? present.reduce((sum, documents) => sum + documents, missing) : (left?.documents ?? null),
      targetDocuments: isOneWay ? present.reduce((sum, documents) => sum + documents, 0) : right.documents,
      ...{ missing, extra, different, rewritten, afterCutoff, repaired },
      digests: isOneWay ? null : { source: left?.total() ?? known ?? '', target: right.total() },
      note,
      differences,
    };
  }
}

async function begin(pair: ContentPair, signal: AbortSignal): Promise<ComparisonState> {
  const { source, target, documentBytes } = pair;
  const atSource = await checkpointsOf(source, signal);
  const atTarget = await checkpointsOf(target, signal);
  const buckets = bucketsFor(pair.documents);
  const checkpoints = pair.checkpoints ?? atSource ?? {};
  const known = pair.known === null ? await sideState(source, atSource === null ? null : checkpoints, buckets, documentBytes, signal) : null;
  return {
    phase: 'digest',
    content: pair.content,
    checkpoints: { ...checkpoints },
    source: known,
    target: await sideState(target, atTarget, buckets, documentBytes, signal),
    differing: null,
    present: new Array<number>(buckets).fill(0),
    next: 0,
    found: nothingFound(),
  };
}

async function sideState(side: Side, checkpoints: Checkpoints | null, buckets: number, documentBytes: number, signal: AbortSignal): Promise<SideState> {
  const parts = await partsOf(side, checkpoints, documentBytes, signal);
  return { parts: parts.map(({ index, range }) => ({ index, range: range === null ? null : { ...range } })), next: 0, digest: new BucketDigest(buckets).store() };
}
