/** Liveness, readiness and metrics: for probes and scrapers. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { RoleSchema } from '../../contracts/names.js';
import { GodwitError } from '../../domain/errors.js';
import type { AppDeps } from '../deps.js';
import { actorOfRequest } from '../plugins/auth.js';
import { json, problems } from './schemas.js';

const ReadySchema = z.object({ status: z.literal('ready'), temporal: z.literal('ok'), store: z.literal('ok') });

const WhoamiSchema = z.object({ name: z.string().describe('Name that stands in the audit'), role: RoleSchema });

/** A probe has its own time limit, commonly some seconds, so this one is shorter; milliseconds. */
const STORE_PING_MS = 2_000;
const WORKER_METRICS_MS = 2_000;

async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The text of the workers' own registry; a comment in its place when it cannot be had, since half a scrape is better than none. */
async function workerText(deps: AppDeps): Promise<string> {
  if (deps.workerMetrics === undefined) return '';
  try {
    return await within(WORKER_METRICS_MS, deps.workerMetrics(), () => new Error('worker metrics took too long'));
  } catch (error) {
    deps.log.warn({ err: error }, 'the metrics of the worker cannot be read');
    return '# the metrics of the worker could not be read\n';
  }
}

export function operationRoutes(deps: AppDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/healthz',
      {
        config: { role: 'open' },
        schema: {
          tags: ['operations'],
          operationId: 'health',
          summary: 'Is the process alive',
          security: [],
          response: { 200: json('It is', z.object({ status: z.literal('ok') })) },
        },
      },
      async () => ({ status: 'ok' as const }),
    );

    app.get(
      '/readyz',
      {
        config: { role: 'open' },
        schema: {
          tags: ['operations'],
          operationId: 'readiness',
          summary: 'Can the process do its work',
          description: 'Temporal and the store answer. Workers are not asked: without one, migrations are accepted and wait.',
          security: [],
          response: { 200: json('It can', ReadySchema), ...problems(503) },
        },
      },
      async () => {
        const late = (): GodwitError => new GodwitError('StoreUnavailable', 'the store did not answer in time');
        await Promise.all([deps.runs.ping(), within(STORE_PING_MS, deps.store.ping(), late)]);
        return { status: 'ready' as const, temporal: 'ok' as const, store: 'ok' as const };
      },
    );

    app.get(
      '/v1/whoami',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['operations'],
          operationId: 'whoami',
          summary: 'Whose token this is, and what it may do',
          response: { 200: json('The caller', WhoamiSchema), ...problems(401) },
        },
      },
      async (request) => {
        const { name, role } = actorOfRequest(request);
        return { name, role };
      },
    );

    app.get(
      '/metrics',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['operations'],
          operationId: 'metrics',
          summary: 'Metrics for Prometheus',
          description: "Godwit's own, and in `godwit dev` those of Temporal's SDK in the worker too. With tokens set, a scraper needs one of the role viewer.",
          response: { 200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } }, ...problems() },
        },
      },
      async (_request, reply) => {
        const text = `${await app.metrics.registry.metrics()}\n${await workerText(deps)}`;
        return reply.type(app.metrics.registry.contentType).serializer((body: string) => body).send(text);
      },
    );
  };
}
