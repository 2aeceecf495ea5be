/** Lines of an export changed on their way: ids of references, titles of data views. Everything else stays byte for byte. */
import { renameTitle } from '../domain/saved-objects/titles.js';
import { JsonObjectSchema } from '../domain/json.js';
import { keyText, type ExportedObject } from './saved-objects.js';

export interface Changes {
  /** New ids by `type:id`. */
  readonly moved: ReadonlyMap<string, string>;
  readonly rename: ((name: string) => string) | null;
}

export interface Rewritten extends ExportedObject {
  readonly title: { readonly from: string; readonly to: string } | null;
}

export function rewriteLine({ line, object }: ExportedObject, { moved, rename }: Changes): Rewritten {
  const title = object.attributes['title'];
  const to = rename !== null && object.type === 'index-pattern' && typeof title === 'string' ? renameTitle(title, rename) : title;
  const isRenamed = typeof title === 'string' && typeof to === 'string' && to !== title;
  if (!isRenamed && !object.references.some((reference) => moved.has(keyText(reference)))) return { line, object, title: null };
  const references = object.references.map((reference) => ({ ...reference, id: moved.get(keyText(reference)) ?? reference.id }));
  const attributes = isRenamed ? { ...object.attributes, title: to } : object.attributes;
  const changed = { ...object, attributes, references };
  return { line: spliced(line, object, changed) ?? whole(line, changed), object: changed, title: isRenamed ? { from: title, to } : null };
}

/** Only the references replaced in the text, so that numbers and the order of keys stay as they are; null if that is not possible. */
function spliced(line: string, before: ExportedObject['object'], after: ExportedObject['object']): string | null {
  if (before.attributes !== after.attributes) return null;
  // Kibana sorts the keys of an export.
  const text = (references: ExportedObject['object']['references']): string => `"references":${JSON.stringify(references.map(({ type, id, name }) => ({ id, ...(name === undefined ? {} : { name }), type })))}`;
  const parts = line.split(text(before.references));
  return parts.length === 2 ? parts.join(text(after.references)) : null;
}

function whole(line: string, { attributes, references }: ExportedObject['object']): string {
  const parsed = JsonObjectSchema.parse(JSON.parse(line));
  return JSON.stringify({ ...parsed, attributes, references });
}
