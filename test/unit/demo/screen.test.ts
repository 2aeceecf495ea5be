/** What the demo shows: bars, lines, the compact report. */
import { describe, expect, it } from 'vitest';
import { DemoFailure, describeFailure } from '../../../demo/failure.js';
import { parseOptions } from '../../../demo/options.js';
import { compactReport, viewOf, type View } from '../../../demo/render.js';
import { Plain } from '../../../demo/screen.js';
import { Speed } from '../../../demo/speed.js';
import type { Migration } from '../../../src/contracts/migration.js';

const migration: Migration = {
  ...{ id: 'm1', type: 'snapshot-restore', source: 'old', target: 'new', status: 'running', createdAt: '2026-11-24T15:00:00Z', endedAt: null },
  progress: { documents: { done: 50_000, total: 200_000 }, bytes: { done: 15_728_640, total: 62_914_560 }, documentsPerSecond: 2_500, etaSeconds: 75 },
  steps: [
    { name: 'preflight', status: 'completed', startedAt: null, endedAt: null, detail: null },
    { name: 'transfer', status: 'running', startedAt: null, endedAt: null, detail: 'snapshot: 3 of 10 shards' },
    { name: 'verify', status: 'pending', startedAt: null, endedAt: null, detail: null },
  ],
  ...{ attention: [], attentionTotal: 0, gates: [], failure: null, notice: null },
  verification: { status: 'pending', mode: 'counts', mismatches: 0 },
  throttle: { requestsPerSecond: null, concurrency: 4 },
  links: { self: '/', events: '/', slices: '/', report: '/' },
};

describe('a migration in the terminal', () => {
  it('shows steps, bars, rate and time left', () => {
    expect(viewOf(migration, 12, 1_048_576)).toEqual({
      bars: [
        { name: 'bytes', done: 15_728_640, total: 62_914_560, text: '15.0 MiB of 60.0 MiB | 1.0 MiB/s | ETA 1 min 15 s' },
        { name: 'documents', done: 50_000, total: 200_000, text: '50,000 of 200,000 | 2,500 documents/s' },
      ],
      footer: '✔ preflight  ▶ transfer  · verify | snapshot: 3 of 10 shards',
      line: '[12 s] transfer 25 % | 15.0 MiB of 60.0 MiB | 50,000 of 200,000 documents | 1.0 MiB/s | 2,500 documents/s | ETA 1 min 15 s | snapshot: 3 of 10 shards',
    });
  });

  it('without totals, rates and details: what is known, and no bar that is full', () => {
    const progress = { documents: { done: 0, total: null }, bytes: { done: 0, total: null }, documentsPerSecond: null, etaSeconds: null };
    const view = viewOf({ ...migration, progress, steps: [] }, 1, null);
    expect(view.bars.map(({ done, total }) => [done, total])).toEqual([[0, 1], [0, 1]]);
    expect(view.line).toBe('[ 1 s] running 0 % | 0.0 MiB | 0 documents');
  });

  it('while no worker reports, a remark stands for speed, time left and detail', () => {
    expect(viewOf(migration, 20, 1_048_576, 'the source goes on').line).toBe('[20 s] transfer 25 % | 15.0 MiB of 60.0 MiB | 50,000 of 200,000 documents | the source goes on');
  });
});

describe('without a terminal', () => {
  const view = (line: string): View => ({ bars: [], footer: '', line });

  it('progress is printed every two seconds at most, what is said always, and the last state in the end', () => {
    const lines: string[] = [];
    let now = 0;
    const screen = new Plain((line) => lines.push(line), () => now);
    for (let at = 0; at <= 45; at += 1) {
      now = at * 100;
      screen.show(view(String(at)));
      if (at === 5) screen.say('said');
    }
    screen.settle();
    screen.settle();
    expect(lines).toEqual(['0', 'said', '20', '40', '45']);
  });
});

it('speed is that of the last ten seconds, and unknown at first', () => {
  const speed = new Speed();
  expect(speed.note(0, 0)).toBeNull();
  expect(speed.note(1_000, 100)).toBeNull();
  expect(speed.note(2_000, 200)).toBe(100);
  expect(speed.note(60_000, 200)).toBeNull();
  expect(speed.note(62_000, 100)).toBe(0);
});

it('the compact report keeps what says how it went', () => {
  const markdown = '# Migration m1: completed\n\n- Moved: 1\n\n## Verification\n\nok\n\n## Undone\n\nx\n\n## Steps\n\n| a |\n\n## Request\n\n```json\n{}\n```\n';
  expect(compactReport(markdown)).toBe('# Migration m1: completed\n\n- Moved: 1\n\n## Verification\n\nok\n\n## Steps\n\n| a |');
});

it('a failure says what happened, what to do, and where the log is', () => {
  const text = describeFailure(new DemoFailure('the API did not start', 'free its port.', ['api.log']), '/logs');
  expect(text).toContain('The demo failed: the API did not start\n');
  expect(text).toContain('What to do: free its port.\nLogs: /logs/api.log\n');
});

it('options: defaults, help, and what is refused', () => {
  expect(parseOptions([])).toEqual({ isOnce: false, documents: 200_000 });
  expect(parseOptions(['--once', '--documents', '20000'])).toEqual({ isOnce: true, documents: 20_000 });
  expect(parseOptions(['--help'])).toBeNull();
  expect(() => parseOptions(['--documents', '5'])).toThrow(/at least 10000/);
  expect(() => parseOptions(['--what'])).toThrow(/--what/);
});
