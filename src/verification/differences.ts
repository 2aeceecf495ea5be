/**
 * Finds out what is wrong with documents: looks them up on the other side by their ids, and tells losses from what
 * Elasticsearch has rounded and from what the source has written since.
 *
 * Counts are complete; of the differences the first ones are listed, with their fields.
 */
import type { Content, ContentReport, Difference } from '../contracts/content-report.js';
import { diffFields, MAX_DIFFED_BYTES } from './field-diff.js';
import type { Cutoff } from './cutoff.js';
import { changedOf, findDocuments, Hasher, pagesById, type HashedDocument, type Reading, type Side } from './side.js';

export const MAX_LISTED = 50;
const DIFFED_AT_ONCE = 10;
/** Documents looked up at once. */
export const LOOK_UP = 1_000;

export interface Found {
  missing: number;
  extra: number;
  different: number;
  rewritten: number;
  afterCutoff: number;
  repaired: number;
  /** Of `afterCutoff`: those that were explained by deletes. */
  deletes: number;
  differences: Difference[];
}

export function nothingFound(): Found {
  return { missing: 0, extra: 0, different: 0, rewritten: 0, afterCutoff: 0, repaired: 0, deletes: 0, differences: [] };
}

/** Makes the documents of some ids the same at the target. @returns how many were rewritten or deleted there */
export type Mend = (ids: readonly string[]) => Promise<number>;

export interface Scope {
  readonly source: Side;
  readonly target: Side;
  readonly content: Content;
  readonly cutoff: Cutoff;
  readonly reading: Omit<Reading, 'form'>;
  readonly mend: Mend | null;
}

interface Suspect {
  readonly id: string;
  readonly routing: string | null;
  /** The routing at the target, where only that differs. */
  readonly otherRouting?: string | null;
}

export class Differences {
  readonly found: Found;
  readonly #scope: Scope;

  constructor(scope: Scope, found: Found) {
    this.#scope = scope;
    this.found = found;
  }

