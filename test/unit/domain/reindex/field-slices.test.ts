import { describe, expect, it } from 'vitest';
import { chooseField, cutByField, fieldsToCutBy, type CountParts, type FieldFacts } from '../../../../src/domain/reindex/field-slices.js';
import { rangeQuery, SliceRangeSchema, type FieldRange, type SliceRange } from '../../../../src/domain/reindex/slice-range.js';
import { random } from './random.js';

const isWithin = (value: number, { from, to }: FieldRange): boolean => (from === null || value >= from) && (to === null || value < to);
const counter =
  (values: readonly number[]): CountParts =>
  async (ranges) =>
    ranges.map((range) => values.filter((value) => isWithin(value, range)).length);

function factsOf(values: readonly number[], field = 'n'): FieldFacts {
  return { field, isDate: false, present: values.length, values: values.length, min: Math.min(...values), max: Math.max(...values) };
}

describe('which field', () => {
  it('@timestamp, then dates, then numbers; nothing nested, not indexed, without doc values, or rounded', () => {
    const fields = fieldsToCutBy({
      properties: {
        count: { type: 'long' },
        made: { type: 'date' },
        name: { type: 'keyword' },
        half: { type: 'half_float' },
        huge: { type: 'unsigned_long' },
        parts: { type: 'nested', properties: { at: { type: 'date' } } },
        off: { type: 'object', enabled: false, properties: { at: { type: 'date' } } },
        blind: { type: 'date', index: false },
        thin: { type: 'date', doc_values: false },
        event: { properties: { at: { type: 'date_nanos' }, code: { type: 'integer' } } },
        '@timestamp': { type: 'date' },
      },
    });
    expect(fields.map(({ field }) => field)).toEqual(['@timestamp', 'made', 'event.at', 'count', 'event.code']);
    expect(fields.map(({ isDate }) => isDate)).toEqual([true, true, true, false, false]);
  });

  it('of an index from 6.x, whose mapping has a type, and of one without fields', () => {
    expect(fieldsToCutBy({ doc: { properties: { at: { type: 'date' } } } })).toEqual([{ field: 'at', isDate: true }]);
    expect(fieldsToCutBy({})).toEqual([]);
  });

  it('the one that fewest documents lack; never one with several values in a document, or only one value in all', () => {
    const few = { ...factsOf([1, 2, 3]), field: 'few', present: 5, values: 5 };
    const most = { ...factsOf([1, 2, 3]), field: 'most', present: 9, values: 9 };
    const many = { ...factsOf([1, 2, 3]), field: 'many', present: 10, values: 11 };
    const same = { ...factsOf([4, 4]), field: 'same', present: 10, values: 10 };
    expect(chooseField([few, many, same, most])?.field).toBe('most');
    expect(chooseField([many, same])).toBeNull();
  });
});

describe('cutting by a field', () => {
  it('every document is in exactly one slice, whatever the values, also what is written beyond them', async () => {
    for (let seed = 1; seed <= 80; seed += 1) {
      const next = random(seed);
      const scale = 10 ** Math.floor(next() * 14);
      const values = Array.from({ length: 2 + Math.floor(next() * 2_000) }, () => (next() ** 4 - 0.3) * scale).map((value) => (seed % 3 === 0 ? value : Math.round(value)));
      const lacking = seed % 2 === 0 ? Math.floor(next() * 50) : 0;
      const size = 1 + Math.floor(next() * 300);
      const parts = await cutByField(factsOf(values), values.length + lacking, size, counter(values));
      const ranges = parts.flatMap(({ range }) => ('field' in range ? [range] : []));
      for (const value of [...values, -Infinity, Infinity, -1e300, 1e300, 0, 0.5]) expect(ranges.filter((range) => isWithin(value, range))).toHaveLength(1);
      expect(parts.reduce((sum, { documents }) => sum + documents, 0)).toBe(values.length + lacking);
      expect(parts.filter(({ range }) => 'lackingField' in range)).toHaveLength(lacking > 0 ? 1 : 0);
      for (const { range, documents } of parts) {
        if ('field' in range) expect(documents <= size * 1.5 || (range.to ?? Infinity) - (range.from ?? -Infinity) <= 1 || new Set(values.filter((value) => isWithin(value, range)).map(Math.floor)).size === 1).toBe(true);
      }
    }
  });

  it('values beyond what a number holds exactly are in the outer slices', async () => {
    const values = [-9e18, -5, 0, 5, 9e18];
    const parts = await cutByField(factsOf(values), 5, 1, counter(values));
    expect(parts.reduce((sum, { documents }) => sum + documents, 0)).toBe(5);
    expect(parts[0]?.range).toMatchObject({ from: null });
    expect(parts.at(-1)?.range).toMatchObject({ to: null });
  });
});

describe('the query of a part', () => {
  it.each<[SliceRange, object]>([
    [{ from: 3, to: 7 }, { range: { _seq_no: { gte: 3, lt: 7 } } }],
    [{ field: 'at', isDate: true, from: null, to: 7 }, { range: { at: { lt: 7, format: 'epoch_millis' } } }],
    [{ field: 'n', isDate: false, from: -3, to: null }, { range: { n: { gte: -3 } } }],
    [{ field: 'n', isDate: false, from: null, to: null }, { exists: { field: 'n' } }],
    [{ lackingField: 'n' }, { bool: { must_not: [{ exists: { field: 'n' } }] } }],
  ])('%j', (range, query) => {
    expect(rangeQuery(range)).toEqual(query);
    // As the ledger gives it back.
    expect(SliceRangeSchema.parse(JSON.parse(JSON.stringify(range)))).toEqual(range);
  });
});
