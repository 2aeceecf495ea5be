/** Careful looks into JSON that a cluster gave: what is not of the expected shape counts as absent. Pure. */
import type { Json, JsonObject } from '../json.js';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function textsOf(value: Json | undefined): string[] {
  return typeof value === 'string' ? [value] : listOf(value).filter((item) => typeof item === 'string');
}

/** The object without the named fields. */
export function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** The object with no other than the named fields. */
export function only(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}

/** Every object anywhere inside, the outer ones first. */
export function* objectsIn(value: Json | undefined): Iterable<JsonObject> {
  if (isObject(value)) {
    yield value;
    for (const inner of Object.values(value)) yield* objectsIn(inner);
  } else for (const inner of listOf(value)) yield* objectsIn(inner);
}
