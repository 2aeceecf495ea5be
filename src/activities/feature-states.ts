/**
 * Replaces feature states at the target, one after the other, each with its way back recorded before it begins.
 *
 * The global state goes the same way, under a name of its own. What a snapshot does not hold is left alone.
 */
import type { StatesRequest } from '../contracts/requests.js';
import { GLOBAL_STATE, SECURITY, inOrder, indicesOfState, some, type KeptState } from '../domain/feature-states.js';
import { describeSecurity } from '../domain/preflight/feature-state-checks.js';
import { GodwitError } from '../domain/errors.js';
import { backupNameOf, isSnapshotOf, snapshotMetadata } from '../domain/snapshot-naming.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { call } from '../elasticsearch/calls.js';
import { missingPrivileges } from '../elasticsearch/privileges.js';
import { readOwnCredential, readSecurity } from '../elasticsearch/security-inventory.js';
import { findSnapshot, type SnapshotInfo } from '../elasticsearch/snapshots.js';
import { countSystemDocuments, listSystemIndices } from '../elasticsearch/system-indices.js';
import type { Effect, Store } from '../store/store.js';
import { cancellationSignal, pause, pollDelays, report, throwIfCanceled, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT } from './effects.js';
import { restoreFrom } from './feature-state-restore.js';
import { snapshotOf } from './snapshots.js';

interface StatesInput {
  readonly id: string;
  readonly request: StatesRequest;
}

export interface Inspection {
  /** What the snapshot holds, in the order in which it is restored. */
  readonly present: readonly string[];
  /** What was asked for and the snapshot does not hold, since the source has nothing of it. */
  readonly absent: readonly string[];
  readonly question: string;
}

/** Reads what the snapshot holds and what that replaces, and words the question for the gate. Read-only. */
async function inspectStates({ clusters }: ActivityDeps, { id, request }: StatesInput): Promise<Inspection> {
  const signal = cancellationSignal();
  const target = clusters.get(request.target);
  const snapshot = await snapshotAt(clusters.get(request.source), request.repository.name, snapshotOf({ id, request }));
  const wanted = inOrder(request.featureStates);
  const held = wanted.filter((state) => snapshot.featureStates.includes(state));
  const present = [...held.filter((state) => state !== SECURITY), ...(request.includeGlobalState ? [GLOBAL_STATE] : []), ...held.filter((state) => state === SECURITY)];
  const system = await listSystemIndices(target, signal);
  const parts: string[] = [];
  for (const state of present) parts.push(`${state} (${await lossOf(target, state, system, signal)})`);
  const wayBack = request.backupRepository === undefined ? 'There is NO way back.' : `What is there now is kept in repository ${request.backupRepository} first.`;
  return {
    present,
    absent: wanted.filter((state) => !held.includes(state)),
    question: `Replace at ${request.target} by snapshot ${snapshot.name} of ${request.source} (${snapshot.endedAt}): ${parts.join('; ')}? ${wayBack}`,
  };
}

async function lossOf(target: Cluster, state: string, system: readonly string[], signal: AbortSignal): Promise<string> {
  if (state === GLOBAL_STATE) return 'templates, pipelines, policies, scripts and persistent settings of the target go entirely';
  if (state === SECURITY) {
    const security = await readSecurity(target, signal);
    const now = security === null ? '' : describeSecurity(security);
    return now === '' ? 'nothing but what is built in is there now' : `now there: ${now}`;
  }
  const indices = indicesOfState(state, system);
  const count = await countSystemDocuments(target, indices, signal);
  if (indices.length === 0) return 'nothing of it is known to be there now';
  return `now there: ${some(indices)}${count === null ? '' : ` with ${count.toLocaleString('en-US')} documents`}`;
}

async function snapshotAt(cluster: Cluster, repository: string, name: string): Promise<SnapshotInfo> {
  const found = await findSnapshot(cluster, repository, name, cancellationSignal());
  if (found === null) throw new GodwitError('SnapshotMissing', `repository ${repository} has no snapshot ${name}`, { subject: name });
  return found;
}

/**
 * Keeps what the target has of these states in a snapshot of its own. Safe to repeat: a whole one of this migration is
 * adopted, another one of it is made again, since nothing is replaced before it is whole.
 *
 * @returns the states that it holds; the target may have had nothing of some
 * @throws SnapshotNotOurs, SnapshotFailed
 */
async function backUpStates({ clusters, store }: ActivityDeps, { id, request, states }: StatesInput & { readonly states: readonly string[] }): Promise<{ kept: readonly string[] }> {
  const repository = request.backupRepository;
  if (repository === undefined) return { kept: [] };
  const cluster = clusters.get(request.target);
  const snapshot = backupNameOf(id);
  const key = { kind: EFFECT.backUpFeatureStates, connection: request.target, subject: snapshot };
  report({ step: 'transfer', detail: `keeping what ${request.target} has in repository ${repository}` });
  let found = await findSnapshot(cluster, repository, snapshot);
  if (found !== null && !isSnapshotOf(id, found.metadata)) throw new GodwitError('SnapshotNotOurs', `repository ${repository} has a snapshot ${snapshot} that is not of this migration`, { subject: snapshot });
  if (found !== null && found.state !== 'SUCCESS' && found.state !== 'IN_PROGRESS') {
    await call(cluster, { action: `delete failed snapshot ${snapshot}`, subject: snapshot }, () => cluster.client.snapshot.delete({ repository, snapshot }, { requestTimeout: 5 * 60_000 }));
    found = null;
  }
  const features = states.filter((state) => state !== GLOBAL_STATE);
  if (found === null) {
    await store.effects.begin(id, { ...key, undo: { repository, snapshot } });
    await call(cluster, { action: `keep ${some(states)} in repository ${repository}`, subject: repository }, () =>
      cluster.client.snapshot.create({
        repository,
        snapshot,
        wait_for_completion: false,
        indices: ['-*'],
        include_global_state: states.includes(GLOBAL_STATE),
        feature_states: features.length === 0 ? ['none'] : features,
        metadata: snapshotMetadata(id),
      }),
    );
  }
  const made = await whole(cluster, repository, snapshot);
  await store.effects.settle(id, key, 'done');
  return { kept: [...made.featureStates.filter((state) => features.includes(state)), ...(made.hasGlobalState ? [GLOBAL_STATE] : [])] };
}

