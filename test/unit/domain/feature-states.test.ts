/** Which feature states are meant and in which order; what is judged before any of them is replaced. */
import { describe, expect, it } from 'vitest';
import { SystemIndicesRequestSchema } from '../../../src/contracts/requests.js';
import { indicesOfState, selectStates, wayBackByHand } from '../../../src/domain/feature-states.js';
import { checkCredential, checkReplaced, checkSecurity, checkWayBack, type CredentialFacts, type SecurityFacts } from '../../../src/domain/preflight/feature-state-checks.js';
import { differencesOf } from '../../../src/domain/security-comparison.js';

const SOURCE = ['security', 'kibana', 'tasks', 'fleet'];
const TARGET = ['tasks', 'security', 'kibana', 'watcher'];

describe('feature states that are meant', () => {
  it.each([
    ['a wildcard takes what both have, but never security', ['*'], ['kibana', 'tasks']],
    ['named, security comes, and last', ['security', '*'], ['kibana', 'tasks', 'security']],
    ['not even a wildcard that fits takes it', ['sec*'], []],
    ['an exclusion takes out what was added before', ['*', 'security', '-tasks', '-sec*'], ['kibana']],
  ])('%s', (_name, patterns, states) => {
    expect(selectStates(patterns, SOURCE, TARGET)).toEqual({ states, missing: [] });
  });

  it('names that a side lacks are told with that side', () => {
    expect(selectStates(['fleet', 'watcher', 'enrich'], SOURCE, TARGET).missing).toEqual([
      { pattern: 'fleet', side: 'target' },
      { pattern: 'watcher', side: 'source' },
      { pattern: 'enrich', side: 'both' },
    ]);
  });

  it('system indices are told apart by feature; an unknown feature has none', () => {
    expect(indicesOfState('kibana', ['.kibana_9.4.3_001', '.security-7', '.kibana_task_manager_1'])).toEqual(['.kibana_9.4.3_001', '.kibana_task_manager_1']);
    expect(indicesOfState('something-new', ['.security-7'])).toEqual([]);
  });

  it('the request by hand restores no index, and the global state only if it was replaced', () => {
    expect(wayBackByHand('kept', 's', ['kibana', 'global state', 'security'])).toContain('"include_global_state":true,"include_aliases":false,"feature_states":["kibana","security"]');
    expect(wayBackByHand('kept', 's', ['global state'])).toContain('"feature_states":["none"]');
  });
});

describe('what a feature asks of the people around', () => {
  it.each([
    ['kibana', /encryptedSavedObjects\.encryptionKey/, /Stop every Kibana of the target .* saved-objects/],
    ['fleet', /kibana and security too/, /Stop the Fleet servers .* enrol agents/],
    ['watcher', /both act/, /_watcher\/_stop/],
    ['transform', /run at both/, /_transform\/\*\/_stop/],
    ['machine_learning', /tasks may be writing/, /set_upgrade_mode\?enabled=true/],
    ['logstash_management', /every Logstash/, /Stop these Logstashes/],
  ])('%s: what it does, and what must be stopped meanwhile', (state, message, remedy) => {
    const found = checkReplaced([state], [], new Map());
    expect(found.map(({ code, severity, subject }) => [code, severity, subject])).toEqual([['FeatureStateReplaces', 'warning', `featureStates.${state}`], ['FeatureStateCaveat', 'warning', `featureStates.${state}`]]);
    expect(found[1]?.message).toMatch(message);
    expect(found[1]?.remedy).toMatch(remedy);
  });

  it('what is deleted is named, with its documents where they can be counted', () => {
    const [found] = checkReplaced(['kibana'], ['.kibana_9.4.3_001', '.kibana_task_manager_1', '.security-7'], new Map([['.kibana_9.4.3_001', 1_234]]));
    expect(found?.message).toBe('kibana comes from the source; what the target has of it is deleted: .kibana_9.4.3_001 (1,234 documents), .kibana_task_manager_1');
  });
});

