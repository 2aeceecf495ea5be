/**
 * The inventory of components on both sides, each judged: the same look for preflight, for writing and for comparing,
 * so that they cannot disagree. Read-only.
 */
import type { ComponentKind } from '../contracts/component-kinds.js';
import type { Finding } from '../contracts/preflight.js';
import type { ComponentsRequest } from '../contracts/components-request.js';
import { isObject, objectOf, textOf } from '../domain/components/json-parts.js';
import { judge, type Judgement } from '../domain/components/judge.js';
import { COMPONENT_NEEDS, type ComponentNeed, type Entry, type FitContext, type Need } from '../domain/components/kind.js';
import { KINDS, componentId } from '../domain/components/kinds.js';
import { composedOf, retentionOf } from '../domain/components/kinds/lifecycles.js';
import { realmsOf } from '../domain/components/kinds/security.js';
import { fitsServerless } from '../domain/serverless-settings.js';
import type { GodwitError } from '../domain/errors.js';
import { note, warning } from '../domain/findings.js';
import { matchesPattern } from '../domain/index-patterns.js';
import type { Json, JsonObject } from '../domain/json.js';
import type { Cluster } from '../elasticsearch/cluster.js';
import { readDataNames, readLackingFeatures, readRealms, readRefusedSettings, readRepositories, type DataNames } from '../elasticsearch/components/facts.js';
import { readKind, type KindReading } from '../elasticsearch/components/read.js';

export interface Surveyed {
  readonly kind: ComponentKind;
  readonly name: string;
  readonly source: Entry;
  readonly target: Entry | null;
  readonly judgement: Judgement;
}

export interface Survey {
  readonly components: readonly Surveyed[];
  /** Kinds that may not be read, on either side. */
  readonly denied: readonly { readonly kind: ComponentKind; readonly error: GodwitError }[];
  readonly warnings: readonly Finding[];
}

interface SurveyInput {
  readonly source: Cluster;
  readonly target: Cluster;
  readonly request: ComponentsRequest;
  /** In dependency order. */
  readonly kinds: readonly ComponentKind[];
  readonly isWanted: (kind: ComponentKind, name: string) => boolean;
  readonly signal: AbortSignal;
}

const TEMPLATE_KINDS: readonly ComponentKind[] = ['component-template', 'index-template', 'legacy-template'];

/** @throws the codes of clusters that cannot be reached */
export async function survey(input: SurveyInput): Promise<Survey> {
  const { source, target, request, signal } = input;
  const components: Surveyed[] = [];
  const denied: { kind: ComponentKind; error: GodwitError }[] = [];
  const warnings: Finding[] = [];
  const facts = new TargetFacts(target, signal);
  const unread: string[] = [];
  for (const kind of input.kinds) {
    const isWanted = (name: string): boolean => input.isWanted(kind, name);
    const atSource = await readKind(source, kind, { isWanted, signal });
    if (atSource.state === 'denied') denied.push({ kind, error: atSource.error });
    if (atSource.state === 'unavailable') unread.push(kind);
    if (atSource.state !== 'read' || atSource.entries.size === 0) continue;
    const entries = [...atSource.entries.values()];
    const targetKind = await kindOf(target, signal);
    const isRefused = targetKind === 'serverless' && KINDS[kind].serverless !== null;
    const lacking = isRefused ? '' : await facts.whyLacking(kind);
    const atTarget: KindReading = lacking !== null
      ? { state: 'unavailable', reason: lacking }
      : await readKind(target, kind, { isWanted: (name) => atSource.entries.has(name), names: [...atSource.entries.keys()], signal });
    if (atTarget.state === 'denied') {
      denied.push({ kind, error: atTarget.error });
      continue;
    }
    const side = {
      unavailable: atTarget.state === 'unavailable' ? atTarget.reason : null,
      has: await facts.check(kind, entries),
      fit: await fitContext(input, targetKind, kind, entries),
    };
    for (const entry of entries) {
      const there = atTarget.state === 'read' ? (atTarget.entries.get(entry.name) ?? null) : null;
      const judgement = judge(kind, entry, { ...side, entry: there }, request);
      if (judgement.plan === 'write') facts.expect(kind, entry.name);
      components.push({ kind, name: entry.name, source: entry, target: there, judgement });
    }
    if (kind === 'role-mapping') warnings.push(...(await checkRealms(target, components, signal)));
  }
  if (unread.length > 0) warnings.push(note('ComponentInventory', 'source', `${source.connection} has no API, or no licence, for ${unread.join(', ')}: nothing of these is looked for`));
  return { components, denied, warnings };
}

