/**
 * What runs in the sandbox before a module of a user: takes a document in, gives it to the function, takes it out.
 *
 * Plain JavaScript as text, since it runs in another engine. What it needs of the language it takes before the module
 * can change it. Whatever would not be the same twice is taken away.
 */
import { MARKS } from './module-numbers.js';

export const PRELUDE = `(() => {
  'use strict';
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { isFinite } = Number;
  const { keys } = Object;
  const [number, text] = ['\\u0001${MARKS.number}', '\\u0001${MARKS.text}'];
  const uncurried = (method) => Function.prototype.call.bind(method);
  const [codeAt, slice, test] = [uncurried(String.prototype.charCodeAt), uncurried(String.prototype.slice), uncurried(RegExp.prototype.test)];
  const NUMBER = /^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?$/;

  class Numeral {
    #text;
    constructor(value) {
      const written = String(value);
      if (!test(NUMBER, written)) throw new TypeError(written + ' is no number as JSON has it');
      this.#text = written;
      Object.freeze(this);
    }
    get text() { return this.#text; }
    valueOf() { return Number(this.#text); }
    toString() { return this.#text; }
    static textOf(value) { return #text in value ? value.#text : null; }
  }
  const { textOf } = Numeral;
  delete Numeral.textOf;
  Object.freeze(Numeral.prototype);
  globalThis.Numeral = Numeral;

  const refuse = (name) => () => {
    throw new Error(name + ' is not there: a document must always become the same');
  };
  Math.random = refuse('Math.random');
  const RealDate = Date;
  RealDate.now = refuse('Date.now');
  const noTime = refuse('the time of day');
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) noTime();
      super(...parts);
    }
  };
  RealDate.prototype.constructor = globalThis.Date;
  for (const name of ['performance', 'WeakRef', 'FinalizationRegistry', 'Atomics', 'SharedArrayBuffer']) delete globalThis[name];

  const revive = (value) => {
    if (typeof value === 'string') return codeAt(value, 0) !== ${MARKS.mark} ? value : value[1] === '${MARKS.number}' ? new Numeral(slice(value, 2)) : slice(value, 2);
    if (typeof value !== 'object' || value === null) return value;
    for (const key of keys(value)) value[key] = revive(value[key]);
    return value;
  };

  const refusedAt = (key, what) => {
    throw new TypeError((key === '' ? 'the document' : 'the field ' + key) + ' is ' + what + ', which a document cannot hold');
  };

  const written = (key, value) => {
    switch (typeof value) {
      case 'string':
        return codeAt(value, 0) === ${MARKS.mark} ? text + value : value;
      case 'number':
        return isFinite(value) ? value : refusedAt(key, String(value));
      case 'bigint':
        return number + value;
      case 'object': {
        if (value === null || isArray(value)) return value;
        const exact = textOf(value);
        if (exact !== null) return number + exact;
        if (value instanceof Map || value instanceof Set || value instanceof Promise) refusedAt(key, 'a ' + value.constructor.name);
        return value;
      }
      case 'function':
      case 'symbol':
        return refusedAt(key, 'a ' + typeof value);
      default:
        return value;
    }
  };

  return (change, document, isMarked) => {
    const parsed = parse(document);
    const changed = change(isMarked ? revive(parsed) : parsed);
    if (changed instanceof Promise) throw new TypeError('it returned a promise; the function must not be async');
    if (typeof changed !== 'object' || changed === null || isArray(changed)) {
      throw new TypeError('it returned ' + (changed === null ? 'null' : isArray(changed) ? 'an array' : changed === undefined ? 'nothing' : 'a ' + typeof changed) + '; it must return the document');
    }
    return stringify(changed, written);
  };
})()`;
