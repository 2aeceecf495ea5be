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

/** Shortest time between two refreshes there, milliseconds; -1 switches them off. */
const MIN_REFRESH_MS = 5_000;
const UNIT_MS: Readonly<Record<string, number>> = { nanos: 1e-6, micros: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Whether a project takes a setting with that value: it refreshes every 5 s at most, or not at all. */
export function fitsServerless(name: string, value: unknown): boolean {
  return isServerlessSetting(name) && (!/^(index\.)?refresh_interval$/.test(name) || isServerlessRefresh(value));
}

function isServerlessRefresh(value: unknown): boolean {
  // A setting that is set back to its default.
  if (value === null) return true;
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  const text = String(value).trim().toLowerCase();
  if (text === '-1') return true;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(nanos|micros|ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(number) * (UNIT_MS[unit] ?? 0) >= MIN_REFRESH_MS;
}
