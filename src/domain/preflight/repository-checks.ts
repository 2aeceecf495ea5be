/** Judges the snapshot repository: registered where, the same place on both sides, written by the source alone. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import type { SnapshotRestoreRequest } from '../../contracts/requests.js';
import { finding, note } from '../findings.js';
import type { RepositoryFacts } from './facts.js';

type RepositoryRequest = SnapshotRestoreRequest['repository'];

/** Settings that say where a repository is. Whoever agrees in type and in these writes to the same place. */
const PLACE_SETTINGS = ['location', 'bucket', 'base_path', 'container', 'url', 'client'] as const;

export function checkRepository(wanted: RepositoryRequest, source: readonly RepositoryFacts[], target: readonly RepositoryFacts[]): Finding[] {
  const atSource = source.find((repository) => repository.name === wanted.name);
  const atTarget = target.find((repository) => repository.name === wanted.name);
  const findings = atSource === undefined ? checkNew(wanted) : checkRegistered(wanted, atSource);
  if (findings.some((item) => item.severity === 'error')) return findings;
  const placeAtTarget = atSource === undefined ? { type: wanted.type ?? '', settings: asText({ ...wanted.settings, ...wanted.targetSettings }) } : { type: atSource.type, settings: { ...atSource.settings, ...asText(wanted.targetSettings ?? {}) } };
  return [...findings, ...checkOtherWriters(wanted, atSource, placeAtTarget, target), ...checkAtTarget(wanted, atSource, atTarget)];
}

function checkNew(wanted: RepositoryRequest): Finding[] {
  if (wanted.type === undefined || wanted.settings === undefined) {
    return [finding('error', 'RepositoryMissing', 'repository', `the source has no repository ${wanted.name}, and the request does not say how to register it`)];
  }
  return [note('RepositoryRegistered', 'repository', `repository ${wanted.name} (${wanted.type}) will be registered at the source and read-only at the target, and removed in the end`)];
}

function checkRegistered(wanted: RepositoryRequest, registered: RepositoryFacts): Finding[] {
  if (wanted.type !== undefined && wanted.type !== registered.type) {
    return [finding('error', 'RepositoryDiffers', 'repository.type', `repository ${wanted.name} is of type ${registered.type} at the source, not ${wanted.type}`)];
  }
  for (const [name, value] of Object.entries(wanted.settings ?? {})) {
    const present = registered.settings[name];
    if (present !== undefined && present !== String(value)) {
      return [finding('error', 'RepositoryDiffers', `repository.settings.${name}`, `repository ${wanted.name} has ${name} "${present}" at the source, not "${String(value)}"`)];
    }
  }
  return [];
}

/** A second writer corrupts a repository: every other registration must be read-only. */
function checkOtherWriters(
  wanted: RepositoryRequest,
  atSource: RepositoryFacts | undefined,
  place: Pick<RepositoryFacts, 'type' | 'settings'>,
  target: readonly RepositoryFacts[],
): Finding[] {
  return target
    .filter((other) => !other.isReadOnly && (isSameUuid(other, atSource) || isSamePlace(other, place) || other.name === wanted.name))
    .map((other) =>
      finding(
        'error',
        'RepositoryHasOtherWriter',
        'repository',
        `the target has repository ${other.name} registered for writing${other.name === wanted.name ? '' : ` at the same place as ${wanted.name}`}`,
        `Register ${other.name} at the target with readonly: true, or remove it there; then retry.`,
      ),
    );
}

function isSameUuid(a: RepositoryFacts, b: RepositoryFacts | undefined): boolean {
  return b !== undefined && a.uuid !== null && a.uuid !== '_na_' && a.uuid === b.uuid;
}

function isSamePlace(a: Pick<RepositoryFacts, 'type' | 'settings'>, b: Pick<RepositoryFacts, 'type' | 'settings'>): boolean {
  return a.type === b.type && PLACE_SETTINGS.every((name) => trimmed(a.settings[name]) === trimmed(b.settings[name])) && PLACE_SETTINGS.some((name) => a.settings[name] !== undefined);
}

function trimmed(value: string | undefined): string | undefined {
  return value?.replace(/\/+$/, '');
}

function checkAtTarget(wanted: RepositoryRequest, atSource: RepositoryFacts | undefined, atTarget: RepositoryFacts | undefined): Finding[] {
  if (atTarget === undefined) return atSource === undefined ? [] : [note('RepositoryRegistered', 'repository', `repository ${wanted.name} will be registered read-only at the target and removed in the end`)];
  if (!atTarget.isReadOnly) return [];
  const areKnown = atSource?.uuid != null && atTarget.uuid !== null && atSource.uuid !== '_na_' && atTarget.uuid !== '_na_';
  if (areKnown && atSource.uuid !== atTarget.uuid) {
    return [finding('error', 'RepositoryNotShared', 'repository', `repository ${wanted.name} is another place at the target than at the source`)];
  }
  return [note('RepositoryReused', 'repository', `repository ${wanted.name} is registered read-only at the target already${areKnown ? ' and is the same place' : ''}`)];
}

function asText(settings: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}
