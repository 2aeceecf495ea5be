/**
 * Which APIs and index settings an Elasticsearch Serverless project has, as Elastic publishes it: the availability in
 * its API specification, and "Index settings available in Serverless" of its documentation. As of August 2026.
 *
 * Compared once with the OpenAPI document for Serverless in elastic/elasticsearch-specification of 2026-08-20: its 452
 * operations are all here, and of the 672 that the client 9.4 can ask none is here that it lacks. Written apart from what
 * Godwit itself knows of Serverless: the two are to find each other's mistakes.
 */

/** `{index}` is a name without an underscore in front; `{}` is any one part of a path, `*` all the rest. */
const APIS = `
GET HEAD /
GET POST /_search /{index}/_search /_msearch /{index}/_msearch /_count /{index}/_count /_mget /{index}/_mget
GET POST /_search/template /{index}/_search/template /_msearch/template /{index}/_msearch/template /_render/template /_render/template/{}
GET POST DELETE /_search/scroll /_search/scroll/{}
POST /{index}/_pit
DELETE /_pit
POST /_async_search /{index}/_async_search
GET DELETE /_async_search/{}
GET /_async_search/status/{}
GET POST /{index}/_eql/search
GET DELETE /_eql/search/{}
GET /_eql/search/status/{}
GET POST /_field_caps /{index}/_field_caps /{index}/_terms_enum /_validate/query /{index}/_validate/query /_rank_eval /{index}/_rank_eval
GET POST /{index}/_explain/{} /{index}/_mvt/{}/{}/{}/{} /_mtermvectors /{index}/_mtermvectors /{index}/_termvectors /{index}/_termvectors/{}
POST /_query
GET /_query/queries /_query/queries/{}
GET PUT DELETE /_query/view /_query/view/{}
GET POST /_sql /_sql/translate
POST /_sql/close
GET /_sql/async/{} /_sql/async/status/{}
DELETE /_sql/async/delete/{}
PUT POST /_bulk /{index}/_bulk
POST /{index}/_doc
GET HEAD PUT POST DELETE /{index}/_doc/{}
PUT POST /{index}/_create/{}
GET HEAD /{index}/_source/{}
POST /{index}/_update/{} /{index}/_update_by_query /{index}/_delete_by_query
GET POST /_reindex
GET /_reindex/{}
POST /_reindex/{}/_cancel /_reindex/{}/_rethrottle
GET /_tasks/{}
GET HEAD PUT DELETE /{index}
GET POST /_refresh /{index}/_refresh /_analyze /{index}/_analyze
GET /_mapping /{index}/_mapping /_settings /_settings/{} /{index}/_settings /{index}/_settings/{} /{index}/_lifecycle/explain
PUT POST /{index}/_mapping
PUT /_settings /{index}/_settings
PUT DELETE /{index}/_block/{}
POST /{index}/_rollover /{index}/_rollover/{}
PUT POST /_create_from/{}/{}
POST /_aliases
GET HEAD /_alias /_alias/{} /{index}/_alias
GET HEAD PUT POST DELETE /{index}/_alias/{}
PUT POST DELETE /{index}/_aliases/{}
GET POST /_resolve/index/{}
GET /_data_stream
GET PUT DELETE /_data_stream/{index}
GET PUT /_data_stream/{}/_lifecycle /_data_stream/{}/_options /_data_stream/{}/_settings /_data_stream/{}/_mappings
POST /_data_stream/_modify /_data_stream/_migrate/{}
GET /_index_template /_component_template
GET HEAD PUT POST DELETE /_index_template/{} /_component_template/{}
POST /_index_template/_simulate /_index_template/_simulate/{} /_index_template/_simulate_index/{}
POST /_migration/reindex/{}/_cancel
GET /_migration/reindex/{}/_status
GET /_cat /_cat/aliases /_cat/aliases/{} /_cat/component_templates /_cat/component_templates/{} /_cat/indices /_cat/indices/{}
GET POST /_cat/count /_cat/count/{}
GET /_cat/transforms /_cat/transforms/{} /_cat/ml/*
GET /_info/{} /_license
GET /_ingest/pipeline /_ingest/processor/grok
GET PUT DELETE /_ingest/pipeline/{}
GET POST /_ingest/pipeline/_simulate /_ingest/pipeline/{}/_simulate
GET /_enrich/policy
GET PUT DELETE /_enrich/policy/{}
PUT /_enrich/policy/{}/_execute
GET PUT POST DELETE /_scripts/{}
PUT POST /_scripts/{}/{}
GET POST /_scripts/painless/_execute
GET /_synonyms
GET PUT DELETE /_synonyms/{} /_synonyms/{}/{}
GET /_query_rules
GET PUT DELETE /_query_rules/{} /_query_rules/{}/_rule/{}
POST /_query_rules/{}/_test
GET PUT DELETE /_application/analytics/{}
GET /_application/analytics /_application/search_application
GET PUT DELETE /_application/search_application/{}
GET POST /_application/search_application/{}/_search
GET PUT POST /_connector
GET PUT DELETE /_connector/{index}
PUT /_connector/{index}/_api_key_id /_connector/{index}/_check_in /_connector/{index}/_configuration /_connector/{index}/_error /_connector/{index}/_filtering
PUT /_connector/{index}/_filtering/_activate /_connector/{index}/_filtering/_validation /_connector/{index}/_index_name /_connector/{index}/_name
PUT /_connector/{index}/_native /_connector/{index}/_pipeline /_connector/{index}/_scheduling /_connector/{index}/_service_type /_connector/{index}/_status
GET POST /_connector/_sync_job
GET DELETE /_connector/_sync_job/{}
PUT /_connector/_sync_job/{}/_cancel
GET PUT POST DELETE /_inference /_inference/*
GET /_logstash/pipeline
GET PUT DELETE /_logstash/pipeline/{}
GET /_transform /_transform/_node_stats /_transform/{}/_stats
GET PUT DELETE /_transform/{}
GET POST /_transform/_preview /_transform/{}/_preview
POST /_transform/{}/_reset /_transform/{}/_schedule_now /_transform/{}/_start /_transform/{}/_stop /_transform/{}/_update
GET /_ml/anomaly_detectors /_ml/anomaly_detectors/_stats /_ml/anomaly_detectors/{}/_stats
GET PUT DELETE /_ml/anomaly_detectors/{}
POST /_ml/anomaly_detectors/_estimate_model_memory /_ml/anomaly_detectors/{}/_close /_ml/anomaly_detectors/{}/_flush /_ml/anomaly_detectors/{}/_forecast
POST /_ml/anomaly_detectors/{}/_open /_ml/anomaly_detectors/{}/_reset /_ml/anomaly_detectors/{}/_update
GET POST /_ml/anomaly_detectors/{}/results/overall_buckets
GET POST /_ml/calendars
GET PUT POST DELETE /_ml/calendars/{} /_ml/calendars/{}/events
DELETE /_ml/calendars/{}/events/{}
PUT DELETE /_ml/calendars/{}/jobs/{}
POST /_ml/data_frame/_evaluate
GET /_ml/data_frame/analytics /_ml/data_frame/analytics/_stats /_ml/data_frame/analytics/{}/_stats
GET POST /_ml/data_frame/analytics/_preview /_ml/data_frame/analytics/{}/_preview
GET PUT DELETE /_ml/data_frame/analytics/{index}
POST /_ml/data_frame/analytics/{}/_start /_ml/data_frame/analytics/{}/_stop /_ml/data_frame/analytics/{}/_update
GET PUT POST DELETE /_ml/datafeeds /_ml/datafeeds/*
GET /_ml/filters
GET PUT DELETE /_ml/filters/{}
POST /_ml/filters/{}/_update
GET /_ml/trained_models /_ml/trained_models/_stats /_ml/trained_models/{}/_stats
GET PUT DELETE /_ml/trained_models/{}
POST /_ml/trained_models/{}/_infer /_ml/trained_models/{}/deployment/_start /_ml/trained_models/{}/deployment/_stop /_ml/trained_models/{}/deployment/_update
PUT /_ml/trained_models/{}/definition/{} /_ml/trained_models/{}/vocabulary
PUT DELETE /_ml/trained_models/{}/model_aliases/{}
GET /_security/_authenticate /_security/privilege/_builtin /_security/role
GET PUT POST DELETE /_security/role/{} /_security/api_key
PUT /_security/api_key/{}
GET POST /_security/_query/api_key /_security/_query/role /_security/user/_has_privileges /_security/user/{}/_has_privileges
PUT POST DELETE /_security/service/{}/{}/credential/token/{}
POST /_security/service/{}/{}/credential/token
GET POST /_project/tags
GET PUT DELETE /_project_routing /_project_routing/{}
`;

