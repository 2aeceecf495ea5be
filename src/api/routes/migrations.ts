/** Start, list and show migrations. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MigrationSchema } from '../../contracts/migration.js';
import { MigrationStatusSchema, MigrationTypeSchema } from '../../contracts/names.js';
import { ConnectionNameSchema, MigrationRequestSchema } from '../../contracts/requests.js';
import type { AppDeps } from '../deps.js';
import { actorOfRequest } from '../plugins/auth.js';
import { redactMigration } from '../redact-migration.js';
import { decodeMigrationCursor } from '../services/cursor.js';
import { listMigrations } from '../services/migration-list.js';
import type { Services } from '../services/services.js';
import { CursorSchema, LimitSchema, MigrationParamsSchema, json, pageOf, problems } from './schemas.js';

const ListQuerySchema = z.strictObject({
  status: MigrationStatusSchema.optional(),
  type: MigrationTypeSchema.optional(),
  source: ConnectionNameSchema.optional().describe('Only migrations from this connection'),
  target: ConnectionNameSchema.optional().describe('Only migrations to this connection'),
  cursor: CursorSchema,
  limit: LimitSchema,
});

const StartHeadersSchema = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'has 1 to 255 printable ASCII characters')
    .optional()
    .describe('The same key and body again give the same migration, for ever; the same key with another body is a conflict'),
});

export function migrationRoutes(deps: AppDeps, { reader, starter }: Services): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/v1/migrations',
      {
        config: { role: 'operator' },
        schema: {
          tags: ['migrations'],
          operationId: 'startMigration',
          summary: 'Start a migration',
          description: 'Answers as soon as the migration is recorded; follow it at its Location. Needs the role operator.',
          headers: StartHeadersSchema,
          body: MigrationRequestSchema,
          response: { 202: json('Accepted; Location names it', MigrationSchema), ...problems(409, 413, 415, 422, 503) },
        },
      },
      async (request, reply) => {
        const key = request.headers['idempotency-key'] ?? null;
        const migration = await starter.start(request.body, key, actorOfRequest(request));
        return reply.code(202).header('location', migration.links.self).send(redactMigration(migration, deps.redact));
      },
    );

    app.get(
      '/v1/migrations',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['migrations'],
          operationId: 'listMigrations',
          summary: 'List migrations, newest first',
          description: 'States in a list are the last ones kept, at most some seconds behind; show a migration for its live state.',
          querystring: ListQuerySchema,
          response: {
            200: json('A page', pageOf(MigrationSchema)),
            ...problems(503),
          },
        },
      },
      async (request) => {
        const { cursor, limit, ...filter } = request.query;
        const page = await listMigrations(deps, filter, cursor === undefined ? null : decodeMigrationCursor(cursor), limit);
        return { items: page.items.map((item) => redactMigration(item, deps.redact)), cursor: page.cursor };
      },
    );

    app.get(
      '/v1/migrations/:id',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['migrations'],
          operationId: 'showMigration',
          summary: 'Show a migration',
          description: 'Its live state; when no worker answers the last state known, and notice says so.',
          params: MigrationParamsSchema,
          response: { 200: json('The migration', MigrationSchema), ...problems(404, 503) },
        },
      },
      async (request) => redactMigration(await reader.show(request.params.id), deps.redact),
    );
  };
}
