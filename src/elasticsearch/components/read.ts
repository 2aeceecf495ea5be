/**
 * Reads all components of a kind at a cluster. Read-only.
 *
 * A cluster that lacks the API (its version, build or kind) is an answer, and so is a privilege that is missing: the
 * other kinds go on.
 */
import { errors } from '@elastic/elasticsearch';
import type { ComponentKind } from '../../contracts/component-kinds.js';
import type { ApiRequest, Entry, Listing } from '../../domain/components/kind.js';
import { KINDS } from '../../domain/components/kinds.js';
import type { GodwitError } from '../../domain/errors.js';
import type { Json, JsonObject } from '../../domain/json.js';
import { isAbsent, isUnavailableApi } from '../calls.js';
import type { Cluster } from '../cluster.js';
import { sendPlain } from './requests.js';

export type KindReading =
  | { readonly state: 'read'; readonly entries: ReadonlyMap<string, Entry> }
  | { readonly state: 'unavailable'; readonly reason: string }
  | { readonly state: 'denied'; readonly error: GodwitError };

interface ReadOptions {
  /** Which entries are wanted; the definitions of others are not asked for. */
  readonly isWanted: (name: string) => boolean;
  /** The names to ask for where the cluster gives no list. */
  readonly names?: readonly string[];
  readonly signal: AbortSignal;
}

/** @throws the codes of a cluster that cannot be reached */
export async function readKind(cluster: Cluster, kind: ComponentKind, options: ReadOptions): Promise<KindReading> {
  const { listing, title } = KINDS[kind];
  try {
    const entries = await readAll(cluster, listing, options);
    return { state: 'read', entries: new Map(entries.filter(({ name }) => options.isWanted(name)).map((entry) => [entry.name, entry])) };
  } catch (error) {
    if (isLackingApi(error)) return { state: 'unavailable', reason: `${cluster.connection} does not have this API` };
    const translated = cluster.translate(error, { action: `read its components of the kind ${title}`, subject: kind });
    if (translated.code === 'TargetRestriction') return { state: 'unavailable', reason: translated.message };
    if (translated.code === 'PrivilegeMissing') return { state: 'denied', error: translated };
    throw translated;
  }
}

function isLackingApi(error: unknown): boolean {
  return error instanceof errors.ResponseError && (isAbsent(error) || isUnavailableApi(error));
}

async function readAll(cluster: Cluster, listing: Listing, options: ReadOptions): Promise<Entry[]> {
  const { signal, isWanted, names } = options;
  // The lists of such kinds come from the cluster state, which a serverless project does not show.
  if (cluster.kind === 'serverless' && listing.byName !== undefined && names !== undefined) return readByName(cluster, listing.byName, names, signal);
  let entries: Entry[];
  try {
    entries = await readList(cluster, listing, signal);
  } catch (error) {
    if (listing.byName === undefined || names === undefined || !isLackingApi(error)) throw error;
    return readByName(cluster, listing.byName, names, signal);
  }
  if (listing.beside !== undefined && entries.length > 0) entries = [...listing.beside.join(entries, await sendPlain(cluster, listing.beside.request, signal))];
  if (listing.each === undefined) return entries;
  const { requests, join } = listing.each;
  const complete: Entry[] = [];
  // One account has several tokens, so a name is only known to be unwanted when nothing wanted can begin with it.
  for (const entry of entries.filter(({ name }) => isWanted(name) || name.includes('/'))) {
    const answers: Json[] = [];
    for (const request of requests(entry)) answers.push(await sendPlain(cluster, request, signal));
    complete.push(...join(entry, answers));
  }
  return complete;
}

async function readList(cluster: Cluster, { request, entries, pageSize, position }: Listing, signal: AbortSignal): Promise<Entry[]> {
  if (pageSize === undefined) return [...entries(await sendPlain(cluster, request, signal))];
  const all: Entry[] = [];
  for (let after: JsonObject = {}; ; ) {
    const answer = await sendPlain(cluster, pageOf(request, { ...after, size: pageSize }), signal);
    const page = entries(answer);
    all.push(...page);
    if (page.length < pageSize) return all;
    after = position === undefined ? { from: all.length } : { search_after: position(answer) };
  }
}

function pageOf(request: ApiRequest, page: JsonObject): ApiRequest {
  if (request.method !== 'GET') return { ...request, body: { ...request.body, ...page } };
  return { ...request, query: { ...request.query, from: Number(page['from'] ?? 0), size: Number(page['size']) } };
}

async function readByName(cluster: Cluster, { request, entry }: NonNullable<Listing['byName']>, names: readonly string[], signal: AbortSignal): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const name of names) {
    try {
      found.push(entry(name, await sendPlain(cluster, request(name), signal)));
    } catch (error) {
      if (!(error instanceof errors.ResponseError && isAbsent(error))) throw error;
    }
  }
  return found;
}
