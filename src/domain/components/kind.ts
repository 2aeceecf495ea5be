/**
 * What has to be known of one kind of component: how to list, compare, write and remove it, and what keeps it from
 * moving. Data and plain functions; `elasticsearch/components` sends the requests. Pure.
 */
import type { ClusterKind } from '../../contracts/names.js';
import type { Json, JsonObject } from '../json.js';
import type { Version } from '../versions.js';
import { listOf, objectOf, textOf } from './json-parts.js';

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: JsonObject;
  /** Longest wait for the answer, milliseconds, where the server works long. */
  readonly timeoutMs?: number;
}

/** A component as its cluster gives it. */
export interface Entry {
  readonly name: string;
  readonly raw: JsonObject;
}

export interface Listing {
  readonly request: ApiRequest;
  readonly entries: (answer: Json) => readonly Entry[];
  /** Paged by `from` and `size`, in the query of a GET and the body of a POST. */
  readonly pageSize?: number;
  /** Where such pages end at 10,000: `search_after` of the next page. Its request says how it is sorted. */
  readonly position?: (page: Json) => Json;
  /** Where the list does not hold the definitions: what to ask for each entry, and what comes of it. */
  readonly each?: { readonly requests: (entry: Entry) => readonly ApiRequest[]; readonly join: (entry: Entry, answers: readonly Json[]) => readonly Entry[] };
  /** Another list that says more about the same components; nothing is lost without it. */
  readonly beside?: { readonly request: ApiRequest; readonly join: (entries: readonly Entry[], answer: Json) => readonly Entry[] };
  /** Where there is no list: one by its name. */
  readonly byName?: { readonly request: (name: string) => ApiRequest; readonly entry: (name: string, answer: Json) => Entry };
}

/** Of transforms and trained models: more cannot be asked for at once, nor beyond. */
export const LARGEST_PAGE = 10_000;

/** Components that others need. */
export const COMPONENT_NEEDS = ['enrich-policy', 'trained-model', 'remote-cluster'] as const;
export type ComponentNeed = (typeof COMPONENT_NEEDS)[number];

/** What must be at the target before the component can be written. */
export interface Need {
  readonly what: 'index' | 'data-stream' | 'repository' | ComponentNeed;
  /** A name, or for indices a pattern. */
  readonly name: string;
}

/** What the target and the source's other components say about how a definition must be changed. */
export interface FitContext {
  readonly targetKind: ClusterKind;
  /** null for a serverless project, whose number says nothing. */
  readonly targetVersion: Version | null;
  /** Index settings that the target does not know. */
  readonly refusedSettings: ReadonlySet<string>;
  /** `data_retention` by index template, for a target without ILM: what the template's policy deletes after. */
  readonly retentionByTemplate: ReadonlyMap<string, string>;
  /** The same by ILM policy. */
  readonly retentionByPolicy: ReadonlyMap<string, string>;
}

export interface Fitted {
  readonly definition: JsonObject;
  /** What was changed, for a person. */
  readonly notes: readonly string[];
  /** Why it cannot move after all. */
  readonly unsupported?: string;
  /** Why there is nothing to move. */
  readonly left?: string;
}

export interface WriteContext {
  /** What the target has of that name; null: nothing. */
  readonly former: JsonObject | null;
  /** A password that nobody knows, for a new user. */
  readonly password: string;
  /** Brings back what was there before, whether it was active or not. */
  readonly isRestoring: boolean;
}

export interface KindDefinition {
  /** Singular, as in "the <title> logs". */
  readonly title: string;
  /** What has to be in the licence of a target for it to be written, as `GET /_xpack` names it. */
  readonly feature?: string;
  readonly listing: Listing;
  /** Why a component is the system's own, or null. */
  readonly managed?: (entry: Entry) => string | null;
  /** Why a component cannot be carried over and what a person must do instead, or null. */
  readonly issue?: (entry: Entry, options: { readonly users: 'list' | 'create' }) => string | null;
  /** What is compared and written: without what the server itself adds. */
  readonly normalise: (entry: Entry) => JsonObject;
  readonly needs?: (definition: JsonObject, name: string) => readonly Need[];
  readonly fit?: (definition: JsonObject, name: string, context: FitContext) => Fitted;
  /** Worth telling a person who takes the component over. */
  readonly notes?: (entry: Entry) => readonly string[];
  readonly writes: (name: string, definition: JsonObject, entry: Entry, context: WriteContext) => readonly ApiRequest[];
  /** What an answer to a write says went wrong although its status is 200, or null. */
  readonly refusal?: (answer: Json) => string | null;
  /** Follows a write; without it the component is not complete. Safe to repeat. */
  readonly completes?: (name: string) => readonly ApiRequest[];
  /** Asked for just before writing, and joined into the definition: too large for a list. */
  readonly body?: { readonly request: (name: string) => ApiRequest; readonly join: (definition: JsonObject, answer: Json) => JsonObject };
  readonly removal: (name: string, present: JsonObject) => readonly ApiRequest[];
  /** `put` overwrites; `remove` removes first; else the reason why it is never replaced. */
  readonly replace: 'put' | 'remove' | { readonly never: string };
  /** Why a serverless project does not take it, or null. */
  readonly serverless: string | null;
  /** May hold credentials: its former definition is not kept, and no value of it is shown. */
  readonly isSecretive?: boolean;
}

export const segment = encodeURIComponent;

/** `{ name: definition }` */
export const byKey = (answer: Json): Entry[] => Object.entries(objectOf(answer)).map(([name, raw]) => ({ name, raw: objectOf(raw) }));

/** `{ [list]: [{ [name]: ... }] }` */
export const inList =
  (list: string, name: string) =>
  (answer: Json): Entry[] =>
    listOf(objectOf(answer)[list]).map((item) => ({ name: textOf(objectOf(item)[name]), raw: objectOf(item) }));

/** A component template or pipeline that users write though its parents are built in. */
const isCustom = (name: string): boolean => name.endsWith('@custom') && !name.startsWith('.');

/** By name and `_meta`, as most kinds tell. */
export function managedByMeta(name: string, meta: Json | undefined): string | null {
  if (isCustom(name)) return null;
  if (name.startsWith('.')) return 'its name begins with a dot: it is internal';
  const { managed, managed_by: by } = objectOf(meta);
  if (managed === true) return `managed${typeof by === 'string' ? ` by ${by}` : ': its _meta says so'}`;
  return typeof by === 'string' ? `managed by ${by}` : null;
}

export const isInternalName = ({ name }: Entry): string | null => (name.startsWith('.') ? 'its name begins with a dot: it is internal' : null);

/** Times that newer versions note with a component. */
export const NOTED_TIMES = ['created_date', 'created_date_millis', 'modified_date', 'modified_date_millis', 'created_date_string', 'modified_date_string'] as const;
