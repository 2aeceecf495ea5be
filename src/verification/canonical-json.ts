/**
 * JSON in one form for one meaning: keys in order, numbers as decimal values, texts with as few escapes as can be.
 *
 * For documents that Elasticsearch has written anew (`_reindex`, synthetic source): equal values give equal bytes, and
 * nothing is rounded on the way. What is no plain JSON (Elasticsearch takes comments) stays as it is.
 */
import { canonicalNumber } from '../domain/decimal.js';
import { JsonCursor, MalformedAnswer } from '../transfer/json-cursor.js';

/** Deeper than any document of Elasticsearch. */
const MAX_DEPTH = 1_100;

type NumberForm = (literal: string) => string;

/** @param form of numbers; by default their decimal value */
export function canonicalJson(source: Buffer, form: NumberForm = canonicalNumber): Buffer {
  try {
    return Buffer.from(new Writer(source, form).write());
  } catch (error) {
    if (error instanceof MalformedAnswer) return source;
    throw error;
  }
}

class Writer {
  readonly #bytes: Buffer;
  readonly #cursor: JsonCursor;
  readonly #form: NumberForm;

  constructor(bytes: Buffer, form: NumberForm) {
    this.#bytes = bytes;
    this.#cursor = new JsonCursor(bytes);
    this.#form = form;
  }

  write(): string {
    const text = this.#value(0);
    this.#cursor.finish();
    return text;
  }

  #value(depth: number): string {
    const cursor = this.#cursor;
    if (depth > MAX_DEPTH) cursor.fail('the nesting is too deep');
    const first = cursor.peek();
    if (first === 0x7b) return this.#object(depth);
    if (first === 0x5b) return this.#array(depth);
    if (first === 0x22) {
      cursor.string();
      return this.#string();
    }
    const start = cursor.at;
    cursor.skip();
    const literal = this.#bytes.toString('latin1', start, cursor.at);
    return first === 0x74 || first === 0x66 || first === 0x6e ? literal : this.#form(literal);
  }

  #object(depth: number): string {
    const cursor = this.#cursor;
    const members: (readonly [key: string, value: string])[] = [];
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) members.push([this.#string(), this.#value(depth + 1)]);
    members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`;
  }

  #array(depth: number): string {
    const cursor = this.#cursor;
    const elements: string[] = [];
    for (let more = cursor.enterArray(); more; more = cursor.nextElement()) elements.push(this.#value(depth + 1));
    return `[${elements.join(',')}]`;
  }

  /** The string or key read last, with its quotes. */
  #string(): string {
    const cursor = this.#cursor;
    return cursor.hasEscapes ? JSON.stringify(cursor.text()) : this.#bytes.toString('utf8', cursor.start - 1, cursor.end + 1);
  }
}
