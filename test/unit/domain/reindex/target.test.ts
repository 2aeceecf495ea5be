import { describe, expect, it } from 'vitest';
import { opaqueIdOf, opaqueIdPrefix, sliceQuery } from '../../../../src/domain/reindex/slice-query.js';
import { fitSettings, refusedSetting } from '../../../../src/domain/reindex/target-settings.js';
import { judgeCounts, type Counts } from '../../../../src/domain/reindex/verdict.js';

const SETTINGS = {
  'index.uuid': 'u',
  'index.version.created': '7170899',
  'index.number_of_shards': '3',
  'index.number_of_replicas': '2',
  'index.refresh_interval': '7s',
  'index.default_pipeline': 'p',
  'index.analysis.analyzer.a.type': 'custom',
  'index.blocks.write': 'true',
  'index.lifecycle.name': 'hot',
  'index.routing.allocation.require.box': 'big',
  'index.routing.allocation.include._tier_preference': 'data_content',
};

describe('settings for the target', () => {
  const fitted = fitSettings(SETTINGS, 'self-managed');

  it('shards and analysis go along; no replicas, no refresh, no pipeline while documents arrive', () => {
    expect(fitted.create).toEqual({ 'index.number_of_shards': '3', 'index.analysis.analyzer.a.type': 'custom', 'index.number_of_replicas': 0, 'index.refresh_interval': '-1' });
  });

  it('afterwards they are as at the source', () => {
    expect(fitted.afterLoad).toEqual({ 'index.number_of_replicas': '2', 'index.refresh_interval': '7s', 'index.default_pipeline': 'p' });
    expect(fitSettings({}, 'hosted').afterLoad).toEqual({ 'index.refresh_interval': null });
  });

  it('what a person may miss is named', () => {
    expect(fitted.leftOut).toEqual(['index.blocks.write', 'index.lifecycle.name', 'index.routing.allocation.require.box']);
  });

  it.each([
    ['unknown setting [index.old] please check that any required plugins are installed', 'index.old'],
    ['private index setting [index.private] can not be set explicitly', 'index.private'],
    ['Settings [index.a,index.b] are not available when running in serverless mode', 'index.a'],
    ['analyzer [x] has not been configured', null],
  ])('%s', (reason, name) => {
    expect(refusedSetting(reason)).toBe(name);
  });
});

describe('settings for a serverless target', () => {
  const fitted = fitSettings({ ...SETTINGS, 'index.sort.field': 'at', 'index.gc_deletes': '1h', 'index.max_result_window': '20000' }, 'serverless');

  it('only those that it takes, no shards and no replicas', () => {
    expect(fitted.create).toEqual({ 'index.analysis.analyzer.a.type': 'custom', 'index.sort.field': 'at', 'index.refresh_interval': '-1' });
    expect(fitted.afterLoad).toEqual({ 'index.refresh_interval': '7s', 'index.default_pipeline': 'p' });
  });

  it('every other one is named, also what others do not miss', () => {
    expect(fitted.leftOut).toEqual([
      ...['index.number_of_shards', 'index.number_of_replicas', 'index.blocks.write', 'index.lifecycle.name', 'index.routing.allocation.require.box'],
      ...['index.routing.allocation.include._tier_preference', 'index.gc_deletes', 'index.max_result_window'],
    ]);
  });

  it.each([
    ['1s', false],
    ['4999ms', false],
    ['5s', true],
    ['1m', true],
    ['-1', true],
  ])('refreshes every %s: %s', (interval, isTaken) => {
    const { afterLoad, leftOut } = fitSettings({ 'index.refresh_interval': interval }, 'serverless');
    expect(afterLoad).toEqual({ 'index.refresh_interval': isTaken ? interval : null });
    expect(leftOut).toEqual(isTaken ? [] : ['index.refresh_interval']);
  });
});

describe('the query of a slice', () => {
  const range = { from: 0, to: 10 };

  it('is the range within the query of the request', () => {
    expect(sliceQuery({ term: { a: 1 } }, { range })).toEqual({ bool: { filter: [{ term: { a: 1 } }, { range: { _seq_no: { gte: 0, lt: 10 } } }] } });
    expect(sliceQuery(undefined, { range: null })).toEqual({ match_all: {} });
  });

  it('leaves rejected documents out, or moves only them', () => {
    expect(sliceQuery(undefined, { range, except: ['x'] })).toMatchObject({ bool: { must_not: [{ ids: { values: ['x'] } }] } });
    expect(sliceQuery(undefined, { range, only: ['x'] })).toMatchObject({ bool: { filter: [{}, { ids: { values: ['x'] } }] } });
  });

  it('its task is found by a tag that is plain ASCII', () => {
    expect(opaqueIdOf('m1', 'bücher', 12)).toBe(`${opaqueIdPrefix('m1')}b%C3%BCcher/12`);
  });
});

describe('the verdict by counts', () => {
  const judge = (over: Partial<Counts>): string =>
    judgeCounts({ sourceDocuments: 100, targetDocuments: 100, operationsAfterCutoff: 0, existing: 0, dropped: 0, accepted: 0, skippedSlices: 0, members: 1, ...over }).verdict;

  it.each<[string, Partial<Counts>, string]>([
    ['equal counts', {}, 'equal'],
    ['what a script left out is expected to be missing', { dropped: 10, targetDocuments: 90 }, 'equal'],
    ['one is missing', { targetDocuments: 99 }, 'mismatch'],
    ['one too many', { targetDocuments: 101 }, 'mismatch'],
    ['writes since explain it', { targetDocuments: 98, operationsAfterCutoff: 2 }, 'within-cutoff'],
    ['writes since do not explain it', { targetDocuments: 97, operationsAfterCutoff: 2 }, 'mismatch'],
    ['a person accepted the loss', { targetDocuments: 63, accepted: 37, skippedSlices: 1 }, 'skipped'],
    ['more is missing than was accepted', { targetDocuments: 62, accepted: 37, skippedSlices: 1 }, 'mismatch'],
    ['merged with others', { existing: 5, targetDocuments: 105 }, 'equal'],
    ['merged with older copies of the same', { existing: 80, targetDocuments: 100 }, 'equal'],
    ['what was moved of a backing index that is gone stays', { gone: { names: ['.ds-a-1'], documents: 40, more: 0 }, targetDocuments: 140 }, 'equal'],
    ['not all that was moved of it is there', { gone: { names: ['.ds-a-1'], documents: 40, more: 0 }, targetDocuments: 139 }, 'mismatch'],
    ['some of it was moved later, or once more', { gone: { names: ['.ds-a-1'], documents: 40, more: 5 }, targetDocuments: 143 }, 'equal'],
    ['more than was moved of it', { gone: { names: ['.ds-a-1'], documents: 40, more: 5 }, targetDocuments: 146 }, 'mismatch'],
    ['written to though blocked, with the same counts', { isBlocked: true, operationsAfterCutoff: 1 }, 'mismatch'],
    ['blocked, and nothing written', { isBlocked: true }, 'equal'],
  ])('%s', (_what, counts, verdict) => {
    expect(judge(counts)).toBe(verdict);
  });
});
