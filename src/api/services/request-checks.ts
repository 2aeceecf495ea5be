/** What is checked of a request before anything is asked of a cluster or of Temporal. */
import type { MigrationType } from '../../contracts/names.js';
import type { Finding } from '../../contracts/preflight.js';
import type { MigrationRequest } from '../../contracts/requests.js';
import { ERROR_TABLE, isErrorCode } from '../../domain/errors.js';
import { isRequestError } from '../../domain/findings.js';
import type { AppDeps } from '../deps.js';
import { closestWord } from './closest-word.js';
import { type FieldError, InvalidRequest } from './invalid-request.js';

type CheckDeps = Pick<AppDeps, 'connectionSummaries' | 'requestFindings' | 'log'>;

/** The clusters are asked for no longer than this, milliseconds; afterwards the migration is accepted and finds out itself. */
const FINDINGS_MS = 10_000;

/** @throws ValidationFailed for names that no connection has, and for a source that is the target */
export function checkConnections(deps: CheckDeps, request: MigrationRequest): void {
  const names = deps.connectionSummaries().map((summary) => summary.name);
  const errors: FieldError[] = (['source', 'target'] as const)
    .filter((path) => !names.includes(request[path]))
    .map((path) => ({ path, message: unknownName(request[path], names) }));
  if (errors.length > 0) throw new InvalidRequest(errors, 'UnknownConnection');
  checkKibana(deps, request);
  if (request.source === request.target) {
    throw new InvalidRequest([{ path: 'target', message: `is the source too; name another connection than "${request.source}"` }], 'SameCluster');
  }
}

/** @throws ValidationFailed for a connection without the Kibana that the type needs */
function checkKibana(deps: CheckDeps, request: MigrationRequest): void {
  if (request.type !== 'saved-objects') return;
  const having = new Set(deps.connectionSummaries().filter((summary) => summary.hasKibana).map((summary) => summary.name));
  const errors: FieldError[] = (['source', 'target'] as const)
    .filter((path) => !having.has(request[path]))
    .map((path) => ({ path, message: `the connection "${request[path]}" names no Kibana; add kibana: { url: ... } to it in the connections file` }));
  if (errors.length > 0) throw new InvalidRequest(errors);
}

function unknownName(name: string, names: readonly string[]): string {
  const meant = closestWord(name, names);
  const list = names.length === 0 ? 'the connections file has none' : `the connections file has ${names.join(', ')}`;
  return `no connection is named "${name}"; ${list}${meant === null ? '' : `; did you mean "${meant}"?`}`;
}

/** Why a type cannot move into a serverless project, whatever the source. */
const NOT_INTO_SERVERLESS: Readonly<Partial<Record<MigrationType, string>>> = {
  'snapshot-restore': 'is serverless, which restores no snapshots',
  'system-indices': 'is serverless, which restores no snapshots',
};

/** What the kind of the target, as configured, rules out for the type. */
export function kindFinding(deps: CheckDeps, request: MigrationRequest): Finding | null {
  const kind = deps.connectionSummaries().find((summary) => summary.name === request.target)?.kind;
  const reason = NOT_INTO_SERVERLESS[request.type];
  if (kind !== 'serverless' || reason === undefined) return null;
  return {
    severity: 'error',
    code: 'UnsupportedTarget',
    subject: 'target',
    message: `the connection "${request.target}" ${reason}`,
    remedy: ERROR_TABLE.UnsupportedTarget.remedy,
  };
}

/** @throws the first finding's code, with all of them as errors, when the request can never work */
export async function checkFeasible(deps: CheckDeps, request: MigrationRequest): Promise<void> {
  const byKind = kindFinding(deps, request);
  const findings = byKind === null ? await boundedFindings(deps, request) : [byKind];
  const fatal = findings.filter(isRequestError);
  const [first] = fatal;
  if (first === undefined) return;
  const errors = fatal.map((finding) => ({ path: finding.subject, message: `${finding.message}. ${finding.remedy}` }));
  throw new InvalidRequest(errors, isErrorCode(first.code) ? first.code : 'ValidationFailed');
}

async function boundedFindings(deps: CheckDeps, request: MigrationRequest): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([]), FINDINGS_MS);
  });
  try {
    return await Promise.race([deps.requestFindings(request), timeout]);
  } catch (error) {
    // A cluster that cannot be asked is no fault of the request: the migration parks there and says so.
    deps.log.warn({ err: error }, 'the request could not be checked against the clusters');
    return [];
  } finally {
    clearTimeout(timer);
  }
}
