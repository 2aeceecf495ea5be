/**
 * When two saved objects are the same: by attributes and references, without what Kibana itself changes. Pure.
 *
 * @see kibana: alerting and actions plugins, what they reset on export
 */
import type { Json, JsonObject } from '../json.js';

export interface Comparable {
  readonly type: string;
  readonly attributes: JsonObject;
  readonly references: readonly { readonly type: string; readonly id: string; readonly name?: string | undefined }[];
}

/** Attributes that are a state of the server and not of the object. */
const VOLATILE: Readonly<Record<string, readonly string[]>> = {
  alert: [
    ...['enabled', 'apiKey', 'apiKeyOwner', 'apiKeyCreatedByUser', 'uiamApiKey', 'legacyId', 'scheduledTaskId', 'executionStatus', 'monitoring', 'lastRun', 'nextRun', 'running'],
    ...['createdBy', 'updatedBy', 'createdAt', 'updatedAt', 'meta', 'mutedInstanceIds', 'revision', 'isSnoozedUntil'],
  ],
  action: ['secrets', 'isMissingSecrets'],
  cases: ['incremental_id'],
};

/** JSON with sorted keys, so that equal objects are equal texts. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

/** Attributes as text, in which a difference counts. */
export function comparableAttributes({ type, attributes }: Pick<Comparable, 'type' | 'attributes'>): string {
  const left = VOLATILE[type] ?? [];
  return canonical(Object.fromEntries(Object.entries(attributes).filter(([name]) => !left.includes(name))));
}

/** References as text, in any order. */
export function comparableReferences({ references }: Pick<Comparable, 'references'>): string {
  return references
    .map(({ type, id, name }) => `${name ?? ''} ${type}:${id}`)
    .sort()
    .join('\n');
}

export function comparable(object: Comparable): string {
  return `${comparableAttributes(object)}\n${comparableReferences(object)}`;
}

/** What a person knows an object by. */
export function titleOf({ title, name }: JsonObject): string | null {
  const found = typeof title === 'string' && title !== '' ? title : name;
  return typeof found === 'string' && found !== '' ? found : null;
}
