/** So many requests a minute and caller: by token name where there is one, by address otherwise. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { GodwitError } from '../../domain/errors.js';

export interface RateLimitOptions {
  /** 0: no limit. */
  readonly perMinute: number;
}

/** Callers remembered at once; beyond, the one seen least recently starts anew. */
const MAX_CALLERS = 10_000;

export const rateLimitPlugin = fp<RateLimitOptions>(
  async (app: FastifyInstance, { perMinute }) => {
    if (perMinute === 0) return;
    await app.register(rateLimit, {
      max: perMinute,
      timeWindow: 60_000,
      cache: MAX_CALLERS,
      keyGenerator: (request) => (request.actor === null ? `address:${request.ip}` : `token:${request.actor.name}:${request.ip}`),
      // Probes and scrapers must not be shut out by a busy client behind the same address.
      allowList: (request) => ['/healthz', '/readyz', '/metrics'].includes(request.routeOptions.url ?? ''),
      errorResponseBuilder: (_request, context) =>
        new GodwitError('RateLimited', `more than ${context.max} requests in a minute; the next one is taken in ${context.after}`),
    });
  },
  { name: 'godwit-rate-limit', dependencies: ['godwit-auth', 'godwit-problems'] },
);
