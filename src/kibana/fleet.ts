/** Fleet, which has no export: what there is to tell of. Read-only. */
import { z } from 'zod';
import type { Kibana } from './kibana.js';

export interface FleetList {
  readonly total: number;
  /** The first few. */
  readonly names: readonly string[];
}

export interface FleetFacts {
  readonly policies: FleetList;
  readonly agents: number;
  readonly packages: FleetList;
  readonly outputs: FleetList;
}

const ListSchema = z.object({ total: z.number(), items: z.array(z.object({ name: z.string().default('') })).default([]) });

const NAMED = 10;

/** Nothing where Fleet is absent or may not be asked. */
export async function readFleet(kibana: Kibana, signal?: AbortSignal): Promise<FleetFacts> {
  const list = async (what: string, path: string): Promise<FleetList> => {
    const { body } = await kibana.request({ method: 'GET', path, query: [['perPage', String(NAMED)]], action: `ask Fleet for its ${what}`, expected: [400, 401, 403, 404, 500], ...(signal === undefined ? {} : { signal }) });
    const parsed = ListSchema.safeParse(body);
    return parsed.success ? { total: parsed.data.total, names: parsed.data.items.map(({ name }) => name).slice(0, NAMED) } : { total: 0, names: [] };
  };
  return {
    policies: await list('policies', '/api/fleet/agent_policies'),
    agents: (await list('agents', '/api/fleet/agents')).total,
    packages: await list('integrations', '/api/fleet/epm/packages/installed'),
    outputs: await list('outputs', '/api/fleet/outputs'),
  };
}
