/**
 * Takes the line breaks out of a document, since a bulk request is read line by line.
 *
 * "Byte for byte" has this one exception: a line feed between tokens goes, and with it comments (which Elasticsearch
 * keeps in `_source` although JSON has none). A carriage return, every other space and every token stay as they are; a
 * line feed inside a string is no JSON and is refused.
 */
import { MalformedAnswer, commentEnd } from './json-cursor.js';

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;

/** @returns the same bytes if they are one line already, else a copy */
export function toSingleLine(source: Buffer): Buffer {
  return source.includes(LINE_FEED) ? withoutLineFeeds(source) : source;
}

function withoutLineFeeds(source: Buffer): Buffer {
  const out = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let at = 0; at < source.length; ) {
    const byte = source[at] ?? 0;
    if (byte === LINE_FEED) at += 1;
    else if (byte === SLASH) at = commentEnd(source, at + 1);
    else {
      const end = byte === QUOTE ? stringEnd(source, at + 1) : at + 1;
      length += source.copy(out, length, at, end);
      at = end;
    }
  }
  return out.subarray(0, length);
}

function stringEnd(source: Buffer, from: number): number {
  for (let at = from; at < source.length; at += 1) {
    const byte = source[at];
    if (byte === QUOTE) return at + 1;
    if (byte === LINE_FEED) throw new MalformedAnswer('a line feed in a string', at);
    if (byte === BACKSLASH) at += 1;
  }
  throw new MalformedAnswer('a string does not end', source.length);
}
