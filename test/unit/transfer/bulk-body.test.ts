import { describe, expect, it } from 'vitest';
import { BulkBody, type WriteMode, sourceOf } from '../../../src/transfer/bulk-body.js';
import { type SearchAnswer, scanSearchAnswer } from '../../../src/transfer/hit-scanner.js';
import { MalformedAnswer } from '../../../src/transfer/json-cursor.js';
import { toSingleLine } from '../../../src/transfer/single-line.js';
import { Random, RandomJson } from './random-json.js';

function answerOf(...hits: readonly string[]): SearchAnswer {
  return scanSearchAnswer(Buffer.from(`{"timed_out":false,"_shards":{"failed":0},"hits":{"hits":[${hits.join(',')}]}}`));
}

function bodyOf(mode: WriteMode, answer: SearchAnswer, capacity = 1_000): BulkBody {
  const body = new BulkBody(mode, capacity);
  for (const hit of answer.hits) body.add(answer.bytes, hit, sourceOf(answer.bytes, hit));
  return body;
}

const text = (body: BulkBody): string => Buffer.concat(body.chunks()).toString('utf8');
const hit = (id: string, source: string, extra = ''): string => `{"_id":${id},"_version":3${extra},"_source":${source}}`;

describe('BulkBody', () => {
  it('writes action lines with the id as it came, and sources unchanged', () => {
    const body = bodyOf('external', answerOf(hit('"a\\"\\n\\u00e9é/"', '{"b":1e400, "a":1.0}'), hit('"2"', '{}', ',"_routing":"r\\\\1"')));
    expect(text(body)).toBe(
      '{"index":{"_id":"a\\"\\n\\u00e9é/","version":3,"version_type":"external"}}\n{"b":1e400, "a":1.0}\n' +
        '{"index":{"_id":"2","routing":"r\\\\1","version":3,"version_type":"external"}}\n{}\n',
    );
    expect(body.describe(0)).toEqual({ id: 'a"\né\u00e9/', routing: null });
    expect(body.describe(1)).toEqual({ id: '2', routing: 'r\\1' });
    expect(body.byteLength).toBe(Buffer.byteLength(text(body)));
  });

  it('creates without a version', () => {
    expect(text(bodyOf('create', answerOf(hit('"1"', '{}', ',"_routing":"r"'))))).toBe('{"create":{"_id":"1","routing":"r"}}\n{}\n');
  });

  it('refers to large documents, keeps the order, and picks items to send again', () => {
    const large = `{"t":"${'x'.repeat(300_000)}"}`;
    const sources = ['{"n":0}', large, '{"n":2}', large, large, '{"n":5}'];
    const body = bodyOf('create', answerOf(...sources.map((source, at) => hit(`"${String(at)}"`, source))));
    const lines = (items: readonly number[]): string => items.map((item) => `{"create":{"_id":"${String(item)}"}}\n${sources[item] ?? ''}\n`).join('');
    expect(text(body)).toBe(lines([0, 1, 2, 3, 4, 5]));
    expect(body.chunks()).toHaveLength(7);
    expect(body.hasLarge).toBe(true);
    const picked = body.pick([1, 2, 4]);
    expect(text(picked)).toBe(lines([1, 2, 4]));
    expect(picked.describe(2)).toEqual({ id: '4', routing: null });
    expect(picked.byteLength).toBe(Buffer.byteLength(lines([1, 2, 4])));
    expect(text(picked.pick([1, 2]))).toBe(lines([2, 4]));
    body.clear();
    expect([text(body), body.count, body.byteLength]).toEqual(['', 0, 0]);
  });

  it('grows beyond its capacity', () => {
    const id = JSON.stringify('\u0001'.repeat(20_000));
    const body = bodyOf('create', answerOf(hit(id, `{"a":"${'y'.repeat(200_000)}"}`), hit('"2"', '{}')), 10);
    expect(text(body).endsWith('{"create":{"_id":"2"}}\n{}\n')).toBe(true);
    expect(body.describe(0).id).toHaveLength(20_000);
  });

  it('gives a random page back document by document', () => {
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const json = new RandomJson(new Random(seed));
      const answer = scanSearchAnswer(Buffer.from(json.answer()));
      const lines = text(bodyOf('create', answer, 100)).split('\n');
      expect(lines).toHaveLength(answer.hits.length * 2 + 1);
      for (const [at, { sourceStart, sourceEnd }] of answer.hits.entries()) {
        expect(JSON.parse(lines[at * 2 + 1] ?? '')).toEqual(JSON.parse(answer.bytes.toString('utf8', sourceStart, sourceEnd)));
      }
    }
  });
});

describe('toSingleLine', () => {
  const single = (source: string): string => toSingleLine(Buffer.from(source)).toString('utf8');

  it('leaves what is one line already as it is, without a copy', () => {
    const source = Buffer.from('{"a": 1,\r"b":\t[ ] /* c */}');
    expect(toSingleLine(source)).toBe(source);
  });

  it('drops line feeds between tokens and nothing else', () => {
    expect(single('{\r\n  "a\\n\\"": 1.0,\n\n"b" :[\n1e400,\n "é\\\\"]\n}')).toBe('{\r  "a\\n\\"": 1.0,"b" :[1e400, "é\\\\"]}');
  });

  it('drops comments with them, which would otherwise swallow the rest of the line', () => {
    expect(single('{"a":"// no",// "yes\n/* "\n */"b":2}')).toBe('{"a":"// no","b":2}');
  });

  it.each(['{"a":"x\ny"}', '{"a":\n"x', '{\n/* ', '{\n/ }'])('refuses %j', (source) => {
    expect(() => single(source)).toThrow(MalformedAnswer);
  });
});
