 
import { describe, expect, it } from 'vitest';
import { closestWord } from '../../../src/api/services/closest-word.js';
import { migrationIdForKey, newMigrationId } from '../../../src/api/services/migration-id.js';
import { newestRuns } from '../../../src/api/services/newest-runs.js';
import { type ProgressSample, progressRate, withSample } from '../../../src/api/services/progress-rate.js';
import { requestHash } from '../../../src/api/services/request-hash.js';
import type { MigrationRuns, RunSummary, TimeWindow } from '../../../src/api/services/runs.js';
import { visibilityQuery } from '../../../src/api/services/temporal-visibility.js';
import { MigrationRequestSchema } from '../../../src/contracts/requests.js';
import { BODY } from './support/test-app.js';

describe('speed and time left', () => {
  const at = (seconds: number, documents: number, bytes: number): ProgressSample => ({ atMs: seconds * 1_000, documents, bytes });
  const totals = { documents: 1_000, bytes: 10_000 };

  it.each([
    ['one sample', [at(0, 0, 0)], null, null],
    ['two samples too close', [at(0, 0, 0), at(1, 100, 100)], null, null],
    ['two samples', [at(0, 0, 0), at(10, 100, 1_000)], 10, 90],
    ['hardly begun', [at(0, 0, 0), at(10, 0, 50)], null, null],
    ['standstill', [at(0, 100, 1_000), at(10, 100, 1_000)], null, null],
    ['bytes only', [at(0, 0, 0), at(10, 0, 1_000)], null, 90],
    ['the end', [at(0, 0, 0), at(10, 1_000, 10_000)], 100, 0],
    ['a past that is too old', [at(0, 0, 0), at(100, 500, 5_000), at(110, 600, 6_000)], 10, 40],
  ])('%s', (_what, samples, documentsPerSecond, etaSeconds) => {
    expect(progressRate(samples, totals)).toEqual({ documentsPerSecond, etaSeconds });
  });

  it('goes by documents where the bytes are not known, and says nothing without a total', () => {
    const samples = [at(0, 0, 0), at(10, 100, 1_000)];
    expect(progressRate(samples, { documents: 1_000, bytes: null }).etaSeconds).toBe(90);
    expect(progressRate(samples, { documents: null, bytes: null })).toEqual({ documentsPerSecond: 10, etaSeconds: null });
  });

  it('forgets everything before a step back', () => {
    const samples = [at(0, 0, 0), at(5, 500, 500), at(6, 100, 100)].reduce<ProgressSample[]>(withSample, []);
    expect(samples).toEqual([at(6, 100, 100)]);
  });
});

describe('ids and hashes', () => {
  it('sort by time and fit into a snapshot name', () => {
    const ids = [1_000, 2_000, Date.now(), 8e12].map(newMigrationId);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{26}$/);
    expect(new Set(Array.from({ length: 1_000 }, () => newMigrationId(1))).size).toBe(1_000);
  });

  it('are the same for the same key, everywhere and for ever', () => {
    expect(migrationIdForKey('order 66')).toBe(migrationIdForKey('order 66'));
    expect(migrationIdForKey('order 66')).toMatch(/^k[0-9a-z]{25}$/);
    expect(migrationIdForKey('order 67')).not.toBe(migrationIdForKey('order 66'));
  });

  it('hash a request whatever the order of its fields', () => {
    const hash = (body: object): string => requestHash(MigrationRequestSchema.parse(body));
    const { repository, ...rest } = BODY;
    expect(hash({ repository, ...rest })).toBe(hash({ ...rest, repository, partial: false }));
    expect(hash({ ...BODY, indices: ['a', 'b'] })).not.toBe(hash({ ...BODY, indices: ['b', 'a'] }));
  });
});

describe('did you mean', () => {
  it.each([
    ['onExsiting', 'onExisting'],
    ['OnExisting', 'onExisting'],
    ['indeces', 'indices'],
    ['x', null],
    ['somethingElse', null],
  ])('%s: %s', (word, expected) => {
    expect(closestWord(word, ['indices', 'onExisting', 'rename'])).toBe(expected);
  });
});

describe('visibility', () => {
  it('asks for one status so that executions ended from outside are in the right one', () => {
    expect(visibilityQuery({ status: 'running', source: "o'ld" }, { fromMs: 0, untilMs: 999 })).toBe(
      `GodwitType IS NOT NULL AND ExecutionStatus != 'ContinuedAsNew' AND GodwitStatus = 'running' AND ExecutionStatus = 'Running' ` +
        `AND GodwitSource = 'o\\'ld' AND GodwitCreatedAt >= '1970-01-01T00:00:00.000Z' AND GodwitCreatedAt < '1970-01-01T00:00:01.000Z'`,
    );
    expect(visibilityQuery({ status: 'failed' }, {})).toContain("(GodwitStatus = 'failed' OR ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut'))");
  });

  /** 5,000 migrations in two crowds, ten years apart; the list answers at most `limit`, in the wrong order. */
  function crowds(): { runs: Pick<MigrationRuns, 'list' | 'count'>; all: RunSummary[]; calls: () => number } {
    const base = { execution: 'open', endedAt: null, type: null, source: null, target: null, status: null, requestHash: null } as const;
    const all = Array.from({ length: 5_000 }, (_, at) => {
      const startedAt = new Date((at < 2_500 ? Date.UTC(2016, 0) : Date.UTC(2026, 0)) + at * 100).toISOString();
      return { ...base, id: `m${String(at).padStart(5, '0')}`, createdAt: startedAt, startedAt };
    });
    const within = ({ fromMs = 0, untilMs = Number.POSITIVE_INFINITY }: TimeWindow): RunSummary[] =>
      all.filter((run) => Date.parse(run.startedAt) >= fromMs && Date.parse(run.startedAt) <= untilMs);
    let calls = 0;
    return {
      all,
      calls: () => calls,
      runs: {
        list: async (_filter, window, limit) => ((calls += 1), within(window).slice(0, limit)),
        count: async (_filter, window) => ((calls += 1), within(window).length),
      },
    };
  }

  it('finds the newest of many in few calls, over gaps of years, and misses none', async () => {
    const { runs, all, calls } = crowds();
    const found: string[] = [];
    let before: { startedAtMs: number; id: string } | null = null;
    for (;;) {
      const page: RunSummary[] = await newestRuns(runs, {}, before, 200, Date.UTC(2026, 5));
      found.push(...page.map((run) => run.id));
      const last = page.at(-1);
      if (last === undefined) break;
      before = { startedAtMs: Date.parse(last.startedAt), id: last.id };
    }
    expect(found).toEqual(all.map((run) => run.id).reverse());
    expect(calls() / 26).toBeLessThan(20);
  });
});