describe('the request', () => {
  const body = { type: 'system-indices', source: 'a', target: 'b', repository: { name: 'r' } };

  it('needs a way back, or the word that there is to be none', () => {
    expect(SystemIndicesRequestSchema.safeParse(body).error?.issues.map(({ path }) => path.join('.'))).toEqual(['backupRepository']);
    expect(SystemIndicesRequestSchema.safeParse({ ...body, acceptNoWayBack: true }).success).toBe(true);
    expect(SystemIndicesRequestSchema.parse({ ...body, backupRepository: 'kept' })).toMatchObject({ featureStates: ['*'], includeGlobalState: false, ownCredential: 'survives' });
  });

  it.each([[['Security']], [['a b']], [[]], [['none,all']]])('refuses the names %j', (featureStates) => {
    expect(SystemIndicesRequestSchema.safeParse({ ...body, backupRepository: 'kept', featureStates }).success).toBe(false);
  });
});

describe("Godwit's own credential", () => {
  const file: CredentialFacts = { username: 'godwit', realm: 'file', apiKey: null, nativeRoles: [] };

  it('survives as a user of the file realm with roles that are not part of security', () => {
    expect(checkCredential(file, 'survives')).toMatchObject([{ severity: 'info', code: 'CredentialSurvives' }]);
    expect(checkCredential(null, 'survives')).toEqual([]);
  });

  it.each<[string, Partial<CredentialFacts>, RegExp]>([
    ['an API key', { realm: '_es_api_key', apiKey: 'k' }, /API key k/],
    ['a token of a service account', { realm: '_service_account' }, /service account/],
    ['a native user', { realm: 'native' }, /realm native/],
    ['a reserved user', { username: 'elastic', realm: 'reserved' }, /realm reserved/],
    ['a user of LDAP, whose roles come from role mappings', { realm: 'ldap' }, /role mappings/],
    ['a user of the file realm with a role made through the API', { nativeRoles: ['mover'] }, /role mover/],
  ])('%s is refused, or warned of where it is to be issued again', (_name, change, message) => {
    expect(checkCredential({ ...file, ...change }, 'survives')).toMatchObject([{ severity: 'error', code: 'CredentialLost', message: expect.stringMatching(message) }]);
    expect(checkCredential({ ...file, ...change }, 'reissued')).toMatchObject([{ severity: 'warning', code: 'CredentialReissued', message: expect.stringMatching(message) }]);
  });
});

describe('what goes and what comes', () => {
  const none: SecurityFacts = { users: [], roles: [], roleMappings: [], apiKeys: { total: 0, names: [] }, serviceTokens: [], applications: [] };

  it('names whom the target loses, and who gets other passwords', () => {
    const target: SecurityFacts = { ...none, users: ['anna', 'ben'], roles: ['r1'], apiKeys: { total: 70, names: ['k1', 'k2'] } };
    const [replaced] = checkSecurity({ ...none, users: ['ben'] }, target);
    expect(replaced?.message).toMatch(/loses 1 user \(anna\), 1 role \(r1\), 70 API keys \(k1, k2\); of ben the password/);
    expect(replaced?.message).not.toMatch(/\(anna, ben\)/);
  });

  it('differences are told by name, equal sides have none', () => {
    const one: SecurityFacts = { ...none, users: ['a'], apiKeys: { total: 1, names: ['k'] } };
    expect(differencesOf(one, one)).toEqual([]);
    expect(differencesOf(one, { ...none, users: ['b'] })).toEqual(['users missing at the target: a', 'users that the source lacks: b', '1 API keys at the source, 0 at the target']);
  });
});

describe('the way back', () => {
  const at = (name: string, isReadOnly = false): { name: string; type: string; uuid: null; isReadOnly: boolean; settings: Record<string, string> } => ({ name, type: 'fs', uuid: null, isReadOnly, settings: {} });

  it.each([
    ['none', undefined, [], 'NoWayBack'],
    ['a repository that is there', 'kept', [at('kept')], 'WayBack'],
    ['one that is not', 'kept', [at('other')], 'RepositoryMissing'],
    ['one that is read-only', 'kept', [at('kept', true)], 'RepositoryNotVerified'],
    ['the one of the source', 'moving', [at('moving', true)], 'RepositoryHasOtherWriter'],
  ])('%s', (_name, wanted, target, code) => {
    expect(checkWayBack({ wanted, target, moving: 'moving' })).toMatchObject([{ code }]);
  });
});
