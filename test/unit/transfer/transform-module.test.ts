/** A module of a user in its sandbox: what it may do, what it costs when it does what it must not, and that no digit is lost. */
import { afterEach, describe, expect, it } from 'vitest';
import { TransformFailure } from '../../../src/transfer/transform.js';
import { markNumbers, unmarkNumbers } from '../../../src/transfer/module-numbers.js';
import type { ModuleLimits } from '../../../src/transfer/module-host.js';
import { ModuleRunner } from '../../../src/transfer/module-runner.js';
import { Transformer } from '../../../src/transfer/transformer.js';
import { canonicalJson } from '../../../src/verification/canonical-json.js';
import { Random, RandomJson } from './random-json.js';

const never = new AbortController().signal;
const SMALL: ModuleLimits = { documentMs: 700, loadMs: 30_000, memoryBytes: 32 * 1024 * 1024, threads: 1 };
let runner: ModuleRunner | null = null;

afterEach(async () => {
  await runner?.close();
  runner = null;
});

async function run(text: string, ...documents: string[]): Promise<(string | { type: string; why: string })[]> {
  runner = new ModuleRunner({ name: 'orders.js', text }, SMALL);
  const made = await runner.run(documents.map((document) => Buffer.from(document)), never);
  return made.map((one) => (Buffer.isBuffer(one) ? one.toString('utf8') : one));
}

const SAME = 'export default (document) => document;';

describe('numbers on their way through a sandbox', () => {
  it.each([
    '{"a":1.0,"b":1e400,"c":9007199254740993,"d":12345678901234567890,"e":[-0,1E5,0.1,-7,0],"f":0.1000000000000000055511151231257827}',
    '{"text":"\\u0001n5","\\u0001n5":"\\u0001s","nested":["\\u0001n1.0"],"quote":"\\"\\u0001n5"}',
    '{"__proto__":{"x":1.50},"constructor":1.0,"":"1.0","é😀":"\\ud83d"}',
  ])('%s comes back as it was', async (document) => {
    expect(unmarkNumbers(markNumbers(Buffer.from(document))).toString()).toBe(document);
    const [made] = await run(SAME, document);
    expect(made).toBe(document);
  });

  it('any document comes back with the same values and every number as it was written', async () => {
    const documents = Array.from({ length: 300 }, (_, seed) => new RandomJson(new Random(seed)).document());
    const values = (document: string): string => canonicalJson(Buffer.from(document), (literal) => literal).toString();
    const made = await run(SAME, ...documents);
    expect(made.map((document) => (typeof document === 'string' ? values(document) : document))).toEqual(documents.map(values));
  });

  it('an exact number can be calculated with, and made', async () => {
    const module = 'export default ({ a, b }) => ({ more: a + 1, is: a == 1, exactly: BigInt(b.text) + 1n, made: new Numeral("1.50"), text: `${a}` });';
    expect(await run(module, '{"a":1.0,"b":9007199254740993}')).toEqual(['{"more":2,"is":true,"exactly":9007199254740994,"made":1.50,"text":"1.0"}']);
  });
});

