/** What becomes of a component, by what stands at the target, its kind and what was asked for. */
import { describe, expect, it } from 'vitest';
import type { ComponentKind } from '../../../../src/contracts/component-kinds.js';
import { ComponentsRequestSchema } from '../../../../src/contracts/components-request.js';
import { judge, type TargetSide } from '../../../../src/domain/components/judge.js';
import type { FitContext } from '../../../../src/domain/components/kind.js';
import { KINDS } from '../../../../src/domain/components/kinds.js';
import type { JsonObject } from '../../../../src/domain/json.js';

const policy = (options: object = {}) => ComponentsRequestSchema.parse({ type: 'components', source: 'a', target: 'b', ...options });
const fit = (change: Partial<FitContext> = {}): FitContext => ({ targetKind: 'self-managed', targetVersion: { major: 9, minor: 4, patch: 3 }, refusedSettings: new Set(), retentionByTemplate: new Map(), retentionByPolicy: new Map(), ...change });

function judged(kind: ComponentKind, raw: JsonObject, options: { readonly name?: string; readonly there?: JsonObject; readonly target?: Partial<TargetSide>; readonly ask?: object } = {}) {
  const name = options.name ?? 'x';
  const side: TargetSide = { entry: options.there === undefined ? null : { name, raw: options.there }, unavailable: null, has: () => true, fit: fit(), ...options.target };
  return judge(kind, { name, raw }, side, policy(options.ask));
}

const pipeline = { description: 'a', processors: [{ set: { field: 'f', value: 1 } }] };

describe('against the target', () => {
  it('missing is written; the same but for times and the order of keys is left alone', () => {
    expect(judged('ingest-pipeline', pipeline)).toMatchObject({ standing: 'missing', plan: 'write', definition: pipeline });
    const there = { modified_date_millis: 7, processors: [{ set: { value: 1, field: 'f' } }], description: 'a' };
    expect(judged('ingest-pipeline', { ...pipeline, created_date: 'x' }, { there })).toMatchObject({ standing: 'same', plan: 'leave' });
  });

  it.each([
    [{}, 'refuse'],
    [{ onExisting: 'merge' }, 'keep'],
    [{ onExisting: 'replace' }, 'replace'],
    [{ onExisting: 'replace', onExistingByKind: { 'ingest-pipeline': 'fail' } }, 'refuse'],
    [{ onExistingByKind: { 'ingest-pipeline': 'replace' } }, 'replace'],
    [{ onExistingByKind: { role: 'replace' } }, 'refuse'],
  ])('what differs, asked %j: %s', (ask, plan) => {
    const found = judged('ingest-pipeline', pipeline, { there: { ...pipeline, description: 'b' }, ask });
    expect(found).toMatchObject({ standing: 'differs', plan, reason: expect.stringMatching(/^description: "a" at the source, "b" at the target/) });
  });

  it('results of machine learning are never replaced, nor what is managed there', () => {
    expect(judged('ml-job', { description: 'a' }, { there: { description: 'b' }, ask: { onExisting: 'replace' } })).toMatchObject({ plan: 'refuse', reason: expect.stringContaining('would be lost') });
    expect(judged('ingest-pipeline', pipeline, { there: { _meta: { managed: true } }, ask: { onExisting: 'replace' } })).toMatchObject({ plan: 'refuse' });
  });

  it('says whether that of the target can be brought back', () => {
    const watch = (secret: string) => ({ watch: { input: { http: { request: { auth: { basic: { password: secret } } } } } } });
    const replaced = judged('watch', watch('a'), { there: watch('::es_redacted::x'), ask: { onExisting: 'replace' } });
    expect(replaced).toMatchObject({ plan: 'replace', reason: expect.stringContaining('cannot be brought back: it has a secret') });
    expect(judged('ingest-pipeline', pipeline, { there: {}, ask: { onExisting: 'replace' } }).reason).toContain('a cancel brings it back');
  });

  it('no value of what may hold secrets is shown', () => {
    const found = judged('logstash-pipeline', { pipeline: 'output { password => "hunter2" }' }, { there: { pipeline: 'b' }, ask: { onExisting: 'merge' } });
    expect(found.reason).toBe('pipeline');
  });

  it('what needs something that is not there is not written yet', () => {
    const needs = (kind: ComponentKind, raw: JsonObject) => judged(kind, raw, { target: { has: () => false } });
    expect(needs('enrich-policy', { match: { name: 'x', indices: ['users'], match_field: 'a', enrich_fields: ['b'] } })).toMatchObject({ standing: 'not-yet', reason: 'the target lacks the index users' });
    expect(needs('slm-policy', { repository: 'backups' })).toMatchObject({ standing: 'not-yet', reason: 'the target lacks the snapshot repository backups' });
    expect(needs('ilm-policy', { phases: { cold: { actions: { searchable_snapshot: { snapshot_repository: 'cold' } } } } })).toMatchObject({ standing: 'not-yet' });
    expect(needs('ingest-pipeline', { processors: [{ foreach: { field: 'a', processor: { enrich: { policy_name: 'users', field: 'a', target_field: 'b' } } } }] })).toMatchObject({ reason: 'the target lacks the enrich policy users' });
    expect(needs('data-stream-lifecycle', { lifecycle: { enabled: true } })).toMatchObject({ standing: 'not-yet' });
    expect(needs('data-stream-options', { failure_store: { enabled: true } })).toMatchObject({ reason: 'the target lacks the data stream x' });
    expect(needs('trained-model-alias', { model_id: 'm' })).toMatchObject({ reason: 'the target lacks the trained model m' });
    expect(needs('ccr-auto-follow', { remote_cluster: 'far' })).toMatchObject({ reason: 'the target lacks the remote cluster far' });
  });

  it('a target without the API does not support the kind', () => {
    expect(judged('synonyms', { synonyms_set: [] }, { target: { unavailable: 'b does not have this API' } })).toMatchObject({ standing: 'unsupported', reason: 'b does not have this API' });
  });
});

