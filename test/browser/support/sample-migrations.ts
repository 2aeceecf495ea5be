/** Migrations in every situation that the dashboard has to explain, and the app that serves them over fakes. */
import type { Attention } from '../../../src/contracts/migration.js';
import type { ContentReport } from '../../../src/contracts/content-report.js';
import type { Report } from '../../../src/contracts/report.js';
import { acceptedState } from '../../../src/api/services/migration-view.js';
import type { AppDeps } from '../../../src/api/deps.js';
import { SnapshotRestoreRequestSchema } from '../../../src/contracts/requests.js';
import type { LedgerRow } from '../../../src/store/store.js';
import { webPlugin } from '../../../src/web/plugin.js';
import type { MigrationState } from '../../../src/workflows/contract.js';
import { aReport, testApp, type TestApp } from '../../unit/api/support/test-app.js';

export interface Dashboard extends TestApp {
  readonly url: string;
  /** Adds a running migration, started so many minutes ago. */
  add(id: string, minutesAgo: number, change: Partial<MigrationState>, clusters?: { source: string; target: string }): void;
  /** Changes what its workflow would answer; the event stream sees it within a second. */
  change(id: string, change: Partial<MigrationState>): void;
  close(): Promise<void>;
}

export const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

export async function openDashboard(over: Parameters<typeof testApp>[0] = {}): Promise<Dashboard> {
  const test = await testApp({ web: webPlugin, buildReport: (id) => Promise.resolve(sampleReport(id)), ...over });
  const url = await test.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...test,
    url,
    add(id, ago, change, { source, target } = { source: 'old', target: 'new' }) {
      const createdAt = minutesAgo(ago);
      const request = SnapshotRestoreRequestSchema.parse({ type: 'snapshot-restore', source, target, repository: { name: 'backup' } });
      const state = { ...acceptedState(id, request, createdAt), ...change };
      const isOpen = !['completed', 'failed', 'canceled'].includes(state.status);
      const summary = {
        ...{ id, createdAt, startedAt: createdAt, endedAt: state.endedAt, type: state.type, source, target, status: state.status, requestHash: null },
        execution: isOpen ? ('open' as const) : ('completed' as const),
      };
      test.runs.runs.set(id, { summary, state, pending: [] });
      test.store.records.set(id, { id, type: state.type, source, target, status: state.status, createdAt, endedAt: state.endedAt, requestHash: null, state });
    },
    change(id, change) {
      const run = test.runs.runs.get(id);
      if (run === undefined) throw new Error(`no such migration: ${id}`);
      run.state = { ...run.state, ...change };
      run.summary = { ...run.summary, status: run.state.status };
      const record = test.store.records.get(id);
      if (record !== undefined) test.store.records.set(id, { ...record, status: run.state.status, state: run.state });
    },
    close: () => test.app.close(),
  };
}

export function attention(over: Partial<Attention> = {}): Attention {
  return {
    subject: 'logs-2026.02',
    error: 'the target has too little disk: node es-3 is above the high watermark (92 %)',
    remedy: 'Free or add disk at the target, then retry.',
    code: 'DiskFull',
    step: 'transfer',
    since: minutesAgo(12),
    skippable: true,
    retryAt: null,
    ...over,
  };
}

type Steps = MigrationState['steps'];

export function steps(current: Steps[number]['name'], detail: string | null, startedMinutesAgo: number): Steps {
  const names = ['preflight', 'prepare', 'transfer', 'verify', 'cleanup'] as const;
  const at = names.findIndex((name) => name === current);
  return names.map((name, index) => {
    if (index > at) return { name, status: 'pending', startedAt: null, endedAt: null, detail: null };
    const startedAt = minutesAgo(startedMinutesAgo - index);
    if (index === at) return { name, status: 'running', startedAt, endedAt: null, detail };
    return { name, status: 'completed', startedAt, endedAt: minutesAgo(startedMinutesAgo - index - 1), detail: null };
  });
}

export function progress(fraction: number): MigrationState['progress'] {
  const [documents, bytes] = [184_220_417, 612_480_000_000];
  return {
    documents: { done: Math.floor(documents * Math.max(0, fraction - 0.3)), total: documents },
    bytes: { done: Math.floor(bytes * fraction), total: bytes },
  };
}

