/**
 * A stand-in for the component APIs that the builds of the tests lack, in front of a real node.
 *
 * It serves just these paths, keeps what is put into it, answers in the shapes of elastic/elasticsearch-specification
 * and refuses what Elasticsearch refuses (unknown fields, what exists, what is missing). Everything else goes to the node.
 * As `serverless` it answers 410 to what a project lacks. It is no Elasticsearch: what it accepts is what we read of it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isServerlessSetting } from '../../src/domain/serverless-settings.js';
import { send, type HttpTarget } from './http.js';

type Body = Record<string, unknown>;
type Answer = readonly [status: number, body: unknown];
interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Body;
  /** What the expression of the route caught. */
  readonly name: string;
  readonly more: string;
}
type Handler = (call: Call) => Answer | Promise<Answer>;

const ok: Answer = [200, { acknowledged: true }];
const fail = (status: number, type: string, reason: string): Answer => [status, { error: { root_cause: [{ type, reason }], type, reason }, status }];
const missing = (name: string): Answer => fail(404, 'resource_not_found_exception', `[${name}] not found`);
const exists = (name: string, status = 400): Answer => fail(status, 'resource_already_exists_exception', `[${name}] already exists`);
const unknownField = (name: string): Answer => fail(400, 'x_content_parse_exception', `[1:2] unknown field [${name}]`);
/** Names with dots as objects in objects, as settings are shown where they cannot be asked for flat. */
function nested(flat: Body): Body {
  const top: Body = {};
  for (const [name, value] of Object.entries(flat)) {
    const parts = name.split('.');
    let at = top;
    for (const part of parts.slice(0, -1)) at = at[part] = object(at[part]);
    at[parts.at(-1) ?? ''] = value;
  }
  return top;
}
const object = (value: unknown): Body => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : {});

/** What Serverless does not have, of what Godwit asks for. */
const NOT_ON_SERVERLESS = /^\/(_nodes|_cluster\/(health|settings|state|stats)|_remote|_ilm|_slm|_snapshot|_watcher|_ccr|_features|_security\/(user|role_mapping|privilege|service)|_template|_ingest\/ip_location)(\/|$)/;

export interface StandInOptions {
  readonly upstream: HttpTarget;
  readonly flavor?: 'default' | 'serverless';
  readonly repositories?: readonly string[];
}

export class ComponentStandIn {
  readonly url: string;
  /** Every request that changes something, `PUT /_ilm/policy/logs`. */
  readonly changes: string[] = [];
  /** Paths that are answered with a 400, once each time they are asked. */
  readonly broken = new Set<string>();
  /** Features that its licence does not include. */
  readonly unlicensed = new Set<string>();
  readonly modes = { ilm: 'RUNNING', slm: 'RUNNING' };
  readonly #server: Server;
  readonly #options: StandInOptions;
  readonly #collections = new Map<string, Map<string, Body>>();
  readonly #routes: (readonly [string, RegExp, Handler])[] = [];

