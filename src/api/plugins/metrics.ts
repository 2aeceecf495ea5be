/**
 * Prometheus metrics of the API process, in a registry of its own: requests, migrations by status, event streams.
 *
 * `/metrics` itself is in `routes/metrics.ts`. Labels are route patterns, never paths: an id in a label would grow
 * the registry without end.
 */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { MIGRATION_STATUSES, type MigrationStatus } from '../../contracts/names.js';
import type { MigrationRuns } from '../services/runs.js';

declare module 'fastify' {
  interface FastifyInstance {
    readonly metrics: { readonly registry: Registry; readonly streams: Gauge };
  }
}

export interface MetricsOptions {
  readonly runs: Pick<MigrationRuns, 'count'>;
}

/** Counting asks Temporal once a status, so a scrape within this time, milliseconds, gets the counts of the last one. */
const COUNTS_TTL_MS = 15_000;

type Counts = ReadonlyMap<MigrationStatus, number>;

/** @returns counts by status, at most 15 s old; empty while Temporal does not answer, since an old count would look fresh */
function countCache(runs: MetricsOptions['runs']): () => Promise<Counts> {
  let cached: { readonly atMs: number; readonly counts: Promise<Counts> } | null = null;
  const count = async (): Promise<Counts> => {
    const entries = await Promise.all(
      MIGRATION_STATUSES.map(async (status): Promise<[MigrationStatus, number]> => [status, await runs.count({ status }, {})]),
    );
    return new Map(entries);
  };
  return () => {
    if (cached === null || Date.now() - cached.atMs > COUNTS_TTL_MS) {
      cached = { atMs: Date.now(), counts: count().catch(() => new Map<MigrationStatus, number>()) };
    }
    return cached.counts;
  };
}

export const metricsPlugin = fp<MetricsOptions>(
  async (app: FastifyInstance, { runs }) => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const durations = new Histogram({
      name: 'godwit_http_request_duration_seconds',
      help: 'Time to answer an HTTP request, by route pattern; event streams are not in it',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.005, 0.02, 0.1, 0.5, 1, 3, 10],
      registers: [registry],
    });
    const counts = countCache(runs);
    new Gauge({
      name: 'godwit_migrations',
      help: 'Migrations that Temporal knows, by status; no sample while Temporal does not answer',
      labelNames: ['status'] as const,
      registers: [registry],
      async collect() {
        this.reset();
        for (const [status, number] of await counts()) this.set({ status }, number);
      },
    });
    const streams = new Gauge({ name: 'godwit_sse_subscribers', help: 'Open event streams', registers: [registry] });
    app.decorate('metrics', { registry, streams });
    app.addHook('onResponse', async (request, reply) => {
      if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return;
      const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) };
      durations.observe(labels, reply.elapsedTime / 1_000);
    });
  },
  { name: 'godwit-metrics' },
);