async function kindOf(cluster: Cluster, signal: AbortSignal): Promise<FitContext['targetKind']> {
  return (await cluster.identity(signal)).flavor === 'serverless' ? 'serverless' : cluster.kind;
}

async function fitContext({ source, target, signal }: SurveyInput, targetKind: FitContext['targetKind'], kind: ComponentKind, entries: readonly Entry[]): Promise<FitContext> {
  const isForRetention = targetKind === 'serverless' && (kind === 'index-template' || kind === 'data-stream-lifecycle');
  const retentionByPolicy = isForRetention ? await readRetentions(source, signal) : new Map<string, string>();
  const { flavor, major, minor, patch } = await target.identity(signal);
  return {
    targetKind,
    targetVersion: flavor === 'serverless' || targetKind === 'serverless' ? null : { major, minor, patch },
    refusedSettings: TEMPLATE_KINDS.includes(kind) ? await readRefusedSettings(target, settingsOf(entries, targetKind), signal) : new Set(),
    retentionByPolicy,
    retentionByTemplate: kind === 'index-template' && retentionByPolicy.size > 0 ? await retentionByTemplate(source, entries, retentionByPolicy, signal) : new Map(),
  };
}

/** Every setting of some templates, with one of its values. */
function settingsOf(entries: readonly Entry[], targetKind: FitContext['targetKind']): JsonObject {
  const all = entries.flatMap(({ raw }) => Object.entries({ ...objectOf(raw['settings']), ...objectOf(objectOf(raw['template'])['settings']) }));
  return Object.fromEntries(all.filter(([name, value]) => targetKind !== 'serverless' || fitsServerless(name, value)));
}

async function readRetentions(source: Cluster, signal: AbortSignal): Promise<Map<string, string>> {
  const policies = await readKind(source, 'ilm-policy', { isWanted: () => true, signal });
  if (policies.state !== 'read') return new Map();
  return new Map([...policies.entries.values()].flatMap(({ name, raw }) => {
    const retention = retentionOf(raw);
    return retention === null ? [] : [[name, retention] as const];
  }));
}

const policyOf = (raw: JsonObject): string => textOf(objectOf(objectOf(raw['template'])['settings'])['index.lifecycle.name']);

