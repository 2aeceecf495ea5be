/**
 * A strict reader over the bytes of one JSON text: positions instead of values, so that nothing is copied.
 *
 * Accepts exactly what JSON.parse accepts, but for one method: `skipDocument` only finds where a document ends. What
 * is inside is for the target's parser to judge, which also takes the comments that Elasticsearch keeps in `_source`.
 */

/** The bytes are not the JSON that was expected: cut off, damaged, or from something that is not Elasticsearch. */
export class MalformedAnswer extends Error {
  constructor(what: string, at: number) {
    super(`${what} at byte ${String(at)}`);
    this.name = 'MalformedAnswer';
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LINE_FEED = 0x0a;
const STAR = 0x2a;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Deeper nesting is not in any answer of Elasticsearch. */
const MAX_DEPTH = 200;
/** Longer strings are searched with memchr: its call costs as much as a loop over some dozens of bytes. */
const SHORT_STRING_BYTES = 40;
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));
const LITERALS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** What a byte outside of strings means for where a document ends: most mean nothing, which one look tells. */
const [ORDINARY, QUOTES, OPENS, CLOSES, COMMENTS] = [0, 1, 2, 3, 4];
const ROLES = new Uint8Array(256);
ROLES[QUOTE] = QUOTES;
ROLES[OPEN_BRACE] = ROLES[OPEN_BRACKET] = OPENS;
ROLES[CLOSE_BRACE] = ROLES[CLOSE_BRACKET] = CLOSES;
ROLES[SLASH] = COMMENTS;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isDigit = (byte: number): boolean => byte >= ZERO && byte <= 0x39;
const isHex = (byte: number): boolean => isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

