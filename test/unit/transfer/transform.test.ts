/** What a transform changes in a document, and that everything else keeps its bytes. */
import { describe, expect, it } from 'vitest';
import { TransformSchema, type PlainStep } from '../../../src/contracts/transform.js';
import { convertScalar } from '../../../src/domain/convert-value.js';
import { TransformFailure, applySteps } from '../../../src/transfer/transform.js';

const plain = (steps: readonly unknown[]): PlainStep[] => TransformSchema.parse(steps).filter((step) => step.op !== 'module');
const run = (document: string, ...steps: unknown[]): string => applySteps(plain(steps), Buffer.from(document)).toString();

describe('a transform', () => {
  it.each<readonly [string, string, string, unknown[]]>([
    ['renames in place', '{"10":1,"a":1e400,"2":9007199254740993}', '{"10":1,"b":1e400,"2":9007199254740993}', [{ op: 'rename', field: 'a', to: 'b' }]],
    ['renames in every element', '{"i":[{"a":1.0},{"a":2.50, "x":1}]}', '{"i":[{"b":1.0},{"b":2.50,"x":1}]}', [{ op: 'rename', field: 'i.a', to: 'i.b' }]],
    ['moves to another object, and makes it', '{"a":{"b":1.0},"z":{}}', '{"a":{},"z":{"y":{"b":1.0}}}', [{ op: 'rename', field: 'a.b', to: 'z.y.b' }]],
    ['removes, also names with dots', '{"a.b":1,"a":{"b":2,"c":3},"d":[{"e":1},5]}', '{"a":{"c":3},"d":[{},5]}', [{ op: 'remove', field: 'a.b' }, { op: 'remove', field: 'd.e' }]],
    ['adds what is not there', '{"a":1}', '{"a":1,"m":{"by":"godwit"}}', [{ op: 'add', field: 'm.by', value: 'godwit' }, { op: 'add', field: 'a', value: 2 }]],
    ['adds over what is there when told to', '{"a":{"b":1}}', '{"a":{"b":[null]}}', [{ op: 'add', field: 'a.b', value: [null], overwrite: true }]],
    ['keeps only what is wanted, with its bytes', '{"a":{ "b" : 1.0 },"c":{"d":1e400,"e":2},"x":"c","f.g":9007199254740993,"n":null}', '{"a":{ "b" : 1.0 },"c":{"d":1e400},"f.g":9007199254740993,"n":null}', [{ op: 'keep', fields: ['a', 'c.d', 'f.g', 'n', 'no'] }]],
    ['keeps in every element, and nothing that is empty', '{"i":[{"a":1.0,"b":2},{"b":3},5,[{"a":2}]],"j":{"k":{"b":1}}}', '{"i":[{"a":1.0},[{"a":2}]]}', [{ op: 'keep', fields: ['i.a', 'j.k.a'] }]],
    ['keeps by wildcards, which go through dots', '{"u":{"at":1,"x":{"at":2.0,"y":3}},"at":4,"at_s":5,"(z)":6}', '{"u":{"at":1,"x":{"at":2.0}},"at_s":5,"(z)":6}', [{ op: 'keep', fields: ['*.at', 'at_*', '(z)'] }]],
    ['converts', '{"n":"12345678901234567890","s":1.0,"b":"true","f":["1e400",2],"u":null}', '{"n":12345678901234567890,"s":"1.0","b":true,"f":[1e400,2],"u":null}', [
      { op: 'convert', field: 'n', to: 'integer' },
      { op: 'convert', field: 's', to: 'string' },
      { op: 'convert', field: 'b', to: 'boolean' },
      { op: 'convert', field: 'f', to: 'float' },
      { op: 'convert', field: 'u', to: 'integer' },
    ]],
    ['converts to dates, also in arrays', '{"at":[1577836800000,"2020-01-01",null],"n":1.0}', '{"at":["2020-01-01T00:00:00Z","2020-01-01",null],"n":1.0}', [{ op: 'convert', field: 'at', to: 'date' }]],
    ['keeps escapes and a name of JavaScript', '{"__proto__":{"x":1},"k\\u00e9":"\\/"}', '{"k\\u00e9":"\\/","p":{"x":1}}', [{ op: 'rename', field: '__proto__.x', to: 'p.x' }, { op: 'remove', field: '__proto__' }]],
    ['applies steps in order', '{"a":"1"}', '{"b":1}', [{ op: 'convert', field: 'a', to: 'integer' }, { op: 'rename', field: 'a', to: 'b' }]],
  ])('%s', (_what, before, after, steps) => {
    expect(run(before, ...steps)).toBe(after);
  });

  it('gives the same bytes where nothing changes, white space too', () => {
    const document = Buffer.from('{ "a" : [ 1.0 , { } ],\t"b":-0.0 }');
    const steps = plain([{ op: 'keep', fields: ['a', 'b*'] }, { op: 'remove', field: 'a.x' }, { op: 'convert', field: 'b', to: 'float' }, { op: 'add', field: 'a', value: 1 }, { op: 'rename', field: 'no', to: 'b' }]);
    expect(applySteps(steps, document)).toBe(document);
  });

  it.each<readonly [string, string, unknown]>([
    ['is there already', '{"a":1,"b":2}', { op: 'rename', field: 'a', to: 'b' }],
    ['several places', '{"a":[{"b":1},{"b":2}]}', { op: 'rename', field: 'a.b', to: 'c' }],
    ['without loss', '{"a":"secret value"}', { op: 'convert', field: 'a', to: 'integer' }],
    ['without loss', '{"a":{}}', { op: 'convert', field: 'a', to: 'string' }],
    ['to date without loss', '{"a":"secret value"}', { op: 'convert', field: 'a', to: 'date', format: 'yyyy-MM-dd' }],
    ['is no object', '{"a":1}', { op: 'add', field: 'a.b', value: 1 }],
    ['no strict JSON', '{"a":1 /* why */}', { op: 'remove', field: 'a' }],
  ])('fails, naming the step and no value: %s', (why, document, step) => {
    expect(() => run(document, { op: 'remove', field: 'zz' }, step)).toThrow(TransformFailure);
    expect(() => run(document, { op: 'add', field: 'zz', value: 0 }, step)).toThrow(new RegExp(`step [12] of the transform, .*${why}`));
    expect(() => run(document, step)).not.toThrow(/secret value/);
  });

  it('fails, naming the fields to keep, or where they came from', () => {
    const steps = plain([{ op: 'keep', fields: ['a', 'zz'] }]);
    expect(() => applySteps(steps, Buffer.from('{"a":1 /* why */}'))).toThrow(/^step 1 of the transform, keep a, zz: the document is no strict JSON/);
    expect(() => applySteps(steps, Buffer.from('{"a":1 /* why */}'), -1)).toThrow(/^sourceFields: the document is no strict JSON/);
  });

  it.each([[{ op: 'rename', field: 'a..b', to: 'c' }], [{ op: 'convert', field: 'a', to: 'integer', format: 'epoch_millis' }], [{ op: 'drop', field: 'a' }], [{ op: 'remove', field: '' }], [{ op: 'keep', fields: [] }]])('refuses %j', (step) => {
    expect(TransformSchema.safeParse([step]).success).toBe(false);
  });
});

describe('conversion of one value', () => {
  it.each<readonly [string, Parameters<typeof convertScalar>[1], string | null]>([
    ['1.0', 'integer', '1'],
    ['"1e3"', 'integer', '1000'],
    ['1.5e1', 'integer', '15'],
    ['1200e-2', 'integer', '12'],
    ['5e-1', 'integer', null],
    ['"007"', 'integer', '7'],
    ['"-0"', 'integer', '0'],
    ['1e999999', 'integer', null],
    ['" +9007199254740993 "', 'integer', '9007199254740993'],
    ['"0x10"', 'integer', null],
    ['true', 'integer', null],
    ['"1.50"', 'float', '1.50'],
    ['".5"', 'float', null],
    ['"NaN"', 'float', null],
    ['false', 'string', '"false"'],
    ['1', 'boolean', 'true'],
    ['"no"', 'boolean', null],
  ])('%s to %s is %s', (text, to, expected) => {
    expect(convertScalar(text, to)).toBe(expected);
  });
});