/** Of templates for data streams: only these take a lifecycle. The last component that names a policy counts, then the template itself. */
async function retentionByTemplate(source: Cluster, entries: readonly Entry[], retentions: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Map<string, string>> {
  const read = await readKind(source, 'component-template', { isWanted: () => true, signal });
  const components = read.state === 'read' ? read.entries : new Map<string, Entry>();
  const found = new Map<string, string>();
  for (const { name, raw } of entries.filter((entry) => isObject(entry.raw['data_stream']))) {
    const policies = [...composedOf(raw).map((component) => policyOf(components.get(component)?.raw ?? {})), policyOf(raw)].filter((policy) => policy !== '');
    const retention = retentions.get(policies.at(-1) ?? '');
    if (retention !== undefined) found.set(name, retention);
  }
  return found;
}

async function checkRealms(target: Cluster, components: readonly Surveyed[], signal: AbortSignal): Promise<Finding[]> {
  const mappings = components.filter(({ kind, judgement }) => kind === 'role-mapping' && (judgement.plan === 'write' || judgement.plan === 'replace'));
  const named = mappings.flatMap((mapping) => realmsOf(mapping.judgement.definition ?? {}).filter((realm) => !/[*/]/.test(realm)).map((realm) => ({ mapping, realm })));
  if (named.length === 0) return [];
  const realms = await readRealms(target, signal);
  return named
    .filter(({ realm }) => realms?.has(realm) !== true)
    .map(({ mapping, realm }) =>
      warning(
        'RealmMissing',
        componentId(mapping),
        realms === null ? `whether the target has the realm ${realm} could not be found out` : `the target has no realm ${realm}: the role mapping ${mapping.name} has no effect until it has`,
        `Set up the realm ${realm} in the settings of the nodes of the target.`,
      ),
    );
}

/** What the target has of the things that components need; asked for once, and only if something needs it. */
class TargetFacts {
  readonly #target: Cluster;
  readonly #signal: AbortSignal;
  readonly #expected = new Set<string>();
  #data: DataNames | undefined;
  #repositories: ReadonlySet<string> | undefined;
  #lacking: ReadonlyMap<string, string> | undefined;
  readonly #components = new Map<ComponentNeed, ReadonlySet<string>>();

  constructor(target: Cluster, signal: AbortSignal) {
    this.#target = target;
    this.#signal = signal;
  }

  /** A component that is going to be there. */
  expect(kind: ComponentKind, name: string): void {
    this.#expected.add(componentId({ kind, name }));
  }

  /** Why its licence or settings do not let a kind in, or null. */
  async whyLacking(kind: ComponentKind): Promise<string | null> {
    const { feature } = KINDS[kind];
    if (feature === undefined || (await kindOf(this.#target, this.#signal)) === 'serverless') return null;
    this.#lacking ??= await readLackingFeatures(this.#target, this.#signal);
    return this.#lacking.get(feature) ?? null;
  }

  async check(kind: ComponentKind, entries: readonly Entry[]): Promise<(need: Need) => boolean> {
    const { needs, normalise } = KINDS[kind];
    const kinds = new Set(entries.flatMap((entry) => needs?.(normalise(entry), entry.name) ?? []).map(({ what }) => what));
    if (kinds.has('index') || kinds.has('data-stream')) this.#data ??= await readDataNames(this.#target, this.#signal);
    if (kinds.has('repository')) this.#repositories ??= await readRepositories(this.#target, this.#signal);
    for (const needed of COMPONENT_NEEDS) if (kinds.has(needed) && !this.#components.has(needed)) this.#components.set(needed, await this.#readNames(needed));
    return (need) => this.#has(need);
  }

  #has({ what, name }: Need): boolean {
    switch (what) {
      case 'index':
        return [...(this.#data?.indices ?? []), ...(this.#data?.dataStreams ?? [])].some((known) => matchesPattern(name, known));
      case 'data-stream':
        return this.#data?.dataStreams.has(name) === true;
      case 'repository':
        return this.#repositories?.has(name) === true;
      default:
        return this.#expected.has(componentId({ kind: what, name })) || this.#components.get(what)?.has(name) === true;
    }
  }

  async #readNames(kind: ComponentNeed): Promise<ReadonlySet<string>> {
    if (KINDS[kind].serverless !== null && (await kindOf(this.#target, this.#signal)) === 'serverless') return new Set();
    const read = await readKind(this.#target, kind, { isWanted: () => true, signal: this.#signal });
    return new Set(read.state === 'read' ? read.entries.keys() : []);
  }
}

/** What the ledger keeps of a judgement, for a person. */
export function describeOutcome({ kind, judgement }: Pick<Surveyed, 'kind' | 'judgement'>, done: string | null): Json {
  const { reason, notes } = judgement;
  const shown = done ?? STANDING_WORDS[judgement.standing];
  return [`${KINDS[kind].title}: ${shown}`, ...(reason === null ? [] : [reason]), ...notes].join('; ').slice(0, 1_000);
}

const STANDING_WORDS: Readonly<Record<Judgement['standing'], string>> = {
  missing: 'missing at the target',
  same: 'the same already',
  differs: 'that of the target stays',
  managed: 'left to the target',
  unsupported: 'not supported by the target',
  'to-issue': 'to be made again by hand',
  'not-yet': 'not yet possible',
};
