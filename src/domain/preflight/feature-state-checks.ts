/** Judges what restoring feature states replaces at the target, who is locked out, and whether there is a way back. Pure. */
import type { Finding } from '../../contracts/preflight.js';
import { CAVEATS, SECURITY, indicesOfState, some } from '../feature-states.js';
import { finding, note, warning } from '../findings.js';
import type { RepositoryFacts } from './facts.js';

/** `security` of one side, by names and numbers. */
export interface SecurityFacts {
  /** Native users, reserved ones (`elastic`...) left out. */
  readonly users: readonly string[];
  /** Roles that were made, built-in ones left out. */
  readonly roles: readonly string[];
  readonly roleMappings: readonly string[];
  /** Names of the newest API keys, and how many there are that were not invalidated. */
  readonly apiKeys: { readonly total: number; readonly names: readonly string[] };
  /** `namespace/service/token` of those that are kept in the index. */
  readonly serviceTokens: readonly string[];
  /** Applications whose privileges are kept there, e.g. kibana-.kibana. */
  readonly applications: readonly string[];
}

export interface CredentialFacts {
  readonly username: string;
  /** Type of the realm: file, native, reserved, _es_api_key, ldap... */
  readonly realm: string;
  /** Name of the API key, if it is one. */
  readonly apiKey: string | null;
  /** Roles that are kept in the feature state `security`; those of a file and built-in ones are not. */
  readonly nativeRoles: readonly string[];
}

const subjectOf = (state: string): string => `featureStates.${state}`;

/** Names that a side does not have. */
export function checkMissing(missing: readonly { readonly pattern: string; readonly side: 'source' | 'target' | 'both' }[], source: readonly string[], target: readonly string[], sourceIs: string): Finding[] {
  return missing.map(({ pattern, side }) =>
    finding(
      'error',
      'FeatureStateMissing',
      subjectOf(pattern),
      side === 'target' ? `the target has no feature state ${pattern}; it has ${some(target)}` : `${sourceIs} has no feature state ${pattern}${source.length === 0 ? '' : `; it has ${some(source)}`}`,
    ),
  );
}

/** What each state deletes and replaces at the target. @param documents by index; an index is absent if it could not be counted */
export function checkReplaced(states: readonly string[], systemIndices: readonly string[], documents: ReadonlyMap<string, number>): Finding[] {
  return states.flatMap((state) => {
    const indices = indicesOfState(state, systemIndices);
    const replaced = indices.length === 0 ? 'the target has nothing of it that is known to Godwit' : `what the target has of it is deleted: ${some(indices.map((index) => withCount(index, documents)))}`;
    const caveat = CAVEATS[state];
    return [
      warning('FeatureStateReplaces', subjectOf(state), `${state} comes from the source; ${replaced}`, 'Leave it out of featureStates if the target is to keep its own.'),
      ...(caveat === undefined ? [] : [warning('FeatureStateCaveat', subjectOf(state), `${state}: ${caveat.message}`, caveat.remedy)]),
    ];
  });
}

function withCount(index: string, documents: ReadonlyMap<string, number>): string {
  const count = documents.get(index);
  return count === undefined ? index : `${index} (${count.toLocaleString('en-US')} documents)`;
}

/** What of `security` goes, and who can no longer log in. */
export function checkSecurity(source: SecurityFacts | null, target: SecurityFacts | null): Finding[] {
  if (target === null) return [];
  const comes = (kind: 'users' | 'roles' | 'roleMappings'): ReadonlySet<string> => new Set(source?.[kind] ?? []);
  const goes = (kind: 'users' | 'roles' | 'roleMappings'): string[] => target[kind].filter((name) => !comes(kind).has(name));
  const lost = describeSecurity({ ...target, users: goes('users'), roles: goes('roles'), roleMappings: goes('roleMappings') });
  const kept = target.users.filter((name) => comes('users').has(name));
  const findings = [
    warning(
      'SecurityReplaced',
      subjectOf(SECURITY),
      `the target loses ${lost === '' ? 'no name that the source lacks' : lost}${kept.length === 0 ? '' : `; of ${some(kept)} the password and roles become those of the source`}; elastic and the other reserved users take their passwords from the source, if they were set there`,
      'Whoever logs in by one of these is locked out: tell them, and have a superuser in the file realm of every node of the target (on Elastic Cloud: reset the password of elastic in the console).',
    ),
  ];
  if (source !== null) findings.push(note('SecurityArrives', subjectOf(SECURITY), `the source brings ${describeSecurity(source) || 'nothing but what is built in'}; its API keys and tokens work at the target afterwards`));
  return findings;
}

