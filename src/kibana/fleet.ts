/** Fleet, which has no export: only whether there is something to tell of. */
import { z } from 'zod';
import type { Kibana } from './kibana.js';

const PoliciesSchema = z.object({ total: z.number() });

/** Number of agent policies; 0 where Fleet is absent or may not be asked. Read-only. */
export async function agentPolicies(kibana: Kibana, signal?: AbortSignal): Promise<number> {
  const { body } = await kibana.request({ method: 'GET', path: '/api/fleet/agent_policies', query: [['perPage', '1']], action: 'ask Fleet for its policies', expected: [400, 401, 403, 404, 500], ...(signal === undefined ? {} : { signal }) });
  const parsed = PoliciesSchema.safeParse(body);
  return parsed.success ? parsed.data.total : 0;
}
