/**
 * Preflight of saved-objects: both Kibanas looked at, every object listed, conflicts foreseen, the plan written into the
 * ledger once nothing stands in the way. It touches neither side.
 */
import type { Finding, PreflightResult } from '../contracts/preflight.js';
import type { SavedObjectsRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { finding, isRequestError, note, toResult, warning } from '../domain/findings.js';
import { selectByPatterns } from '../domain/index-patterns.js';
import { compileRename } from '../domain/rename.js';
import { FAMILIES, isFamily, type FamilyType } from '../domain/saved-objects/families.js';
import { cutBatches, dependenciesFirst } from '../domain/saved-objects/order.js';
import { BATCH_METHOD, OBJECT_METHOD, SPACE_METHOD, rowName } from '../domain/saved-objects/rows.js';
import { importIncompatibility } from '../domain/saved-objects/versions.js';
import { enabledRules, listConnectors } from '../kibana/alerting.js';
import { FAMILY, type FamilyItem } from '../kibana/families.js';
import { takeInventory, type Inventory, type InventoryEntry } from '../kibana/inventory.js';
import type { Kibana, KibanaIdentity, Kibanas } from '../kibana/kibana.js';
import { agentPolicies } from '../kibana/fleet.js';
import { listSpaces, settingsOf, type Space } from '../kibana/spaces.js';
import type { Store } from '../store/store.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { concludePreflight, describeWarnings, type PreflightOutcome } from './preflight-outcome.js';
import type { saveDraft } from './report.js';

/** Objects and bytes in one import: far from Kibana's limits (10,000 and 25 MiB), and little to do again after a failure. */
const BATCH_OBJECTS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

interface PlannedSpace {
  readonly space: Space;
  readonly isAtTarget: boolean;
  readonly inventory: Inventory;
  readonly enabled: ReadonlySet<string>;
  readonly families: readonly { readonly type: FamilyType; readonly items: readonly FamilyEntry[] }[];
}

/** What is kept of an item of a family. */
type FamilyEntry = Pick<FamilyItem, 'id' | 'title' | 'bytes' | 'isEnabled'>;

interface Examination {
  readonly findings: Finding[];
  readonly spaces: readonly PlannedSpace[];
  readonly source: KibanaIdentity;
  readonly target: KibanaIdentity;
}

interface Sides {
  readonly findings: Finding[];
  readonly chosen: readonly Space[];
  readonly atTarget: ReadonlySet<string>;
  readonly source: KibanaIdentity;
  readonly target: KibanaIdentity;
}

/** Who both sides are, and which spaces are meant. */
async function lookAtSides(kibanas: Kibanas, request: SavedObjectsRequest, signal: AbortSignal): Promise<Sides> {
  const [from, to] = [kibanas.get(request.source), kibanas.get(request.target)];
  const [source, target] = [await from.identity(signal), await to.identity(signal)];
  const findings: Finding[] = [];
  if (source.uuid !== '' && source.uuid === target.uuid) findings.push(finding('error', 'SameCluster', 'target', 'source and target are the same Kibana'));
  const incompatibility = importIncompatibility(source, target);
  if (incompatibility !== null) findings.push(finding('error', 'IncompatibleVersion', 'target', incompatibility, 'Choose a target whose Kibana is of the same or a newer version, at most one major ahead.'));
  if (source.flavor === target.flavor && source.major === target.major && source.minor === target.minor && target.patch < source.patch) {
    findings.push(warning('OlderPatch', 'target', `the target's Kibana ${target.version} is an older patch than the source's ${source.version}`, 'Bring the target to the same patch, or expect that it refuses objects that are newer than it.'));
  }
  findings.push(...checkRename(request));
  const [spaces, existing] = [await listSpaces(from, signal), await listSpaces(to, signal)];
  const { selected, unmatched } = selectByPatterns(request.spaces, spaces.map(({ id }) => id));
  for (const pattern of unmatched) {
    findings.push(pattern.startsWith('-') ? warning('NoSpaceMatched', 'spaces', `the exclusion ${pattern} matches no space`, 'Check its spelling.') : finding('error', 'ValidationFailed', 'spaces', `no space at ${request.source} matches ${pattern}`, 'Correct spaces; GET /api/spaces/space of Kibana lists those that the connection may see.'));
  }
  return { findings, chosen: spaces.filter(({ id }) => selected.includes(id)), atTarget: new Set(existing.map(({ id }) => id)), source, target };
}

function checkRename({ rename }: SavedObjectsRequest): Finding[] {
  if (rename === undefined) return [];
  try {
    compileRename(rename);
    return [note('RenamedTitles', 'rename', 'titles of data views are rewritten; index names in ES|QL, Vega, Timelion, TSVB and rules are not')];
  } catch (error) {
    if (!(error instanceof GodwitError)) throw error;
    return [finding('error', 'InvalidRename', error.subject ?? 'rename', error.message, error.remedy)];
  }
}

/** Read-only. @throws the codes of unreachable Kibanas and missing privileges */
async function examine(kibanas: Kibanas, request: SavedObjectsRequest, signal: AbortSignal, onProgress: (detail: string) => void): Promise<Examination> {
  const sides = await lookAtSides(kibanas, request, signal);
  const { source, target, atTarget } = sides;
  const findings = [...sides.findings];
  if (findings.some(isRequestError)) return { findings, spaces: [], source, target };
  const [from, to] = [kibanas.get(request.source), kibanas.get(request.target)];
  const types = request.types.includes('*') ? null : request.types.filter((type) => !isFamily(type));
  const spaces: PlannedSpace[] = [];
  const unknown = new Map<string, number>();
  for (const [at, space] of sides.chosen.entries()) {
    const where = `space ${space.id} (${String(at + 1)} of ${String(sides.chosen.length)})`;
    const inventory = await takeInventory(from, space.id, { types, includeReferences: request.includeReferences, signal, onProgress: (objects) => onProgress(`listing ${where}: ${objects.toLocaleString('en-US')} objects`) });
    for (const type of inventory.unknownTypes) unknown.set(type, (unknown.get(type) ?? 0) + 1);
    const hasRules = [...inventory.entries.values()].some(({ type }) => type === 'alert');
    const families = await familiesOf(from, space.id, request, signal);
    spaces.push({ space, isAtTarget: atTarget.has(space.id), inventory, families, enabled: hasRules ? await enabledRules(from, space.id, signal) : new Set() });
    findings.push(...describeSpace(space.id, inventory));
    if (request.onConflict === 'fail' && atTarget.has(space.id) && inventory.entries.size > 0) {
      onProgress(`comparing ${where} with the target`);
      findings.push(...(await foreseeConflicts(to, space.id, inventory, request, signal)));
    }
  }
  for (const [type, count] of unknown) if (types !== null && count === sides.chosen.length) findings.push(finding('error', 'ValidationFailed', 'types', `the source cannot export the type ${type}`, 'Correct types; "*" takes every type that can be exported.'));
  findings.push(...(await checkConnectors(from, to, spaces, signal)), ...(await checkRest(from, spaces, signal)));
  return { findings, spaces, source, target };
}

/** What the security solution keeps outside of saved objects. */
async function familiesOf(from: Kibana, space: string, { types }: SavedObjectsRequest, signal: AbortSignal): Promise<PlannedSpace['families']> {
  const found: { type: FamilyType; items: FamilyEntry[] }[] = [];
  for (const type of FAMILIES) {
    if (!types.includes('*') && !types.includes(type)) continue;
    const items = (await FAMILY[type].list(from, space, signal)).map(({ id, title, bytes, isEnabled }) => ({ id, title, bytes, isEnabled }));
    if (items.length > 0) found.push({ type, items });
  }
  return found;
}

const some = (names: readonly string[]): string => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${String(names.length - 5)} more` : ''}`;

function describeSpace(space: string, inventory: Inventory): Finding[] {
  const findings: Finding[] = [];
  const { excluded, missing, entries, isByKnownTypes } = inventory;
  if (excluded.size > 0) findings.push(warning('NotExported', space, `${String(excluded.size)} object(s) of space ${space} cannot be exported: ${some([...excluded.keys()])}`, 'Make them again at the target, or bring them by the feature that owns them (detection rules have their own export).'));
  if (missing.size > 0) findings.push(warning('DanglingReference', space, `objects of space ${space} refer to ${String(missing.size)} that do not exist at the source: ${some([...missing.keys()])}`, 'They arrive with the same dangling references.'));
  const managed = [...entries.values()].filter((entry) => entry.isManaged).length;
  if (managed > 0) findings.push(warning('ManagedObjects', space, `${String(managed)} object(s) of space ${space} belong to integrations`, 'Install the same integrations at the target; what is imported is read-only there.'));
  if (isByKnownTypes) findings.push(warning('LargeSpace', space, `space ${space} has more objects than one export gives, so only the types that Kibana or Godwit name were looked for`, 'If a plugin brings a type of its own, name it in types of a second migration.'));
  return findings;
}

/** Objects of the same id that differ. Those under another id are found by the import itself. */
async function foreseeConflicts(to: Kibana, space: string, inventory: Inventory, request: SavedObjectsRequest, signal: AbortSignal): Promise<Finding[]> {
  const wanted = [...new Set([...inventory.entries.values()].map(({ type }) => type))];
  const existing = await takeInventory(to, space, { types: request.types.includes('*') ? null : wanted, includeReferences: false, signal });
  const isRenamed = (entry: InventoryEntry): boolean => request.rename !== undefined && entry.type === 'index-pattern';
  const differing: string[] = [];
  for (const [key, entry] of inventory.entries) {
    const there = existing.entries.get(key);
    // One that the target has migrated cannot be judged by its attributes: the transfer does, with what it remembers.
    if (there !== undefined && there.typeVersion === entry.typeVersion && there.mark !== entry.mark && !isRenamed(entry)) differing.push(key);
  }
  if (differing.length === 0) return [];
  return [finding('error', 'ObjectConflict', space, `${String(differing.length)} object(s) of space ${space} differ at the target: ${some(differing)}`, 'Start again with onConflict: "skip", "overwrite" or "copy"; or mend them at the target and retry.')];
}

/** Connectors of kibana.yml are not exported: what refers to them dangles unless the target has them too. */
async function checkConnectors(from: Kibana, to: Kibana, spaces: readonly PlannedSpace[], signal: AbortSignal): Promise<Finding[]> {
  const needed = new Set(spaces.flatMap(({ inventory }) => [...inventory.entries.values()].flatMap((entry) => entry.references.filter((reference) => reference.startsWith('action:')))));
  const connectors = spaces.flatMap(({ inventory }) => [...inventory.entries.values()].filter(({ type }) => type === 'action'));
  const findings: Finding[] = [];
  if (connectors.length > 0) findings.push(note('Connectors', 'connectors', `${String(connectors.length)} connector(s) arrive without their secrets; put them into kibana.connectorSecrets of the target connection, or enter them in Kibana`));
  if (needed.size === 0) return findings;
  const own = (await listConnectors(from, 'default', signal)).filter((connector) => connector.is_preconfigured && needed.has(`action:${connector.id}`));
  if (own.length === 0) return findings;
  const there = new Set((await listConnectors(to, 'default', signal)).map(({ id }) => id));
  const lacking = own.filter(({ id }) => !there.has(id)).map(({ id }) => id);
  if (lacking.length > 0) findings.push(warning('PreconfiguredConnector', 'connectors', `rules use connectors that stand in kibana.yml of the source and not of the target: ${some(lacking)}`, 'Add them to xpack.actions.preconfigured of the target, with the same ids.'));
  return findings;
}

/** What no export brings. */
async function checkRest(from: Kibana, spaces: readonly PlannedSpace[], signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  const policies = await agentPolicies(from, signal);
  if (policies > 0) findings.push(warning('NotExported', 'fleet', `Fleet has ${String(policies)} agent policies, which have no export`, 'Make policies and outputs at the target, then enrol the agents there (elastic-agent enroll).'));
  const cases = spaces.reduce((sum, { inventory }) => sum + [...inventory.entries.values()].filter(({ type }) => type === 'cases').length, 0);
  if (cases > 0) findings.push(warning('NotExported', 'cases', `${String(cases)} case(s) arrive without their files`, 'Attach the files again.'));
  findings.push(note('NotExported', 'settings', 'advanced settings, reports, sessions and rule settings have no export; machine learning jobs move with Elasticsearch and are made visible at the end'));
  return findings;
}

function sizeOf(spaces: readonly PlannedSpace[]): NonNullable<PreflightResult['plan']> {
  const entries = spaces.flatMap(({ inventory, families }) => [...inventory.entries.values(), ...families.flatMap(({ items }) => items)]);
  return { indices: 0, dataStreams: 0, documents: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** For `POST /v1/migrations/preflight`. */
export async function preflightSavedObjectsRequest(kibanas: Kibanas, request: SavedObjectsRequest, signal: AbortSignal): Promise<PreflightResult> {
  const { findings, spaces } = await examine(kibanas, request, signal, () => undefined);
  return toResult(findings, spaces.length === 0 ? null : sizeOf(spaces));
}

/** What makes a request impossible as it is. */
export async function findingsOfSavedObjects(kibanas: Kibanas, request: SavedObjectsRequest, signal: AbortSignal): Promise<Finding[]> {
  return (await lookAtSides(kibanas, request, signal)).findings.filter(isRequestError);
}

interface PreflightInput {
  readonly id: string;
  readonly request: SavedObjectsRequest;
  readonly createdAt: string;
}

/** Safe to repeat: it reads, and writes the same draft and plan. */
async function preflightSavedObjects({ kibanas, store }: ActivityDeps, { id, request, createdAt }: PreflightInput): Promise<PreflightOutcome> {
  report({ step: 'preflight', detail: 'preflight reads both Kibanas' });
  const { findings, spaces, source, target } = await examine(kibanas, request, cancellationSignal(), (detail) => report({ step: 'preflight', detail }));
  const identity = (kibana: KibanaIdentity): Parameters<typeof saveDraft>[2]['source'] => ({ ...kibana, flavor: kibana.flavor === 'serverless' ? 'serverless' : 'default' });
  const plan = spaces.length === 0 ? null : sizeOf(spaces);
  return concludePreflight(store, {
    ...{ id, createdAt, findings, plan, draft: { request, source: identity(source), target: identity(target) } },
    isSkippable: () => false,
    writePlan: async () => {
      for (const planned of spaces) await writePlan(store, id, planned, target.flavor === 'serverless');
    },
    summary: plan === null ? 'nothing to move' : `${plan.documents.toLocaleString('en-US')} objects in ${String(spaces.length)} space(s); ${describeWarnings(findings)}`,
  });
}

interface Planned {
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly title: string | null;
  readonly bytes: number;
  readonly isEnabled: boolean;
}

/** Rows of a space: itself, its batches in the order in which they go, its objects. */
async function writePlan(store: Store, id: string, { space, isAtTarget, inventory, families, enabled }: PlannedSpace, isServerless: boolean): Promise<void> {
  const items = [...inventory.entries].map(([key, entry]) => ({ ...entry, key, isEnabled: enabled.has(entry.id) }));
  const batches: Planned[][] = [
    ...cutBatches(dependenciesFirst(items), BATCH_OBJECTS, BATCH_BYTES),
    // After the objects: rules act through connectors.
    ...families.flatMap(({ type, items: ofFamily }) => cutBatches(ofFamily.map((item) => ({ ...item, type, key: `${type}:${item.id}` })), BATCH_OBJECTS, BATCH_BYTES)),
  ];
  const total = batches.reduce((sum, batch) => sum + batch.length, 0);
  const row = { index: space.id, target: space.id, documents: null, bytes: null };
  await store.ledger.add(id, [
    { ...row, slice: 0, method: SPACE_METHOD, detail: { isAtTarget, settings: settingsOf(space, isServerless), note: `${String(total)} objects` } },
    ...batches.map((batch, at) => ({ ...row, slice: at + 1, method: BATCH_METHOD, detail: { objects: batch.map(({ key }) => key) } })),
  ]);
  for (const [at, batch] of batches.entries()) {
    await store.ledger.add(
      id,
      batch.map(({ type, id: objectId, title, bytes, isEnabled }) => ({
        ...{ index: rowName({ space: space.id, type, id: objectId }), slice: 0, target: rowName({ space: space.id, type, id: objectId }), method: OBJECT_METHOD, documents: 1, bytes },
        detail: { space: space.id, type, id: objectId, batch: at + 1, title, ...(type === 'alert' || type === 'detection-rule' ? { isEnabled } : {}) },
      })),
    );
  }
}

export function createSavedObjectsPreflightActivities(deps: ActivityDeps) {
  return { preflightSavedObjects: withPulse((input: PreflightInput) => preflightSavedObjects(deps, input)) };
}