  /** Looks documents of the source up at the target. @returns those that the target has, equal or not */
  async checkSource(documents: readonly HashedDocument[]): Promise<HashedDocument[]> {
    const { target, content } = this.#scope;
    const there = await findDocuments(target, idsOf(documents), this.#in(content));
    const missing: Suspect[] = [];
    const different: Suspect[] = [];
    const rerouted: Suspect[] = [];
    const present: HashedDocument[] = [];
    for (const document of documents) {
      const others = there.get(document.id) ?? [];
      const same = others.find(({ routing }) => routing === document.routing);
      const [other] = others;
      if (other === undefined) missing.push(document);
      else present.push(document);
      if (same !== undefined) {
        if (same.hash !== document.hash) different.push(document);
      } else if (other !== undefined) rerouted.push({ ...document, otherRouting: other.routing });
    }
    const changed = await this.#withoutRewritten(different);
    const before = await this.#before([...missing, ...changed, ...rerouted]);
    const lost = missing.filter(({ id }) => before.has(id));
    const wrong = [...changed, ...rerouted].filter(({ id }) => before.has(id));
    this.found.missing += lost.length;
    this.found.different += wrong.length;
    this.found.afterCutoff += missing.length + changed.length + rerouted.length - lost.length - wrong.length;
    await this.#list('missing', lost);
    await this.#list('different', wrong);
    await this.#mend([...lost, ...wrong]);
    return present;
  }

  /** Looks documents of the target up at the source: for those that only the target has. */
  async checkTarget(documents: readonly HashedDocument[]): Promise<void> {
    const { source, cutoff, content } = this.#scope;
    const there = await findDocuments(source, idsOf(documents), this.#in(content));
    const absent = documents.filter(({ id }) => !there.has(id));
    const before = await this.#before(absent);
    const extra = absent.filter(({ id }) => before.has(id));
    const explained = extra.length === 0 ? 0 : Math.min(extra.length, Math.max(0, (await cutoff.deletesAtMost()) - this.found.deletes));
    this.found.deletes += explained;
    this.found.afterCutoff += absent.length - extra.length + explained;
    this.found.extra += extra.length - explained;
    await this.#list('extra', extra.slice(explained));
    await this.#mend(extra);
  }

  #in(form: Reading['form']): Reading {
    return { ...this.#scope.reading, form };
  }

  /** Where values are compared, what Elasticsearch itself has rounded is no mismatch. */
  async #withoutRewritten(suspects: readonly Suspect[]): Promise<readonly Suspect[]> {
    const { source, target, content } = this.#scope;
    if (content === 'exact' || suspects.length === 0) return suspects;
    const [left, right] = await Promise.all([source, target].map((side) => findDocuments(side, idsOf(suspects), this.#in('rewritten'))));
    const hashIn = (found: Map<string, HashedDocument[]> | undefined, { id, routing }: Suspect): string | undefined => found?.get(id)?.find((document) => document.routing === routing)?.hash;
    const changed = suspects.filter((suspect) => hashIn(left, suspect) !== hashIn(right, suspect));
    this.found.rewritten += suspects.length - changed.length;
    return changed;
  }

  /** Ids of those that the source has not written after the cut-off. */
  async #before(suspects: readonly Suspect[]): Promise<Set<string>> {
    const ids = idsOf(suspects);
    const later = await this.#scope.cutoff.writtenAfter(ids);
    return new Set(ids.filter((id) => !later.has(id)));
  }

  async #list(kind: Difference['kind'], suspects: readonly Suspect[]): Promise<void> {
    const some = suspects.slice(0, MAX_LISTED - this.found.differences.length);
    const inContent = some.filter(({ otherRouting }) => otherRouting === undefined);
    const fields = kind === 'different' && inContent.length > 0 ? await this.#fieldsOf(inContent) : new Map<string, Difference['fields']>();
    for (const suspect of some) {
      const { id, routing, otherRouting } = suspect;
      const ofRouting = otherRouting === undefined ? [] : [{ path: '_routing', source: asText(routing), target: asText(otherRouting) }];
      this.found.differences.push({ kind, id, routing, fields: otherRouting === undefined ? (fields.get(keyOf(suspect)) ?? []) : ofRouting });
    }
  }

  async #fieldsOf(suspects: readonly Suspect[]): Promise<Map<string, Difference['fields']>> {
    const fields = new Map<string, Difference['fields']>();
    const { source, target } = this.#scope;
    // Few at a time: both documents of each are in memory.
    for (let from = 0; from < suspects.length; from += DIFFED_AT_ONCE) {
      const some = suspects.slice(from, from + DIFFED_AT_ONCE);
      const [left, right] = [await this.#sourcesOf(source, some), await this.#sourcesOf(target, some)];
      for (const suspect of some) {
        const [ours, theirs] = [left.get(keyOf(suspect)), right.get(keyOf(suspect))];
        if (ours !== undefined && theirs !== undefined) fields.set(keyOf(suspect), diffFields(ours, theirs));
      }
    }
    return fields;
  }

  /** Documents that are small enough to be compared field by field. */
  async #sourcesOf(side: Side, suspects: readonly Suspect[]): Promise<Map<string, Buffer>> {
    const sources = new Map<string, Buffer>();
    for await (const { page, index } of pagesById(side, idsOf(suspects), false, this.#in('exact'))) {
      const hasher = new Hasher(page.bytes, { connection: side.cluster.connection, index }, 'exact');
      const hits = page.hits.filter((hit) => hit.sourceEnd - hit.sourceStart <= MAX_DIFFED_BYTES);
      const changed = await changedOf(side, page, hits, this.#in('exact'));
      for (const [at, hit] of hits.entries()) {
        // What cannot be changed has no fields that the target could have.
        if (changed?.[at]?.isFailed !== true) sources.set(keyOf(hasher.identity(hit)), Buffer.from(changed?.[at]?.document ?? page.bytes.subarray(hit.sourceStart, hit.sourceEnd)));
      }
      page.release();
    }
    return sources;
  }

  async #mend(suspects: readonly Suspect[]): Promise<void> {
    if (this.#scope.mend !== null && suspects.length > 0) this.found.repaired += await this.#scope.mend(idsOf(suspects));
  }
}

function idsOf(documents: readonly { readonly id: string }[]): string[] {
  return [...new Set(documents.map(({ id }) => id))];
}

function keyOf({ id, routing }: Suspect): string {
  return JSON.stringify([id, routing]);
}

function asText(routing: string | null): string | null {
  return routing === null ? null : JSON.stringify(routing);
}

/** Whether anything was found that is a mismatch. */
export function isClean({ missing, extra, different }: Pick<ContentReport, 'missing' | 'extra' | 'different'>): boolean {
  return missing + extra + different === 0;
}
