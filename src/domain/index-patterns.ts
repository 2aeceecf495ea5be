/**
 * Which indices and data streams a list of names, wildcards and exclusions means.
 *
 * Evaluated here and not by Elasticsearch, so that every version and kind gives the same answer, and a pattern that
 * matches nothing is told instead of ignored.
 */

export interface Selection {
  /** In the order of the candidates. */
  readonly selected: readonly string[];
  /** Patterns that matched no candidate, exclusions too: either may be a typing mistake. */
  readonly unmatched: readonly string[];
}

const isExclusion = (pattern: string): boolean => pattern.startsWith('-');

/**
 * Whether a pattern, `*` standing for any characters, matches a name.
 *
 * A name that begins with a dot is internal by convention: a wildcard matches it only if it begins with a dot too.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const parts = pattern.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return pattern === name;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  // Each inner part at its first place: linear, where a regular expression could take very long.
  const end = name.length - last.length;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, position);
    if (found === -1 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}

/**
 * Applies patterns in their order: each adds what it matches, an exclusion takes out what was added before it.
 *
 * A list that begins with an exclusion begins from everything (`["-logs-*"]` is all but the logs). An exclusion also
 * takes out names with a leading dot, if it is written with the dot.
 */
export function selectByPatterns(patterns: readonly string[], candidates: readonly string[]): Selection {
  const chosen = new Set<string>();
  const unmatched: string[] = [];
  const first = patterns[0];
  const effective = first !== undefined && isExclusion(first) ? ['*', ...patterns] : patterns;
  for (const [index, pattern] of effective.entries()) {
    const isImplied = index === 0 && effective !== patterns;
    const bare = isExclusion(pattern) ? pattern.slice(1) : pattern;
    const matching = bare.includes('*') ? candidates.filter((name) => matchesPattern(bare, name)) : candidates.filter((name) => name === bare);
    if (matching.length === 0 && !isImplied) unmatched.push(pattern);
    for (const name of matching) {
      if (isExclusion(pattern)) chosen.delete(name);
      else chosen.add(name);
    }
  }
  return { selected: candidates.filter((name) => chosen.has(name)), unmatched };
}
