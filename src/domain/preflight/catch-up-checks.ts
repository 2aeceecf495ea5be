/** Judges what a catch-up will not carry over, and tells of the write block of its gate. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import { finding, note, warning } from '../findings.js';
import { deletesStay, type EnRoute } from '../reindex/catch-up.js';
import type { TargetNames, UnitFacts } from './facts.js';

export interface CatchUpRequest extends EnRoute {
  readonly source: string;
  readonly onExisting: string;
  readonly catchUp?: { readonly gate: boolean; readonly keepBlock: boolean } | undefined;
}

const VERIFY = 'Stop deletes at the source meanwhile, or delete the documents at the target afterwards.';

export function checkCatchUp(units: readonly UnitFacts[], existing: TargetNames, request: CatchUpRequest): Finding[] {
  const { catchUp } = request;
  if (catchUp === undefined) return [];
  const findings: Finding[] = [];
  const why = deletesStay(request, 0);
  if (why !== null) findings.push(warning('DeletesNotCarried', 'catchUp', `deletes at the source after a document was moved are not carried over: ${why}`, VERIFY));
  else if (request.onExisting === 'merge') {
    for (const unit of units.filter(({ target }) => existing.indices.has(target) || existing.dataStreams.has(target))) {
      findings.push(warning('DeletesNotCarried', unit.name, `if ${unit.target} has documents at the target already, deletes of ${unit.name} after a document was moved are not carried over, and a document that is deleted and made again keeps the higher version`, VERIFY));
    }
  }
  if (catchUp.gate) {
    const after = catchUp.keepBlock ? 'stays' : 'is lifted at the end';
    findings.push(note('WriteBlock', request.source, `after approval of the gate "cutover" the source indices take no writes; the block ${after}, and a cancel lifts it`));
    const streams = units.filter(({ kind }) => kind === 'data-stream');
    if (streams.length > 0) {
      const names = streams.slice(0, 5).map(({ name }) => name).join(', ');
      findings.push(warning('WriteBlock', streams[0]?.name ?? '', `${names}: the block is on every backing index that is there then; a rollover afterwards makes one that takes writes, which stops the writers once more or parks`, 'Stop lifecycle management at the source before approving (POST _ilm/stop), and let nothing else roll over.'));
    }
  }
  return findings;
}

/** @param names source indices whose settings the connection may not change */
export function checkBlockPrivilege(source: string, names: readonly string[]): Finding[] {
  const [first] = names;
  if (first === undefined) return [];
  const what = names.length === 1 ? first : `${first} and ${String(names.length - 1)} more`;
  return [finding('error', 'PrivilegeMissing', source, `${source}: a write block may not be set on ${what}`, 'Give the user or API key of the source connection the index privilege manage on what is moved, or start without catchUp.gate.')];
}
