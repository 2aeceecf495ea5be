/**
 * The report: composed from the store, while a migration runs and once more at its end, when it is kept.
 *
 * What only preflight knows (findings, who the clusters are) is kept in a draft until then.
 */
import type { Migration } from '../contracts/migration.js';
import type { Finding } from '../contracts/preflight.js';
import type { Report } from '../contracts/report.js';
import type { MigrationRequest } from '../contracts/requests.js';
import type { ClusterIdentity } from '../elasticsearch/cluster.js';
import type { LedgerSummary, Store } from '../store/store.js';

const MAX_INDICES = 1_000;
const MAX_EFFECTS = 1_000;
const MAX_CAUSES = 100;

type ReportedCluster = Report['clusters']['source'];

export interface Draft {
  readonly request: MigrationRequest;
  readonly source: ClusterIdentity;
  readonly target: ClusterIdentity;
  readonly findings: readonly Finding[];
}

/** Keeps what preflight found out, as the beginning of the report. */
export async function saveDraft(store: Store, state: Pick<Migration, 'id' | 'type' | 'createdAt'>, draft: Draft): Promise<void> {
  await store.reports.save(state.id, {
    id: state.id,
    type: state.type,
    source: draft.request.source,
    target: draft.request.target,
    status: 'running',
    createdAt: state.createdAt,
    endedAt: null,
    final: false,
    request: draft.request,
    clusters: { source: summaryOf(draft.source), target: summaryOf(draft.target) },
    failure: null,
    steps: [],
    verification: { mode: draft.request.verify, status: 'pending', cutoff: null, compared: 0, equal: 0, withinCutoff: 0, mismatches: 0, skipped: 0 },
    totals: { indices: 0, documents: 0, bytes: 0 },
    indices: [],
    indicesTotal: 0,
    deadLetters: [],
    findings: [...draft.findings],
    attention: [],
    effects: [],
    audit: [],
  });
}

function summaryOf({ name, uuid, version }: ClusterIdentity): ReportedCluster {
  return { name, uuid, version };
}

/** Notes up to when the source is compared, once the snapshot is made. */
export async function saveCutoff(store: Store, id: string, cutoff: string): Promise<void> {
  const draft = await store.reports.find(id);
  if (draft !== null) await store.reports.save(id, { ...draft, verification: { ...draft.verification, cutoff } });
}

/** @param known the migration as it is now */
export async function buildReport(store: Store, id: string, known: KnownState): Promise<Report> {
  const [draft, summary, outcomes, indexReports, deadLetters, notKept, left, effects, audit] = await Promise.all([
    store.reports.find(id),
    store.ledger.summary(id),
    store.ledger.outcomes(id),
    store.ledger.indexReports(id, MAX_INDICES),
    store.deadLetters.groups(id, MAX_CAUSES),
    store.deadLetters.notKept(id),
    store.effects.list(id, { states: ['left'], limit: MAX_EFFECTS }),
    store.effects.list(id, { states: ['begun', 'done', 'kept', 'undone'], limit: MAX_EFFECTS }),
    store.audit.list(id),
  ]);
  if (draft?.final === true) return draft;
  const isFinal = known.endedAt !== null;
  const counted = (test: (row: LedgerSummary) => boolean, of: 'rows' | 'documents' | 'bytes' = 'rows'): number =>
    summary.filter(test).reduce((sum, row) => sum + row[of], 0);
  const arrived = (row: LedgerSummary): boolean => row.status === 'completed' || row.status === 'verified';
  return {
    id,
    type: known.type,
    source: known.source,
    target: known.target,
    status: known.status,
    createdAt: known.createdAt,
    endedAt: known.endedAt,
    final: isFinal,
    request: draft?.request ?? {},
    clusters: draft?.clusters ?? { source: null, target: null },
    failure: known.failure,
    steps: known.steps,
    verification: {
      mode: known.verification.mode,
      status: known.verification.status,
      cutoff: draft?.verification.cutoff ?? null,
      compared: counted((row) => row.verdict !== null && row.verdict !== 'skipped'),
      equal: counted((row) => row.verdict === 'equal'),
      withinCutoff: counted((row) => row.verdict === 'within-cutoff'),
      mismatches: counted((row) => row.verdict === 'mismatch' || row.verdict === 'not-compared'),
      skipped: counted((row) => row.status === 'skipped'),
    },
    totals: { indices: indexReports.arrived, documents: counted(arrived, 'documents'), bytes: counted(arrived, 'bytes') },
    ...(Object.keys(outcomes).length === 0 ? {} : { outcomes }),
    indices: indexReports.items,
    indicesTotal: indexReports.total,
    deadLetters: deadLetters.map((group) => ({ ...group, ids: [...group.ids] })),
    ...(notKept === 0 ? {} : { deadLettersNotKept: notKept }),
    findings: draft?.findings ?? [],
    attention: known.attention,
    effects: [...left, ...effects]
      .slice(0, MAX_EFFECTS)
      .map(({ kind, connection, subject, state: effectState, note }) => ({ kind, connection, subject, state: effectState, note })),
    audit,
  };
}

type KnownState = Pick<Migration, 'type' | 'source' | 'target' | 'status' | 'createdAt' | 'endedAt' | 'failure' | 'steps' | 'verification' | 'attention'>;
