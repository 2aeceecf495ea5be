/**
 * Takes the numbers of a document into a sandbox and out again without loss.
 *
 * JavaScript writes most numbers as they were. One that it would write otherwise (`1.0`, `1e400`, 20 digits) goes in and
 * out as a text with a mark in front; a text that happens to begin with the mark gets another one.
 */

const MARK = 0x01;
/** As JSON has to write the mark. */
const WRITTEN = Buffer.from('\\u0001');
/** What follows the mark: a number, or a text that begins with a mark itself. */
const [NUMBER_KIND, TEXT_KIND] = [0x6e, 0x73];
export const MARKS = { mark: MARK, number: 'n', text: 's' } as const;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
/** More digits may be beyond what a double holds. */
const SAFE_DIGITS = 15;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= 0x39;
const isNumberPart = (byte: number): boolean => isDigit(byte) || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === MINUS;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;

/** @returns the same bytes if no number needs a mark */
export function markNumbers(document: Buffer): Buffer {
  return rewrite(document, {
    number: (start, end) => (isKeptByJavaScript(document, start, end) ? null : Buffer.from(`"\\u0001n${document.toString('latin1', start, end)}"`)),
    text: (start, end) => (isMarked(document, start) ? Buffer.concat([Buffer.from('"\\u0001s'), document.subarray(start + 1, end)]) : null),
  });
}

/** @throws Error if something that is no number was marked as one */
export function unmarkNumbers(document: Buffer): Buffer {
  if (!document.includes(WRITTEN)) return document;
  return rewrite(document, {
    number: () => null,
    text: (start, end) => {
      if (!isMarked(document, start)) return null;
      const from = start + 1 + WRITTEN.length;
      if (document[from] === TEXT_KIND) return Buffer.concat([Buffer.from('"'), document.subarray(from + 1, end)]);
      const number = document.toString('latin1', from + 1, end - 1);
      if (document[from] !== NUMBER_KIND || !NUMBER.test(number)) throw new Error('a number that is none');
      return Buffer.from(number);
    },
  });
}

interface Rewriting {
  /** Of a number, and of a text with its quotes; keys are left alone. @returns what to put there; null: as it is */
  readonly number: (start: number, end: number) => Buffer | null;
  readonly text: (start: number, end: number) => Buffer | null;
}

/** Does not judge whether it is JSON: the parser in the sandbox does. */
function rewrite(bytes: Buffer, { number, text }: Rewriting): Buffer {
  const parts: Buffer[] = [];
  let copied = 0;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    let end = at + 1;
    let put: Buffer | null = null;
    if (byte === QUOTE) {
      end = textEnd(bytes, at + 1);
      if (!isKey(bytes, end)) put = text(at, end);
    } else if (byte === MINUS || isDigit(byte)) {
      while (end < bytes.length && isNumberPart(bytes[end] ?? 0)) end += 1;
      put = number(at, end);
    }
    if (put !== null) {
      parts.push(bytes.subarray(copied, at), put);
      copied = end;
    }
    at = end;
  }
  return copied === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(copied)]);
}

/** @returns the position behind the closing quote */
function textEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at += 1;
  }
  return bytes.length;
}

function isKey(bytes: Buffer, from: number): boolean {
  let at = from;
  while (isSpace(bytes[at] ?? 0)) at += 1;
  return bytes[at] === COLON;
}

/** @param start of the opening quote */
function isMarked(bytes: Buffer, start: number): boolean {
  return bytes[start + 1] === BACKSLASH && bytes.compare(WRITTEN, 0, WRITTEN.length, start + 1, start + 1 + WRITTEN.length) === 0;
}

function isKeptByJavaScript(bytes: Buffer, start: number, end: number): boolean {
  let isShortInteger = end - start <= SAFE_DIGITS && (bytes[start] !== ZERO || end - start === 1);
  for (let at = start; isShortInteger && at < end; at += 1) isShortInteger = isDigit(bytes[at] ?? 0);
  if (isShortInteger) return true;
  const written = bytes.toString('latin1', start, end);
  return String(Number(written)) === written;
}