interface Api {
  readonly methods: readonly string[];
  readonly path: RegExp;
}

/** A name that begins a path never begins with an underscore, else every API would be an index. */
const PARTS: Readonly<Record<string, string>> = { '{index}': '(?!_(?!all(?:/|$)))[^/]+', '{}': '[^/]+', '*': '.+' };

const HAS: readonly Api[] = APIS.trim()
  .split('\n')
  .flatMap((line) => {
    const words = line.split(' ');
    const methods = words.filter((word) => !word.startsWith('/'));
    return words.filter((word) => word.startsWith('/')).map((path) => ({ methods, path: new RegExp(`^${path.replaceAll(/\{index\}|\{\}|\*/g, (part) => PARTS[part] ?? part)}/?$`) }));
  });

/** @param path without the query */
export function isServerlessApi(method: string, path: string): boolean {
  return HAS.some((api) => api.methods.includes(method) && api.path.test(path));
}

const SETTING =
  /^index\.(codec|default_pipeline|final_pipeline|hidden|mode|query\.default_field|refresh_interval|sort\..+|blocks\.(read_only|read|write|metadata)|mapping\.(coerce|ignore_above|ignore_malformed|source\.mode|synthetic_source_keep|total_fields\.(limit|ignore_dynamic_beyond_limit))|lifecycle\.origination_date|time_series\.(start|end)_time|look_(ahead|back)_time|routing_path|similarity\..+|analysis\..+|dense_vector\.hnsw_filter_heuristic)$/;

/** As Elasticsearch says why a project does not take settings, or null if it does. @param settings nested or flat, with `index.` or without */
export function refusedSettings(settings: unknown): string | null {
  const flat = flatten(settings, '');
  const names = Object.keys(flat).filter((name) => !SETTING.test(name));
  if (names.length > 0) return `Settings [${names.join(',')}] are not available when running in serverless mode`;
  const interval = flat['index.refresh_interval'];
  const isShort = typeof interval === 'string' && /^([0-4]s|\d+ms|\d{1,3}(micros|nanos))$/.test(interval);
  return isShort ? `index setting [index.refresh_interval=${interval}] should be either -1 or equal to or greater than 5s` : null;
}

function flatten(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.assign({}, ...Object.entries(value).map(([name, inner]) => flatten(inner, path === '' ? name : `${path}.${name}`))) as Record<string, unknown>;
  }
  return path === '' ? {} : { [path.startsWith('index.') ? path : `index.${path}`]: value };
}
