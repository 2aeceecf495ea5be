/** The clusters that Godwit knows: names, kinds, addresses, never a secret; and whether they can be used. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ConnectionCheckSchema, ConnectionSummarySchema } from '../../contracts/connections.js';
import { GodwitError } from '../../domain/errors.js';
import type { AppDeps } from '../deps.js';
import { json, problems } from './schemas.js';

export function connectionRoutes(deps: AppDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/connections',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['connections'],
          operationId: 'listConnections',
          summary: 'List the connections',
          description: 'As the connections file is now; contacts no cluster.',
          response: { 200: json('The connections', z.object({ items: z.array(ConnectionSummarySchema) })), ...problems() },
        },
      },
      async () => ({ items: [...deps.connectionSummaries()] }),
    );

    app.post(
      '/v1/connections/:name/check',
      {
        config: { role: 'operator' },
        schema: {
          tags: ['connections'],
          operationId: 'checkConnection',
          summary: 'Check a connection',
          description: 'Asks the cluster, and the Kibana if the connection has one, who they are and what Godwit may do there. A check that finds trouble is still a 200, with ok false. Needs the role operator.',
          params: z.object({ name: z.string().min(1).max(63).describe('Name of the connection') }),
          body: z.strictObject({}).describe('Nothing; may be left out'),
          response: { 200: json('What was found', ConnectionCheckSchema), ...problems(404, 413, 415) },
        },
      },
      async (request) => {
        const { name } = request.params;
        const names = deps.connectionSummaries().map((summary) => summary.name);
        if (!names.includes(name)) {
          const list = names.length === 0 ? 'the connections file has none' : `the connections file has ${names.join(', ')}`;
          throw new GodwitError('NotFound', `no connection is named "${name}"; ${list}`, { remedy: 'Use a name from GET /v1/connections.' });
        }
        const check = await deps.checkConnection(name);
        const redacted = <Part extends { readonly message: string | null }>(part: Part): Part => ({ ...part, message: part.message === null ? null : deps.redact(part.message) });
        return { ...redacted(check), kibana: check.kibana === null ? null : redacted(check.kibana) };
      },
    );
  };
}
