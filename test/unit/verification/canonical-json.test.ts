import { describe, expect, it } from 'vitest';
import { rewrittenNumber } from '../../../src/domain/decimal.js';
import { canonicalJson } from '../../../src/verification/canonical-json.js';
import { diffFields } from '../../../src/verification/field-diff.js';
import { Random, RandomJson } from '../transfer/random-json.js';

const canonical = (text: string): string => canonicalJson(Buffer.from(text)).toString();

describe('canonicalJson', () => {
  it.each([
    ['order of keys', '{"a":1,"b":{"y":[1,2],"x":null}}', '{ "b":{"x":null,"y":[1,2]},\n"a":1 }'],
    ['escapes', '{"é😀/":"\\u00e9\\ud83d\\ude00\\/"}', '{"\\u00e9\\ud83d\\ude00\\/":"é😀/"}'],
    ['ways to write a number', '{"a":1.0,"b":1E5,"c":[0.50]}', '{"a":1,"b":100000.0,"c":[5e-1]}'],
  ])('is the same for another %s', (_what, a, b) => {
    expect(canonical(a)).toBe(canonical(b));
  });

  it.each([
    ['an integer beyond 2^53', '{"a":9007199254740993}', '{"a":9007199254740992}'],
    ['1e400', '{"a":1e400}', '{"a":"Infinity"}'],
    ['a long fraction', '{"a":0.1000000000000000055511151231257827}', '{"a":0.1}'],
    ['null and nothing', '{"a":null}', '{}'],
    ['an empty object and null', '{"a":{}}', '{"a":null}'],
    ['one and a list of one', '{"a":1}', '{"a":[1]}'],
    ['order in a list', '{"a":[1,2]}', '{"a":[2,1]}'],
    ['a number and a text', '{"a":1}', '{"a":"1"}'],
    ['a dotted key and an object', '{"a.b":1}', '{"a":{"b":1}}'],
  ])('tells apart: %s', (_what, a, b) => {
    expect(canonical(a)).not.toBe(canonical(b));
  });

  it('says which are equal but for what Elasticsearch rounds', () => {
    const rewritten = (text: string): string => canonicalJson(Buffer.from(text), rewrittenNumber).toString();
    expect(rewritten('{"a":1e400,"b":0.1000000000000000055511151231257827}')).toBe(rewritten('{"a":"Infinity","b":0.1}'));
    expect(rewritten('{"a":9007199254740993}')).not.toBe(rewritten('{"a":9007199254740992}'));
  });

  it('leaves a document with comments as it is', () => {
    expect(canonical('{"b":1, /* c */ "a":2}')).toBe('{"b":1, /* c */ "a":2}');
  });

  it('is, for random documents, what JSON.parse sees with its keys in order', () => {
    const json = new RandomJson(new Random(5));
    const ordered = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(ordered)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, ordered(inner)]))
          : value;
    for (let round = 0; round < 500; round += 1) {
      const text = json.document();
      const once = canonical(text);
      expect(canonical(once)).toBe(once);
      expect(JSON.stringify(ordered(JSON.parse(once)))).toBe(JSON.stringify(ordered(JSON.parse(text))));
    }
  });
});

describe('diffFields', () => {
  const diff = (a: string, b: string): unknown => diffFields(Buffer.from(a), Buffer.from(b));

  it('names the fields, with values that nothing has rounded', () => {
    expect(diff('{"a":9007199254740993,"b":{"c":[1,2,{"d":"x"}]},"e":1.0,"gone":null}', '{"a":9007199254740992,"b":{"c":[1,3,{"d":"y"}]},"e":1,"new":[]}')).toEqual([
      { path: 'a', source: '9007199254740993', target: '9007199254740992' },
      { path: 'b.c[1]', source: '2', target: '3' },
      { path: 'b.c[2].d', source: '"x"', target: '"y"' },
      { path: 'gone', source: 'null', target: null },
      { path: 'new', source: null, target: '[]' },
    ]);
  });

  it('is bounded in number and length', () => {
    const many = (by: number): string => JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${String(at)}`, 'x'.repeat(500) + String(at + by)])));
    const found = diffFields(Buffer.from(many(0)), Buffer.from(many(1)));
    expect(found).toHaveLength(10);
    expect(JSON.stringify(found).length).toBeLessThan(5_000);
  });

  it('says a document that is no plain JSON as a whole', () => {
    expect(diff('{"a":1 /* x */}', '{"a":2}')).toEqual([{ path: '', source: '{"a":1 /* x */}', target: '{"a":2}' }]);
  });
});
