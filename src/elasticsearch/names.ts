/** Splitting long lists of names over several requests. */

/** Elasticsearch refuses a request line over 4,096 bytes (`http.max_initial_line_length`). */
const MAX_PATH_BYTES = 3_000;

/** Cuts names into groups whose joined length fits into a request's path. */
export function chunkNames(names: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let bytes = MAX_PATH_BYTES;
  for (const name of names) {
    const length = encodeURIComponent(name).length + 3;
    if (bytes + length > MAX_PATH_BYTES) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(name);
    bytes += length;
  }
  return chunks;
}