  private constructor(server: Server, options: StandInOptions) {
    this.#server = server;
    this.#options = options;
    this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    this.#defineLifecycles();
    this.#defineDataStreams();
    this.#defineReplication();
    this.#defineTemplates();
    this.#defineIngest();
    this.#defineJobs();
    this.#defineMachineLearning();
    this.#defineSearch();
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async start(options: StandInOptions): Promise<ComponentStandIn> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ComponentStandIn(server, options);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What is kept under a name, e.g. `ilm`. */
  kept(collection: string): Map<string, Body> {
    const found = this.#collections.get(collection) ?? new Map<string, Body>();
    this.#collections.set(collection, found);
    return found;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const method = request.method ?? 'GET';
    const isChange = method !== 'GET' && method !== 'HEAD' && !/_query|_search|_simulate|_count|_has_privileges/.test(url.pathname);
    const [status, body] = await this.#handle(method, url, text).catch((error: unknown): Answer => fail(500, 'stand_in_exception', String(error)));
    if (isChange && status < 400) this.changes.push(`${method} ${decodeURIComponent(url.pathname)}`);
    response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  async #handle(method: string, url: URL, text: string): Promise<Answer> {
    const path = url.pathname;
    if (this.broken.has(decodeURIComponent(path)) && method === 'PUT') return fail(400, 'illegal_argument_exception', 'the stand-in was told to refuse this');
    const isServerless = this.#options.flavor === 'serverless';
    if (isServerless && NOT_ON_SERVERLESS.test(path)) return fail(410, 'api_not_available_exception', `Request for uri [${path}] with method [${method}] exists but is not available when running in serverless mode`);
    const isJson = text !== '' && !path.endsWith('/_bulk');
    for (const [verb, expression, handler] of this.#routes) {
      const match = verb === method ? expression.exec(path) : null;
      if (match === null) continue;
      return handler({ method, path, query: url.searchParams, body: isJson ? object(JSON.parse(text)) : {}, name: decodeURIComponent(match[1] ?? ''), more: decodeURIComponent(match[2] ?? '') });
    }
    const forwarded = await send<Body>(this.#options.upstream, method as 'GET', path + url.search, text === '' ? undefined : isJson ? object(JSON.parse(text)) : text);
    if (isServerless && path === '/') return [200, { ...forwarded.body, version: { ...object(forwarded.body['version']), build_flavor: 'serverless' } }];
    if (isServerless && method === 'PUT' && path.startsWith('/_security/role/') && text.includes('run_as')) return fail(400, 'illegal_argument_exception', 'Unable to process Role with run_as when running in serverless mode');
    if (path === '/_resolve/index/*' && forwarded.status === 200) {
      const streams = [...this.kept('data-stream').keys()].map((name) => ({ name, backing_indices: [`.ds-${name}-000001`], timestamp_field: '@timestamp' }));
      return [200, { ...forwarded.body, data_streams: [...((forwarded.body['data_streams'] as unknown[] | undefined) ?? []), ...streams] }];
    }
    return [forwarded.status, forwarded.body];
  }

  #on(method: string, path: string, handler: Handler): void {
    this.#routes.push([method, new RegExp(`^${path.replaceAll('{}', '([^/]+)')}/?$`), handler]);
  }

  /** A collection under one path: get, put with the fields it knows, delete. */
  #resource(path: string, collection: string, list: (items: [string, Body][], query: URLSearchParams, body: Body) => unknown, put: { readonly fields: readonly string[]; readonly check?: (call: Call) => Answer | null; readonly keep?: (call: Call) => Body; readonly once?: 400 | 409 }): void {
    const items = this.kept(collection);
    this.#on('GET', path, ({ query, body }) => [200, list([...items], query, body)]);
    this.#on('GET', `${path}/{}`, ({ name, query, body }) => {
      const found = items.get(name);
      return found === undefined ? missing(name) : [200, list([[name, found]], query, body)];
    });
    this.#on('PUT', `${path}/{}`, (call) => {
      const stray = Object.keys(call.body).find((field) => !put.fields.includes(field));
      if (stray !== undefined) return unknownField(stray);
      if (put.once !== undefined && items.has(call.name)) return exists(call.name, put.once);
      const refusal = put.check?.(call) ?? null;
      if (refusal !== null) return refusal;
      items.set(call.name, put.keep?.(call) ?? call.body);
      return ok;
    });
    this.#on('DELETE', `${path}/{}`, ({ name }) => (items.delete(name) ? ok : missing(name)));
  }

  #defineLifecycles(): void {
    const PHASES = ['hot', 'warm', 'cold', 'frozen', 'delete'];
    this.#resource('/_ilm/policy', 'ilm', (items) => Object.fromEntries(items.map(([name, policy]) => [name, { version: 1, modified_date: '2026-01-01T00:00:00.000Z', policy, in_use_by: { indices: [], data_streams: [], composable_templates: [] } }])), {
      fields: ['policy'],
      check: ({ body }) => {
        const phases = object(object(body['policy'])['phases']);
        const stray = Object.keys(phases).find((phase) => !PHASES.includes(phase));
        return stray === undefined ? null : fail(400, 'illegal_argument_exception', `Timeseries lifecycle does not support phase [${stray}]`);
      },
      keep: ({ body }) => object(body['policy']),
    });
    this.#resource('/_slm/policy', 'slm', (items) => Object.fromEntries(items.map(([name, policy]) => [name, { version: 1, modified_date_millis: 1, policy, next_execution_millis: 2, stats: { policy: name } }])), {
      fields: ['schedule', 'name', 'repository', 'config', 'retention'],
      check: ({ body }) => (this.#options.repositories?.includes(String(body['repository'])) === true ? null : fail(400, 'illegal_argument_exception', `no such repository [${String(body['repository'])}]`)),
    });
    for (const which of ['ilm', 'slm'] as const) {
      this.#on('GET', `/_${which}/status`, () => [200, { operation_mode: this.modes[which] }]);
      this.#on('POST', `/_${which}/(start|stop)`, ({ name }) => {
        this.modes[which] = name === 'stop' ? 'STOPPED' : 'RUNNING';
        return ok;
      });
    }
    this.#on('GET', '/_snapshot', () => [200, Object.fromEntries((this.#options.repositories ?? []).map((name) => [name, { type: 'fs', settings: {} }]))]);
    const streams = this.kept('data-stream');
    this.#on('GET', '/_data_stream', () => [200, { data_streams: [...streams].map(([name, stream]) => ({ name, template: 't', prefer_ilm: true, hidden: false, system: false, ...stream })) }]);
    this.#on('PUT', '/_data_stream/{}/_lifecycle', ({ name, body }) => {
      const stray = Object.keys(body).find((field) => !['data_retention', 'downsampling', 'downsampling_method', 'enabled', 'frozen_after'].includes(field));
      if (stray !== undefined) return unknownField(stray);
      if (!streams.has(name)) return fail(404, 'index_not_found_exception', `no such index [${name}]`);
      streams.set(name, { ...streams.get(name), lifecycle: { enabled: true, ...body, effective_retention: body['data_retention'], retention_determined_by: 'data_stream_configuration' } });
      return ok;
    });
    this.#on('DELETE', '/_data_stream/{}/_lifecycle', ({ name }) => {
      const rest = Object.fromEntries(Object.entries(streams.get(name) ?? {}).filter(([field]) => field !== 'lifecycle'));
      streams.set(name, rest);
      return ok;
    });
  }

  /** What a stream overrides of its template. From 9.1 on all of it; settings and mappings answer 200 also where they were refused. */
  #defineDataStreams(): void {
    const streams = this.kept('data-stream');
    const named = (name: string): [string, Body][] => [...streams].filter(([stream]) => name === '*' || stream === name);
    const result = (name: string, part: string, value: Body, error?: string): Answer => [
      200,
      { data_streams: [{ name, applied_to_data_stream: error === undefined, ...(error === undefined ? {} : { error }), [part]: value, [`effective_${part}`]: value, ...(part === 'settings' ? { index_settings_results: { applied_to_data_stream_only: Object.keys(value), applied_to_data_stream_and_backing_indices: [] } } : {}) }] },
    ];
    this.#on('GET', '/_data_stream/{}/_options', ({ name }) => [200, { data_streams: named(name).map(([stream, { options }]) => ({ name: stream, ...(options === undefined ? {} : { options }) })) }]);
    this.#on('PUT', '/_data_stream/{}/_options', ({ name, body }) => {
      const stray = Object.keys(body).find((field) => field !== 'failure_store') ?? Object.keys(object(body['failure_store'])).find((field) => !['enabled', 'lifecycle'].includes(field));
      if (stray !== undefined) return unknownField(stray);
      if (!streams.has(name)) return fail(404, 'index_not_found_exception', `no such index [${name}]`);
      streams.set(name, { ...streams.get(name), options: body });
      return ok;
    });
    this.#on('DELETE', '/_data_stream/{}/_options', ({ name }) => {
      streams.set(name, Object.fromEntries(Object.entries(streams.get(name) ?? {}).filter(([field]) => field !== 'options')));
      return ok;
    });
    this.#on('GET', '/_data_stream/{}/_settings', ({ name }) => [200, { data_streams: named(name).map(([stream, { settings }]) => ({ name: stream, settings: settings === undefined ? {} : nested(object(settings)), effective_settings: { index: { number_of_replicas: '1' } } })) }]);
    this.#on('PUT', '/_data_stream/{}/_settings', ({ name, body }) => {
      const stray = Object.keys(body).filter((setting) => !['index.lifecycle.name', 'index.number_of_shards', 'index.lifecycle.prefer_ilm'].includes(setting));
      if (!streams.has(name)) return fail(404, 'index_not_found_exception', `no such index [${name}]`);
      if (stray.length > 0) return result(name, 'settings', {}, `Cannot set the following settings on a data stream: [${stray.join(',')}]`);
      const merged = Object.entries({ ...object(streams.get(name)?.['settings']), ...body }).flatMap(([setting, value]) => (value === null ? [] : [[setting, typeof value === 'string' ? value : JSON.stringify(value)] as const]));
      streams.set(name, { ...streams.get(name), settings: Object.fromEntries(merged) });
      return result(name, 'settings', Object.fromEntries(merged));
    });
    this.#on('GET', '/_data_stream/{}/_mappings', ({ name }) => [200, { data_streams: named(name).map(([stream, { mappings = {} }]) => ({ name: stream, mappings, effective_mappings: mappings })) }]);
    this.#on('PUT', '/_data_stream/{}/_mappings', ({ name, body }) => {
      if (!streams.has(name)) return fail(404, 'index_not_found_exception', `no such index [${name}]`);
      streams.set(name, { ...streams.get(name), mappings: body });
      return result(name, 'mappings', body);
    });
  }

  #defineReplication(): void {
    this.#on('GET', '/_xpack', () => [200, { features: Object.fromEntries(['ccr', 'ml', 'watcher', 'enrich', 'transform'].map((name) => [name, { available: !this.unlicensed.has(name), enabled: true }])) }]);
    this.#on('GET', '/_all/_ccr/info', () => [200, { follower_indices: [...this.kept('follower')].map(([follower_index, follower]) => ({ follower_index, ...follower })) }]);
    this.#resource('/_ccr/auto_follow', 'ccr', (items) => ({ patterns: items.map(([name, pattern]) => ({ name, pattern })) }), {
      fields: ['remote_cluster', 'leader_index_patterns', 'leader_index_exclusion_patterns', 'follow_index_pattern', 'max_outstanding_read_requests', 'settings'],
      keep: ({ body }) => ({ active: true, ...body }),
    });
    for (const [verb, active] of [['pause', false], ['resume', true]] as const) {
      this.#on('POST', `/_ccr/auto_follow/{}/${verb}`, ({ name }) => {
        const pattern = this.kept('ccr').get(name);
        if (pattern === undefined) return missing(name);
        this.kept('ccr').set(name, { ...pattern, active });
        return ok;
      });
    }
  }

  /** Settings flat and as texts, as `flat_settings=true` gives them. */
  #checkSettings(template: Body): Answer | Body {
    const flat: Body = {};
    const walk = (value: unknown, path: string): void => {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) for (const [name, inner] of Object.entries(value)) walk(inner, path === '' ? name : `${path}.${name}`);
      else flat[path.startsWith('index.') ? path : `index.${path}`] = Array.isArray(value) ? value : String(value);
    };
    walk(object(template['settings']), '');
    for (const name of Object.keys(flat)) {
      if (this.#options.flavor === 'serverless' && !isServerlessSetting(name)) return fail(400, 'illegal_argument_exception', `Settings [${name}] are not available when running in serverless mode`);
      if (name.startsWith('index.removed.')) return fail(400, 'invalid_index_template_exception', `index_template [x] invalid, cause [Validation Failed: 1: unknown setting [${name}] please check that any required plugins are installed, or check the breaking changes documentation for removed settings;]`);
    }
    return Object.keys(flat).length === 0 ? template : { ...template, settings: flat };
  }

  #defineTemplates(): void {
    const keep = (call: Call): Body => {
      const template = this.#checkSettings(object(call.body['template']));
      return { ...call.body, ...(call.body['template'] === undefined ? {} : { template }) };
    };
    const check = (call: Call): Answer | null => {
      const checked = this.#checkSettings(object(call.body['template']));
      if (Array.isArray(checked)) return checked as unknown as Answer;
      const composed = (call.body['composed_of'] as string[] | undefined) ?? [];
      const lacking = composed.find((name) => !this.kept('component-template').has(name));
      if (lacking !== undefined) return fail(400, 'invalid_index_template_exception', `index_template [${call.name}] invalid, cause [index template [${call.name}] specifies component templates [${lacking}] that do not exist]`);
      const isForStreams = call.body['data_stream'] !== undefined;
      return object(call.body['template'])['lifecycle'] !== undefined && call.path.startsWith('/_index_template') && !isForStreams
        ? fail(400, 'illegal_argument_exception', `index template [${call.name}] specifies lifecycle configuration that can only be used in combination with a data stream`)
        : null;
    };
    this.#on('POST', '/_index_template/_simulate', ({ body }) => {
      const checked = this.#checkSettings(object(body['template']));
      return Array.isArray(checked) ? (checked as unknown as Answer) : [200, { template: checked, overlapping: [] }];
    });
    this.#resource('/_component_template', 'component-template', (items) => ({ component_templates: items.map(([name, template]) => ({ name, component_template: template })) }), { fields: ['template', 'version', '_meta', 'deprecated'], check, keep });
    this.#resource('/_index_template', 'index-template', (items) => ({ index_templates: items.map(([name, template]) => ({ name, index_template: template })) }), {
      fields: ['index_patterns', 'template', 'composed_of', 'priority', 'version', '_meta', 'data_stream', 'allow_auto_create', 'deprecated', 'ignore_missing_component_templates'],
      check,
      keep,
    });
  }

  #defineIngest(): void {
    const page = <T>(items: readonly T[], query: URLSearchParams): T[] => items.slice(Number(query.get('from') ?? 0), Number(query.get('from') ?? 0) + Number(query.get('size') ?? 10));
    const sets = this.kept('synonyms');
    this.#on('GET', '/_synonyms', ({ query }) => [200, { count: sets.size, results: page([...sets], query).map(([name, set]) => ({ synonyms_set: name, count: (set['synonyms_set'] as unknown[]).length })) }]);
    this.#resource('/_synonyms', 'synonyms', ([first], query) => ({ count: ((first?.[1]['synonyms_set'] as unknown[] | undefined) ?? []).length, synonyms_set: page((first?.[1]['synonyms_set'] as unknown[] | undefined) ?? [], query) }), { fields: ['synonyms_set'] });
    this.#resource('/_enrich/policy', 'enrich', (items) => ({ policies: items.map(([name, config]) => ({ config: Object.fromEntries(Object.entries(config).map(([type, policy]) => [type, { name, ...object(policy) }])) })) }), { fields: ['match', 'geo_match', 'range'], once: 409 });
    this.#on('PUT', '/_enrich/policy/{}/_execute', async ({ name }) => {
      const policy = this.kept('enrich').get(name);
      if (policy === undefined) return missing(name);
      const [index] = (object(Object.values(policy)[0])['indices'] as string[] | undefined) ?? [];
      const { status } = await send(this.#options.upstream, 'HEAD', `/${index ?? ''}`);
      if (status !== 200) return fail(404, 'index_not_found_exception', `no such index [${index ?? ''}]`);
      this.kept('executed').set(name, {});
      return [200, { status: { phase: 'COMPLETE' } }];
    });
    this.#resource('/_logstash/pipeline', 'logstash', (items) => Object.fromEntries(items), { fields: ['description', 'last_modified', 'pipeline', 'pipeline_metadata', 'pipeline_settings', 'username'] });
    this.#resource('/_ingest/ip_location/database', 'geoip', (items) => ({ databases: items.map(([id, database]) => ({ id, version: 1, modified_date_millis: 1, database })) }), { fields: ['name', 'maxmind', 'ipinfo'] });
  }

  #defineJobs(): void {
    const states = this.kept('transform-state');
    this.#on('GET', '/_transform/_stats', () => [200, { count: this.kept('transform').size, transforms: [...this.kept('transform').keys()].map((id) => ({ id, state: states.get(id)?.['state'] ?? 'stopped' })) }]);
    this.#resource('/_transform', 'transform', (items, query) => ({ count: items.length, transforms: items.slice(Number(query.get('from') ?? 0), Number(query.get('from') ?? 0) + Number(query.get('size') ?? 100)).map(([id, transform]) => ({ id, ...(query.get('exclude_generated') === 'true' ? {} : { version: '8.19.8', create_time: 1, authorization: { roles: ['superuser'] } }), ...transform })) }), {
      fields: ['source', 'dest', 'pivot', 'latest', 'frequency', 'sync', 'retention_policy', 'settings', 'description', '_meta'],
      once: 400,
      check: ({ query }) => (query.get('defer_validation') === 'true' ? null : fail(400, 'validation_exception', 'no such index')),
    });
    this.#on('POST', '/_transform/{}/_start', ({ name }) => {
      states.set(name, { state: 'started' });
      return ok;
    });
    const watches = this.kept('watch');
    this.#on('POST', '/_watcher/_query/watches', ({ body }) => {
      const all = [...watches].map(([id, { watch, active }]) => ({ _id: id, watch, status: { state: { active } }, _seq_no: 1, _primary_term: 1 }));
      return [200, { count: all.length, watches: all.slice(Number(body['from'] ?? 0), Number(body['from'] ?? 0) + Number(body['size'] ?? 10)) }];
    });
    this.#on('PUT', '/_watcher/watch/{}', ({ name, body, query }) => {
      const stray = Object.keys(body).find((field) => !['trigger', 'input', 'condition', 'actions', 'metadata', 'throttle_period', 'transform'].includes(field));
      if (stray !== undefined) return fail(400, 'parse_exception', `could not parse watch [${name}]. unexpected field [${stray}]`);
      if (JSON.stringify(body).includes('::es_redacted::')) return fail(400, 'illegal_argument_exception', 'could not parse watch: the password is redacted');
      watches.set(name, { watch: body, active: query.get('active') !== 'false' });
      return [201, { _id: name, created: true }];
    });
    this.#on('DELETE', '/_watcher/watch/{}', ({ name }) => (watches.delete(name) ? ok : missing(name)));
  }

  #defineMachineLearning(): void {
    const from = (items: [string, Body][], query: URLSearchParams): [string, Body][] => items.slice(Number(query.get('from') ?? 0), Number(query.get('from') ?? 0) + Number(query.get('size') ?? 100));
    this.#resource('/_ml/filters', 'ml-filter', (items, query) => ({ count: items.length, filters: from(items, query).map(([filter_id, filter]) => ({ filter_id, ...filter })) }), { fields: ['description', 'items'], once: 400 });
    this.#resource('/_ml/calendars', 'ml-calendar', (items, query) => ({ count: items.length, calendars: from(items, query).map(([calendar_id, { events: _events, ...calendar }]) => ({ calendar_id, ...calendar })) }), { fields: ['description', 'job_ids'], once: 400 });
    this.#on('GET', '/_ml/calendars/{}/events', ({ name }) => {
      const events = (this.kept('ml-calendar').get(name)?.['events'] as Body[] | undefined) ?? [];
      return [200, { count: events.length, events: events.map((event, at) => ({ calendar_id: name, event_id: `${this.url}-${String(at)}`, ...event })) }];
    });
    this.#on('POST', '/_ml/calendars/{}/events', ({ name, body }) => {
      const calendar = this.kept('ml-calendar').get(name);
      if (calendar === undefined) return missing(name);
      this.kept('ml-calendar').set(name, { ...calendar, events: [...((calendar['events'] as unknown[] | undefined) ?? []), ...((body['events'] as unknown[] | undefined) ?? [])] });
      return ok;
    });
    this.#resource('/_ml/anomaly_detectors', 'ml-job', (items) => ({ count: items.length, jobs: items.map(([job_id, job]) => ({ job_id, ...job })) }), {
      fields: ['analysis_config', 'data_description', 'description', 'groups', 'analysis_limits', 'model_plot_config', 'custom_settings', 'results_index_name', 'allow_lazy_open', 'model_snapshot_retention_days', 'daily_model_snapshot_retention_after_days'],
      once: 400,
    });
    this.#resource('/_ml/datafeeds', 'ml-datafeed', (items) => ({ count: items.length, datafeeds: items.map(([datafeed_id, feed]) => ({ datafeed_id, ...feed })) }), {
      fields: ['job_id', 'indices', 'query', 'scroll_size', 'chunking_config', 'delayed_data_check_config', 'query_delay', 'frequency', 'indices_options'],
      check: ({ body }) => (this.kept('ml-job').has(String(body['job_id'])) ? null : fail(404, 'resource_not_found_exception', `No known job with id '${String(body['job_id'])}'`)),
      once: 400,
    });
    this.#resource('/_ml/data_frame/analytics', 'ml-analytics', (items, query) => ({ count: items.length, data_frame_analytics: from(items, query).map(([id, job]) => ({ id, ...job })) }), { fields: ['source', 'dest', 'analysis', 'analyzed_fields', 'model_memory_limit', 'description', 'allow_lazy_start', 'max_num_threads'], once: 400 });
    const aliases = this.kept('model-alias');
    this.#on('PUT', '/_ml/trained_models/{}/model_aliases/{}', ({ name, more, query }) => {
      const known = aliases.get(more)?.['model_id'];
      if (!this.kept('trained-model').has(name)) return missing(name);
      if (known !== undefined && query.get('reassign') !== 'true') return fail(400, 'status_exception', `cannot assign model_alias [${more}] to model_id [${name}] as model_alias already refers to [${JSON.stringify(known)}]. Set parameter [reassign] to [true] if model_alias should be reassigned.`);
      aliases.set(more, { model_id: name });
      return ok;
    });
    this.#on('DELETE', '/_ml/trained_models/{}/model_aliases/{}', ({ name, more }) => (aliases.get(more)?.['model_id'] === name && aliases.delete(more) ? ok : missing(more)));
    this.#on('GET', '/_ml/trained_models/_stats', () => [
      200,
      { count: this.kept('trained-model').size, trained_model_stats: [...this.kept('trained-model').keys()].map((model_id) => ({ model_id, model_size_stats: {}, pipeline_count: 0, ...(this.kept('deployment').has(model_id) ? { deployment_stats: { model_id, ...this.kept('deployment').get(model_id) } } : {}) })) },
    ]);
    const aliasesOf = (model: string): { metadata?: object } => {
      const own = [...aliases].filter(([, { model_id }]) => model_id === model).map(([alias]) => alias);
      return own.length === 0 ? {} : { metadata: { model_aliases: own } };
    };
    this.#resource('/_ml/trained_models', 'trained-model', (items, query) => ({ count: items.length, trained_model_configs: from(items, query).map(([model_id, { compressed_definition, ...model }]) => ({ model_id, ...model, ...aliasesOf(model_id), ...(query.get('include') === 'definition' ? { compressed_definition } : {}) })) }), {
      fields: ['compressed_definition', 'definition', 'description', 'inference_config', 'input', 'tags', 'model_type', 'default_field_map'],
      check: ({ body }) => (body['compressed_definition'] === undefined ? fail(400, 'action_request_validation_exception', 'Validation Failed: 1: either [definition] or [compressed_definition] must be set.;') : null),
      once: 400,
    });
  }

  #defineSearch(): void {
    const page = (items: [string, Body][], query: URLSearchParams): [string, Body][] => items.slice(Number(query.get('from') ?? 0), Number(query.get('from') ?? 0) + Number(query.get('size') ?? 10));
    this.#on('GET', '/_query_rules', ({ query }) => [200, { count: this.kept('query-rules').size, results: page([...this.kept('query-rules')], query).map(([ruleset_id, set]) => ({ ruleset_id, rule_total_count: (set['rules'] as unknown[]).length })) }]);
    this.#resource('/_query_rules', 'query-rules', ([first]) => ({ ruleset_id: first?.[0], ...first?.[1] }), { fields: ['rules'] });
    this.#on('GET', '/_application/search_application', ({ query }) => [200, { count: this.kept('search-application').size, results: page([...this.kept('search-application')], query).map(([name]) => ({ name, updated_at_millis: 5 })) }]);
    this.#resource('/_application/search_application', 'search-application', ([first]) => ({ name: first?.[0], updated_at_millis: Date.now(), ...first?.[1] }), { fields: ['indices', 'template', 'analytics_collection_name'] });
    const connectors = this.kept('connector');
    this.#resource('/_connector', 'connector', (items, query) => ({ count: items.length, results: page(items, query).map(([id, connector]) => ({ id, status: 'created', last_synced: null, scheduling: { full: { enabled: false, interval: '0 0 0 * * ?' } }, ...connector })) }), {
      fields: ['name', 'description', 'index_name', 'service_type', 'language', 'is_native'],
      keep: ({ name, body }) => ({ configuration: {}, filtering: [], ...connectors.get(name), ...body }),
    });
    for (const part of ['configuration', 'filtering']) {
      this.#on('PUT', `/_connector/{}/_${part}`, ({ name, body }) => {
        const connector = connectors.get(name);
        if (connector === undefined) return missing(name);
        connectors.set(name, { ...connector, ...body });
        return [200, { result: 'updated' }];
      });
    }
  }
}
