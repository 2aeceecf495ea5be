/**
 * Applies a transform to the documents of a page at once.
 *
 * The same document always becomes the same: what a comparison expects at the target is found by doing it again.
 */
import type { Transform } from '../contracts/transform.js';
import { sourceOf } from './bulk-body.js';
import type { Hit } from './hit-scanner.js';
import { MalformedAnswer } from './json-cursor.js';
import type { Page } from './reader.js';
import { TransformFailure, applySteps } from './transform.js';

/** A transform with all that it needs: plain data, so that it can be handed to a thread. */
export interface LoadedTransform {
  readonly steps: Transform;
}

/** What became of a document; null: it is none that can be changed, and whoever folds it says why. */
export type Changed = Buffer | TransformFailure | null;

export class Transformer {
  readonly #transform: LoadedTransform;

  constructor(transform: LoadedTransform) {
    this.#transform = transform;
  }

  /** @param hits some of those of the page @returns what became of each, in the same order */
  async change({ bytes }: Pick<Page, 'bytes'>, hits: readonly Hit[], signal: AbortSignal): Promise<Changed[]> {
    const found = hits.map((hit) => singleLine(bytes, hit));
    const changed = await this.apply(found.filter((document) => document !== null), signal);
    let at = 0;
    return found.map((document) => (document === null ? null : (changed[at++] ?? null)));
  }

  /** @param documents each in one line */
  apply(documents: readonly Buffer[], _signal: AbortSignal): Promise<(Buffer | TransformFailure)[]> {
    return Promise.resolve(documents.map((document) => attempt(this.#transform.steps, document)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function singleLine(bytes: Buffer, hit: Hit): Buffer | null {
  if (hit.sourceStart === -1) return null;
  try {
    return sourceOf(bytes, hit);
  } catch (error) {
    if (error instanceof MalformedAnswer) return null;
    throw error;
  }
}

function attempt(steps: Transform, document: Buffer): Buffer | TransformFailure {
  try {
    return applySteps(steps, document);
  } catch (error) {
    if (error instanceof TransformFailure) return error;
    throw error;
  }
}
