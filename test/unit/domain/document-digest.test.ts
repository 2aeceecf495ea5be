import { describe, expect, it } from 'vitest';
import { DocumentDigest, addDigests } from '../../../src/domain/document-digest.js';

const view = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function fold(digest: DocumentDigest, ...fields: readonly (string | null)[]): void {
  for (const field of fields) {
    if (field === null) digest.absentField();
    else digest.field(view(Buffer.from(field)), 0, Buffer.byteLength(field));
  }
  digest.endDocument();
}

function digestOf(...documents: readonly (readonly (string | null)[])[]): string {
  const digest = new DocumentDigest();
  for (const document of documents) fold(digest, ...document);
  return digest.toString();
}

describe('DocumentDigest', () => {
  // Reference values of MurmurHash3_x86_128 with seed 0, lanes h4 h3 h2 h1.
  it.each([
    ['', '00000000000000000000000000000000'],
    ['The quick brown fox jumps over the lazy dog', 'e5e91d2c5d7bf66cecee2c672f1583c3'],
  ])('is MurmurHash3 for one field: %j', (text, expected) => {
    expect(digestOf([text])).toBe(expected);
  });

  const a = ['1', null, '{"a":1}'];
  const b = ['2', 'r', '{"a":2}'];
  const c = ['3', null, `{"a":"${'long '.repeat(40)}"}`];

  it('does not depend on the order, and adds up from parts', () => {
    expect(digestOf(a, b, c)).toBe(digestOf(c, a, b));
    expect(addDigests(digestOf(a, b), digestOf(c))).toBe(digestOf(a, b, c));
    const whole = new DocumentDigest();
    for (const part of [a, b, c]) {
      const digest = new DocumentDigest();
      fold(digest, ...part);
      whole.add(digest);
    }
    expect(whole.toString()).toBe(digestOf(a, b, c));
    expect(whole.documents).toBe(3);
  });

  it('sees a changed byte anywhere, a moved border between fields, an absent field and a doubled document', () => {
    const text = '{"a":"0123456789abcdefghij"}';
    const seen = new Set([digestOf(['1', null, text])]);
    for (let at = 0; at < text.length; at += 1) seen.add(digestOf(['1', null, `${text.slice(0, at)}#${text.slice(at + 1)}`]));
    for (const other of [['1', '', text], ['', '1', text], ['1{', null, text.slice(1)], [null, '1', text], ['1', null, `${text} `]]) seen.add(digestOf(other));
    seen.add(digestOf(['1', null, text], ['1', null, text]));
    expect(seen.size).toBe(1 + text.length + 5 + 1);
  });

  it('gives the same at any position in a buffer', () => {
    const text = 'x'.repeat(37);
    const expected = digestOf([text]);
    for (let offset = 0; offset < 17; offset += 1) {
      const digest = new DocumentDigest();
      digest.field(view(Buffer.from(`${'-'.repeat(offset)}${text}---`)), offset, offset + text.length);
      digest.endDocument();
      expect(digest.toString()).toBe(expected);
    }
  });

  it('carries from lane to lane', () => {
    let expected = 0n;
    const digest = new DocumentDigest();
    for (let number = 0; number < 1_000; number += 1) {
      fold(digest, String(number));
      expected += BigInt(`0x${digestOf([String(number)])}`);
    }
    expect(digest.toString()).toBe(BigInt.asUintN(128, expected).toString(16).padStart(32, '0'));
  });
});
