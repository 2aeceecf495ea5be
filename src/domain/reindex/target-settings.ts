/**
 * Settings of an index made fit for a target of another version or kind. Pure.
 *
 * What cannot be known beforehand (a setting that a version has removed) is found by trying: see `refusedSetting`.
 */
import type { ClusterKind } from '../../contracts/names.js';
import { fitsServerless } from '../serverless-settings.js';

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
const IS_INTERNAL = /^index\.(uuid|creation_date|provided_name|version\.|history|resize|routing\.allocation\.initial_recovery)/;
/** Made by Elasticsearch itself too, but a person may have chosen it, and a serverless project has nothing of the kind. */
const IS_TIER = /^index\.routing\.allocation\.include\._tier_preference$/;

/** @param target its kind: a serverless project takes a short list of settings only, and has shards and replicas of its own choice */
export function fitSettings(source: FlatSettings, target: ClusterKind): TargetSettings {
  const isServerless = target === 'serverless';
  const create: Record<string, unknown> = {};
  const afterLoad: Record<string, string | null> = { 'index.refresh_interval': null };
  const leftOut: string[] = [];
  for (const [name, value] of Object.entries(source)) {
    if (IS_INTERNAL.test(name) || (IS_TIER.test(name) && !isServerless)) continue;
    if (NOT_TAKEN.some((pattern) => pattern.test(name)) || (isServerless && !fitsServerless(name, value))) leftOut.push(name);
    else if (!AFTER_LOAD.some((later) => later === name)) create[name] = value;
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') afterLoad[name] = String(value);
  }
  const meanwhile = isServerless ? {} : { 'index.number_of_replicas': 0 };
  return { create: { ...create, ...meanwhile, 'index.refresh_interval': '-1' }, afterLoad, leftOut };
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
