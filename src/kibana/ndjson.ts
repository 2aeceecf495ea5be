/** Lines of a stream of bytes, one at a time: what is held is one line, whatever the length of the whole. */
import { GodwitError } from '../domain/errors.js';

/** A saved object is far smaller; Kibana itself takes no larger import than 25 MiB by default. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

const LINE_FEED = 0x0a;

/** Yields lines without their end and without empty ones. @throws ObjectTooLarge for a line beyond `maxBytes` */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, maxBytes: number = MAX_LINE_BYTES): AsyncGenerator<string> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  const take = (): string => {
    const line = Buffer.concat(pieces).toString('utf8').trim();
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      pieces.push(chunk.subarray(from, end));
      from = end + 1;
      const line = take();
      if (line !== '') yield line;
    }
    length += chunk.length - from;
    if (length > maxBytes) throw new GodwitError('ObjectTooLarge', `a line of the answer is longer than ${String(maxBytes)} bytes`);
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  const last = take();
  if (last !== '') yield last;
}