describe('what is the system’s own', () => {
  it.each<readonly [ComponentKind, string, JsonObject]>([
    ['ilm-policy', 'logs', { phases: {}, _meta: { managed: true } }],
    ['component-template', 'logs@settings', { _meta: { managed_by: 'fleet' } }],
    ['ingest-pipeline', '.fleet_final_pipeline-1', {}],
    ['role', 'superuser', { metadata: { _reserved: true } }],
    ['role-mapping', 'elastic-cloud-sso', { metadata: { _read_only: true } }],
    ['user', 'elastic', { metadata: { _reserved: true } }],
    ['application-privilege', 'kibana-.kibana:all', { application: 'kibana-.kibana' }],
    ['cluster-setting', 'cluster.routing.allocation.enable', { value: 'none' }],
    ['slm-policy', 'cloud-snapshot-policy', { repository: 'found-snapshots' }],
    ['inference-endpoint', '.elser-2-elasticsearch', { service: 'elasticsearch' }],
    ['geoip-database', '_web_x', { web: {} }],
    ['api-key', 'Alerting: x:1', { name: 'Alerting: x' }],
  ])('%s %s is left to the target', (kind, name, raw) => {
    expect(judged(kind, raw, { name })).toMatchObject({ standing: 'managed', plan: 'leave' });
  });

  it('@custom is what users write, whatever its _meta says', () => {
    expect(judged('component-template', { template: {}, _meta: { managed: true, managed_by: 'fleet' } }, { name: 'logs@custom' })).toMatchObject({ standing: 'missing' });
  });
});

describe('what holds a secret', () => {
  it.each<readonly [ComponentKind, JsonObject, string]>([
    ['user', { roles: ['a'] }, 'password cannot be read'],
    ['api-key', { id: 'i', name: 'n', username: 'ann', realm: 'default_native' }, 'ann (realm default_native) is to issue it again'],
    ['service-token', { account: 'elastic/fleet-server', token: 't' }, 'POST /_security/service/elastic/fleet-server/credential/token/t'],
    ['inference-endpoint', { service: 'openai', task_type: 'completion' }, 'PUT /_inference/completion/<id>'],
    ['watch', { watch: { input: { http: { request: { auth: { basic: { password: '::es_redacted::abc' } } } } } } }, 'by hand'],
    ['trained-model', { model_type: 'pytorch' }, 'upload it'],
    ['connector', { is_native: true }, 'self-managed'],
    ['ccr-follower', { leader_index: 'orders', remote_cluster: 'far', status: 'active' }, 'It follows orders of the remote cluster far. What Godwit copies of it is a plain index'],
    ['ccr-follower', { leader_index: 'orders', remote_cluster: 'far', status: 'paused' }, 'remote cluster far (paused)'],
    ['trained-model-deployment', { model_id: 'm', deployment_id: 'd', number_of_allocations: 2, priority: 'low' }, 'POST /_ml/trained_models/m/deployment/_start?deployment_id=d&number_of_allocations=2&priority=low.'],
    [
      'trained-model-deployment',
      { model_id: 'm', deployment_id: 'd', number_of_allocations: 2, adaptive_allocations: { enabled: true, max_number_of_allocations: 9 } },
      '_start?deployment_id=d with {"adaptive_allocations":{"enabled":true,"max_number_of_allocations":9}}',
    ],
    ['licence', { type: 'platinum' }, 'belongs to its cluster'],
  ])('%s is to be made again by hand', (kind, raw, remedy) => {
    expect(judged(kind, raw)).toMatchObject({ standing: 'to-issue', plan: 'leave', reason: expect.stringContaining(remedy) });
  });

  it('users are made disabled when asked for', () => {
    expect(judged('user', { username: 'ann', roles: ['a'], enabled: true }, { ask: { users: 'create' } })).toMatchObject({ standing: 'missing', definition: { roles: ['a'] } });
  });

  it('sensitive values of a connector never get into its definition', () => {
    const raw = { name: 'c', configuration: { host: { value: 'h', sensitive: false }, password: { value: 'hunter2', sensitive: true } }, api_key_id: 'k' };
    const found = judged('connector', raw);
    expect(JSON.stringify(found)).not.toContain('hunter2');
    expect(found).toMatchObject({ notes: expect.arrayContaining(['to be entered again: password']), definition: { configuration: { host: { value: 'h' } } } });
  });
});

