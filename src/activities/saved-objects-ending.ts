/** How saved-objects ends: secrets of connectors, rules enabled, machine learning made visible, the rest kept. */
import type { SavedObjectsRequest } from '../contracts/requests.js';
import { GodwitError } from '../domain/errors.js';
import { objectDetailOf, type ObjectDetail } from '../domain/saved-objects/details.js';
import { OBJECT_METHOD, SPACE_METHOD } from '../domain/saved-objects/rows.js';
import { completeConnector, listConnectors, setRule, syncMachineLearning } from '../kibana/alerting.js';
import { enableDetectionRule } from '../kibana/families.js';
import type { LedgerRow, Store } from '../store/store.js';
import { report, withPulse } from './context.js';
import type { ActivityDeps } from './deps.js';
import { keepRest } from './effects.js';
import { OBJECT_EFFECT } from './saved-object-effects.js';

interface EndingInput {
  readonly id: string;
  readonly request: SavedObjectsRequest;
}

const PAGE = 1_000;

async function* arrived(store: Store, id: string, method: string): AsyncGenerator<LedgerRow> {
  let last: LedgerRow | undefined;
  for (;;) {
    const rows: LedgerRow[] = await store.ledger.page(id, { methods: [method], statuses: ['completed', 'verified'], limit: PAGE, ...(last === undefined ? {} : { after: { index: last.index, slice: last.slice } }) });
    yield* rows;
    last = rows.at(-1);
    if (rows.length < PAGE) return;
  }
}

/** Objects of one type that arrived, by space. */
async function arrivedOfType(store: Store, id: string, type: string): Promise<Map<string, ObjectDetail[]>> {
  const bySpace = new Map<string, ObjectDetail[]>();
  for await (const row of arrived(store, id, OBJECT_METHOD)) {
    const detail = objectDetailOf(row.detail);
    if (detail.type === type) bySpace.set(detail.space, [...(bySpace.get(detail.space) ?? []), detail]);
  }
  return bySpace;
}

/** Most connectors that are named in a question. */
const MAX_NAMED = 20;

/**
 * Gives connectors the secrets that the connections file has for them. Safe to repeat: only those that miss theirs are touched.
 *
 * @returns those that still miss them
 */
async function completeConnectors({ kibanas, store }: ActivityDeps, { id, request }: EndingInput): Promise<{ completed: number; missing: string[]; missingTotal: number }> {
  const target = kibanas.get(request.target);
  const missing: string[] = [];
  let completed = 0;
  for (const [space, connectors] of await arrivedOfType(store, id, 'action')) {
    const ours = new Map(connectors.map((detail) => [detail.targetId ?? detail.id, detail]));
    for (const connector of await listConnectors(target, space)) {
      const detail = ours.get(connector.id);
      if (detail === undefined || !connector.is_missing_secrets) continue;
      const secrets = target.connectorSecrets(space, detail.id);
      if (secrets === undefined) {
        missing.push(`${space}/${detail.id} (${connector.name})`);
        continue;
      }
      const key = { kind: OBJECT_EFFECT.completeConnector, connection: request.target, subject: `${space}/${connector.id}` };
      await store.effects.begin(id, { ...key, undo: {} });
      try {
        await completeConnector(target, space, connector, secrets);
        completed += 1;
      } catch (error) {
        // Wrong names of fields, e.g.: that is for a person, and must not stop the others.
        if (!(error instanceof GodwitError) || error.code !== 'KibanaRejected') throw error;
        missing.push(`${space}/${detail.id} (${connector.name}): Kibana refuses the secrets`);
      }
      await store.effects.settle(id, key, 'done');
    }
  }
  return { completed, missing: missing.slice(0, MAX_NAMED), missingTotal: missing.length };
}

/** Enables at the target what is enabled at the source. Safe to repeat. @returns rules that Kibana refused to enable */
async function enableArrivedRules({ kibanas, store }: ActivityDeps, { id, request }: EndingInput): Promise<{ enabled: number; refused: string[]; refusedTotal: number }> {
  const target = kibanas.get(request.target);
  const refused: string[] = [];
  let enabled = 0;
  for (const [space, rules] of await arrivedOfType(store, id, 'alert')) {
    const wanted = rules.filter(({ isEnabled }) => isEnabled === true).map((detail) => detail.targetId ?? detail.id);
    if (wanted.length === 0) continue;
    const key = { kind: OBJECT_EFFECT.enableRules, connection: request.target, subject: space };
    await store.effects.begin(id, { ...key, undo: { space, rules: wanted } });
    for (const rule of wanted) {
      report({ step: 'cutover', detail: `enabling rules of space ${space}` });
      try {
        await setRule(target, space, rule, 'enable');
        enabled += 1;
      } catch (error) {
        if (!(error instanceof GodwitError) || (error.code !== 'KibanaRejected' && error.code !== 'PrivilegeMissing')) throw error;
        refused.push(error.message);
      }
    }
    await store.effects.settle(id, key, 'done');
  }
  for (const [space, rules] of await arrivedOfType(store, id, 'detection-rule')) {
    for (const { id: rule } of rules.filter(({ isEnabled }) => isEnabled === true)) {
      try {
        await enableDetectionRule(target, space, rule);
        enabled += 1;
      } catch (error) {
        if (!(error instanceof GodwitError) || (error.code !== 'KibanaRejected' && error.code !== 'PrivilegeMissing')) throw error;
        refused.push(error.message);
      }
    }
  }
  return { enabled, refused: refused.slice(0, MAX_NAMED), refusedTotal: refused.length };
}

export function createSavedObjectsEndingActivities(deps: ActivityDeps) {
  const { kibanas, store } = deps;
  return {
    completeConnectors: withPulse((input: EndingInput) => completeConnectors(deps, input)),
    enableArrivedRules: withPulse((input: EndingInput) => enableArrivedRules(deps, input)),
    /** Makes machine learning jobs visible in the spaces. Safe to repeat. */
    syncSpaces: withPulse(async ({ id, request }: EndingInput): Promise<void> => {
      for await (const row of arrived(store, id, SPACE_METHOD)) await syncMachineLearning(kibanas.get(request.target), row.index);
    }),
    /** What was made stays. Safe to repeat. */
    keepSavedObjects: withPulse(({ id }: { id: string }) => keepRest(store, id)),
  };
}
