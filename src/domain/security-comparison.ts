/** Whether two sides have the same `security`, by names and numbers. Pure. */
import { some } from './feature-states.js';
import type { SecurityFacts } from './preflight/feature-state-checks.js';

const KINDS = [
  ['users', 'users'],
  ['roles', 'roles'],
  ['roleMappings', 'role mappings'],
  ['serviceTokens', 'service tokens'],
  ['applications', 'applications'],
] as const;

/** One text a kind that differs; none if they agree. */
export function differencesOf(source: SecurityFacts, target: SecurityFacts): string[] {
  const differences = KINDS.flatMap(([kind, words]) => {
    const missing = source[kind].filter((name) => !target[kind].includes(name));
    const extra = target[kind].filter((name) => !source[kind].includes(name));
    return [...(missing.length === 0 ? [] : [`${words} missing at the target: ${some(missing)}`]), ...(extra.length === 0 ? [] : [`${words} that the source lacks: ${some(extra)}`])];
  });
  const keys = source.apiKeys.total === target.apiKeys.total ? [] : [`${String(source.apiKeys.total)} API keys at the source, ${String(target.apiKeys.total)} at the target`];
  return [...differences, ...keys];
}
