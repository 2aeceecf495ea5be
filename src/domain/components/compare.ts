/** Compares two definitions field by field. Pure. */
import { isObject, listOf } from './json-parts.js';
import type { Json, JsonObject } from '../json.js';

export interface Difference {
  /** `template.settings.index.refresh_interval`, `processors[1].set.value` */
  readonly path: string;
  /** undefined: the side has no such field. */
  readonly source: Json | undefined;
  readonly target: Json | undefined;
}

/** Most differences of one component that are told. */
export const MAX_DIFFERENCES = 20;

/** At most `MAX_DIFFERENCES`; order of keys does not count, order in lists does. */
export function differences(source: JsonObject, target: JsonObject): Difference[] {
  const found: Difference[] = [];
  walk(source, target, '', found);
  return found;
}

function walk(source: Json | undefined, target: Json | undefined, path: string, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES || source === target) return;
  if (isObject(source) && isObject(target)) {
    for (const name of new Set([...Object.keys(source), ...Object.keys(target)])) walk(source[name], target[name], path === '' ? name : `${path}.${name}`, found);
  } else if (Array.isArray(source) && Array.isArray(target)) {
    const [left, right] = [listOf(source), listOf(target)];
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) walk(left[at], right[at], `${path}[${String(at)}]`, found);
  } else found.push({ path, source, target });
}

const MAX_VALUE_CHARS = 60;

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE_CHARS ? text : `${text.slice(0, MAX_VALUE_CHARS - 1)}…`;
}

/** For a person. @param hasSecrets name the fields only */
export function describeDifferences(found: readonly Difference[], hasSecrets: boolean): string {
  const lines = found.slice(0, 5).map(({ path, source, target }) => (hasSecrets ? path : `${path}: ${shown(source)} at the source, ${shown(target)} at the target`));
  const rest = found.length - lines.length;
  return `${lines.join('; ')}${rest > 0 ? `; and ${found.length >= MAX_DIFFERENCES ? 'at least ' : ''}${String(rest)} more` : ''}`;
}
