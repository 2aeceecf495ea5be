/** Which components a request means. Pure. */
import { COMPONENT_KINDS, type ComponentKind } from '../../contracts/component-kinds.js';
import { matchesPattern } from '../index-patterns.js';

interface Pattern {
  readonly text: string;
  readonly isExclusion: boolean;
  readonly kind: string;
  readonly name: string;
}

function parse(text: string): Pattern {
  const isExclusion = text.startsWith('-');
  const bare = isExclusion ? text.slice(1) : text;
  const at = bare.indexOf('/');
  return at === -1 ? { text, isExclusion, kind: bare, name: '*' } : { text, isExclusion, kind: bare.slice(0, at), name: bare.slice(at + 1) };
}

/** Unlike names of indices, those with a leading dot are matched by `*`: that they are left to the target is told, not hidden. */
const matches = (pattern: string, name: string): boolean => matchesPattern(`x${pattern}`, `x${name}`);

export interface ComponentSelection {
  /** Kinds of which something may be meant. */
  readonly kinds: readonly ComponentKind[];
  readonly isSelected: (kind: ComponentKind, name: string) => boolean;
  /** Patterns for single components that match none of those given. */
  readonly unmatched: (found: readonly { readonly kind: ComponentKind; readonly name: string }[]) => readonly string[];
}

/** In their order: each pattern adds, an exclusion takes out; a list that begins with an exclusion begins from everything. */
export function selectComponents(patterns: readonly string[]): ComponentSelection {
  const first = patterns[0];
  const parsed = [...(first?.startsWith('-') === true ? ['*'] : []), ...patterns].map(parse);
  const isSelected = (kind: ComponentKind, name: string): boolean => {
    let selected = false;
    for (const pattern of parsed) if (matches(pattern.kind, kind) && matches(pattern.name, name)) selected = !pattern.isExclusion;
    return selected;
  };
  const mayBeMeant = (kind: ComponentKind): boolean => {
    let selected = false;
    for (const pattern of parsed.filter((candidate) => matches(candidate.kind, kind))) {
      if (!pattern.isExclusion) selected = true;
      else if (pattern.name === '*') selected = false;
    }
    return selected;
  };
  return {
    kinds: COMPONENT_KINDS.filter(mayBeMeant),
    isSelected,
    unmatched: (found) =>
      parsed
        .filter((pattern) => !pattern.isExclusion && pattern.text.includes('/'))
        .filter((pattern) => !found.some(({ kind, name }) => matches(pattern.kind, kind) && matches(pattern.name, name)))
        .map((pattern) => pattern.text),
  };
}