async function whole(cluster: Cluster, repository: string, snapshot: string): Promise<SnapshotInfo> {
  for (const delay of pollDelays(100, 3_000)) {
    const found = await snapshotAt(cluster, repository, snapshot);
    if (found.state === 'SUCCESS') return found;
    if (found.state !== 'IN_PROGRESS') throw new GodwitError('SnapshotFailed', `snapshot ${snapshot} of the target ended as ${found.state}: ${found.failures.slice(0, 3).join('; ')}`, { subject: snapshot });
    await pause(delay);
  }
  throw new GodwitError('Internal', 'the poll delays ended');
}

interface RestoreInput extends StatesInput {
  readonly state: string;
  /** States that the backup holds. */
  readonly kept: readonly string[];
}

/**
 * Restores one state. Safe to repeat: a restore that an earlier attempt asked for is found by where the shards came from.
 *
 * @returns isDone false if the target does not take Godwit's credential any more, so that nobody can tell
 */
async function restoreState({ clusters, store }: ActivityDeps, { id, request, state, kept }: RestoreInput): Promise<{ isDone: boolean }> {
  const cluster = clusters.get(request.target);
  const repository = request.repository.name;
  const key = { kind: EFFECT.restoreFeatureStates, connection: request.target, subject: state };
  const earlier = await effectOf(store, id, state);
  if (earlier?.state === 'done') return { isDone: true };
  const undo: KeptState = { repository: request.backupRepository ?? '', snapshot: backupNameOf(id), isKept: kept.includes(state) };
  report({ step: 'transfer', detail: `restoring ${state}` });
  try {
    const snapshot = await snapshotAt(cluster, repository, snapshotOf({ id, request }));
    throwIfCanceled();
    await store.effects.begin(id, { ...key, undo });
    await restoreFrom(cluster, { repository, snapshot, state, mayBeUnderWay: earlier?.state === 'begun' });
  } catch (error) {
    if (state === SECURITY && earlier?.state === 'begun' && error instanceof GodwitError && error.code === 'AuthenticationRejected') return { isDone: false };
    throw error;
  }
  await store.effects.settle(id, key, 'done');
  return { isDone: true };
}

async function effectOf(store: Store, id: string, state: string): Promise<Effect | undefined> {
  const effects = await store.effects.list(id, { kinds: [EFFECT.restoreFeatureStates], limit: 100 });
  return effects.find((effect) => effect.subject === state);
}

export interface CredentialProblem {
  readonly message: string;
  readonly remedy: string;
}

/** A restored `security` takes a moment until it can be asked. */
const CREDENTIAL_POLL_MS = 3_000;

/**
 * Waits, at most for `windowMs`, until the credential of the target connection works and may do what migrations need;
 * the connections file is read again when it changes. Read-only.
 */
async function waitForCredential({ clusters }: ActivityDeps, { target, windowMs }: { readonly target: string; readonly windowMs: number }): Promise<{ problem: CredentialProblem | null }> {
  const until = Date.now() + windowMs;
  for (const delay of pollDelays(250, CREDENTIAL_POLL_MS)) {
    const problem = await problemOf(clusters.get(target));
    if (problem === null || Date.now() >= until) return { problem };
    report({ step: 'transfer', detail: `waiting for a credential that works at ${target}: ${problem.message}` });
    await pause(delay);
  }
  throw new GodwitError('Internal', 'the poll delays ended');
}

async function problemOf(cluster: Cluster): Promise<CredentialProblem | null> {
  const remedy = `Put a credential that works at ${cluster.connection} now (a user or key of the source, a user of the file realm) into the connections file, or behind the variable or file it names; it is read again by itself.`;
  try {
    const own = await readOwnCredential(cluster, cancellationSignal());
    if (own === null) return null;
    const missing = await call(cluster, { action: 'ask for the privileges' }, () => missingPrivileges(cluster.client, cluster.kind, cancellationSignal()));
    return missing.length === 0 ? null : { message: `${own.username} lacks privileges at ${cluster.connection} since security was replaced: ${missing.join('; ')}`, remedy };
  } catch (error) {
    if (error instanceof GodwitError && (error.code === 'AuthenticationRejected' || error.code === 'PrivilegeMissing')) {
      return { message: `${cluster.connection} no longer takes the credential of its connection, since security was replaced`, remedy };
    }
    throw error;
  }
}

export function createFeatureStateActivities(deps: ActivityDeps) {
  return {
    inspectStates: withPulse((input: StatesInput) => inspectStates(deps, input)),
    backUpStates: withPulse((input: StatesInput & { readonly states: readonly string[] }) => backUpStates(deps, input)),
    restoreState: withPulse((input: RestoreInput) => restoreState(deps, input)),
    waitForCredential: withPulse((input: { readonly target: string; readonly windowMs: number }) => waitForCredential(deps, input)),
  };
}
