/** The report of a migration: what was done, compared, left in place. Data by default, Markdown for people. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ReportSchema } from '../../contracts/report.js';
import { renderReportMarkdown } from '../../domain/report-markdown.js';
import { prefersMarkdown } from '../accept.js';
import type { AppDeps } from '../deps.js';
import type { Services } from '../services/services.js';
import { MigrationParamsSchema, problems } from './schemas.js';

export function reportRoutes(deps: AppDeps, { reader }: Services): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/migrations/:id/report',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['migrations'],
          operationId: 'showReport',
          summary: 'Show the report of a migration',
          description: 'While the migration runs the report is of this moment and `final` is false. `Accept: text/markdown` gives it for reading.',
          params: MigrationParamsSchema,
          response: {
            200: {
              description: 'The report',
              content: { 'application/json': { schema: ReportSchema }, 'text/markdown': { schema: z.string() } },
            },
            ...problems(404, 503),
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const kept = await deps.store.reports.find(id);
        // What is kept before the end is a draft: preflight's part of it.
        const report = kept?.final === true ? kept : await deps.buildReport(id, await reader.show(id));
        reply.header('vary', 'Accept');
        if (!prefersMarkdown(request.headers.accept)) return report;
        // Serialised by hand: a serialiser would make a JSON string of it.
        const text = deps.redact(renderReportMarkdown(report));
        return reply.type('text/markdown; charset=utf-8').serializer((body: string) => body).send(text);
      },
    );
  };
}