describe('what a data stream overrides', () => {
  it('settings are flat; what only the target has is unset when it is replaced; all are unset when it is undone', () => {
    const { listing, writes, removal } = KINDS['data-stream-settings'];
    const answer = { data_streams: [{ name: 'logs', settings: { index: { number_of_shards: '2', lifecycle: { name: 'p' } } }, effective_settings: {} }, { name: 'plain', settings: {} }] };
    expect(listing.entries(answer)).toEqual([{ name: 'logs', raw: { 'index.number_of_shards': '2', 'index.lifecycle.name': 'p' } }]);
    const context = { former: { 'index.lifecycle.name': 'q', 'index.number_of_shards': '1' }, password: '', isRestoring: false };
    expect(writes('logs', { 'index.number_of_shards': '2' }, { name: 'logs', raw: {} }, context)).toEqual([{ method: 'PUT', path: '/_data_stream/logs/_settings', body: { 'index.lifecycle.name': null, 'index.number_of_shards': '2' } }]);
    expect(removal('logs', { 'index.number_of_shards': '2' })).toEqual([{ method: 'PUT', path: '/_data_stream/logs/_settings', body: { 'index.number_of_shards': null } }]);
  });

  it.each([
    [{ data_streams: [{ name: 'logs', applied_to_data_stream: true, settings: {}, index_settings_results: { applied_to_data_stream_only: [] } }] }, null],
    [{ data_streams: [{ name: 'logs', applied_to_data_stream: false, error: 'Cannot set the following settings on a data stream: [index.codec]' }] }, 'Cannot set the following settings on a data stream: [index.codec]'],
    [{ data_streams: [{ name: 'logs', applied_to_data_stream: true, index_settings_results: { errors: [{ index: '.ds-logs-1', error: 'blocked' }] } }] }, 'it was applied to the data stream, but not to .ds-logs-1: blocked'],
  ])('an answer of 200 that says that it was refused counts as refused: %j', (answer, refusal) => {
    expect(KINDS['data-stream-settings'].refusal?.(answer)).toBe(refusal);
    expect(KINDS['data-stream-mappings'].refusal?.(answer)).toBe(refusal);
  });

  it('options without what a read adds to the lifecycle of failures', () => {
    const lifecycle = { enabled: true, data_retention: '7d' };
    const there = { failure_store: { enabled: true, lifecycle: { ...lifecycle, effective_retention: '7d', retention_determined_by: 'data_stream_configuration' } } };
    expect(judged('data-stream-options', { failure_store: { enabled: true, lifecycle } }, { there })).toMatchObject({ standing: 'same' });
    expect(judged('data-stream-options', { failure_store: { enabled: false } }, { there })).toMatchObject({ standing: 'differs' });
  });

  it('mappings are read from 9.1 on and written from 9.2 on', () => {
    const raw = { properties: { a: { type: 'long' } } };
    const at = (minor: number) => judged('data-stream-mappings', raw, { target: { fit: fit({ targetVersion: { major: 9, minor, patch: 0 } }) } });
    expect(at(1)).toMatchObject({ standing: 'unsupported', reason: 'Elasticsearch takes mappings of a data stream from 9.2 on' });
    expect(at(2)).toMatchObject({ standing: 'missing', definition: raw });
  });
});

