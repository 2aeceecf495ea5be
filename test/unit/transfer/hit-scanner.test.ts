import { describe, expect, it } from 'vitest';
import { type Hit, type SearchAnswer, scanSearchAnswer } from '../../../src/transfer/hit-scanner.js';
import { MalformedAnswer } from '../../../src/transfer/json-cursor.js';
import { Random, RandomJson, damage } from './random-json.js';

const scan = (text: string): SearchAnswer => scanSearchAnswer(Buffer.from(text));
const slice = (answer: SearchAnswer, start: number, end: number): string | undefined => (start === -1 ? undefined : answer.bytes.toString('utf8', start, end));
const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

/** What the scanner saw of a hit, as JSON.parse would give it. */
function seen(answer: SearchAnswer, hit: Hit): object {
  const quoted = (start: number, end: number): unknown => (start === -1 ? undefined : JSON.parse(`"${answer.bytes.toString('utf8', start, end)}"`));
  return {
    _id: quoted(hit.idStart, hit.idEnd),
    _routing: quoted(hit.routingStart, hit.routingEnd),
    _version: parsed(slice(answer, hit.versionStart, hit.versionEnd)),
    _seq_no: parsed(slice(answer, hit.seqNoStart, hit.seqNoEnd)),
    _source: parsed(slice(answer, hit.sourceStart, hit.sourceEnd)),
    sort: parsed(slice(answer, hit.sortStart, hit.sortEnd)),
  };
}

interface Parsed {
  timed_out: boolean;
  _shards: { failed: number };
  pit_id?: string;
  hits: { total?: number | { value: number }; hits: Record<string, unknown>[] };
}

/** @throws Error unless the scanner and JSON.parse see the same */
function expectAgreement(answer: SearchAnswer, text: string): void {
  const whole = JSON.parse(text) as Parsed;
  const { total } = whole.hits;
  expect(answer.timedOut).toBe(whole.timed_out);
  expect(answer.failedShards).toBe(whole._shards.failed);
  expect(answer.total).toBe((typeof total === 'object' ? total.value : total) ?? null);
  expect(answer.pitId === null ? undefined : JSON.parse(answer.pitId)).toBe(whole.pit_id);
  const wanted = whole.hits.hits.map(({ _id, _routing, _version, _seq_no, _source, sort }) => ({ _id, _routing, _version, _seq_no, _source, sort }));
  expect(answer.hits.map((hit) => seen(answer, hit))).toEqual(wanted);
}

