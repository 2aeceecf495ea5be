/** What the dashboard says of a migration: to somebody who was woken up and has never seen one. */
import { describe, expect, test } from 'vitest';
import type { Migration } from '../../../src/contracts/migration.js';
import { MIGRATION_STATUSES, SLICE_STATUSES, STEP_STATUSES } from '../../../src/contracts/names.js';
import { controlsOf, documentTitle, humanize, isFinal, overallAmount, overallFraction, summarize, undoList, waitingSince, wordOf } from '../../../src/web/public/logic/status.js';

const AT = '2026-03-01T10:00:00Z';

function migration(over: Partial<Migration> = {}): Migration {
  return {
    ...{ id: 'mig-1', type: 'snapshot-restore', source: 'old', target: 'new', status: 'running', createdAt: AT, endedAt: null },
    progress: { documents: { done: 100, total: 1_000 }, bytes: { done: 500, total: 1_000 }, documentsPerSecond: 10, etaSeconds: 11_400 },
    steps: [{ name: 'transfer', status: 'running', startedAt: AT, endedAt: null, detail: null }],
    ...{ attention: [], attentionTotal: 0, gates: [], failure: null, notice: null },
    verification: { status: 'pending', mode: 'counts', mismatches: 0 },
    throttle: { requestsPerSecond: null, concurrency: 4 },
    links: { self: '', events: '', slices: '', report: '' },
    ...over,
  };
}

const stuck = (over: Partial<Migration['attention'][number]> = {}): Migration['attention'][number] => ({
  ...{ subject: 'logs-1', error: 'the target has too little disk', remedy: 'Free disk, then retry.', code: 'DiskFull' },
  ...{ step: 'transfer', since: AT, skippable: true, retryAt: null },
  ...over,
});

describe('the banner', () => {
  test('running -> what it does, how far it is, how long it takes, and that nothing is to be done', () => {
    expect(summarize(migration())).toMatchObject({ tone: 'calm', text: 'Moving data: 50 %, about 3 h 10 min left.', todo: 'Nothing to do.', suggestion: null });
  });

  test('running without an estimate -> says nothing about the time left', () => {
    const { progress } = migration();
    expect(summarize(migration({ progress: { ...progress, etaSeconds: null } })).text).toBe('Moving data: 50 %.');
  });

  test('just accepted -> starting', () => {
    expect(summarize(migration({ steps: [] })).text).toBe('Starting.');
  });

  test('running while one index is stuck -> says both, and offers the retry', () => {
    const said = summarize(migration({ attention: [stuck()], attentionTotal: 1 }));
    expect(said.title).toBe('Running, with trouble');
    expect(said.text).toContain('1 item is stuck and waits for you; everything else goes on.');
    expect(said.suggestion).toEqual({ action: 'retry', label: 'Retry' });
  });

  test('one thing needs attention -> names it, what happened, that nothing is lost, and what to do', () => {
    const said = summarize(migration({ status: 'needs-attention', attention: [stuck()], attentionTotal: 1 }));
    expect(said.text).toBe('Parked in step transfer at “logs-1”: the target has too little disk. Nothing is lost.');
    expect(said.todo).toBe('Free disk, then retry.');
    expect(said.suggestion?.label).toBe('Retry');
  });

  test('many for one reason -> says the reason once and counts all of them, also those that are not shown', () => {
    const said = summarize(migration({ status: 'needs-attention', attention: [stuck(), stuck({ subject: 'logs-2' })], attentionTotal: 1_240 }));
    expect(said.text).toContain('1,240 items are stuck for the same reason: the target has too little disk.');
    expect(said.suggestion?.label).toBe('Retry all 1,240');
  });

  test('several reasons -> points to the cards', () => {
    const other = stuck({ subject: 'logs-2', code: 'ShardLimit', error: 'too many shards', remedy: 'Raise the limit.' });
    expect(summarize(migration({ status: 'needs-attention', attention: [stuck(), other], attentionTotal: 2 })).todo).toContain('the cards below');
  });

  test('a gate -> asks its question and offers to approve it', () => {
    const said = summarize(migration({ status: 'awaiting-approval', gates: [{ name: 'cutover', question: 'Block writes at old?' }] }));
    expect(said.text).toBe('It waits for a person: Block writes at old?');
    expect(said.suggestion).toEqual({ action: 'approve', label: 'Approve', gate: 'cutover' });
  });

  test('completed and compared -> says that there is no difference', () => {
    const verified = { status: 'verified' as const, mode: 'counts' as const, mismatches: 0 };
    expect(summarize(migration({ status: 'completed', verification: verified })).tone).toBe('good');
    const accepted = summarize(migration({ status: 'completed', verification: { ...verified, mismatches: 2 } }));
    expect(accepted.tone).toBe('wait');
    expect(accepted.text).toContain('2 differences accepted');
  });

  test('failed -> the reason and the remedy', () => {
    const failure = { code: 'IncompatibleVersion', message: 'the target is older', remedy: 'Choose a newer target' };
    expect(summarize(migration({ status: 'failed', failure }))).toMatchObject({
      text: 'The target is older.',
      todo: 'Choose a newer target. The report lists whatever is still in place at the clusters.',
    });
  });

  test.each(MIGRATION_STATUSES)('%s -> a title, a sentence and what to do, whatever else is missing', (status) => {
    const said = summarize(migration({ status }));
    expect([said.title, said.text, said.todo].every((text) => text.length > 3)).toBe(true);
  });
});

