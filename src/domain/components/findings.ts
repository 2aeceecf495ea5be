/** What preflight tells of the components: a line each where somebody has to know or do something, else a line a kind. Pure. */
import { COMPONENT_KINDS, type ComponentKind } from '../../contracts/component-kinds.js';
import type { Finding } from '../../contracts/preflight.js';
import { boundedMessage } from '../errors.js';
import { finding, note, warning } from '../findings.js';
import type { Judgement, Standing } from './judge.js';
import { KINDS, componentId } from './kinds.js';

export interface Judged {
  readonly kind: ComponentKind;
  readonly name: string;
  readonly judgement: Judgement;
}

const AS_DATA = 'Move what it needs first, then start again: what is the same already is left alone.';

export function componentFindings(judged: readonly Judged[]): Finding[] {
  return [...COMPONENT_KINDS.flatMap((kind) => overview(kind, judged.filter((item) => item.kind === kind))), ...judged.flatMap(findingOf)];
}

function findingOf({ kind, name, judgement }: Judged): Finding[] {
  const { standing, plan, reason, notes } = judgement;
  const subject = componentId({ kind, name });
  const what = `the ${KINDS[kind].title} ${name}`;
  const because = reason === null ? '' : `: ${reason}`;
  const changed = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  switch (standing) {
    case 'managed':
    case 'same':
      return [];
    case 'unsupported':
      return [warning('ComponentUnsupported', subject, boundedMessage(`${what} will not arrive${because}`), 'Nothing, or replace it as the message says.')];
    case 'to-issue':
      return [warning('ComponentToIssue', subject, `${what} cannot be carried over`, reason ?? '')];
    case 'not-yet':
      return [warning('ComponentNotYet', subject, boundedMessage(`${what} is not written${because}`), AS_DATA)];
    case 'missing':
      return [note('ComponentMissing', subject, boundedMessage(`${what} will be written${changed}`))];
    case 'differs':
      if (plan === 'refuse') return [finding('error', 'ComponentExists', subject, boundedMessage(`${what} exists at the target and differs${because}`))];
      if (plan === 'keep') return [warning('ComponentKept', subject, boundedMessage(`${what} differs, and that of the target stays${because}`), 'Ask for onExisting: "replace" to overwrite it.')];
      return [warning('ComponentReplaced', subject, boundedMessage(`${what} will be replaced${changed}${because}`), 'Nothing, or ask for onExisting: "merge" to keep it.')];
  }
}

const WORDS: Readonly<Record<Standing, string>> = {
  missing: 'missing',
  same: 'the same already',
  differs: 'different',
  managed: 'left to the target',
  unsupported: 'not supported there',
  'to-issue': 'to be made again by hand',
  'not-yet': 'not yet possible',
};

/** Most names in a line. */
const MAX_NAMES = 20;

function overview(kind: ComponentKind, judged: readonly Judged[]): Finding[] {
  if (judged.length === 0) return [];
  const standings = Object.entries(WORDS).flatMap(([standing, words]) => {
    const names = judged.filter(({ judgement }) => judgement.standing === standing).map(({ name }) => name);
    if (names.length === 0) return [];
    const isNamed = standing === 'same' || standing === 'managed';
    const listed = isNamed ? ` (${names.slice(0, MAX_NAMES).join(', ')}${names.length > MAX_NAMES ? ', ...' : ''})` : '';
    return [`${String(names.length)} ${words}${listed}`];
  });
  return [note('ComponentInventory', kind, boundedMessage(standings.join(', ')))];
}
