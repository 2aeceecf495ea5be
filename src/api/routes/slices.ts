/** The ledger of a migration: its slices, the smallest units that are retried. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Slice, SliceSchema } from '../../contracts/migration.js';
import { SliceStatusSchema } from '../../contracts/names.js';
import type { LedgerRow } from '../../store/store.js';
import type { AppDeps } from '../deps.js';
import { decodeSliceCursor, encodeSliceCursor } from '../services/cursor.js';
import type { Services } from '../services/services.js';
import { CursorSchema, LimitSchema, MigrationParamsSchema, json, pageOf, problems } from './schemas.js';

const SliceQuerySchema = z.strictObject({
  status: SliceStatusSchema.optional(),
  index: z.string().min(1).max(255).optional().describe('Only slices of this index, by its name at the source'),
  cursor: CursorSchema,
  limit: LimitSchema,
});

/** Only a reindex keeps ids. */
const DetailSchema = z.object({ rejected: z.array(z.string()).default([]) });

function toSlice(row: LedgerRow, redact: (text: string) => string): Slice {
  const { index, target, slice, status, documents, bytes, attempts, error, detail } = row;
  const { rejected } = DetailSchema.parse(detail);
  const word = (name: string): string | null => (typeof detail[name] === 'string' ? redact(detail[name]) : null);
  return { index, target, slice, status, documents, bytes, attempts, rejected, error: error === null ? null : redact(`${error.message.replace(/[.\s]+$/, '')}. ${error.remedy}`.trim()), outcome: word('outcome'), note: word('note') };
}

export function sliceRoutes(deps: AppDeps, { reader }: Services): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/migrations/:id/slices',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['migrations'],
          operationId: 'listSlices',
          summary: 'List the slices of a migration',
          description: 'Ordered by index and slice. Empty until the plan has been made.',
          params: MigrationParamsSchema,
          querystring: SliceQuerySchema,
          response: {
            200: json('A page', pageOf(SliceSchema)),
            ...problems(404, 503),
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { status, index, cursor, limit } = request.query;
        await reader.mustExist(id);
        const rows = await deps.store.ledger.page(id, {
          ...(status === undefined ? {} : { statuses: [status] }),
          ...(index === undefined ? {} : { index }),
          ...(cursor === undefined ? {} : { after: decodeSliceCursor(cursor) }),
          limit: limit + 1,
        });
        const shown = rows.slice(0, limit);
        const last = shown.at(-1);
        const hasMore = rows.length > limit && last !== undefined;
        return { items: shown.map((row) => toSlice(row, deps.redact)), cursor: hasMore ? encodeSliceCursor(last) : null };
      },
    );
  };
}
