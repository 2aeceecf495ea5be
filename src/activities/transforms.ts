/** The transform of a request: what stands for it in the ledger, its module, and what carries it out. */
import { createHash } from 'node:crypto';
import type { ModuleStep, Transform } from '../contracts/transform.js';
import { GodwitError } from '../domain/errors.js';
import { Transformer, type LoadedTransform } from '../transfer/transformer.js';

/** Where modules of users are found; whatever is in there may be named in a request. */
export interface TransformModules {
  /** Whether this process has a folder for them. */
  readonly isConfigured: boolean;
  /** @returns the text of the file; null if there is none of that name */
  read(name: string): Promise<string | null>;
}

interface Transforming {
  readonly transform?: Transform | undefined;
}

/** Equal for equal transforms. Nothing of the values in it can be read from it. */
export function transformKey(request: object): string | undefined {
  const transform = transformOf(request);
  return transform === undefined ? undefined : digestOf(JSON.stringify(transform)).slice(0, 16);
}

/** Which transforms have changed the documents of a slice, of which a part arrived before. */
export function keyWith(before: string | undefined, now: string | undefined, isRest: boolean): string | undefined {
  return isRest && before !== now ? 'mixed' : now;
}

/** Types that know no transform have none. */
export function transformOf(request: Transforming | object): Transform | undefined {
  return 'transform' in request ? request.transform : undefined;
}

export function moduleOf(steps: Transform): ModuleStep | undefined {
  return steps.find((step) => step.op === 'module');
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Reads the module that a transform names, whose digest has to be the noted one.
 *
 * @throws TransformModuleMissing, TransformModuleChanged, TransformModuleFailed
 */
export async function loadTransform(modules: TransformModules, steps: Transform): Promise<LoadedTransform> {
  const step = moduleOf(steps);
  if (step === undefined) return { steps, module: null };
  const { name, sha256 } = step;
  if (!modules.isConfigured) throw new GodwitError('TransformModuleMissing', `the transform names the module ${name}, and GODWIT_TRANSFORMS is not set here`, { subject: 'transform' });
  const text = await modules.read(name);
  if (text === null) throw new GodwitError('TransformModuleMissing', `the folder of GODWIT_TRANSFORMS has no file ${name}`, { subject: 'transform' });
  const digest = digestOf(text);
  if (sha256 !== undefined && sha256 !== digest) {
    throw new GodwitError('TransformModuleChanged', `the module ${name} of the transform has the SHA-256 ${digest} here, and the migration goes by ${sha256}`, { subject: 'transform' });
  }
  return { steps, module: { name, text } };
}

/** The steps with the digest of their module noted. @throws as `loadTransform` */
export async function pinTransform(modules: TransformModules, steps: Transform): Promise<Transform> {
  const { module } = await loadTransform(modules, steps);
  if (module === null) return steps;
  const sha256 = digestOf(module.text);
  return steps.map((step) => (step.op === 'module' ? { ...step, sha256 } : step));
}

/** @returns null for a request without a transform; else to be closed. @throws as `loadTransform` */
export async function openTransformer(modules: TransformModules, request: object): Promise<Transformer | null> {
  const transform = transformOf(request);
  return transform === undefined ? null : new Transformer(await loadTransform(modules, transform));
}
