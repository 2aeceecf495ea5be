import { describe, expect, it } from 'vitest';
import { BucketDigest, bucketsFor } from '../../../src/domain/bucket-digest.js';
import { DocumentDigest, type DocumentFold } from '../../../src/domain/document-digest.js';
import { Random } from '../transfer/random-json.js';

interface Document {
  readonly id: string;
  readonly routing: string | null;
  readonly source: string;
}

function fold(into: DocumentFold, { id, routing, source }: Document): void {
  const bytes = Buffer.from(id + (routing ?? '') + source);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [a, b] = [Buffer.byteLength(id), Buffer.byteLength(id + (routing ?? ''))];
  into.field(view, 0, a);
  if (routing === null) into.absentField();
  else into.field(view, a, b);
  into.field(view, b, bytes.length);
  into.endDocument();
}

function digestOf(documents: readonly Document[], size: number): BucketDigest {
  const digest = new BucketDigest(size);
  for (const document of documents) fold(digest, document);
  return digest;
}

const same = (a: Document | undefined, b: Document | undefined): boolean => a?.routing === b?.routing && a?.source === b?.source;

describe('BucketDigest', () => {
  it('finds exactly the buckets in which a plain comparison finds a difference', () => {
    const random = new Random(11);
    for (let round = 0; round < 200; round += 1) {
      const documents = Array.from({ length: random.below(300) }, (_, at) => ({ id: `é${String(at)}`, routing: random.chance(0.3) ? `r${String(random.below(4))}` : null, source: `{"n":${String(random.below(9))}}` }));
      const changed = random.shuffle(documents).flatMap((document) => {
        const fate = random.next();
        if (fate < 0.01) return [];
        if (fate < 0.02) return [{ ...document, source: '{"n":-1}' }];
        if (fate < 0.03) return [{ ...document, routing: `${document.routing ?? ''}x` }];
        if (fate < 0.04) return [document, { ...document, id: `${document.id}x` }];
        return [document];
      });
      const size = random.pick([16, 64, 256]);
      const [left, right] = [digestOf(documents, size), digestOf(changed, size)];
      const byId = (list: readonly Document[]): Map<string, Document> => new Map(list.map((document) => [document.id, document]));
      const [a, b] = [byId(documents), byId(changed)];
      const ids = [...new Set([...a.keys(), ...b.keys()])].filter((id) => !same(a.get(id), b.get(id)));
      const expected = new Set(ids.map((id) => bucketIn(id, size)));
      expect(left.differing(right)).toEqual([...expected].sort((x, y) => x - y));
    }
  });

  /** Of a document of its own: the bucket that is not empty. */
  function bucketIn(id: string, size: number): number {
    const digest = digestOf([{ id, routing: null, source: '{}' }], size);
    return Array.from({ length: size }, (_, bucket) => digest.count(bucket)).indexOf(1);
  }

  it('adds up to the digest of all, also in parts and after it was stored', () => {
    const documents = Array.from({ length: 500 }, (_, at) => ({ id: String(at), routing: null, source: `{"at":${String(at)}}` }));
    const whole = new DocumentDigest();
    for (const document of documents) fold(whole, document);
    const parts = digestOf(documents.slice(0, 123), 64);
    parts.add(BucketDigest.restore(digestOf(documents.slice(123), 64).store()));
    expect(parts.total()).toBe(whole.toString());
    expect(parts.documents).toBe(500);
    expect(parts.differing(digestOf(documents, 64))).toEqual([]);
  });

  it('has a power of two of buckets, and never more than it may', () => {
    expect([0, 1, 10_000, 1_000_000, 1e12].map(bucketsFor)).toEqual([16, 16, 32, 2048, 16_384]);
  });
});
