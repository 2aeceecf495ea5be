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
import { enabledRules } from '../kibana/alerting.js';
import { FAMILY, type FamilyItem } from '../kibana/families.js';
import { takeInventory } from '../kibana/inventory.js';
import type { Kibana, KibanaIdentity, Kibanas } from '../kibana/kibana.js';
import { listSpaces, settingsOf, type Space } from '../kibana/spaces.js';
import type { Store } from '../store/store.js';
import { cancellationSignal, report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { concludePreflight, describeWarnings, type PreflightOutcome } from './preflight-outcome.js';
import type { saveDraft } from './report.js';
import { checkConnectors, checkRest, conflictFindings, describeSpace, differingFamilies, differingObjects, type FamilyList, type PlannedSpace } from './saved-objects-findings.js';

/** Objects and bytes in one import: far from Kibana's limits (10,000 and 25 MiB), and little to do again after a failure. */
const BATCH_OBJECTS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

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
  const shared = new Set<string>();
  for (const [at, space] of sides.chosen.entries()) {
    const where = `space ${space.id} (${String(at + 1)} of ${String(sides.chosen.length)})`;
    const inventory = await takeInventory(from, space.id, { types, includeReferences: request.includeReferences, signal, onProgress: (objects) => onProgress(`listing ${where}: ${objects.toLocaleString('en-US')} objects`) });
    for (const type of inventory.unknownTypes) unknown.set(type, (unknown.get(type) ?? 0) + 1);
    const hasRules = [...inventory.entries.values()].some(({ type }) => type === 'alert');
    const lists = await familiesOf(from, space.id, request, shared, signal);
    const families = lists.map(({ type, items }) => ({ type, items: items.map(({ id, title, bytes, isEnabled }) => ({ id, title, bytes, isEnabled })) }));
    spaces.push({ space, isAtTarget: atTarget.has(space.id), inventory, families, enabled: hasRules ? await enabledRules(from, space.id, signal) : new Set() });
    findings.push(...describeSpace(space.id, inventory));
    if (request.onConflict === 'fail' && atTarget.has(space.id) && (inventory.entries.size > 0 || lists.length > 0)) {
      onProgress(`comparing ${where} with the target`);
      findings.push(...conflictFindings(space.id, [...(await differingObjects(to, space.id, inventory, request, signal)), ...(await differingFamilies(to, space.id, lists, signal))]));
    }
  }
  for (const [type, count] of unknown) if (types !== null && count === sides.chosen.length) findings.push(finding('error', 'ValidationFailed', 'types', `the source cannot export the type ${type}`, 'Correct types; "*" takes every type that can be exported.'));
  findings.push(...(await checkConnectors(from, to, spaces, signal)), ...(await checkRest(from, spaces, signal)));
  return { findings, spaces, source, target };
}

/** What has an export of its own. @param shared what every space shows and an earlier one has taken */
async function familiesOf(from: Kibana, space: string, { types }: SavedObjectsRequest, shared: Set<string>, signal: AbortSignal): Promise<FamilyList> {
  const found: { type: FamilyType; items: FamilyItem[] }[] = [];
  for (const type of FAMILIES) {
    if (!types.includes('*') && !types.includes(type)) continue;
    const items = (await FAMILY[type].list(from, space, signal)).filter(({ id, isShared }) => !isShared || !shared.has(`${type}:${id}`));
    for (const { id } of items.filter(({ isShared }) => isShared)) shared.add(`${type}:${id}`);
    if (items.length > 0) found.push({ type, items });
  }
  return found;
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
    id,
    createdAt,
    findings,
    plan,
    draft: { request, source: identity(source), target: identity(target) },
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
