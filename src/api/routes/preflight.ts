/** What a migration would meet, found out without touching anything. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { type PreflightResult, PreflightResultSchema } from '../../contracts/preflight.js';
import { type MigrationRequest, MigrationRequestSchema } from '../../contracts/requests.js';
import type { AppDeps } from '../deps.js';
import { checkConnections, kindFinding } from '../services/request-checks.js';
import { json, problems } from './schemas.js';

async function preflight(deps: AppDeps, request: MigrationRequest): Promise<PreflightResult> {
  checkConnections(deps, request);
  const byKind = kindFinding(deps, request);
  // Asking the clusters for the rest would say nothing more: this target takes nothing of this type.
  if (byKind !== null) return { ok: false, findings: [byKind], plan: null };
  const result = await deps.preflight(request);
  const findings = result.findings.map((finding) => ({ ...finding, message: deps.redact(finding.message), remedy: deps.redact(finding.remedy) }));
  return { ...result, findings };
}

export function preflightRoutes(deps: AppDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/v1/migrations/preflight',
      {
        config: { role: 'operator' },
        schema: {
          tags: ['migrations'],
          operationId: 'preflightMigration',
          summary: 'Check a migration without starting it',
          description: 'Takes the body of a start and only reads from both clusters. Needs the role operator, since it contacts them.',
          body: MigrationRequestSchema,
          response: { 200: json('What was found', PreflightResultSchema), ...problems(413, 415, 503) },
        },
      },
      async (request) => preflight(deps, request.body),
    );
  };
}
