/**
 * Applies a transform to the documents of a page at once.
 *
 * The same document always becomes the same: what a comparison expects at the target is found by doing it again.
 */
import type { PlainStep, Transform } from '../contracts/transform.js';
import { sourceOf } from './bulk-body.js';
import type { Hit } from './hit-scanner.js';
import { MalformedAnswer } from './json-cursor.js';
import type { TransformModule } from './module-messages.js';
import { MODULE_LIMITS, ModuleRunner } from './module-runner.js';
import type { Page } from './reader.js';
import { TransformFailure, applySteps } from './transform.js';

/** A transform with all that it needs: plain data, so that it can be handed to a thread. */
export interface LoadedTransform {
  readonly steps: Transform;
  /** What its step `module` names. */
  readonly module: TransformModule | null;
  /** Only these fields are there, before the first step. */
  readonly fields?: readonly string[] | undefined;
}

/** What became of a document; null: it is none that can be changed, and whoever folds it says why. */
export type Changed = Buffer | TransformFailure | null;

export class Transformer {
  readonly #before: readonly PlainStep[];
  /** Number of the first of them. */
  readonly #first: number;
  readonly #after: readonly PlainStep[];
  /** Between the two; null: there is none. */
  readonly #runner: ModuleRunner | null;
  readonly #name: string;

  /** @param isAlone its module runs in a thread that has seen no other document */
  constructor({ steps, module, fields }: LoadedTransform, isAlone = false) {
    const at = steps.findIndex(({ op }) => op === 'module');
    const keeping: PlainStep[] = fields === undefined ? [] : [{ op: 'keep', fields: [...fields] }];
    this.#first = -keeping.length;
    this.#before = [...keeping, ...plain(at === -1 ? steps : steps.slice(0, at))];
    this.#after = plain(at === -1 ? [] : steps.slice(at + 1));
    this.#runner = module === null ? null : new ModuleRunner(module, MODULE_LIMITS, isAlone);
    this.#name = `module ${module?.name ?? ''}`;
  }

  /**
   * @param hits some of those of the page
   * @returns what became of each, in the same order
   * @throws TransformModuleFailed, Canceled
   */
  async change({ bytes }: Pick<Page, 'bytes'>, hits: readonly Hit[], signal: AbortSignal): Promise<Changed[]> {
    const found = hits.map((hit) => singleLine(bytes, hit));
    const changed = await this.apply(found.filter((document) => document !== null), signal);
    let at = 0;
    return found.map((document) => (document === null ? null : (changed[at++] ?? null)));
  }

  /** @param documents each in one line @throws TransformModuleFailed, Canceled */
  async apply(documents: readonly Buffer[], signal: AbortSignal): Promise<(Buffer | TransformFailure)[]> {
    const changed = documents.map((document) => attempt(this.#before, document, this.#first));
    if (this.#runner === null) return changed;
    const at = this.#first + this.#before.length;
    const ran = await this.#runner.run(changed.filter((document) => Buffer.isBuffer(document)), signal);
    let next = 0;
    return changed.map((document) => {
      if (!Buffer.isBuffer(document)) return document;
      const made = ran[next++] ?? document;
      return Buffer.isBuffer(made) ? attempt(this.#after, made, at + 1) : new TransformFailure(at, this.#name, made.why, made.type);
    });
  }

  async close(): Promise<void> {
    await this.#runner?.close();
  }
}

function plain(steps: Transform): PlainStep[] {
  return steps.filter((step) => step.op !== 'module');
}

/** @returns null for a document that is none, or none in one line */
export function singleLine(bytes: Buffer, hit: Hit): Buffer | null {
  if (hit.sourceStart === -1) return null;
  try {
    return sourceOf(bytes, hit);
  } catch (error) {
    if (error instanceof MalformedAnswer) return null;
    throw error;
  }
}

function attempt(steps: readonly PlainStep[], document: Buffer, first: number): Buffer | TransformFailure {
  try {
    return applySteps(steps, document, first);
  } catch (error) {
    if (error instanceof TransformFailure) return error;
    throw error;
  }
}
