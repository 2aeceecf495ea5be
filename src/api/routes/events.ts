/** A migration as a stream of server-sent events: `migration` on every change, `end` after the last. */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Migration } from '../../contracts/migration.js';
import type { AppDeps } from '../deps.js';
import { redactMigration } from '../redact-migration.js';
import type { Services } from '../services/services.js';
import { MigrationParamsSchema, problems } from './schemas.js';

/** What a client waits before it connects again, milliseconds. */
const RECONNECT_MS = 2_000;

/** Serves one stream until the migration ends, the client goes away or the process shuts down. */
function stream(reply: FastifyReply, first: Migration, watch: Services['watch'], redact: (text: string) => string): Promise<void> {
  const { sse } = reply;
  let events = 0;
  return new Promise((resolve) => {
    // Not awaited: a client that reads slowly is dropped by its socket, and must not hold up the others.
    const send = (event: string, data: unknown): void => {
      events += 1;
      if (sse.isConnected) sse.send({ event, data, id: String(events), retry: RECONNECT_MS }).catch(() => undefined);
    };
    const unsubscribe = watch.subscribe(first.id, first, {
      changed: (migration) => send('migration', redactMigration(migration, redact)),
      ended: (migration) => {
        if (migration !== null) send('end', { status: migration.status });
        resolve();
      },
    });
    sse.onClose(() => {
      unsubscribe();
      resolve();
    });
  });
}

export function eventRoutes(deps: AppDeps, { reader, watch }: Services): FastifyPluginAsyncZod {
  return async (app) => {
    // Before the server waits for requests in flight: a stream would keep it waiting for days.
    app.addHook('preClose', async () => watch.close());
    app.get(
      '/v1/migrations/:id/events',
      {
        config: { role: 'viewer' },
        exposeHeadRoute: false,
        // manual: a 404 before the stream has begun is an ordinary problem document.
        sse: { kind: 'manual' },
        schema: {
          tags: ['migrations'],
          operationId: 'streamMigration',
          summary: 'Follow a migration by server-sent events',
          description:
            'Event `migration` with the migration at once and on every change, at most one a second; event `end` with its status after the last. ' +
            'A comment every 15 seconds keeps the connection open. Every stream begins with the present state, so Last-Event-ID changes nothing.',
          params: MigrationParamsSchema,
          response: {
            200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
            ...problems(404, 503),
          },
        },
      },
      async (request, reply) => {
        const first = await reader.show(request.params.id);
        app.metrics.streams.inc();
        try {
          await stream(reply, first, watch, deps.redact);
        } finally {
          app.metrics.streams.dec();
        }
      },
    );
  };
}