test('every status has a word of its own', () => {
  for (const status of [...MIGRATION_STATUSES, ...STEP_STATUSES, ...SLICE_STATUSES]) expect(wordOf(status).label).toMatch(/^[A-Z]/);
  expect(wordOf('brand-new')).toEqual({ label: 'Brand new', tone: 'idle' });
  expect(humanize('tls-untrusted')).toBe('TLS untrusted');
});

describe('controls', () => {
  test('what has ended has none', () => {
    for (const status of MIGRATION_STATUSES) expect(controlsOf(migration({ status })).length === 0).toBe(isFinal(status));
  });

  test('a paused one can be resumed, one that runs can be paused', () => {
    expect(controlsOf(migration({ status: 'paused' }))).toEqual(['resume', 'throttle', 'cancel']);
    expect(controlsOf(migration({ throttle: { requestsPerSecond: null, concurrency: null } }))).toEqual(['pause', 'cancel']);
  });
});

test('a cancel says what it undoes, in groups, and leaves out what is undone already', () => {
  const effect = (kind: string, subject: string, state: 'done' | 'undone' = 'done') => ({ kind, connection: 'new', subject, state, note: null });
  const groups = undoList([effect('restore', 'a'), effect('restore', 'b'), effect('restore', 'c', 'undone'), effect('replace', 'd'), effect('sing-a-song', 'e')]);
  expect(groups.map(({ what, undo }) => `${what} ${undo}`)).toEqual([
    '2 restored indices are deleted',
    '1 replaced index cannot be brought back',
    '1 sing a song is undone if that can be done',
  ]);
});

test('progress is that of the bytes, or of the documents where bytes are not counted', () => {
  const { progress } = migration();
  expect(overallFraction(progress)).toBe(0.5);
  expect(overallAmount(migration())).toBe('500 B of 1,000 B');
  expect(overallAmount(migration({ progress: { ...progress, bytes: { done: 0, total: null } } }))).toBe('100 of 1,000 documents');
  expect(overallAmount(migration({ status: 'completed' }))).toBe('100 documents');
  expect(overallFraction({ ...progress, bytes: { done: 0, total: null } })).toBe(0.1);
  expect(overallFraction({ ...progress, bytes: { done: 0, total: 0 }, documents: { done: 0, total: null } })).toBeNull();
});

test('the tab of the browser says first what matters', () => {
  expect(documentTitle(migration())).toBe('50 % · old → new · Godwit');
  expect(documentTitle(migration({ status: 'needs-attention', attention: [stuck()], attentionTotal: 1 }))).toBe('(!) Needs attention · old → new · Godwit');
  expect(waitingSince(migration({ attention: [stuck({ since: '2026-03-01T11:00:00Z' }), stuck()] }))).toBe(AT);
});
