/**
 * The repository on both sides: registered where it is missing, read-only at the target, and proven to be the same place
 * before hours are spent on a snapshot.
 */
import type { SnapshotSource } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { isSnapshotOf, probeNameOf, snapshotMetadata } from '../domain/snapshot-naming.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { call } from '../elasticsearch/calls.js';
import { findSnapshot, listRepositories, type RepositoryInfo } from '../elasticsearch/snapshots.js';
import type { Store } from '../store/store.js';
import { pause, pollDelays, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { EFFECT } from './effects.js';

interface PrepareInput {
  readonly id: string;
  readonly request: SnapshotSource;
}

type Settings = Readonly<Record<string, string | number | boolean>>;

/** How long the empty probe snapshot may take, milliseconds. */
const PROBE_MS = 60_000;

/**
 * Safe to repeat: a registration that is there is used as it is, a probe of an earlier attempt is adopted.
 *
 * @throws RepositoryMissing, RepositoryNotVerified, RepositoryHasOtherWriter, RepositoryNotShared
 */
async function prepareRepositories({ clusters, store }: ActivityDeps, input: PrepareInput): Promise<{ detail: string }> {
  const { request } = input;
  const source = clusters.get(request.source);
  const target = clusters.get(request.target);
  const atSource = await ensureAtSource(source, store, input);
  const atTarget = await ensureAtTarget(target, store, input, atSource);
  const { name } = request.repository;
  if (isKnown(atSource.uuid) && atSource.uuid === atTarget.uuid) return { detail: `repository ${name}: the same place on both sides by its uuid` };
  if (request.snapshot !== undefined) return { detail: `repository ${name}: the snapshot itself will show that both sides see the same place` };
  await prove(source, target, store, input);
  return { detail: `repository ${name}: proven to be the same place by an empty snapshot` };
}

function isKnown(uuid: string | null): boolean {
  return uuid !== null && uuid !== '_na_';
}

async function ensureAtSource(source: Cluster, store: Store, { id, request }: PrepareInput): Promise<RepositoryInfo> {
  const { name, type, settings } = request.repository;
  const existing = await registered(source, name);
  if (existing !== undefined) {
    await verify(source, name);
    return existing;
  }
  if (type === undefined || settings === undefined) {
    throw new GodwitError('RepositoryMissing', `the source has no repository ${name}`, { subject: name });
  }
  return register(source, store, id, { name, type, settings });
}

async function ensureAtTarget(target: Cluster, store: Store, { id, request }: PrepareInput, atSource: RepositoryInfo): Promise<RepositoryInfo> {
  const { name, targetSettings } = request.repository;
  const existing = await registered(target, name);
  if (existing === undefined) {
    return register(target, store, id, { name, type: atSource.type, settings: { ...atSource.settings, ...targetSettings, readonly: true } });
  }
  if (!existing.isReadOnly) {
    throw new GodwitError('RepositoryHasOtherWriter', `the target has repository ${name} registered for writing`, { subject: name });
  }
  return existing;
}

async function registered(cluster: Cluster, name: string): Promise<RepositoryInfo | undefined> {
  return (await listRepositories(cluster)).find((repository) => repository.name === name);
}

async function register(
  cluster: Cluster,
  store: Store,
  id: string,
  repository: { readonly name: string; readonly type: string; readonly settings: Settings },
): Promise<RepositoryInfo> {
  const { name, type, settings } = repository;
  const key = { kind: EFFECT.registerRepository, connection: cluster.connection, subject: name };
  await store.effects.begin(id, { ...key, undo: {} });
  await call(cluster, { action: `register repository ${name} at ${cluster.connection}`, subject: name }, () =>
    // By path: the client's types know each repository type only with its own settings.
    cluster.client.transport.request({
      method: 'PUT',
      path: `/_snapshot/${encodeURIComponent(name)}`,
      querystring: { verify: true },
      body: { type, settings },
    }),
  );
  await store.effects.settle(id, key, 'done');
  const found = await registered(cluster, name);
  if (found === undefined) throw new GodwitError('RepositoryMissing', `repository ${name} vanished from ${cluster.connection} after it was registered`, { subject: name });
  return found;
}

async function verify(cluster: Cluster, name: string): Promise<void> {
  await call(cluster, { action: `verify repository ${name} at ${cluster.connection}`, subject: name }, () => cluster.client.snapshot.verifyRepository({ name }));
}

/** Makes an empty snapshot at the source, looks for it at the target, and deletes it. */
async function prove(source: Cluster, target: Cluster, store: Store, { id, request }: PrepareInput): Promise<void> {
  const repository = request.repository.name;
  const snapshot = probeNameOf(id);
  const key = { kind: EFFECT.probeSnapshot, connection: source.connection, subject: snapshot };
  report({ step: 'prepare', detail: `proving that both sides see the same repository ${repository}` });
  const existing = await findSnapshot(source, repository, snapshot);
  if (existing !== null && !isSnapshotOf(id, existing.metadata)) {
    throw new GodwitError('SnapshotNotOurs', `repository ${repository} has a snapshot ${snapshot} that is not of this migration`, { subject: snapshot });
  }
  if (existing === null) {
    await store.effects.begin(id, { ...key, undo: { repository, snapshot } });
    await call(source, { action: `write into repository ${repository}`, subject: repository }, () =>
      source.client.snapshot.create({
        repository,
        snapshot,
        wait_for_completion: false,
        indices: ['-*'],
        include_global_state: false,
        feature_states: ['none'],
        metadata: snapshotMetadata(id),
      }),
    );
  }
  const made = await finished(source, repository, snapshot);
  const seen = await findSnapshot(target, repository, snapshot);
  await call(source, { action: `delete snapshot ${snapshot}`, subject: snapshot }, () => source.client.snapshot.delete({ repository, snapshot }));
  await store.effects.settle(id, key, 'undone');
  if (seen?.uuid !== made) {
    throw new GodwitError('RepositoryNotShared', `a snapshot that ${source.connection} wrote into repository ${repository} is not seen there by ${target.connection}`, { subject: repository });
  }
}

async function finished(source: Cluster, repository: string, snapshot: string): Promise<string> {
  const until = Date.now() + PROBE_MS;
  for (const delay of pollDelays(50, 1_000)) {
    const found = await findSnapshot(source, repository, snapshot);
    if (found?.state === 'SUCCESS') return found.uuid;
    if (found !== null && found.state !== 'IN_PROGRESS') {
      throw new GodwitError('RepositoryNotVerified', `an empty snapshot in repository ${repository} ended as ${found.state}`, { subject: repository });
    }
    if (Date.now() > until) throw new GodwitError('Timeout', `an empty snapshot in repository ${repository} does not end`, { subject: repository });
    await pause(delay);
  }
  throw new GodwitError('Internal', 'the poll delays ended');
}

export function createRepositoryActivities(deps: ActivityDeps) {
  return { prepareRepositories: withPulse((input: PrepareInput) => prepareRepositories(deps, input)) };
}
