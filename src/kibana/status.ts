/** Who a Kibana is, and whether it is ready. */
import { z } from 'zod';
import { GodwitError } from '../domain/errors.js';
import { parseVersion } from '../domain/versions.js';
import type { Kibana, KibanaIdentity } from './kibana.js';

const StatusSchema = z.object({
  name: z.string().default(''),
  uuid: z.string().default(''),
  version: z.object({ number: z.string(), build_flavor: z.enum(['traditional', 'serverless']).default('traditional') }),
  status: z.object({ overall: z.object({ level: z.string().optional() }).optional() }).optional(),
});

/** @throws NotKibana, Unavailable and the codes of a failed request */
export async function fetchStatus(kibana: Pick<Kibana, 'connection' | 'request'>, signal?: AbortSignal): Promise<KibanaIdentity> {
  // A Kibana that is degraded or worse answers 503 with the same body.
  const { status, body } = await kibana.request({ method: 'GET', path: '/api/status', action: 'ask Kibana who it is', ...(signal === undefined ? {} : { signal }), expected: [503] });
  const parsed = StatusSchema.safeParse(body);
  if (!parsed.success) {
    if (status === 503) throw new GodwitError('Unavailable', `${kibana.connection}: Kibana is not ready yet`, { subject: kibana.connection });
    throw new GodwitError('NotKibana', `${kibana.connection}: what answers at kibana.url does not say which version of Kibana it is`, { subject: kibana.connection });
  }
  const { name, uuid, version, status: condition } = parsed.data;
  const level = condition?.overall?.level ?? 'available';
  if (level === 'critical' || level === 'unavailable') {
    throw new GodwitError('Unavailable', `${kibana.connection}: Kibana says that it is ${level}`, { subject: kibana.connection, remedy: 'See GET /api/status of Kibana for the plugin that is down.' });
  }
  return { name, uuid, version: version.number, ...parseVersion(version.number), flavor: version.build_flavor };
}