/** One migration in each situation. */
export function addSamples(dashboard: Dashboard): void {
  dashboard.add('mig-running', 135, { progress: progress(0.62), steps: steps('transfer', 'restoring 25 of 412 indices', 134) });
  dashboard.add('mig-attention', 190, {
    status: 'needs-attention',
    progress: progress(0.48),
    steps: steps('transfer', 'waiting for a person', 189),
    attention: [attention(), attention({ subject: 'logs-2026.03' }), attention({ subject: 'metrics-host-a-rather-long-name-of-an-index-000042', retryAt: new Date(Date.now() + 600_000).toISOString() })],
    attentionTotal: 3,
  });
  dashboard.add(
    'mig-gate',
    310,
    {
      status: 'awaiting-approval',
      progress: progress(1),
      steps: steps('verify', 'waiting for approval', 309),
      gates: [{ name: 'cutover', question: 'Block writes at old and take the last snapshot? Writes stop for about 4 minutes.' }],
    },
    { source: 'old', target: 'cloud' },
  );
  dashboard.add('mig-paused', 400, { status: 'paused', progress: progress(0.2), steps: steps('transfer', null, 399) });
  dashboard.add('mig-done', 2_000, {
    status: 'completed',
    endedAt: minutesAgo(1_700),
    progress: { documents: { done: 184_220_417, total: 184_220_417 }, bytes: { done: 612_480_000_000, total: 612_480_000_000 } },
    steps: steps('cleanup', '3 temporary thing(s) removed', 1_800).map((step) => ({ ...step, status: 'completed' as const, endedAt: step.endedAt ?? minutesAgo(1_700) })),
    verification: { status: 'verified', mode: 'counts', mismatches: 0 },
  });
  dashboard.add('mig-failed', 3_000, {
    status: 'failed',
    endedAt: minutesAgo(2_990),
    failure: { code: 'IncompatibleVersion', message: 'the source is 9.4.0 and the target 8.19.8: a snapshot cannot be restored into an older cluster', remedy: 'Choose a target of the same or a newer version.' },
  });
  dashboard.add('mig-canceled', 5_000, { status: 'canceled', endedAt: minutesAgo(4_800), progress: progress(0.1) });
  const rows = Array.from({ length: 60 }, (_none, at): LedgerRow => {
    const isStuck = at === 3 || at === 17;
    const status = isStuck ? 'needs-attention' : at < 24 ? 'completed' : at < 30 ? 'running' : 'pending';
    return {
      ...{ index: `logs-2025.${String(at).padStart(3, '0')}`, slice: 0, target: at % 7 === 0 ? `archive-2025.${String(at)}` : `logs-2025.${String(at).padStart(3, '0')}` },
      ...{ method: 'snapshot', status, documents: 1_234_567 + at, bytes: 5_368_709_120 + at * 1e8, attempts: isStuck ? 5 : 1 },
      error: isStuck ? { code: 'DiskFull', message: 'the target has too little disk', remedy: 'Free or add disk at the target, then retry.' } : null,
      ...{ cursor: null, digest: null, verdict: null, detail: {} },
    };
  });
  for (const id of ['mig-running', 'mig-attention']) dashboard.store.rows.set(id, rows);
}

export function sampleReport(id: string): Report {
  return aReport(id, {
    clusters: { source: { name: 'old-cluster', uuid: 'u1', version: '8.19.8' }, target: { name: 'new-cluster', uuid: 'u2', version: '9.4.0' } },
    verification: { mode: 'counts', status: 'running', cutoff: 'the snapshot of 2026-03-01T10:04:00Z', compared: 24, equal: 21, withinCutoff: 2, mismatches: 1, skipped: 0 },
    totals: { indices: 412, documents: 184_220_417, bytes: 306_240_000_000 },
    indices: [
      { index: 'orders', target: 'orders', verdict: 'mismatch', sourceDocuments: 1_000_000, targetDocuments: 999_998, operationsAfterCutoff: 0, note: '2 documents are missing at the target', content: sampleContent() },
      { index: 'logs-2025.001', target: 'archive-2025.1', verdict: 'within-cutoff', sourceDocuments: 1_234_999, targetDocuments: 1_234_567, operationsAfterCutoff: 432, note: null },
      { index: 'logs-2025.002', target: 'logs-2025.002', verdict: 'equal', sourceDocuments: 1_234_567, targetDocuments: 1_234_567, operationsAfterCutoff: 0, note: null },
    ],
    indicesTotal: 412,
    findings: [{ severity: 'warning', code: 'IndexUnhealthy', subject: 'logs-2025.017', message: 'one replica is not assigned', remedy: 'Nothing has to be done; a snapshot reads primaries.' }],
    effects: [
      { kind: 'register-repository', connection: 'new', subject: 'backup', state: 'done', note: null },
      { kind: 'create-snapshot', connection: 'old', subject: `godwit-${id}`, state: 'done', note: null },
      ...['logs-2025.001', 'logs-2025.002', 'logs-2025.003'].map((subject) => ({ kind: 'restore', connection: 'new', subject, state: 'done' as const, note: null })),
    ],
    audit: [
      { at: minutesAgo(190), actor: 'ops-team', role: 'operator', action: 'start', detail: null },
      { at: minutesAgo(60), actor: 'alice', role: 'operator', action: 'throttle', detail: 'concurrency 2' },
    ],
  });
}

/** Two missing, one of a kind that only its bytes tell apart, and more than are listed. */
function sampleContent(): ContentReport {
  return {
    ...{ mode: 'full', content: 'exact', sourceDocuments: 1_000_000, targetDocuments: 999_998, missing: 2, extra: 0, different: 61, rewritten: 4, afterCutoff: 9, repaired: 0 },
    digests: { source: 'a1', target: 'b2' },
    note: null,
    differences: [
      { kind: 'missing', id: 'order-17', routing: null, fields: [] },
      { kind: 'different', id: '<b>order</b>-18', routing: 'r', fields: [{ path: 'lines[0].price', source: '9007199254740993', target: '9007199254740992' }, { path: 'note', source: null, target: `"${'x'.repeat(90)}"` }] },
      { kind: 'different', id: 'order-19', routing: null, fields: [] },
    ],
  };
}

/** A preflight with something of every severity. */
export const MIXED_PREFLIGHT: AppDeps['preflight'] = () => Promise.resolve({
  ok: false,
  findings: [
    { severity: 'error', code: 'IndexAlreadyExists', subject: 'orders', message: 'the index exists at the target with 12 documents', remedy: 'Delete it at the target, exclude or rename it, or start again with onExisting: "replace".' },
    { severity: 'warning', code: 'IndexUnhealthy', subject: 'logs-2025.017', message: 'one replica is not assigned', remedy: 'Nothing has to be done; a snapshot reads primaries.' },
    { severity: 'info', code: 'Plan', subject: 'backup', message: 'the repository is registered at the source already and is used as it is', remedy: '' },
  ],
  plan: { indices: 410, dataStreams: 2, documents: 184_220_417, bytes: 306_240_000_000 },
});
