/** Which fields of two documents differ, for a person: bounded in number and length, numbers without rounding. */
import { isLosslessNumber, parse, stringify } from 'lossless-json';
import type { FieldDifference } from '../contracts/content-report.js';
import { canonicalNumber } from '../domain/decimal.js';

export const MAX_FIELDS = 10;
const MAX_VALUE_CHARS = 80;
const MAX_PATH_CHARS = 200;
/** Larger documents are not compared field by field. */
export const MAX_DIFFED_BYTES = 8 * 1024 * 1024;

/** @returns at most `MAX_FIELDS`; none if the values are equal */
export function diffFields(source: Buffer, target: Buffer): FieldDifference[] {
  const found: FieldDifference[] = [];
  try {
    compare('', parse(source.toString('utf8')), parse(target.toString('utf8')), found);
  } catch (error) {
    // A document with comments, or nested too deep: said as a whole.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    return [{ path: '', source: cut(source.toString('utf8', 0, MAX_VALUE_CHARS * 4)), target: cut(target.toString('utf8', 0, MAX_VALUE_CHARS * 4)) }];
  }
  return found;
}

type Found = FieldDifference[];

function compare(path: string, source: unknown, target: unknown, found: Found): void {
  if (found.length >= MAX_FIELDS) return;
  if (Array.isArray(source) && Array.isArray(target)) {
    for (let at = 0; at < Math.max(source.length, target.length); at += 1) {
      member(`${path}[${String(at)}]`, at < source.length, source[at], at < target.length, target[at], found);
    }
  } else if (isObject(source) && isObject(target)) {
    for (const key of new Set([...Object.keys(source), ...Object.keys(target)])) {
      member(path === '' ? key : `${path}.${key}`, Object.hasOwn(source, key), source[key], Object.hasOwn(target, key), target[key], found);
    }
  } else if (!isSameLeaf(source, target)) found.push(difference(path, source, target));
}

function member(path: string, inSource: boolean, source: unknown, inTarget: boolean, target: unknown, found: Found): void {
  if (inSource && inTarget) compare(path, source, target, found);
  else if (found.length < MAX_FIELDS) found.push({ path: cut(path, MAX_PATH_CHARS), source: inSource ? textOf(source) : null, target: inTarget ? textOf(target) : null });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

function isSameLeaf(source: unknown, target: unknown): boolean {
  if (isLosslessNumber(source) && isLosslessNumber(target)) return canonicalNumber(source.value) === canonicalNumber(target.value);
  return source === target;
}

function difference(path: string, source: unknown, target: unknown): FieldDifference {
  return { path: cut(path, MAX_PATH_CHARS), source: textOf(source), target: textOf(target) };
}

function textOf(value: unknown): string {
  return cut(stringify(value) ?? '');
}

function cut(text: string, length: number = MAX_VALUE_CHARS): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