describe('what a module cannot do', () => {
  it.each([
    ['reach the process', 'export default () => ({ p: [typeof process, typeof require, typeof fetch, typeof setTimeout, typeof performance] });', '{"p":["undefined","undefined","undefined","undefined","undefined"]}'],
    ['know where it is', 'export default () => ({ h: new Date(0).getHours(), l: new Date("2020-01-01T00:00:00").toISOString() });', '{"h":0,"l":"2020-01-01T00:00:00.000Z"}'],
  ])('%s', async (_what, text, expected) => {
    expect(await run(text, '{}')).toEqual([expected]);
  });

  it.each([
    ['Date.now()', /Date\.now is not there: a document must always become the same \(orders\.js:1/],
    ['new Date()', /the time of day is not there/],
    ['Math.random()', /Math\.random is not there/],
    ['0 / 0', /the field n is NaN, which a document cannot hold/],
    ['() => 1', /the field n is a function/],
    ['new Map()', /the field n is a Map/],
  ])('%s', async (expression, why) => {
    expect(await run(`export default () => ({ n: ${expression} });`, '{}')).toEqual([{ type: 'transform_failed', why: expect.stringMatching(why) as string }]);
  });

  it.each([
    ['return nothing', 'export default () => {};', /it returned nothing; it must return the document/],
    ['be async', 'export default async (document) => document;', /must not be async/],
    ['throw without it being said where', 'export default ({ a }) => {\n  throw new RangeError(`bad ${a}`);\n};', /^RangeError: bad 1 \(orders\.js:2/],
    ['recurse for ever', 'const f = (n) => f(n) + 1; export default () => ({ n: f(0) });', /stack overflow/],
  ])('%s', async (_what, text, why) => {
    expect(await run(text, '{"a":1}')).toEqual([{ type: 'transform_failed', why: expect.stringMatching(why) as string }]);
  });

  it.each([
    ['is no JavaScript', 'export default (d => d', /SyntaxError/],
    ['imports', 'import fs from "node:fs"; export default (d) => d;', /could not load module 'node:fs'/],
    ['has no default export', 'export const change = 1;', /it has no function as default export/],
    ['waits', 'await new Promise(() => {}); export default (d) => d;', /it waits for something/],
  ])('be used if it %s', async (_what, text, why) => {
    await expect(run(text, '{}')).rejects.toMatchObject({ code: 'TransformModuleFailed', retryable: false, message: expect.stringMatching(why) as string });
  });
});

describe('a module that goes over its limits', () => {
  it.each([
    ['loops', 'for (;;);'],
    ['matches without end', '/^(a+)+$/.test("a".repeat(60) + "b");'],
  ])('%s: costs that document alone, which says why', async (_what, code) => {
    const text = `export default (document) => { if (document.bad) { ${code} } return document; };`;
    expect(await run(text, '{"a":1.0}', '{"bad":true}', '{"b":2}')).toEqual(['{"a":1.0}', { type: 'transform_timeout', why: 'it took longer than 0.7 s' }, '{"b":2}']);
  });

  it('a large document may take longer, a second for each megabyte', async () => {
    const text = 'export default (document) => { for (;;); };';
    expect(await run(text, JSON.stringify({ t: 'x'.repeat(1_200_000) }))).toEqual([{ type: 'transform_timeout', why: 'it took longer than 1.9 s' }]);
  });

  it('takes too much memory: costs that document alone', async () => {
    const text = 'export default (document) => (document.bad ? { n: "x".repeat(5e8) } : document);';
    expect(await run(text, '{"bad":1}', '{"b":2}')).toEqual([{ type: 'transform_out_of_memory', why: 'it needs more memory than it may have' }, '{"b":2}']);
  });

  it('again and again: is given up', async () => {
    const text = 'export default () => ({ n: "x".repeat(5e8) });';
    await expect(run(text, ...Array.from({ length: 12 }, () => '{}'))).rejects.toMatchObject({ code: 'TransformModuleFailed', message: expect.stringMatching(/went over its limits with 10 documents/) as string });
  });

  it('is ended with the copy', async () => {
    runner = new ModuleRunner({ name: 'orders.js', text: 'export default () => { for (;;); };' }, { ...SMALL, documentMs: 60_000 });
    const stop = new AbortController();
    const running = runner.run([Buffer.from('{}')], stop.signal);
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'Canceled' });
  });
});

