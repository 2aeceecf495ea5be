/** Documents that the target refused: a page as JSON, or as NDJSON in which each document stands as it was sent. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DeadLetterSchema, type DeadLetterLine } from '../../contracts/dead-letters.js';
import type { DeadLetter } from '../../store/store.js';
import { prefersNdjson } from '../accept.js';
import type { AppDeps } from '../deps.js';
import { decodeDeadLetterCursor, encodeDeadLetterCursor } from '../services/cursor.js';
import type { Services } from '../services/services.js';
import { CursorSchema, LimitSchema, MigrationParamsSchema, pageOf, problems } from './schemas.js';

const NDJSON = 'application/x-ndjson';

const DeadLetterQuerySchema = z.strictObject({
  cause: z.string().min(1).max(500).optional().describe('Only those of this cause, e.g. document_parsing_exception'),
  cursor: CursorSchema,
  limit: LimitSchema,
});

const DeadLetterPageSchema = pageOf(DeadLetterSchema).extend({
  notKept: z.number().int().nonnegative().describe('Documents of the whole migration that were refused beyond those that are kept'),
});

function toLine({ index, slice, target, id, routing, status, cause, reason, documentBytes, document }: DeadLetter, redact: (text: string) => string): DeadLetterLine {
  return { index, slice, target, id, routing, status, cause, reason: redact(reason), documentBytes, document };
}

/** The document goes in as it is: parsed and written again, its numbers would change. */
function toNdjson({ document, ...facts }: DeadLetterLine): string {
  return `${JSON.stringify(facts).slice(0, -1)},"document":${document ?? 'null'}}\n`;
}

export function deadLetterRoutes(deps: AppDeps, { reader }: Services): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/migrations/:id/dead-letters',
      {
        config: { role: 'operator' },
        schema: {
          tags: ['migrations'],
          operationId: 'listDeadLetters',
          summary: 'List the documents that the target refused',
          description: `In the order in which they came; those that arrived later are gone from it. \`Accept: ${NDJSON}\` gives one line each, with the document as JSON; the cursor is then in the header \`x-cursor\`.`,
          params: MigrationParamsSchema,
          querystring: DeadLetterQuerySchema,
          response: {
            200: { description: 'A page', content: { 'application/json': { schema: DeadLetterPageSchema }, [NDJSON]: { schema: z.string() } } },
            ...problems(404, 503),
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { cause, cursor, limit } = request.query;
        await reader.mustExist(id);
        const letters = await deps.store.deadLetters.page(id, {
          ...(cause === undefined ? {} : { cause }),
          ...(cursor === undefined ? {} : { after: decodeDeadLetterCursor(cursor) }),
          limit: limit + 1,
        });
        const shown = letters.slice(0, limit);
        const last = shown.at(-1);
        const next = letters.length > limit && last !== undefined ? encodeDeadLetterCursor(last.sequence) : null;
        const items = shown.map((letter) => toLine(letter, deps.redact));
        reply.header('vary', 'Accept');
        if (!prefersNdjson(request.headers.accept)) return { items, cursor: next, notKept: await deps.store.deadLetters.notKept(id) };
        if (next !== null) reply.header('x-cursor', next);
        return reply.type(NDJSON).serializer((body: string) => body).send(items.map(toNdjson).join(''));
      },
    );
  };
}
