/** Tries a transform on some documents of the source, for preflight: what it changes, before and after. */
import type { Finding } from '../contracts/preflight.js';
import type { CopyRequest } from '../contracts/copy-request.js';
import type { Transform } from '../contracts/transform.js';
import { GodwitError } from '../domain/errors.js';
import { finding, note, warning } from '../domain/findings.js';
import { looksSecret } from '../domain/secret-names.js';
import type { UnitFacts } from '../domain/preflight/facts.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { sourceOf } from '../transfer/bulk-body.js';
import { PageReader } from '../transfer/reader.js';
import { TransformFailure, changedMembers } from '../transfer/transform.js';
import { Transformer, type LoadedTransform } from '../transfer/transformer.js';
import { loadChanges, loadTransform, moduleOf, type TransformModules } from './transforms.js';

/** Of each index. */
const DOCUMENTS = 20;
/** Indices that are looked into. */
const MAX_INDICES = 5;
const MAX_MEMBERS = 5;
const MAX_VALUE_CHARS = 80;

/**
 * What is wrong with the module that a transform names; nothing if it can be used.
 *
 * @param isWorker whether this process is going to run it; one that does not may lack the folder
 */
export async function checkModule(modules: TransformModules, transform: Transform, isWorker: boolean): Promise<Finding[]> {
  const step = moduleOf(transform);
  if (step === undefined) return [];
  if (!isWorker && !modules.isConfigured) {
    return [warning('TransformNotTried', 'transform', `the module ${step.name} was not tried: GODWIT_TRANSFORMS is not set for the API`, 'Set it as for the workers; they look for the module once the migration has started.')];
  }
  try {
    const transformer = new Transformer(await loadTransform(modules, transform));
    try {
      // Even without documents it is seen whether it loads.
      await transformer.apply([Buffer.from('{}')], AbortSignal.timeout(60_000));
    } finally {
      await transformer.close();
    }
    return [];
  } catch (error) {
    if (error instanceof GodwitError && error.subject === 'transform') return [finding('error', error.code, error.subject, error.message, error.remedy)];
    throw error;
  }
}

/** Read-only. Values are shown shortened, those under names that sound secret not at all. */
export async function tryTransform(source: Cluster, modules: TransformModules, request: CopyRequest, units: readonly UnitFacts[], signal: AbortSignal): Promise<Finding[]> {
  const loaded = await loadChanges(modules, request);
  if (loaded === null) return [];
  const findings: Finding[] = [];
  for (const unit of units.filter((candidate) => candidate.indices.some((index) => index.documents > 0)).slice(0, MAX_INDICES)) {
    const index = unit.indices.find((candidate) => candidate.documents > 0);
    if (index !== undefined) findings.push(...(await tryOn(source, loaded, unit.name, index.name, signal)));
  }
  return findings;
}

async function tryOn(source: Cluster, transform: LoadedTransform, subject: string, index: string, signal: AbortSignal): Promise<Finding[]> {
  const reader = await PageReader.open(source, { index, pageBytes: 1024 * 1024, withVersion: false, maxHits: () => DOCUMENTS, signal });
  // Each with an engine of its own: what a module remembers must not be there already.
  const transformers = [new Transformer(transform, true), new Transformer(transform, true)] as const;
  try {
    const page = await reader.next();
    const hits = page?.hits ?? [];
    const documents = page === null ? [] : hits.filter((hit) => hit.sourceStart !== -1).map((hit) => Buffer.from(sourceOf(page.bytes, hit)));
    const [once, backwards] = [await transformers[0].apply(documents, signal), await transformers[1].apply(documents.toReversed(), signal)];
    const again = backwards.toReversed();
    if (once.some((changed, at) => textOf(changed) !== textOf(again[at]))) {
      return [finding('error', 'TransformModuleFailed', 'transform', `the module of the transform makes two different documents of the same one of ${index}`, 'Let its function depend on the document alone: a comparison runs it again, in another order.')];
    }
    const failure = once.find((changed) => changed instanceof TransformFailure);
    const failed =
      failure === undefined ? [] : [warning('TransformFailed', subject, `a document of ${index} cannot be changed: ${failure.message}`, 'Correct the transform; else such documents are put aside and their slices need attention.')];
    for (const [at, document] of documents.entries()) {
      const changed = once[at];
      const changes = Buffer.isBuffer(changed) ? changedMembers(document, changed) : [];
      if (changes.length > 0) return [...failed, note('TransformSample', subject, `the transform changes a document of ${index}: ${changes.slice(0, MAX_MEMBERS).map(describe).join('; ')}`)];
    }
    return [...failed, note('TransformSample', subject, `the transform changes none of the ${String(documents.length)} document(s) of ${index} that it was tried on`)];
  } finally {
    await reader.close();
    for (const transformer of transformers) await transformer.close();
  }
}

function textOf(changed: Buffer | TransformFailure | undefined): string {
  return Buffer.isBuffer(changed) ? changed.toString('utf8') : (changed?.message ?? '');
}

function describe({ key, before, after }: ReturnType<typeof changedMembers>[number]): string {
  const shown = (value: string | null): string => (value === null ? 'absent' : looksSecret(`${key}${value}`) ? '(hidden)' : value.length > MAX_VALUE_CHARS ? `${value.slice(0, MAX_VALUE_CHARS)}...` : value);
  return `${key}: ${shown(before)} -> ${shown(after)}`;
}
