/**
 * The features of the stand-in Kibana that have routes of their own (contracts.md, 1.8): alerting, connectors, detection
 * rules, exception lists, value lists, timelines, machine learning, Fleet.
 */
import { Refusal, type StoredObject } from './kibana-objects.js';
import type { KibanaStandIn } from './kibana-stand-in.js';

type Item = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Where exception lists are kept that every space shows. */
export const SHARED = '*';

/** By space, then by their own id. */
export interface Features {
  readonly rules: Map<string, Map<string, Item>>;
  readonly exceptionLists: Map<string, Map<string, { list: Item; items: Item[] }>>;
  readonly valueLists: Map<string, Map<string, { list: Item; values: string[] }>>;
  readonly timelines: Map<string, Map<string, Item>>;
  /** Connectors of kibana.yml. */
  readonly preconfigured: { id: string; name: string }[];
  /** Spaces in which machine learning was synchronised. */
  readonly synced: string[];
  /** Names of what Fleet has; null where it is absent. */
  fleet: { readonly policies: readonly string[]; readonly agents: number; readonly packages: readonly string[]; readonly outputs: readonly string[] } | null;
  /** Whether the security solution is there. */
  security: boolean;
}

export function newFeatures(): Features {
  return { rules: new Map(), exceptionLists: new Map(), valueLists: new Map(), timelines: new Map(), preconfigured: [], synced: [], fleet: null, security: true };
}

function of<T>(bySpace: Map<string, Map<string, T>>, space: string): Map<string, T> {
  const known = bySpace.get(space) ?? new Map<string, T>();
  bySpace.set(space, known);
  return known;
}

const linesOf = (file: string): Item[] =>
  file
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Item);

export function featureRoute(kibana: KibanaStandIn, method: string, space: string, path: string, query: URLSearchParams, raw: Buffer, form: () => { file: string; fileName: string }): object | string | undefined {
  const call = `${method} ${path}`;
  const flag = (name: string): boolean => query.get(name) === 'true';
  const [perPage, page] = [Number(query.get('per_page') ?? query.get('page_size') ?? 20), Number(query.get('page') ?? 1)];
  const pageOf = <T>(items: T[]): T[] => items.slice((page - 1) * perPage, page * perPage);
  if (call === 'GET /api/alerting/rules/_find') {
    const rules = kibana.objects.all(space).filter(({ type }) => type === 'alert');
    return { page, per_page: perPage, total: rules.length, data: pageOf(rules).map(({ id, attributes }) => ({ id, name: attributes['name'], enabled: attributes['enabled'] === true, rule_type_id: attributes['alertTypeId'] })) };
  }
  const rule = /^POST \/api\/alerting\/rule\/([^/]+)\/_(enable|disable)$/.exec(call);
  if (rule !== null) {
    const found = kibana.objects.get(space, { type: 'alert', id: decodeURIComponent(rule[1] ?? '') });
    if (found === undefined) throw new Refusal(404, `Saved object [alert/${rule[1] ?? ''}] not found`);
    found.attributes = { ...found.attributes, enabled: rule[2] === 'enable', ...(rule[2] === 'enable' ? { apiKey: 'made', apiKeyOwner: 'caller', scheduledTaskId: found.id } : {}) };
    return undefined;
  }
  if (call === 'GET /api/actions/connectors') {
    const own = kibana.objects.all(space).filter(({ type }) => type === 'action');
    return [
      ...own.map(({ id, attributes }) => ({ id, name: attributes['name'], connector_type_id: attributes['actionTypeId'], config: attributes['config'] ?? {}, is_missing_secrets: attributes['isMissingSecrets'] === true, is_preconfigured: false, is_system_action: false, is_deprecated: false, referenced_by_count: 0 })),
      ...kibana.features.preconfigured.map(({ id, name }) => ({ id, name, connector_type_id: '.server-log', is_preconfigured: true, is_system_action: false, is_deprecated: false, referenced_by_count: 0 })),
    ];
  }
  const removed = /^DELETE \/api\/(?:alerting\/(rule)|actions\/(connector))\/([^/]+)$/.exec(call);
  if (removed !== null) {
    const key = { type: removed[1] === 'rule' ? 'alert' : 'action', id: decodeURIComponent(removed[3] ?? '') };
    if (!kibana.objects.remove(space, key)) throw new Refusal(404, `Saved object [${key.type}/${key.id}] not found`);
    return undefined;
  }
  const connector = /^PUT \/api\/actions\/connector\/([^/]+)$/.exec(call);
  if (connector !== null) {
    const found: StoredObject | undefined = kibana.objects.get(space, { type: 'action', id: decodeURIComponent(connector[1] ?? '') });
    if (found === undefined) throw new Refusal(404, `Saved object [action/${connector[1] ?? ''}] not found`);
    const { name, config, secrets } = JSON.parse(raw.toString()) as Item;
    if (typeof name !== 'string' || typeof secrets !== 'object') throw new Refusal(400, '[request body.name]: expected value of type [string] but got [undefined]');
    found.attributes = { ...found.attributes, name, config, secrets, isMissingSecrets: false };
    return { id: found.id, name, connector_type_id: found.attributes['actionTypeId'], config, is_missing_secrets: false, is_preconfigured: false };
  }
  if (call === 'GET /api/ml/saved_objects/sync') {
    kibana.features.synced.push(space);
    return { savedObjectsCreated: {}, savedObjectsDeleted: {}, datafeedsAdded: {}, datafeedsRemoved: {} };
  }
  const { fleet } = kibana.features;
  if (fleet !== null) {
    const listed = (items: readonly object[]): object => ({ items: pageOf([...items]), total: items.length, page, perPage });
    if (call === 'GET /api/fleet/agent_policies') return listed(fleet.policies.map((name) => ({ id: name, name, is_managed: false })));
    if (call === 'GET /api/fleet/agents') return { items: [], total: fleet.agents, page, perPage };
    if (call === 'GET /api/fleet/outputs') return listed(fleet.outputs.map((name) => ({ id: name, name, type: 'elasticsearch' })));
    if (call === 'GET /api/fleet/epm/packages/installed') return { items: fleet.packages.map((name) => ({ name, version: '1.2.3', status: 'installed' })), total: fleet.packages.length };
  }
  if (kibana.features.security) {
    const answer = securityRoute(kibana.features, call, space, query, raw, form, flag, pageOf);
    if (answer !== null) return answer;
  }
  throw new Refusal(404, 'Not Found');
}

