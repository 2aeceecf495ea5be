/** The ledger of system-indices: a row a feature state, what arrived, and how it compares with the source. */
import type { Verdict } from '../contracts/report.js';
import type { SystemIndicesRequest } from '../contracts/requests.js';
import { GLOBAL_STATE, SECURITY, some } from '../domain/feature-states.js';
import { GodwitError } from '../domain/errors.js';
import { differencesOf } from '../domain/security-comparison.js';
import { operationsAfter } from '../domain/verdict.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { readGlobalState } from '../elasticsearch/global-state.js';
import { readSecurity } from '../elasticsearch/security-inventory.js';
import { readSequences } from '../elasticsearch/sequence.js';
import { findSnapshot } from '../elasticsearch/snapshots.js';
import { countSystemDocuments } from '../elasticsearch/system-indices.js';
import { z } from 'zod';
import type { LedgerRow } from '../store/store.js';
import { cancellationSignal, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { parkRows, type RowKey, type RowTrouble } from './rows.js';
import { snapshotOf } from './snapshots.js';

interface SystemIndicesInput {
  readonly id: string;
  readonly request: SystemIndicesRequest;
}

const METHOD = 'feature-state';

const DetailSchema = z.object({
  indices: z.array(z.string()),
  /** Highest sequence numbers at the source just after the snapshot: the cut-off. Unknown for a snapshot that was there. */
  sequences: z.record(z.string(), z.number()).nullable().default(null),
});

/** Writes the plan: what the snapshot holds, and what it lacks as skipped. Safe to repeat. */
async function recordStates({ clusters, store }: ActivityDeps, input: SystemIndicesInput & { readonly present: readonly string[]; readonly absent: readonly string[] }): Promise<void> {
  const { id, request, present, absent } = input;
  const source = clusters.get(request.source);
  const snapshot = await findSnapshot(source, request.repository.name, snapshotOf(input), cancellationSignal());
  const rows = [];
  for (const state of present) {
    const indices = snapshot?.indicesByState.get(state) ?? [];
    const documents = await countSystemDocuments(source, indices, cancellationSignal());
    // Not those of the target: it writes into what was restored at once, e.g. its built-in roles.
    const sequences = request.snapshot === undefined && indices.length > 0 ? await readSequences(source, indices, cancellationSignal()) : null;
    rows.push({ index: state, slice: 0, target: state, method: METHOD, documents, bytes: null, detail: { indices: [...indices], sequences } });
  }
  const note = 'the snapshot has nothing of it, so the target keeps its own';
  await store.ledger.add(id, [...rows, ...absent.map((state) => ({ index: state, slice: 0, target: state, method: METHOD, documents: null, bytes: null, detail: { indices: [], note } }))]);
  await store.ledger.change(
    id,
    absent.map((state) => ({ index: state, slice: 0, status: 'skipped' as const, verdict: 'skipped' as const })),
  );
}

/** Notes that a state has arrived. Safe to repeat. @returns its documents */
async function noteArrival({ clusters, store }: ActivityDeps, { id, request, state }: SystemIndicesInput & { readonly state: string }): Promise<{ documents: number }> {
  const target = clusters.get(request.target);
  const [row] = await store.ledger.byIndex(id, [state]);
  const indices = row === undefined ? [] : DetailSchema.parse(row.detail).indices;
  await store.ledger.change(id, [{ index: state, slice: 0, status: 'completed', error: null, countAttempt: true }]);
  return { documents: (await countSystemDocuments(target, indices, cancellationSignal())) ?? 0 };
}

interface Comparison {
  readonly verdict: Verdict;
  readonly sourceDocuments: number | null;
  readonly targetDocuments: number | null;
  readonly operationsAfterCutoff: number | null;
  readonly note: string | null;
}

/** Compares states with the source as it is now. Read-only at the clusters. @returns those that differ; they are parked */
async function verifyStates({ clusters, store }: ActivityDeps, { id, request, rows }: SystemIndicesInput & { readonly rows: readonly RowKey[] }): Promise<RowTrouble[]> {
  const source = clusters.get(request.source);
  const target = clusters.get(request.target);
  const found = await store.ledger.byIndex(
    id,
    rows.map((row) => row.index),
  );
  const parked: { row: RowKey; error: GodwitError }[] = [];
  for (const row of found.filter(({ status }) => status === 'completed')) {
    const { verdict, ...counts } = await compare(source, target, row);
    const isGood = verdict === 'equal' || verdict === 'within-cutoff';
    await store.ledger.change(id, [{ index: row.index, slice: 0, verdict, ...(isGood ? { status: 'verified' as const, error: null } : {}), detail: { ...counts } }]);
    if (!isGood) parked.push({ row, error: new GodwitError('VerificationMismatch', `${row.index}: ${counts.note ?? 'it differs'}`, { subject: row.index }) });
  }
  return parkRows(store, id, parked);
}

async function compare(source: Cluster, target: Cluster, row: LedgerRow): Promise<Comparison> {
  const signal = cancellationSignal();
  const { indices, sequences } = DetailSchema.parse(row.detail);
  if (row.index === GLOBAL_STATE) return judged(null, null, 0, await globalDifferences(source, target), 'templates, pipelines, policies, scripts and persistent settings of the source are there, by name');
  const [sourceDocuments, targetDocuments] = [await countSystemDocuments(source, indices, signal), await countSystemDocuments(target, indices, signal)];
  const differences = row.index === SECURITY ? await securityDifferences(source, target) : documentDifferences(sourceDocuments, targetDocuments);
  if (differences === null) {
    return { verdict: 'not-compared', sourceDocuments, targetDocuments, operationsAfterCutoff: null, note: `${indices.join(', ')} cannot be read on both sides; skip it to accept it uncompared` };
  }
  const operations = differences.length === 0 || sequences === null ? 0 : operationsAfter(await readSequences(source, indices, signal), sequences);
  return judged(sourceDocuments, targetDocuments, operations, differences, row.index === SECURITY ? 'users, roles, role mappings, applications, service tokens and the number of API keys agree' : null);
}

function judged(sourceDocuments: number | null, targetDocuments: number | null, operationsAfterCutoff: number, differences: readonly string[], note: string | null): Comparison {
  const counts = { sourceDocuments, targetDocuments, operationsAfterCutoff };
  if (differences.length === 0) return { ...counts, verdict: 'equal', note };
  const verdict = operationsAfterCutoff > 0 ? 'within-cutoff' : 'mismatch';
  return { ...counts, verdict, note: `${differences.slice(0, 5).join('; ')}${operationsAfterCutoff > 0 ? ', and the source was written to since the snapshot' : ''}` };
}

function documentDifferences(source: number | null, target: number | null): string[] | null {
  if (source === null || target === null) return null;
  return source === target ? [] : [`${String(source)} documents at the source, ${String(target)} at the target`];
}

/** By names: what the target's version adds by itself, and what it makes of a definition, is its own. */
async function globalDifferences(source: Cluster, target: Cluster): Promise<string[]> {
  const [before, after] = [await readGlobalState(source, cancellationSignal()), await readGlobalState(target, cancellationSignal())];
  return before.flatMap(({ what, names }) => {
    const there = new Set(after.find((part) => part.what === what)?.names ?? []);
    const missing = names.filter((name) => !there.has(name));
    return missing.length === 0 ? [] : [`${what} missing at the target: ${some(missing)}`];
  });
}

async function securityDifferences(source: Cluster, target: Cluster): Promise<string[] | null> {
  const [before, after] = [await readSecurity(source, cancellationSignal()), await readSecurity(target, cancellationSignal())];
  return before === null || after === null ? null : differencesOf(before, after);
}

export function createSystemIndicesActivities(deps: ActivityDeps) {
  return {
    recordStates: withPulse((input: SystemIndicesInput & { readonly present: readonly string[]; readonly absent: readonly string[] }) => recordStates(deps, input)),
    noteArrival: withPulse((input: SystemIndicesInput & { readonly state: string }) => noteArrival(deps, input)),
    verifyStates: withPulse((input: SystemIndicesInput & { readonly rows: readonly RowKey[] }) => verifyStates(deps, input)),
  };
}
