/** Finds the largest documents of a slice by reading it: Elasticsearch does not know how large a document is. */
import type { Cluster } from '../elasticsearch/cluster.js';
import type { Hit } from './hit-scanner.js';
import { PageReader } from './reader.js';

const PAGE_BYTES = 8 * 1024 * 1024;

export interface SizedDocument {
  readonly id: string;
  /** Size of `_source` as it is stored. */
  readonly bytes: number;
}

export interface LargestDocuments {
  /** The largest and those that are at least half as large, the largest first; bounded. */
  readonly documents: readonly SizedDocument[];
  /** Size of the next largest; 0 if there is no other. */
  readonly nextBytes: number;
}

/** Documents that are returned at once. */
const MOST = 100;

/**
 * Reads all that matches, in memory of a few pages and of the largest document.
 *
 * @throws GodwitError: retryable if the slice can be read again from its start
 */
export async function largestDocuments(source: Cluster, index: string, query: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<LargestDocuments> {
  const reader = await PageReader.open(source, { index, query, pageBytes: PAGE_BYTES, withVersion: false, signal });
  /** The largest first. */
  const found: SizedDocument[] = [];
  try {
    for (let page = await reader.next(); page !== null; page = await reader.next()) {
      for (const hit of page.hits) keep(found, hit, page.bytes);
      page.release();
    }
  } finally {
    await reader.close();
  }
  const least = (found[0]?.bytes ?? 0) / 2;
  const documents = found.slice(0, MOST).filter(({ bytes }) => bytes >= least);
  return { documents, nextBytes: found[documents.length]?.bytes ?? 0 };
}

/** One more than is returned, to know the next. */
function keep(found: SizedDocument[], { idStart, idEnd, sourceStart, sourceEnd }: Hit, page: Buffer): void {
  const bytes = sourceEnd - sourceStart;
  if (found.length > MOST && bytes <= (found.at(-1)?.bytes ?? 0)) return;
  const id = JSON.parse(page.toString('utf8', idStart - 1, idEnd + 1)) as string;
  const at = found.findIndex((other) => other.bytes < bytes);
  found.splice(at === -1 ? found.length : at, 0, { id, bytes });
  found.length = Math.min(found.length, MOST + 1);
}
