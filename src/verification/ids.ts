/**
 * Finds documents that the target has and its source has not, page by page: memory is bounded by a page, whatever the
 * size of the index.
 *
 * Ids of the target are looked up at the source, first as its last refresh shows it, those that miss once more as they
 * are at this moment. What is seen of the target is seen before: a document that is deleted "as seen" afterwards was
 * absent from the source when nothing newer was at the target.
 */
import type { Cluster } from '../elasticsearch/cluster.js';
import { absentNow, findByIds, keyText, type DocumentKey, type FoundDocument } from '../elasticsearch/document-ids.js';
import type { Hit } from '../transfer/hit-scanner.js';
import { PageReader, type Page, type ReadOptions } from '../transfer/reader.js';
import type { SeqNoRange } from '../transfer/search-body.js';

export interface SurplusOptions extends Pick<ReadOptions, 'signal' | 'paging' | 'retries'> {
  /** Concrete indices that went into the target. */
  readonly sources: readonly string[];
  readonly target: string;
  /** Of the target's own sequence numbers; without it the whole. */
  readonly range?: SeqNoRange;
  readonly onProgress?: (documents: number) => void;
}

/** An id alone takes about that much of an answer. */
const ID_BYTES = 120;
/** About 5,000 ids a page, which is what one look-up at the source takes. */
const PAGE_BYTES = 5_000 * ID_BYTES;

/** Read-only. @throws GodwitError: retryable if the range can be read again */
export async function* surplusDocuments(source: Cluster, target: Cluster, options: SurplusOptions): AsyncGenerator<readonly FoundDocument[]> {
  const { signal } = options;
  const reader = await PageReader.open(target, { ...options, index: options.target, pageBytes: PAGE_BYTES, averageBytes: ID_BYTES, withVersion: false, withSource: false });
  try {
    let documents = 0;
    for (let page = await reader.next(); page !== null; page = await reader.next()) {
      const keys = page.hits.map((hit) => keyOf(page, hit));
      page.release();
      const surplus = await surplusOf(source, target, options, keys, signal);
      if (surplus.length > 0) yield surplus;
      documents += keys.length;
      options.onProgress?.(documents);
    }
  } finally {
    await reader.close();
  }
}

async function surplusOf(source: Cluster, target: Cluster, options: SurplusOptions, keys: readonly DocumentKey[], signal: AbortSignal): Promise<FoundDocument[]> {
  const known = await keysAt(source, options.sources, keys, signal);
  const missing = keys.filter((key) => !known.has(keyText(key)));
  if (missing.length === 0) return [];
  const seen = await findByIds(target, [options.target], missing.map(({ id }) => id), signal);
  const absent = new Set((await absentNow(source, options.sources, missing, signal)).map(keyText));
  return seen.filter((document) => absent.has(keyText(document)));
}

async function keysAt(cluster: Cluster, indices: readonly string[], keys: readonly DocumentKey[], signal: AbortSignal): Promise<Set<string>> {
  const found = await findByIds(cluster, indices, [...new Set(keys.map(({ id }) => id))], signal);
  return new Set(found.map(keyText));
}

/** The id and routing of a hit, by value. */
export function keyOf({ bytes }: Pick<Page, 'bytes'>, hit: Hit): DocumentKey {
  const text = (start: number, end: number): string => String(JSON.parse(bytes.toString('utf8', start - 1, end + 1)));
  return { id: text(hit.idStart, hit.idEnd), routing: hit.routingStart === -1 ? null : text(hit.routingStart, hit.routingEnd) };
}