const COMMENTS_BEFORE = /("\s*:)(?:\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)*$/;
const COMMENTS_BEHIND = /^(?:\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)*/;

/** The answer with `{}` in place of each document and the comments around it: what the scanner promises to have checked. */
function withoutDocuments(answer: SearchAnswer, alsoComments: boolean): string {
  const [before, behind] = alsoComments ? [COMMENTS_BEFORE, COMMENTS_BEHIND] : [/$^/, /$^/];
  let text = '';
  let from = 0;
  for (const { sourceStart, sourceEnd } of answer.hits) {
    if (sourceStart === -1) continue;
    text += `${answer.bytes.toString('utf8', from, sourceStart).replace(behind, '').replace(before, '$1')}{}`;
    from = sourceEnd;
  }
  return text + answer.bytes.toString('utf8', from).replace(behind, '');
}

function tryParse(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

const ANSWER =
  '{"pit_id":"p\\"1","took":5,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"total":{"value":2,"relation":"eq"},"max_score":null,"hits":[' +
  '{"_index":"a","_type":"_doc","_id":"x\\"\\n\\u00e9","_version":7,"_seq_no":12,"_primary_term":1,"_score":null,"_routing":"r","_source":  {"_id":"no","s":"}\\\\","n":[{"sort":[9]}],"b":1e400 }  \n,"sort":[4294967296]},' +
  '{"_index":"a","_id":"y","_score":null,"_source":{"hits":{"hits":[{"_id":"z"}]}},"sort":[4294967297,"t"]}]}}';

describe('scanSearchAnswer', () => {
  it('finds each document as bytes, with all that goes with it', () => {
    const answer = scan(ANSWER);
    expect(answer).toMatchObject({ timedOut: false, failedShards: 0, total: 2, pitId: '"p\\"1"', scrollId: null });
    const [first, second] = answer.hits;
    if (first === undefined || second === undefined) throw new Error('two hits were expected');
    expect(slice(answer, first.sourceStart, first.sourceEnd)).toBe('{"_id":"no","s":"}\\\\","n":[{"sort":[9]}],"b":1e400 }');
    expect(slice(answer, first.idStart, first.idEnd)).toBe('x\\"\\n\\u00e9');
    expect(slice(answer, first.versionStart, first.versionEnd)).toBe('7');
    expect(slice(answer, first.sortStart, first.sortEnd)).toBe('[4294967296]');
    expect(second).toMatchObject({ routingStart: -1, versionStart: -1, seqNoStart: -1 });
    expectAgreement(answer, ANSWER);
  });

  it('takes comments in and around a document, as Elasticsearch keeps them', () => {
    const answer = scan(ANSWER.replace('"_source":{"hits"', '"_source":/* { */ // }\n{"a":1, // "}\n /* } */ "hits"').replace('"z"}]}}', '"z"}]}} /* } */'));
    const hit = answer.hits[1];
    expect(slice(answer, hit?.sourceStart ?? 0, hit?.sourceEnd ?? 0)).toMatch(/^\{"a":1, \/\/ "\}\n.*\}$/s);
  });

  it('refuses a wrong hit after a right one of the same shape', () => {
    type Wrong = readonly [id: string, version: string, source: string, sort: string];
    const hit = (...[id, version, source, sort]: Wrong): string => `{"_index":"a","_id":${id},"_version":${version},"_score":null,"_source":${source},"sort":${sort}}`;
    const answer = (...wrong: Wrong): string => ANSWER.replace(/"hits":\[.*$/s, `"hits":[${hit('"x"', '1', '{"a":1}', '[1]')},${hit(...wrong)},${hit('"z"', '1', '{}', '[3]')}]}}`);
    expect(scan(answer('"y\\n"', '12', '{"b":"}"}', '[2,"t"]')).hits.map((found) => found.idHasEscapes)).toEqual([false, true, false]);
    const wrongs: readonly Wrong[] = [['1', '1', '{}', '[1]'], ['"y', '1', '{}', '[1]'], ['"y"', '"1"', '{}', '[1]'], ['"y"', '01', '{}', '[1]'], ['"y"', '1', '[]', '[1]'], ['"y"', '1', '{"a"', '[1]'], ['"y"', '1', '{}', '1'], ['"y"', '1', '{}', '[1'], ['"y","_id":"q"', '1', '{}', '[1]']];
    for (const wrong of wrongs) expect(() => scan(answer(...wrong)), wrong.join(' ')).toThrow(MalformedAnswer);
  });

  it.each([
    ['an answer that is cut off at any byte', Array.from({ length: ANSWER.length - 1 }, (_, at) => ANSWER.slice(0, at))],
    ['text behind the answer', [`${ANSWER}{}`, `${ANSWER},`]],
    ['something else', ['', '[]', '{}', '{"error":"x"}', '<html>', ANSWER.replace('"timed_out":false,', ''), ANSWER.replace('"failed":0', '"fail":0'), ANSWER.replace('"_id":"y",', '')]],
    ['a key that comes twice', ['"_id":"y",', '"_source":{},', '"sort":[1],', '"_routing":"q",'].map((twice) => ANSWER.replace('"_index":"a","_id":"y"', `${twice}${twice}"_i":1`))],
    ['values of the wrong kind', [ANSWER.replace('"_id":"y"', '"_id":1'), ANSWER.replace('"_version":7', '"_version":"7"'), ANSWER.replace('"timed_out":false', '"timed_out":0')]],
    ['nesting without end', [ANSWER.replace('"max_score":null', `"max_score":${'['.repeat(5_000)}`)]],
  ])('refuses %s', (_what, texts) => {
    for (const text of texts) expect(() => scan(text), text).toThrow(MalformedAnswer);
  });

  it.each(['answer', 'uniformAnswer'] as const)('agrees with JSON.parse on thousands of random answers (%s)', { timeout: 60_000 }, (kind) => {
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const text = new RandomJson(new Random(seed))[kind]();
      expectAgreement(scan(text), text);
    }
  });

  it.each(['answer', 'uniformAnswer'] as const)('throws or agrees with JSON.parse on thousands of damaged answers (%s)', { timeout: 60_000 }, (kind) => {
    let accepted = 0;
    for (let seed = 1; seed <= 12_000; seed += 1) {
      const random = new Random(seed);
      const original = Buffer.from(new RandomJson(random)[kind]());
      const bytes = damage(random, original);
      let answer: SearchAnswer;
      try {
        answer = scanSearchAnswer(bytes);
      } catch (error) {
        if (!(error instanceof MalformedAnswer)) throw error;
        continue;
      }
      accepted += 1;
      const text = bytes.toString('utf8');
      if (tryParse(text) !== null) expectAgreement(answer, text);
      else {
        // The damage is inside a document: all around it is whole, and that document is no JSON, so no target takes it.
        expect(tryParse(withoutDocuments(answer, false)) ?? tryParse(withoutDocuments(answer, true)), text).not.toBeNull();
        const isBroken = answer.hits.some((hit) => tryParse(slice(answer, hit.sourceStart, hit.sourceEnd) ?? '{}') === null);
        const hasComment = /\/\/|\/\*/.test(text);
        expect(isBroken || hasComment, text).toBe(true);
      }
    }
    expect(accepted).toBeGreaterThan(1_000);
  });
});
