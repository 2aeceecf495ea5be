/** How many documents in a batch and in a slice, by their size. Pure. */

const MEBIBYTE = 1_048_576;

/** Half a megabyte a document and more is still a batch of several. */
const BATCH_BYTES = 8 * MEBIBYTE;
const MAX_BATCH = 10_000;

/** One bulk over a tenth of the heap is refused (indexing pressure); a batch stays at half of that, several run at once. */
const HEAP_SHARE = 1 / 20;

/**
 * `source.size`: batches of about 8 MiB, well under the 100 MB that Elasticsearch buffers, and under what a small
 * target takes.
 *
 * @param documentBytes average size of `_source`
 * @param heapBytes smallest heap of a node of the target; null if it cannot be told
 */
export function batchSize(documentBytes: number, heapBytes: number | null): number {
  const bytes = Math.min(BATCH_BYTES, (heapBytes ?? Infinity) * HEAP_SHARE);
  return Math.max(1, Math.min(MAX_BATCH, Math.floor(bytes / Math.max(1, documentBytes))));
}

/** After a refusal for size: a quarter, so that few tries are needed; null when one document alone does not fit. */
export function smallerBatch(size: number): number | null {
  return size <= 1 ? null : Math.max(1, Math.floor(size / 4));
}

const SLICE_BYTES = 512 * MEBIBYTE;
const MAX_SLICE = 500_000;

/** Less is not worth a task of its own. */
const LEAST_SLICE_BYTES = 32 * MEBIBYTE;

/** So many slices for each that runs at once: a single index keeps them busy too, and little is lost with one. */
const SLICES_EACH = 2;

/**
 * Documents in a slice where the request does not say: at most what takes about a minute on a small cluster.
 *
 * @param index all its documents, and how many of its slices may be moved at once: it is cut so that these are busy
 */
export function sliceSize(documentBytes: number, index?: { readonly documents: number; readonly concurrency: number }): number {
  const of = (bytes: number): number => Math.floor(bytes / Math.max(1, documentBytes));
  const share = index === undefined ? Infinity : Math.ceil(index.documents / (index.concurrency * SLICES_EACH));
  return Math.max(1_000, Math.min(MAX_SLICE, of(SLICE_BYTES), Math.max(share, of(LEAST_SLICE_BYTES))));
}
