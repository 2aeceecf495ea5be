/**
 * Turns zod issues into errors that name the field as the caller wrote it and say how to mend it.
 *
 * An unknown option is named itself, with the option that was probably meant; an unknown type lists the types.
 */
import { z } from 'zod';
import { closestWord } from './closest-word.js';
import type { FieldError } from './invalid-request.js';

/** Most errors in one answer. */
const MAX_ERRORS = 50;

/** @param whole what the path of an error about everything is, e.g. `body` */
export function fieldErrors(error: z.core.$ZodError, schema: z.core.$ZodType, input: unknown, whole: string): FieldError[] {
  return error.issues.flatMap((issue) => describe(issue, schema, input, whole)).slice(0, MAX_ERRORS);
}

function describe(issue: z.core.$ZodIssue, schema: z.core.$ZodType, input: unknown, whole: string): FieldError[] {
  const path = dotted(issue.path) || whole;
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path, input);
    return issue.keys.map((key) => ({ path: dotted([...issue.path, key]), message: unknownOption(key, known) }));
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const options = z.array(z.string()).catch([]).parse('options' in issue ? issue.options : []);
    return [{ path, message: unknownVariant(valueAt(input, issue.path), options) }];
  }
  if (issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined) {
    return [{ path, message: `is required (${issue.expected})` }];
  }
  return [{ path, message: issue.message }];
}

function unknownOption(key: string, known: readonly string[]): string {
  const meant = closestWord(key, known);
  return meant === null
    ? `is not an option here; remove it${known.length === 0 ? '' : `, or use one of ${known.join(', ')}`}`
    : `is not an option here; did you mean "${meant}"?`;
}

function unknownVariant(value: unknown, options: readonly string[]): string {
  const list = options.map((option) => `"${option}"`).join(', ');
  if (value === undefined) return `is required; one of ${list}`;
  const meant = typeof value === 'string' ? closestWord(value, options) : null;
  return `is not known; one of ${list}${meant === null ? '' : `; did you mean "${meant}"?`}`;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === String(key))?.[1];
  }
  return value;
}

/** Names of the options that the schema has at a path; empty where it is no object with fixed names. */
function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  const object = objectAt(schema, input);
  if (object === null) return [];
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(object.shape);
  const next = member(object, String(key));
  return next === undefined ? [] : knownKeys(next, rest, valueAt(input, [key]));
}

function member(object: z.ZodObject | null, key: string): z.core.$ZodType | undefined {
  const shape: Readonly<Record<string, z.core.$ZodType>> = object?.shape ?? {};
  return shape[key];
}

/** The object schema behind optional, default and discriminated union. */
function objectAt(schema: z.core.$ZodType, input: unknown): z.ZodObject | null {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return objectAt(schema.def.innerType, input);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const variant = valueAt(input, [schema.def.discriminator]);
    const option = schema.options.find((candidate) => {
      const tag = member(objectAt(candidate, input), schema.def.discriminator);
      return tag !== undefined && z.safeParse(tag, variant).success;
    });
    return option === undefined ? null : objectAt(option, input);
  }
  return null;
}
