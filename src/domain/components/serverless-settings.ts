/**
 * Index settings that a serverless project takes; it refuses every other one. Pure.
 *
 * @see Elasticsearch documentation, index settings available in serverless
 */

const ALLOWED = [
  'codec',
  'default_pipeline',
  'final_pipeline',
  'hidden',
  'mode',
  'query.default_field',
  'refresh_interval',
  'blocks.read_only',
  'blocks.read',
  'blocks.write',
  'blocks.metadata',
  'mapping.coerce',
  'mapping.ignore_above',
  'mapping.ignore_malformed',
  'mapping.source.mode',
  'mapping.synthetic_source_keep',
  'mapping.total_fields.limit',
  'mapping.total_fields.ignore_dynamic_beyond_limit',
  'lifecycle.origination_date',
  'time_series.start_time',
  'time_series.end_time',
  'look_ahead_time',
  'look_back_time',
  'routing_path',
  'dense_vector.hnsw_filter_heuristic',
];
const ALLOWED_GROUPS = ['sort.', 'similarity.', 'analysis.'];

/** @param name flat, with or without `index.` in front */
export function isServerlessSetting(name: string): boolean {
  const bare = name.replace(/^index\./, '');
  return ALLOWED.includes(bare) || ALLOWED_GROUPS.some((group) => bare.startsWith(group));
}
