/** Judges whether documents can be compared as a request asks. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import type { VerifyMode } from '../../contracts/names.js';
import { finding, note } from '../findings.js';
import type { ClusterFacts, TargetNames, UnitFacts } from './facts.js';
import { checkKinds } from './serverless-checks.js';

interface ChangingRequest {
  readonly verify: VerifyMode;
  readonly pipeline?: string | undefined;
  readonly script?: unknown;
}

/** What a cluster changes on the way leaves nothing to compare with; what a transform makes of a document is known. */
export function checkVerifyMode({ verify, pipeline, script }: ChangingRequest): Finding[] {
  if (verify === 'counts') return [];
  const by = [...(script === undefined ? [] : ['script']), ...(pipeline === undefined || pipeline === '_none' ? [] : ['pipeline'])];
  if (by.length === 0) return [];
  return [finding('error', 'ValidationFailed', 'verify', `verify: "${verify}" compares documents, and ${by.join(' and ')} change them on their way`, 'Use verify: "counts".')];
}

/** Read from any version to any version; only the two must not be one. */
export function checkVerifyClusters(source: ClusterFacts, target: ClusterFacts): Finding[] {
  if (source.uuid !== target.uuid) return checkKinds(source, target);
  return [finding('error', 'SameCluster', 'target', `${source.connection} and ${target.connection} are the same cluster, ${source.name}`)];
}

export function checkPresent(units: readonly UnitFacts[], existing: TargetNames, target: string): Finding[] {
  return units
    .filter((unit) => !existing.indices.has(unit.target) && !existing.dataStreams.has(unit.target))
    .map((unit) => finding('error', 'IndexNotFound', unit.name, `${target} has no index or data stream ${unit.target} to compare ${unit.name} with`, 'Correct rename, or skip it.'));
}

export function noteContent(content: 'exact' | 'canonical'): Finding {
  return note(
    'Content',
    'content',
    content === 'exact'
      ? 'the bytes of every _source are compared'
      : 'the values in every _source are compared, whatever the order of keys, the escapes and the way in which numbers are written; numbers that Elasticsearch has rounded are counted apart',
  );
}