describe('many who run the same module', () => {
  const COUNTING = { name: 'counting.js', text: 'let seen = 0; export default (document) => { if (document.bad) for (;;); document.seen = seen += 1; return document; };' };
  const runners: ModuleRunner[] = [];
  const borrow = (limits: Partial<ModuleLimits> = {}): ModuleRunner => {
    const one = new ModuleRunner(COUNTING, { ...SMALL, ...limits });
    runners.push(one);
    return one;
  };
  const seenBy = async (one: ModuleRunner, documents = ['{}', '{}']): Promise<unknown[]> =>
    (await one.run(documents.map((document) => Buffer.from(document)), never)).map((made) => (Buffer.isBuffer(made) ? (JSON.parse(made.toString()) as { seen: number }).seen : made.type));

  afterEach(async () => {
    await Promise.all(runners.splice(0).map((one) => one.close()));
  });

  it('share as many engines as there may be, also one after the other', async () => {
    const six = Array.from({ length: 6 }, () => borrow({ threads: 2, memoryBytes: 16 * 1024 * 1024 }));
    const seen = await Promise.all(six.map((one) => seenBy(one)));
    expect(seen.flat().sort()).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
    await Promise.all(six.map((one) => one.close()));
    expect(await seenBy(borrow({ threads: 2, memoryBytes: 16 * 1024 * 1024 }))).toEqual([7, 8]);
  });

  it('one that is to know nothing of the others has an engine of its own', async () => {
    expect(await seenBy(borrow({ threads: 3 }))).toEqual([1, 2]);
    const alone = new ModuleRunner(COUNTING, { ...SMALL, threads: 3 }, true);
    runners.push(alone);
    expect(await seenBy(alone)).toEqual([1, 2]);
    expect(await seenBy(borrow({ threads: 3 }), ['{}'])).toEqual([1]);
  });

  it('lose nothing when a document of one of them does not end', async () => {
    const [bad, good] = [borrow(), borrow()];
    const both = [seenBy(bad, ['{}', '{"bad":1}', '{}']), seenBy(good)];
    expect(await Promise.all(both)).toEqual([[1, 'transform_timeout', 2], [3, 4]]);
  });

  it('do not wait for their turn when they are told to end, nor get what was made for another', async () => {
    const [slow, other] = [borrow({ documentMs: 60_000 }), borrow({ documentMs: 60_000 })];
    const [stopSlow, stopOther] = [new AbortController(), new AbortController()];
    const running = slow.run([Buffer.from('{"bad":1}')], stopSlow.signal);
    const waiting = other.run([Buffer.from('{}')], stopOther.signal);
    stopOther.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'Canceled' });
    stopSlow.abort();
    await expect(running).rejects.toMatchObject({ code: 'Canceled' });
    expect(await seenBy(borrow({ documentMs: 60_000 }))).toEqual([1, 2]);
  });
});

describe('a transform with a module', () => {
  it('gets only the fields of sourceFields, which are no step', async () => {
    const module = { name: 'orders.js', text: 'export default (document) => { if (document.b !== undefined) throw new Error("b is there"); if (document.a === 2) throw new Error("two"); return document; };' };
    const transformer = new Transformer({ steps: [{ op: 'module', name: 'orders.js' }], module, fields: ['a'] });
    try {
      const made = await transformer.apply(['{"a":1.0,"b":2}', '{"a":2,"b":2}'].map((document) => Buffer.from(document)), never);
      expect(made.map((one) => (one instanceof TransformFailure ? one.message : one.toString()))).toEqual(['{"a":1.0}', expect.stringMatching(/^step 1 of the transform, module orders\.js: Error: two/)]);
    } finally {
      await transformer.close();
    }
  });

  it('does the steps before and after it, and names the step that failed', async () => {
    const transformer = new Transformer({
      steps: [{ op: 'rename', field: 'a', to: 'b' }, { op: 'module', name: 'orders.js' }, { op: 'convert', field: 'c', to: 'integer' }],
      module: { name: 'orders.js', text: 'export default (document) => { if (document.b > 2) throw new Error("too much"); document.c = `${document.b}`; return document; };' },
    });
    try {
      const made = await transformer.apply(['{"a":1.0}', '{"a":1.5}', '{"a":3}', '{"a":1,"b":2}'].map((document) => Buffer.from(document)), never);
      expect(made.map((one) => (one instanceof TransformFailure ? one.message : one.toString()))).toEqual([
        '{"b":1.0,"c":1}',
        'step 3 of the transform, convert c: a value cannot be converted to integer without loss',
        expect.stringMatching(/^step 2 of the transform, module orders\.js: Error: too much/) as string,
        'step 1 of the transform, rename a: b is there already',
      ]);
    } finally {
      await transformer.close();
    }
  });
});
