/** The transform of a request: what stands for it in the ledger, and what carries it out. */
import { createHash } from 'node:crypto';
import type { Transform } from '../contracts/transform.js';
import { Transformer, type LoadedTransform } from '../transfer/transformer.js';

interface Transforming {
  readonly transform?: Transform | undefined;
}

/** Equal for equal transforms. Nothing of the values in it can be read from it. */
export function transformKey(request: object): string | undefined {
  const transform = transformOf(request);
  return transform === undefined ? undefined : createHash('sha256').update(JSON.stringify(transform)).digest('hex').slice(0, 16);
}

/** Which transforms have changed the documents of a slice, of which a part arrived before. */
export function keyWith(before: string | undefined, now: string | undefined, isRest: boolean): string | undefined {
  return isRest && before !== now ? 'mixed' : now;
}

/** Types that know no transform have none. */
export function transformOf(request: Transforming | object): Transform | undefined {
  return 'transform' in request ? request.transform : undefined;
}

export function loadTransform(steps: Transform): LoadedTransform {
  return { steps };
}

/** @returns null for a request without a transform; else to be closed */
export function openTransformer(request: object): Transformer | null {
  const transform = transformOf(request);
  return transform === undefined ? null : new Transformer(loadTransform(transform));
}
