/** What preflight of saved-objects tells a person: conflicts, what dangles, what has no export. Read-only. */
import type { Finding } from '../contracts/preflight.js';
import type { SavedObjectsRequest } from '../contracts/requests.js';
import { finding, note, warning } from '../domain/findings.js';
import type { FamilyType } from '../domain/saved-objects/families.js';
import { listConnectors } from '../kibana/alerting.js';
import { FAMILY, isSame, type FamilyItem } from '../kibana/families.js';
import { readFleet, type FleetFacts } from '../kibana/fleet.js';
import { takeInventory, type Inventory, type InventoryEntry } from '../kibana/inventory.js';
import type { Kibana } from '../kibana/kibana.js';
import type { Space } from '../kibana/spaces.js';

export interface PlannedSpace {
  readonly space: Space;
  readonly isAtTarget: boolean;
  readonly inventory: Inventory;
  readonly enabled: ReadonlySet<string>;
  readonly families: readonly { readonly type: FamilyType; readonly items: readonly FamilyEntry[] }[];
}

/** What is kept of an item of a family. */
export type FamilyEntry = Pick<FamilyItem, 'id' | 'title' | 'bytes' | 'isEnabled'>;

export type FamilyList = readonly { readonly type: FamilyType; readonly items: readonly FamilyItem[] }[];

const some = (names: readonly string[]): string => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${String(names.length - 5)} more` : ''}`;

export function describeSpace(space: string, inventory: Inventory): Finding[] {
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
export async function differingObjects(to: Kibana, space: string, inventory: Inventory, request: SavedObjectsRequest, signal: AbortSignal): Promise<string[]> {
  if (inventory.entries.size === 0) return [];
  const wanted = [...new Set([...inventory.entries.values()].map(({ type }) => type))];
  const existing = await takeInventory(to, space, { types: request.types.includes('*') ? null : wanted, includeReferences: false, signal });
  const isRenamed = (entry: InventoryEntry): boolean => request.rename !== undefined && entry.type === 'index-pattern';
  const differing: string[] = [];
  for (const [key, entry] of inventory.entries) {
    const there = existing.entries.get(key);
    // One that the target has migrated cannot be judged by its attributes: the transfer does, with what it remembers.
    if (there !== undefined && there.typeVersion === entry.typeVersion && there.mark !== entry.mark && !isRenamed(entry)) differing.push(key);
  }
  return differing;
}

export async function differingFamilies(to: Kibana, space: string, lists: FamilyList, signal: AbortSignal): Promise<string[]> {
  const differing: string[] = [];
  for (const { type, items } of lists) {
    const there = new Map((await FAMILY[type].list(to, space, signal)).map((item) => [item.id, item]));
    for (const item of items) {
      const known = there.get(item.id);
      if (known !== undefined && !isSame(type, item, known)) differing.push(`${type}:${item.id}`);
    }
  }
  return differing;
}

export function conflictFindings(space: string, differing: readonly string[]): Finding[] {
  if (differing.length === 0) return [];
  return [finding('error', 'ObjectConflict', space, `${String(differing.length)} object(s) of space ${space} differ at the target: ${some(differing)}`, 'Start again with onConflict: "skip", "overwrite" or "copy"; or mend them at the target and retry.')];
}

/** Connectors of kibana.yml are not exported: what refers to them dangles unless the target has them too. */
export async function checkConnectors(from: Kibana, to: Kibana, spaces: readonly PlannedSpace[], signal: AbortSignal): Promise<Finding[]> {
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

/** What Fleet has, and what to do for it at the target: none of it has an export. */
function fleetFindings({ policies, agents, packages, outputs }: FleetFacts): Finding[] {
  // A default output is everywhere.
  if (policies.total + agents + packages.total === 0) return [];
  const part = ({ total, names }: FleetFacts['policies'], what: string): string[] => (total === 0 ? [] : [`${String(total)} ${what} (${names.slice(0, 5).join(', ')}${total > 5 ? ', ...' : ''})`]);
  const parts = [...part(policies, 'agent policies'), ...part(packages, 'integrations'), ...part(outputs, 'outputs'), ...(agents === 0 ? [] : [`${String(agents)} agents`])];
  return [
    warning(
      'NotExported',
      'fleet',
      `Fleet has ${parts.join(', ')}, which have no export`,
      'At the target make the outputs and Fleet Server hosts with its own addresses, install the same integrations, make the policies, then enrol the agents there (elastic-agent enroll; from 9.2 on POST /api/fleet/agents/bulk_migrate at the source). Or move fleet, kibana and security together with system-indices.',
    ),
  ];
}

/** What no export brings. */
export async function checkRest(from: Kibana, spaces: readonly PlannedSpace[], signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  findings.push(...fleetFindings(await readFleet(from, signal)));
  const cases = spaces.reduce((sum, { inventory }) => sum + [...inventory.entries.values()].filter(({ type }) => type === 'cases').length, 0);
  if (cases > 0) findings.push(warning('NotExported', 'cases', `${String(cases)} case(s) arrive without their files`, 'Attach the files again.'));
  findings.push(note('NotExported', 'settings', 'reports, sessions, rule settings and global advanced settings have no export; machine learning jobs move with Elasticsearch and are made visible at the end'));
  return findings;
}
