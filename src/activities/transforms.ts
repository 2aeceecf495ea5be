/** The transform of a request: what stands for it in the ledger, its module, and what carries it out. */
import { createHash } from 'node:crypto';
import type { MigrationType } from '../contracts/names.js';
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
  readonly type: MigrationType;
  readonly transform?: Transform | undefined;
  readonly sourceFields?: readonly string[] | undefined;
}

/** Equal for equal changes on the way. Nothing of the values in it can be read from it. */
export function transformKey(request: Transforming): string | undefined {
  const steps = stepsOf(request);
  return steps === undefined ? undefined : digestOf(JSON.stringify(steps)).slice(0, 16);
}

/** Fields that Godwit itself picks out of the documents of a copy, before the transform; for others a cluster does it. */
function fieldsOf({ type, sourceFields }: Transforming): readonly string[] | undefined {
  return type === 'copy' ? sourceFields : undefined;
}

/** All that Godwit changes in the documents, as one transform; undefined: nothing. */
export function stepsOf(request: Transforming): Transform | undefined {
  const [fields, transform] = [fieldsOf(request), transformOf(request)];
  return fields === undefined ? transform : [{ op: 'keep', fields: [...fields] }, ...(transform ?? [])];
}

/** Which transforms have changed the documents of a slice, of which a part arrived before. */
export function keyWith(before: string | undefined, now: string | undefined, isRest: boolean): string | undefined {
  return isRest && before !== now ? 'mixed' : now;
}

/** Types that know no transform have none. */
export function transformOf({ transform }: Transforming): Transform | undefined {
  return transform;
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

/** @returns what Godwit changes in the documents; null: nothing. @throws as `loadTransform` */
export async function loadChanges(modules: TransformModules, request: Transforming): Promise<LoadedTransform | null> {
  const [fields, transform] = [fieldsOf(request), transformOf(request)];
  return fields === undefined && transform === undefined ? null : { ...(await loadTransform(modules, transform ?? [])), fields };
}

/** @returns null for a request that changes nothing; else to be closed. @throws as `loadTransform` */
export async function openTransformer(modules: TransformModules, request: Transforming): Promise<Transformer | null> {
  const loaded = await loadChanges(modules, request);
  return loaded === null ? null : new Transformer(loaded);
}
