/**
 * Settings of an index made fit for a target of another version or kind. Pure.
 *
 * What cannot be known beforehand (a setting that a version has removed) is found by trying: see `refusedSetting`.
 */

/** Flat: `index.number_of_shards`. */
export type FlatSettings = Readonly<Record<string, unknown>>;

/** Set by Elasticsearch itself, bound to the nodes or the state of the source, or removed long ago. */
const NOT_TAKEN = [
  /^index\.(uuid|creation_date|provided_name|verified_before_close|frozen|hidden_by|store\.type)$/,
  /^index\.(version|history|resize|shrink|blocks|lifecycle|store\.snapshot|translog\.retention|allocation)\./,
  /^index\.routing\.allocation\./,
  /^index\.search\.throttled$/,
  /^index\.soft_deletes\./,
  // The target needs them: deletes and repairs are guarded by them.
  /^index\.disable_sequence_numbers$/,
];

/** Left out while documents arrive, and set as at the source afterwards: they would slow the load down or change the documents. */
const AFTER_LOAD = ['index.number_of_replicas', 'index.auto_expand_replicas', 'index.refresh_interval', 'index.default_pipeline', 'index.final_pipeline'] as const;

export interface TargetSettings {
  /** To create the index with. */
  readonly create: FlatSettings;
  /** To set when everything has arrived; null: the default. */
  readonly afterLoad: Readonly<Record<string, string | null>>;
  /** Names that were left out and a person may miss. */
  readonly leftOut: readonly string[];
}

/** What nobody misses, since Elasticsearch sets it itself. */
const IS_INTERNAL = /^index\.(uuid|creation_date|provided_name|version\.|history|resize|routing\.allocation\.(initial_recovery|include\._tier_preference))/;

export function fitSettings(source: FlatSettings): TargetSettings {
  const create: Record<string, unknown> = {};
  const leftOut: string[] = [];
  for (const [name, value] of Object.entries(source)) {
    if (NOT_TAKEN.some((pattern) => pattern.test(name))) {
      if (!IS_INTERNAL.test(name)) leftOut.push(name);
    } else if (!AFTER_LOAD.some((later) => later === name)) create[name] = value;
  }
  const afterLoad: Record<string, string | null> = { 'index.refresh_interval': null };
  for (const name of AFTER_LOAD) {
    const value = source[name];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') afterLoad[name] = String(value);
  }
  return { create: { ...create, 'index.number_of_replicas': 0, 'index.refresh_interval': '-1' }, afterLoad, leftOut };
}

/**
 * The setting that a refusal to create an index names, or null.
 *
 * `unknown setting [index.x] please check...`, `private index setting [index.x] can not be set explicitly`,
 * `Settings [index.x] are not available when running in serverless mode`
 */
export function refusedSetting(reason: string): string | null {
  return /(?:unknown setting|private index setting|final index setting|[Ss]ettings?) \[(index\.[^\],]+)[\],]/.exec(reason)?.[1] ?? null;
}
