import { describe, expect, it } from 'vitest';
import { checkBlockPrivilege, checkCatchUp, type CatchUpRequest } from '../../../../src/domain/preflight/catch-up-checks.js';
import type { TargetNames, UnitFacts } from '../../../../src/domain/preflight/facts.js';

const nothing: TargetNames = { indices: new Set(), dataStreams: new Set(), aliases: new Set() };
const unit = (name: string, kind: UnitFacts['kind'] = 'index'): UnitFacts => ({ name, target: name, kind, indices: [] });
const codes = (request: Partial<CatchUpRequest>, units = [unit('a')], existing = nothing): string[] =>
  checkCatchUp(units, existing, { source: 'old', onExisting: 'fail', catchUp: { gate: false, keepBlock: true }, ...request }).map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

describe('preflight of a catch-up', () => {
  it('says nothing where everything is carried over, or none was asked for', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ catchUp: undefined, query: {} })).toEqual([]);
  });

  it('warns where deletes are not carried over', () => {
    expect(codes({ query: {} })).toEqual(['warning DeletesNotCarried catchUp']);
    expect(codes({ onExisting: 'merge' }, [unit('a'), unit('b')], { ...nothing, indices: new Set(['b']) })).toEqual(['warning DeletesNotCarried b']);
  });

  it('tells of the write block, and what a rollover means for a data stream', () => {
    expect(codes({ catchUp: { gate: true, keepBlock: true } }, [unit('a'), unit('s', 'data-stream')])).toEqual(['info WriteBlock old', 'warning WriteBlock s']);
  });

  it('stops where a block may not be set', () => {
    expect(checkBlockPrivilege('old', [])).toEqual([]);
    expect(checkBlockPrivilege('old', ['a', 'b'])).toMatchObject([{ severity: 'error', code: 'PrivilegeMissing', message: 'old: a write block may not be set on a and 1 more' }]);
  });
});
