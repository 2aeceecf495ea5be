/**
 * Feature states: which are meant, in which order they are restored, and what each asks of the people around. Pure.
 *
 * `security` is never taken by a wildcard and always comes last: everything before it still runs with the credential
 * that Godwit began with.
 */
import type { JsonObject } from './json.js';

export const SECURITY = 'security';

/** Stands beside the names of feature states where the cluster state is restored too. */
export const GLOBAL_STATE = 'global state';

interface Selection {
  /** In the order in which they are restored. */
  readonly states: readonly string[];
  /** Names and wildcards that match nothing on a side, with that side. */
  readonly missing: readonly { readonly pattern: string; readonly side: 'source' | 'target' | 'both' }[];
}

/**
 * Resolves names, wildcards and exclusions.
 *
 * @param source names at the source, or in the snapshot that is to be restored
 */
export function selectStates(patterns: readonly string[], source: readonly string[], target: readonly string[]): Selection {
  const chosen = new Set<string>();
  const missing: { pattern: string; side: 'source' | 'target' | 'both' }[] = [];
  const both = source.filter((name) => target.includes(name));
  for (const pattern of patterns) {
    const isExclusion = pattern.startsWith('-');
    const matches = matcherOf(isExclusion ? pattern.slice(1) : pattern);
    if (isExclusion) {
      for (const name of [...chosen]) if (matches(name)) chosen.delete(name);
    } else if (pattern.includes('*')) {
      for (const name of both) if (matches(name) && name !== SECURITY) chosen.add(name);
    } else if (both.includes(pattern)) chosen.add(pattern);
    else missing.push({ pattern, side: source.includes(pattern) ? 'target' : target.includes(pattern) ? 'source' : 'both' });
  }
  return { states: inOrder([...chosen]), missing };
}

export function inOrder(names: readonly string[]): string[] {
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function rank(name: string): number {
  return name === SECURITY ? 1 : 0;
}

function matcherOf(pattern: string): (name: string) => boolean {
  const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
  return (name) => expression.test(name);
}

/** Where the system indices of a feature are found: no API tells, so this follows the descriptors in Elasticsearch. */
const INDEX_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  security: ['.security'],
  kibana: ['.kibana', '.reporting', '.apm-'],
  fleet: ['.fleet'],
  watcher: ['.watches', '.triggered_watches', '.watcher'],
  transform: ['.transform', '.data-frame'],
  machine_learning: ['.ml-'],
  enrich: ['.enrich-'],
  geoip: ['.geoip_databases'],
  logstash_management: ['.logstash'],
  tasks: ['.tasks'],
  async_search: ['.async-search'],
  searchable_snapshots: ['.snapshot-blob-cache'],
  synonyms: ['.synonyms'],
  inference_plugin: ['.inference', '.secrets-inference'],
  ent_search: ['.ent-search', '.elastic-connectors', '.search-app', '.query-rules'],
};

/** Those of the system indices that belong to a feature; empty where that cannot be told. */
export function indicesOfState(state: string, systemIndices: readonly string[]): string[] {
  const prefixes = INDEX_PREFIXES[state] ?? [];
  return systemIndices.filter((index) => prefixes.some((prefix) => index.startsWith(prefix)));
}

interface Caveat {
  readonly message: string;
  readonly remedy: string;
}

/** What a feature asks of the people around, beside that it is replaced. */
export const CAVEATS: Readonly<Record<string, Caveat>> = {
  kibana: {
    message: 'a Kibana of the target that runs meanwhile writes into what is replaced, and one with another xpack.encryptedSavedObjects.encryptionKey than the source\'s cannot read the secrets of connectors and rules',
    remedy: 'Stop every Kibana of the target until the migration has ended, and start it with the encryption keys of the source (encryptedSavedObjects, reporting, security); its version may not be older. On Elastic Cloud the keys can be neither read nor set: use the type saved-objects there.',
  },
  fleet: {
    message: 'Fleet servers and agents of the target are forgotten; those of the source need the states kibana and security too, to be known and let in',
    remedy: 'Stop the Fleet servers of both sides meanwhile, restore kibana and security in the same migration, then enrol agents at the target.',
  },
  watcher: { message: 'the watches of the source become active at the target as they are at the source, so that both act', remedy: 'Stop Watcher at the target (POST _watcher/_stop), and start it when it is stopped at the source.' },
  transform: { message: 'transforms of the source that run would run at both', remedy: 'Stop the transforms of the source (POST _transform/*/_stop) first, and start them at the target.' },
  machine_learning: { message: 'jobs and models of the target are replaced, while tasks may be writing to them', remedy: 'Set POST _ml/set_upgrade_mode?enabled=true at the target meanwhile, and disable it afterwards.' },
  geoip: { message: 'the GeoIP downloader of the target may write meanwhile', remedy: 'Set ingest.geoip.downloader.enabled: false at the target meanwhile.' },
  tasks: { message: 'the stored results of finished tasks of the target are replaced by those of the source', remedy: 'Leave it out ("-tasks") if anybody still asks the target for the result of a task.' },
  async_search: { message: 'running and stored asynchronous searches of the target are lost', remedy: 'Leave it out ("-async_search"): searches seldom need to move.' },
  logstash_management: { message: 'every Logstash with central management at the target takes the pipelines of the source', remedy: 'Stop these Logstashes meanwhile.' },
};

/** The request by which a person does what Godwit's undo does. */
export function wayBackByHand(repository: string, snapshot: string, states: readonly string[]): string {
  const features = states.filter((state) => state !== GLOBAL_STATE);
  const body = { indices: '-*', include_global_state: states.includes(GLOBAL_STATE), include_aliases: false, feature_states: features.length === 0 ? ['none'] : features };
  return `POST /_snapshot/${repository}/${snapshot}/_restore?wait_for_completion=true ${JSON.stringify(body)}`;
}

/** What a person has to read before saying yes: at most `MAX_NAMES` names, and how many more. */
export function some(names: readonly string[]): string {
  const MAX_NAMES = 10;
  return names.length <= MAX_NAMES ? names.join(', ') : `${names.slice(0, MAX_NAMES).join(', ')} and ${String(names.length - MAX_NAMES)} more`;
}

/** What an undo needs to know. */
export interface KeptState extends JsonObject {
  readonly repository: string;
  readonly snapshot: string;
  /** Whether the snapshot has the state; the target may have had nothing of it. */
  readonly isKept: boolean;
}
