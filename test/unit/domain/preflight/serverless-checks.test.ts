import { describe, expect, it } from 'vitest';
import type { ClusterKind } from '../../../../src/contracts/names.js';
import type { ClusterFacts } from '../../../../src/domain/preflight/facts.js';
import { checkReindexLifecycle, checkSlicedClusters } from '../../../../src/domain/preflight/reindex-checks.js';
import { isRequestError } from '../../../../src/domain/findings.js';

const cluster = (connection: string, kind: ClusterKind, flavor: ClusterFacts['flavor'] = kind === 'serverless' ? 'serverless' : 'default', major = 9): ClusterFacts => ({
  ...{ connection, kind, flavor, name: connection, uuid: connection },
  ...{ major, minor: 4, patch: 3 },
});
const project = cluster('project', 'serverless', 'serverless', 8);
const CATCH_UP = { passes: 3, gate: false, keepBlock: true };

const errors = (...args: Parameters<typeof checkSlicedClusters>): string[] =>
  checkSlicedClusters(...args)
    .filter(isRequestError)
    .map(({ code, subject }) => `${code} ${subject}`);

describe('a serverless target', () => {
  it.each(['self-managed', 'hosted', 'ece', 'eck'] as const)('takes a copy from %s, whatever version it seems to be', (kind) => {
    expect(errors({ type: 'copy', catchUp: CATCH_UP }, cluster('old', kind), project)).toEqual([]);
    expect(checkSlicedClusters({ type: 'copy' }, cluster('old', kind), project).map(({ code }) => code)).toEqual(['ServerlessTarget', 'Versions']);
  });

  it.each([
    ['self-managed', false],
    ['ece', false],
    ['eck', false],
    ['hosted', true],
    ['serverless', true],
  ] as const)('pulls from %s: %s', (kind, isTaken) => {
    const findings = checkSlicedClusters({ type: 'reindex' }, cluster('old', kind), project);
    expect(findings.filter(isRequestError).map(({ code }) => code)).toEqual(isTaken ? [] : ['UnsupportedTarget']);
    if (!isTaken) expect(findings[0]?.remedy).toContain('type "copy"');
  });

  it('has no lifecycle policy that could be set', () => {
    const index = { ...{ name: 'a', target: 'a', versionCreated: 1, created: null, createdBefore: null, primaries: 1, replicas: 1, bytes: 1, documents: 1 }, ...{ isClosed: false, health: null, isSearchableSnapshot: false, lifecyclePolicy: 'p', aliases: [], allocationFilters: [] } };
    const unit = { name: 'a', target: 'a', kind: 'index' as const, indices: [index] };
    expect(checkReindexLifecycle([unit], 'serverless')[0]?.remedy).toContain('data_retention');
    expect(checkReindexLifecycle([unit], 'hosted')[0]?.remedy).toContain('set the policy at the target');
  });
});

describe('a serverless source', () => {
  it('is copied without a catch-up', () => {
    expect(errors({ type: 'copy' }, project, cluster('new', 'hosted', 'default', 8))).toEqual([]);
    expect(errors({ type: 'copy', catchUp: CATCH_UP }, project, cluster('new', 'hosted'))).toEqual(['ValidationFailed catchUp']);
    expect(checkSlicedClusters({ type: 'copy' }, project, cluster('new', 'hosted')).map(({ code, severity }) => `${severity} ${code}`)).toEqual(['warning ServerlessSource', 'warning IncompatibleVersion', 'info Versions']);
  });
});

it.each([
  ['a project', cluster('c', 'hosted', 'serverless'), 'Set kind of the connection to serverless.'],
  ['a cluster', cluster('c', 'serverless', 'default'), 'Set kind of the connection to self-managed, hosted, ece or eck.'],
] as const)('%s whose connection says otherwise is refused, on either side', (_what, wrong, remedy) => {
  for (const [source, target, side] of [[wrong, cluster('x', 'self-managed'), 'source'], [cluster('x', 'self-managed'), wrong, 'target']] as const) {
    expect(checkSlicedClusters({ type: 'copy' }, source, target)[0]).toMatchObject({ severity: 'error', code: 'ValidationFailed', subject: side, remedy });
  }
});