/** `2 users (anna, ben), 1 role (reader)`; empty if there is nothing. */
export function describeSecurity({ users, roles, roleMappings, apiKeys, serviceTokens, applications }: SecurityFacts): string {
  const part = (number: number, one: string, names: readonly string[]): string[] => (number === 0 ? [] : [`${String(number)} ${one}${number === 1 ? '' : 's'} (${some(names)})`]);
  return [
    ...part(users.length, 'user', users),
    ...part(roles.length, 'role', roles),
    ...part(roleMappings.length, 'role mapping', roleMappings),
    ...part(apiKeys.total, 'API key', apiKeys.names),
    ...part(serviceTokens.length, 'service token', serviceTokens),
    ...part(applications.length, 'application', applications),
  ].join(', ');
}

/** Whether Godwit's own credential at the target outlives `security`. */
export function checkCredential(own: CredentialFacts | null, mode: 'survives' | 'reissued'): Finding[] {
  if (own === null) return [];
  const reason = lossOf(own);
  if (reason === null) return [note('CredentialSurvives', 'target', `Godwit logs in at the target as ${own.username} of the file realm, which no feature state touches`)];
  if (mode === 'reissued') {
    return [
      warning(
        'CredentialReissued',
        'target',
        `${reason}; after the restore Godwit waits at the target until its connection logs in again`,
        'Have a file-realm user or a key of the source ready, and put it into the connections file then; it is read again by itself. Until then not even a cancel can bring the old state back.',
      ),
    ];
  }
  return [finding('error', 'CredentialLost', 'ownCredential', reason)];
}

/** Why a credential does not outlive `security` for sure; null if it does. */
function lossOf({ username, realm, apiKey, nativeRoles }: CredentialFacts): string | null {
  if (apiKey !== null || realm === '_es_api_key') return `Godwit logs in at the target by the API key ${apiKey ?? ''} of ${username}, and API keys are part of security: it is gone after the restore`;
  if (realm === '_service_account') return `Godwit logs in at the target by a token of the service account ${username}, and these are part of security, unless it is in a file of every node`;
  if (realm !== 'file') return `Godwit logs in at the target as ${username} of the realm ${realm}; whether it can after the restore depends on the passwords, roles and role mappings of the source`;
  if (nativeRoles.length > 0) return `Godwit logs in at the target as ${username} of the file realm, whose role ${nativeRoles.join(', ')} is part of security`;
  return null;
}

export interface BackupFacts {
  readonly wanted: string | undefined;
  readonly target: readonly RepositoryFacts[];
  /** Name under which the source's repository goes. */
  readonly moving: string;
}

/** Whether there is a repository for the way back. */
export function checkWayBack({ wanted, target, moving }: BackupFacts): Finding[] {
  if (wanted === undefined) {
    return [
      warning('NoWayBack', 'backupRepository', 'what is replaced is not kept: neither a cancel nor anybody else can bring it back', 'Register a repository at the target and name it in backupRepository.'),
    ];
  }
  if (wanted === moving) return [finding('error', 'RepositoryHasOtherWriter', 'backupRepository', `${wanted} is the repository of the source`, 'Name another one, at another place, that only the target writes to.')];
  const found = target.find((repository) => repository.name === wanted);
  if (found === undefined) {
    return [finding('error', 'RepositoryMissing', 'backupRepository', `the target has no repository ${wanted}`, `Register it there (PUT /_snapshot/${wanted}), at a place that no other cluster writes to; then retry.`)];
  }
  if (found.isReadOnly) return [finding('error', 'RepositoryNotVerified', 'backupRepository', `repository ${wanted} is registered read-only at the target`, 'Name one that the target may write to.')];
  return [note('WayBack', 'backupRepository', `what is replaced is kept in repository ${wanted} of the target first; a cancel brings it back, and the snapshot stays there afterwards`)];
}

/** What the global state replaces, by names. */
export function checkGlobalState(parts: readonly { readonly what: string; readonly names: readonly string[] }[]): Finding[] {
  const replaced = parts.map(({ what, names }) => `${String(names.length)} ${what} (${some(names)})`).join('; ');
  return [
    warning(
      'GlobalStateReplaces',
      'includeGlobalState',
      `the global state replaces templates, ingest pipelines, lifecycle policies, stored scripts and persistent settings of the target entirely${replaced === '' ? '; the target has none now' : `: ${replaced}`}`,
      'Leave includeGlobalState out unless the target is empty: the type components takes over one by one.',
    ),
  ];
}