function securityRoute(features: Features, call: string, space: string, query: URLSearchParams, raw: Buffer, form: () => { file: string; fileName: string }, flag: (name: string) => boolean, pageOf: <T>(items: T[]) => T[]): object | string | undefined | null {
  const rules = of(features.rules, space);
  const listsOf = (kind: unknown): Map<string, { list: Item; items: Item[] }> => of(features.exceptionLists, kind === 'agnostic' ? SHARED : space);
  const lists = listsOf(query.get('namespace_type'));
  const values = of(features.valueLists, space);
  const timelines = of(features.timelines, space);
  const gone = <T>(map: Map<string, T>, id: string | null): object => {
    if (id === null || !map.delete(id)) throw new Refusal(404, `"${id ?? ''}" does not exist`);
    return {};
  };
  switch (call) {
    case 'DELETE /api/detection_engine/rules':
      return gone(rules, query.get('rule_id'));
    case 'DELETE /api/exception_lists':
      return gone(lists, query.get('list_id'));
    case 'DELETE /api/lists':
      return gone(values, query.get('id'));
    case 'DELETE /api/timeline': {
      const { savedObjectIds } = JSON.parse(raw.toString()) as { savedObjectIds: string[] };
      for (const id of savedObjectIds) timelines.delete(id);
      return {};
    }
    case 'PATCH /api/detection_engine/rules': {
      const change = JSON.parse(raw.toString()) as Item;
      const rule = rules.get(text(change['rule_id']));
      if (rule === undefined) throw new Refusal(404, `rule_id: "${text(change['rule_id'])}" not found`);
      Object.assign(rule, change);
      return rule;
    }
    case 'GET /api/detection_engine/rules/_find':
      return { page: 1, perPage: 1, total: rules.size, data: pageOf([...rules.values()]) };
    case 'POST /api/detection_engine/rules/_export': {
      const wanted = raw.length === 0 ? null : ((JSON.parse(raw.toString()) as { objects?: { rule_id: string }[] }).objects ?? null);
      const chosen = wanted === null ? [...rules.values()] : wanted.flatMap(({ rule_id }) => rules.get(rule_id) ?? []);
      if (rules.size > 10_000) throw new Refusal(400, "Can't export more than 10000 rules");
      const details = { exported_count: chosen.length, exported_rules_count: chosen.length, missing_rules: [], missing_rules_count: 0, exported_exception_list_count: 0, exported_exception_list_item_count: 0 };
      return [...chosen, ...(flag('exclude_export_details') ? [] : [details])].map((item) => JSON.stringify(item)).join('\n');
    }
    case 'POST /api/detection_engine/rules/_import': {
      const errors: object[] = [];
      let count = 0;
      for (const item of linesOf(form().file)) {
        if (item['rule_id'] === undefined || item['exported_count'] !== undefined) continue;
        const id = text(item['rule_id']);
        if (rules.has(id) && !flag('overwrite')) errors.push({ rule_id: id, error: { status_code: 409, message: `rule_id: "${id}" already exists` } });
        else {
          rules.set(id, { ...item, id: rules.get(id)?.['id'] ?? `made-${id}` });
          count += 1;
        }
      }
      return { success: errors.length === 0, success_count: count, rules_count: count + errors.length, errors, exceptions_success: true, exceptions_success_count: 0, exceptions_errors: [], action_connectors_success: true, action_connectors_success_count: 0, action_connectors_errors: [], action_connectors_warnings: [] };
    }
    case 'GET /api/exception_lists/_find': {
      const found = (query.get('namespace_type') ?? 'single').split(',').flatMap((kind) => [...listsOf(kind).values()].map(({ list }) => list));
      return { page: 1, per_page: 20, total: found.length, data: pageOf(found) };
    }
    case 'POST /api/exception_lists/_export': {
      const found = lists.get(query.get('list_id') ?? '');
      if (found === undefined) throw new Refusal(404, `exception list id: "${query.get('list_id') ?? ''}" does not exist`);
      return [found.list, ...found.items, { exported_exception_list_count: 1, exported_exception_list_item_count: found.items.length }].map((item) => JSON.stringify(item)).join('\n');
    }
    case 'POST /api/exception_lists/_import': {
      const errors: object[] = [];
      const counts = { lists: 0, items: 0 };
      for (const item of linesOf(form().file)) {
        if (item['list_id'] === undefined) continue;
        const id = text(item['list_id']);
        const ofKind = listsOf(item['namespace_type']);
        const known = ofKind.get(id);
        if (item['item_id'] === undefined) {
          if (known !== undefined && !flag('overwrite')) errors.push({ list_id: id, error: { status_code: 409, message: `Found that list_id: "${id}" already exists. Import of list_id: "${id}" skipped.` } });
          else {
            ofKind.set(id, { list: item, items: [] });
            counts.lists += 1;
          }
        } else if (known !== undefined && !known.items.some((other) => other['item_id'] === item['item_id'])) {
          known.items.push(item);
          counts.items += 1;
        }
      }
      return { errors, success: errors.length === 0, success_count: counts.lists + counts.items, success_exception_lists: errors.length === 0, success_count_exception_lists: counts.lists, success_exception_list_items: true, success_count_exception_list_items: counts.items };
    }
    case 'POST /api/lists/index':
      return { acknowledged: true };
    case 'GET /api/lists/_find':
      return { cursor: '', page: 1, per_page: 20, total: values.size, data: pageOf([...values.values()].map(({ list }) => list)) };
    case 'POST /api/lists': {
      const list = JSON.parse(raw.toString()) as Item;
      if (values.has(text(list['id']))) throw new Refusal(409, `list id: "${text(list['id'])}" already exists`);
      values.set(text(list['id']), { list, values: [] });
      return list;
    }
    case 'POST /api/lists/items/_export': {
      const found = values.get(query.get('list_id') ?? '');
      if (found === undefined) throw new Refusal(404, `list_id: ${query.get('list_id') ?? ''} does not exist`);
      return found.values.map((value) => `${value}\n`).join('');
    }
    case 'POST /api/lists/items/_import': {
      const found = values.get(query.get('list_id') ?? '');
      if (found === undefined) throw new Refusal(404, `list id: "${query.get('list_id') ?? ''}" does not exist`);
      found.values.push(...form().file.split('\n').filter((line) => line !== ''));
      return found.list;
    }
    case 'GET /api/timelines':
      return { timeline: pageOf([...timelines.values()]), totalCount: timelines.size };
    case 'POST /api/timeline/_export': {
      const { ids } = JSON.parse(raw.toString()) as { ids: string[] | null };
      return (ids ?? [...timelines.keys()]).flatMap((id) => timelines.get(id) ?? []).map((item) => JSON.stringify(item)).join('\n');
    }
    case 'POST /api/timeline/_import': {
      let installed = 0;
      const errors: object[] = [];
      for (const item of linesOf(form().file)) {
        const id = text(item['savedObjectId']);
        if (timelines.has(id)) errors.push({ id, error: { status_code: 409, message: `savedObjectId: "${id}" already exists` } });
        else {
          timelines.set(id, item);
          installed += 1;
        }
      }
      return { success: errors.length === 0, success_count: installed, timelines_installed: installed, timelines_updated: 0, errors };
    }
    default:
      return null;
  }
}
