/**
 * Digests the documents of one side, to be compared with what a copy has read or with the other side.
 *
 * The digest covers id, routing and the bytes of `_source`, so it fits clusters between which bytes were moved; where
 * Elasticsearch has written documents anew (`_reindex`, synthetic source), equal documents may differ here.
 */
import { DocumentDigest } from '../domain/document-digest.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { Folder } from '../transfer/fold.js';
import { PageReader, type ReadOptions } from '../transfer/reader.js';
import type { SliceQuery } from '../transfer/search-body.js';

export interface DigestOptions extends SliceQuery, Partial<Pick<ReadOptions, 'pageBytes' | 'averageBytes' | 'paging' | 'retries'>> {
  readonly index: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (documents: number) => void;
}

export interface SliceDigest {
  readonly documents: number;
  /** 32 hex digits; digests of disjoint slices add up with `addDigests`. */
  readonly digest: string;
}

const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Reads a slice and digests it. Read-only. What was written last is seen after a refresh only.
 *
 * A range of `_seq_no` is this cluster's own: the target numbers its writes anew.
 * @throws GodwitError: retryable if the slice can be read again
 */
export async function digestSlice(cluster: Cluster, options: DigestOptions): Promise<SliceDigest> {
  const digest = new DocumentDigest();
  const reader = await PageReader.open(cluster, { pageBytes: PAGE_BYTES, ...options, withVersion: false });
  try {
    for (let page = await reader.next(); page !== null; page = await reader.next()) {
      const folder = new Folder(page.bytes, digest, { connection: cluster.connection, index: options.index });
      for (const hit of page.hits) folder.take(hit);
      page.release();
      options.onProgress?.(digest.documents);
    }
  } finally {
    await reader.close();
  }
  return { documents: digest.documents, digest: digest.toString() };
}
