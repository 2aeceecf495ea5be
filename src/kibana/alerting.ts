/** Alerting rules and connectors: what export and import leave out of them. */
import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { JsonObjectSchema } from '../domain/json.js';
import type { Kibana } from './kibana.js';

const PAGE = 100;

const RulesSchema = z.object({ total: z.number(), data: z.array(z.object({ id: z.string(), name: z.string().default(''), enabled: z.boolean() })) });

/** Ids of the rules of a space that are enabled: the export no longer says it. Empty where Kibana has no alerting. */
export async function enabledRules(kibana: Kibana, space: string, signal?: AbortSignal): Promise<Set<string>> {
  const enabled = new Set<string>();
  for (let page = 1, seen = 0; ; page += 1) {
    const { status, body } = await kibana.request({
      ...{ method: 'GET', path: '/api/alerting/rules/_find', space, action: `list the rules of space ${space}`, subject: space, expected: [404] },
      query: [['per_page', String(PAGE)], ['page', String(page)]],
      ...(signal === undefined ? {} : { signal }),
    });
    if (status === 404) return enabled;
    const { total, data } = RulesSchema.parse(body);
    for (const rule of data) if (rule.enabled) enabled.add(rule.id);
    seen += data.length;
    if (data.length === 0 || seen >= total) return enabled;
  }
}

/** Enables a rule with a new API key of the caller. Enabling one that is enabled changes nothing. @throws the codes of a refused request */
export async function setRule(kibana: Kibana, space: string, id: string, state: 'enable' | 'disable'): Promise<void> {
  await kibana.request({ method: 'POST', path: `/api/alerting/rule/${encodeURIComponent(id)}/_${state}`, space, action: `${state} rule ${id} in space ${space}`, subject: `${space}/alert:${id}`, ...(state === 'disable' ? { expected: [404] } : {}) });
}

const ConnectorSchema = z.object({
  id: z.string(),
  name: z.string(),
  connector_type_id: z.string(),
  config: JsonObjectSchema.nullish(),
  is_missing_secrets: z.boolean().default(false),
  is_preconfigured: z.boolean().default(false),
  is_system_action: z.boolean().default(false),
});
export type Connector = Readonly<z.infer<typeof ConnectorSchema>>;

/** Connectors of a space, those of kibana.yml too. Empty where Kibana has none of them. */
export async function listConnectors(kibana: Kibana, space: string, signal?: AbortSignal): Promise<Connector[]> {
  const { status, body } = await kibana.request({ method: 'GET', path: '/api/actions/connectors', space, action: `list the connectors of space ${space}`, subject: space, expected: [404], ...(signal === undefined ? {} : { signal }) });
  return status === 404 ? [] : z.array(ConnectorSchema).parse(body);
}

/** Gives a connector its secrets. Safe to repeat. The secrets go into this request and nowhere else. */
export async function completeConnector(kibana: Kibana, space: string, connector: Connector, secrets: Readonly<Record<string, string>>): Promise<void> {
  const body: JsonObject = { name: connector.name, config: connector.config ?? {}, secrets: { ...secrets } };
  await kibana.request({ method: 'PUT', path: `/api/actions/connector/${encodeURIComponent(connector.id)}`, space, body, action: `give connector ${connector.name} its secrets`, subject: `${space}/action:${connector.id}` });
}

/** Makes machine learning jobs visible in the space. @returns false where Kibana has no machine learning */
export async function syncMachineLearning(kibana: Kibana, space: string): Promise<boolean> {
  const { status } = await kibana.request({ method: 'GET', path: '/api/ml/saved_objects/sync', space, query: [['simulate', 'false']], action: `synchronise machine learning in space ${space}`, subject: space, expected: [400, 403, 404] });
  return status < 400;
}