describe('made fit for the target', () => {
  it('serverless: of the settings of a data stream those that it allows', () => {
    const serverless = { fit: fit({ targetKind: 'serverless', targetVersion: null }) };
    expect(judged('data-stream-settings', { 'index.number_of_shards': '2', 'index.refresh_interval': '30s' }, { target: serverless })).toMatchObject({ standing: 'missing', definition: { 'index.refresh_interval': '30s' } });
    expect(judged('data-stream-settings', { 'index.number_of_shards': '2' }, { target: serverless })).toMatchObject({ standing: 'unsupported', reason: 'without index.number_of_shards, which a serverless project does not allow' });
  });

  it('says which nodes a lifecycle policy needs', () => {
    const phases = { warm: { actions: { allocate: { require: { box: 'warm' }, number_of_replicas: 1 } } }, frozen: { actions: { searchable_snapshot: { snapshot_repository: 'r' } } } };
    expect(judged('ilm-policy', { phases }).notes).toEqual(['it allocates by box: nodes of the target need these attributes', 'its frozen phase needs nodes of the tier data_frozen']);
  });

  it('settings are flat, though 7.17 nests them', () => {
    const answer = { component_templates: [{ name: 'a', component_template: { template: { settings: { index: { search: { slowlog: { level: 'info' } }, sort: { field: ['a', 'b'] } } } } } }] };
    expect(KINDS['component-template'].listing.entries(answer)[0]?.raw).toEqual({ template: { settings: { 'index.search.slowlog.level': 'info', 'index.sort.field': ['a', 'b'] } } });
  });

  const template = { index_patterns: ['logs-*'], data_stream: {}, template: { settings: { 'index.number_of_shards': '2', 'index.lifecycle.name': 'p', 'index.codec': 'best_compression', 'index.gone': '1' } } };

  it('without settings that its version does not know', () => {
    const found = judged('index-template', template, { target: { fit: fit({ refusedSettings: new Set(['index.gone']) }) } });
    expect(found).toMatchObject({ notes: ['without index.gone, which the target does not know'], definition: { template: { settings: { 'index.number_of_shards': '2', 'index.lifecycle.name': 'p', 'index.codec': 'best_compression' } } } });
    expect(JSON.stringify(found.definition)).not.toContain('gone');
  });

  it('serverless: only settings that it allows, and the retention of the policy as data_retention', () => {
    const serverless = { fit: fit({ targetKind: 'serverless', retentionByTemplate: new Map([['logs', '30d']]) }) };
    const found = judged('index-template', template, { name: 'logs', target: serverless });
    expect(found.definition).toEqual({ index_patterns: ['logs-*'], data_stream: {}, template: { settings: { 'index.codec': 'best_compression' }, lifecycle: { enabled: true, data_retention: '30d' } } });
    expect(found.notes).toEqual(['without index.number_of_shards, index.lifecycle.name, index.gone, which a serverless project does not allow', 'data_retention 30d instead of its lifecycle policy']);
  });

  it('serverless: a data stream that a policy governs gets its retention; elsewhere its template governs it', () => {
    const raw = { ilm_policy: 'p', template: 't' };
    expect(judged('data-stream-lifecycle', raw, { target: { fit: fit({ targetKind: 'serverless', retentionByPolicy: new Map([['p', '7d']]) }) } })).toMatchObject({ standing: 'missing', definition: { data_retention: '7d' } });
    expect(judged('data-stream-lifecycle', raw)).toMatchObject({ standing: 'managed' });
  });

  it('serverless: roles without run_as and remote privileges only', () => {
    const serverless = { fit: fit({ targetKind: 'serverless' }) };
    expect(judged('role', { cluster: [], run_as: ['bob'] }, { target: serverless })).toMatchObject({ standing: 'unsupported', reason: expect.stringContaining('run_as') });
    expect(judged('role', { cluster: ['all'], run_as: [], remote_indices: [] }, { target: serverless }).definition).toEqual({ cluster: ['all'] });
  });

  it.each<ComponentKind>(['cluster-setting', 'ilm-policy', 'slm-policy', 'legacy-template', 'watch', 'ccr-auto-follow', 'ccr-follower', 'remote-cluster', 'role-mapping', 'user', 'application-privilege', 'geoip-database'])('serverless has no %s', (kind) => {
    const found = judged(kind, { a: 1 }, { target: { fit: fit({ targetKind: 'serverless' }) } });
    expect(found).toMatchObject({ standing: 'unsupported', plan: 'leave' });
    expect(found.reason).not.toBe('');
  });
});
