/** Tries the transform of a copy on some documents of the source, for preflight: what it changes, before and after. */
import type { Finding } from '../contracts/preflight.js';
import type { Transform } from '../contracts/transform.js';
import { note, warning } from '../domain/findings.js';
import { looksSecret } from '../domain/secret-names.js';
import type { UnitFacts } from '../domain/preflight/facts.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { sourceOf } from '../transfer/bulk-body.js';
import { PageReader } from '../transfer/reader.js';
import { TransformFailure, applySteps, changedMembers } from '../transfer/transform.js';

const DOCUMENTS = 3;
/** Indices that are looked into. */
const MAX_INDICES = 5;
const MAX_MEMBERS = 5;
const MAX_VALUE_CHARS = 80;

/** Read-only. Values are shown shortened, those under names that sound secret not at all. */
export async function tryTransform(source: Cluster, transform: Transform, units: readonly UnitFacts[], signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const unit of units.filter((candidate) => candidate.indices.some((index) => index.documents > 0)).slice(0, MAX_INDICES)) {
    const index = unit.indices.find((candidate) => candidate.documents > 0);
    if (index !== undefined) findings.push(await tryOn(source, transform, unit.name, index.name, signal));
  }
  return findings;
}

async function tryOn(source: Cluster, transform: Transform, subject: string, index: string, signal: AbortSignal): Promise<Finding> {
  const reader = await PageReader.open(source, { index, pageBytes: 1024 * 1024, withVersion: false, maxHits: () => DOCUMENTS, signal });
  try {
    const page = await reader.next();
    const documents = page === null ? [] : page.hits.filter((hit) => hit.sourceStart !== -1).map((hit) => sourceOf(page.bytes, hit));
    for (const document of documents) {
      const changes = changedMembers(document, applySteps(transform, document));
      if (changes.length > 0) return note('TransformSample', subject, `the transform changes a document of ${index}: ${changes.slice(0, MAX_MEMBERS).map(describe).join('; ')}`);
    }
    return note('TransformSample', subject, `the transform changes none of the ${String(documents.length)} document(s) of ${index} that it was tried on`);
  } catch (error) {
    if (!(error instanceof TransformFailure)) throw error;
    return warning('TransformFailed', subject, `a document of ${index} cannot be changed: ${error.message}`, 'Correct the transform; else such documents are put aside and their slices need attention.');
  } finally {
    await reader.close();
  }
}

function describe({ key, before, after }: ReturnType<typeof changedMembers>[number]): string {
  const shown = (value: string | null): string => (value === null ? 'absent' : looksSecret(`${key}${value}`) ? '(hidden)' : value.length > MAX_VALUE_CHARS ? `${value.slice(0, MAX_VALUE_CHARS)}...` : value);
  return `${key}: ${shown(before)} -> ${shown(after)}`;
}
