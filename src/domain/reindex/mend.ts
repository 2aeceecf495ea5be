/**
 * Makes the body of an index fit for a target that refuses it: leaves out or renames what the refusal names. Pure.
 *
 * What versions have removed is not listed anywhere that could be read; each refusal names one thing, so a body is mended and
 * tried again until it is taken or what is refused cannot be done without.
 */
import type { Json, JsonObject } from '../json.js';
import { refusedSetting, type FlatSettings } from './target-settings.js';

export interface IndexBody {
  readonly mappings: JsonObject;
  readonly settings: FlatSettings;
}

export interface Mended {
  readonly body: IndexBody;
  /** For a person, with the path of what was changed. */
  readonly change: string;
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const without = (object: JsonObject, names: readonly string[]): JsonObject => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

/** @returns null if the refusal names nothing that can be done without */
export function mend(body: IndexBody, reason: string): Mended | null {
  return withoutSetting(body, reason) ?? withoutParameter(body, reason) ?? withoutRoot(body, reason) ?? withNewName(body, reason);
}

function withoutSetting({ mappings, settings }: IndexBody, reason: string): Mended | null {
  const name = refusedSetting(reason);
  if (name === null || !(name in settings)) return null;
  return { body: { mappings, settings: Object.fromEntries(Object.entries(settings).filter(([key]) => key !== name)) }, change: `setting ${name} is left out` };
}

/** `Unknown parameter [boost] on mapper [title] of type [text]`: the name is the last part of the path. */
function withoutParameter({ mappings, settings }: IndexBody, reason: string): Mended | null {
  const [, parameter, field] = /unknown parameter \[([^\]]+)\] on mapper \[([^\]]+)\]/i.exec(reason) ?? [];
  if (parameter === undefined || field === undefined) return null;
  const paths: string[] = [];
  const visit = (node: JsonObject, path: string): JsonObject =>
    Object.fromEntries(
      Object.entries(node).map(([key, value]) => {
        if ((key !== 'properties' && key !== 'fields') || !isObject(value)) return [key, value];
        const fields = Object.entries(value).map(([name, mapper]): [string, Json] => {
          if (!isObject(mapper)) return [name, mapper];
          const own = path === '' ? name : `${path}.${name}`;
          const isNamed = (name === field || own === field) && parameter in mapper;
          if (isNamed) paths.push(own);
          return [name, visit(isNamed ? without(mapper, [parameter]) : mapper, own)];
        });
        return [key, Object.fromEntries(fields)];
      }),
    );
  const mended = visit(mappings, '');
  return paths.length === 0 ? null : { body: { mappings: mended, settings }, change: `mapping parameter ${parameter} of ${paths.join(', ')} is left out` };
}

/** `Root mapping definition has unsupported parameters:  [_all : {enabled=true}]` */
function withoutRoot({ mappings, settings }: IndexBody, reason: string): Mended | null {
  const [, list = ''] = /Root mapping definition has unsupported parameters:\s*(.*)/.exec(reason) ?? [];
  const names = Object.keys(mappings).filter((name) => list.includes(`[${name} :`));
  return names.length === 0 ? null : { body: { mappings: without(mappings, names), settings }, change: `mapping ${names.join(', ')} is left out` };
}

/** `The [nGram] tokenizer name was deprecated in 7.6. Please use the tokenizer name to [ngram] for indices created in versions 8` */
function withNewName({ mappings, settings }: IndexBody, reason: string): Mended | null {
  const [, old, fresh] = /The \[(\w+)\] (?:tokenizer|token filter) name was deprecated.*?\[(\w+)\]/.exec(reason) ?? [];
  if (old === undefined || fresh === undefined) return null;
  const names = Object.keys(settings).filter((name) => name.startsWith('index.analysis.') && [settings[name]].flat().includes(old));
  if (names.length === 0) return null;
  const renamed = (value: unknown): unknown => (Array.isArray(value) ? value.map((item: unknown) => (item === old ? fresh : item)) : value === old ? fresh : value);
  return { body: { mappings, settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, names.includes(name) ? renamed(value) : value])) }, change: `${old} of setting ${names.join(', ')} is called ${fresh}` };
}