export class JsonCursor {
  /** Next byte to read. */
  at = 0;
  /** The string or key read last, without its quotes. */
  start = 0;
  end = 0;
  /** Whether that string has escape sequences. */
  hasEscapes = false;
  readonly #bytes: Buffer;
  readonly #length: number;
  /** A position before which there is no unread backslash; the length if there is none at all. */
  #backslash = -1;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#length = bytes.length;
  }

  fail(what: string, at = this.at): never {
    throw new MalformedAnswer(at >= this.#length ? 'the answer ends too early' : what, at);
  }

  #byte(at: number): number {
    return this.#bytes[at] ?? -1;
  }

  /** The next byte that is not white space, unread; -1 at the end. */
  peek(): number {
    let byte = this.#byte(this.at);
    while (isSpace(byte)) byte = this.#byte((this.at += 1));
    return byte;
  }

  isObject(): boolean {
    return this.peek() === OPEN_BRACE;
  }

  isString(): boolean {
    return this.peek() === QUOTE;
  }

  /** Reads `{` and the first key. @returns false if the object is empty and has been read */
  enterObject(): boolean {
    if (this.peek() !== OPEN_BRACE) this.fail('an object was expected');
    this.at += 1;
    if (this.peek() !== CLOSE_BRACE) return this.#key();
    this.at += 1;
    return false;
  }

  /** After a value: reads the next key. @returns false at the end of the object */
  nextMember(): boolean {
    const byte = this.peek();
    if (byte !== COMMA && byte !== CLOSE_BRACE) this.fail('a comma or a closing brace was expected');
    this.at += 1;
    return byte === COMMA && this.#key();
  }

  #key(): true {
    this.string();
    if (this.peek() !== COLON) this.fail('a colon was expected');
    this.at += 1;
    return true;
  }

  enterArray(): boolean {
    if (this.peek() !== OPEN_BRACKET) this.fail('an array was expected');
    this.at += 1;
    if (this.peek() !== CLOSE_BRACKET) return true;
    this.at += 1;
    return false;
  }

  nextElement(): boolean {
    const byte = this.peek();
    if (byte !== COMMA && byte !== CLOSE_BRACKET) this.fail('a comma or a closing bracket was expected');
    this.at += 1;
    return byte === COMMA;
  }

  /** Whether the key read last is this one; however it is escaped. */
  keyIs(key: Buffer): boolean {
    if (this.hasEscapes) return this.text() === key.toString();
    if (this.end - this.start !== key.length) return false;
    for (let at = 0; at < key.length; at += 1) if (this.#bytes[this.start + at] !== key[at]) return false;
    return true;
  }

  /** Reads what is the same, byte for byte, as an earlier part of the text. @returns false, with nothing read, if it is not */
  repeats(from: number, to: number): boolean {
    const bytes = this.#bytes;
    const end = this.at + to - from;
    if (end > this.#length) return false;
    for (let at = this.at, earlier = from; at < end; at += 1, earlier += 1) if (bytes[at] !== bytes[earlier]) return false;
    this.at = end;
    return true;
  }

  /** Reads a string from behind its opening quote. */
  restOfString(): void {
    this.at -= 1;
    this.string();
  }

  /** The string read last. */
  text(): string {
    return JSON.parse(this.#bytes.toString('utf8', this.start - 1, this.end + 1)) as string;
  }

  string(): void {
    if (this.peek() !== QUOTE) this.fail('a string was expected');
    let at = this.at + 1;
    this.start = at;
    this.hasEscapes = false;
    for (let byte = this.#byte(at); byte !== QUOTE; byte = this.#byte(at)) {
      if (byte < 0x20) this.fail('a control character in a string', at);
      at = byte === BACKSLASH ? this.#escape(at) : at + 1;
    }
    this.end = at;
    this.at = at + 1;
  }

  #escape(at: number): number {
    this.hasEscapes = true;
    const kind = this.#byte(at + 1);
    if (ESCAPES.has(kind)) return at + 2;
    if (kind !== 0x75) this.fail('an unknown escape sequence', at + 1);
    for (let digit = at + 2; digit < at + 6; digit += 1) if (!isHex(this.#byte(digit))) this.fail('a wrong escape sequence', digit);
    return at + 6;
  }

  number(): void {
    if (this.peek() === MINUS) this.at += 1;
    if (this.#byte(this.at) === ZERO) this.at += 1;
    else this.#digits();
    if (this.#byte(this.at) === 0x2e) {
      this.at += 1;
      this.#digits();
    }
    if ((this.#byte(this.at) | 0x20) !== 0x65) return;
    this.at += 1;
    const sign = this.#byte(this.at);
    if (sign === 0x2b || sign === MINUS) this.at += 1;
    this.#digits();
  }

  #digits(): void {
    if (!isDigit(this.#byte(this.at))) this.fail('a value was expected');
    while (isDigit(this.#byte(this.at))) this.at += 1;
  }

  /** Reads a value of any kind, and checks it. */
  skip(depth = 0): void {
    const byte = this.peek();
    if (depth > MAX_DEPTH) this.fail('the nesting is too deep');
    if (byte === QUOTE) this.string();
    else if (byte === OPEN_BRACE) for (let more = this.enterObject(); more; more = this.nextMember()) this.skip(depth + 1);
    else if (byte === OPEN_BRACKET) for (let more = this.enterArray(); more; more = this.nextElement()) this.skip(depth + 1);
    else if (byte === MINUS || isDigit(byte)) this.number();
    else this.#literal();
  }

  #literal(): void {
    const word = LITERALS.find((candidate) => candidate[0] === this.#byte(this.at));
    if (word === undefined) this.fail('a value was expected');
    for (let at = 1; at < word.length; at += 1) if (this.#byte(this.at + at) !== word[at]) this.fail('a value was expected', this.at + at);
    this.at += word.length;
  }

  /** After the whole text: only white space may follow. */
  finish(): void {
    if (this.peek() !== -1) this.fail('something follows the answer');
  }

  /** Moves to the end of an object without judging what is in it; leaves its first and last byte in start and end. */
  skipDocument(): void {
    this.skipComments();
    if (this.peek() !== OPEN_BRACE) this.fail('a document was expected');
    this.start = this.at;
    this.end = this.#documentEnd(this.at);
    this.at = this.end;
    this.skipComments();
  }

  /** White space and comments, which Elasticsearch keeps before and behind a document as they were sent. */
  skipComments(): void {
    while (this.peek() === SLASH) this.at = commentEnd(this.#bytes, this.at + 1);
  }

  #documentEnd(from: number): number {
    const bytes = this.#bytes;
    let depth = 0;
    for (let at = from; at < this.#length; ) {
      const role = ROLES[bytes[at] ?? 0];
      at += 1;
      if (role === ORDINARY) continue;
      if (role === QUOTES) at = this.#stringEnd(at);
      else if (role === OPENS) depth += 1;
      else if (role === CLOSES) {
        depth -= 1;
        if (depth === 0) return at;
      } else at = commentEnd(bytes, at);
    }
    return this.fail('a document does not end', this.#length);
  }

  /** @param at behind the opening quote @returns the position behind the closing one */
  #stringEnd(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (;;) {
      const stop = Math.min(at + SHORT_STRING_BYTES, this.#length);
      while (at < stop) {
        const byte = bytes[at];
        at += byte === BACKSLASH ? 2 : 1;
        if (byte === QUOTE) return at;
      }
      const quote = bytes.indexOf(QUOTE, at);
      if (at >= this.#length || quote === -1) return this.fail('a string does not end', this.#length);
      if (this.#backslash < at) {
        const found = bytes.indexOf(BACKSLASH, at);
        this.#backslash = found === -1 ? this.#length : found;
      }
      if (quote < this.#backslash) return quote + 1;
      at = this.#backslash + 2;
    }
  }
}

/** @param at behind the first slash @returns the position behind the comment, or behind its line break */
export function commentEnd(bytes: Buffer, at: number): number {
  const isBlock = bytes[at] === STAR;
  if (!isBlock && bytes[at] !== SLASH) throw new MalformedAnswer('a value was expected', at);
  const end = isBlock ? bytes.indexOf('*/', at + 1, 'latin1') : bytes.indexOf(LINE_FEED, at);
  if (end === -1) throw new MalformedAnswer('a comment does not end', bytes.length);
  return isBlock ? end + 2 : end + 1;
}
