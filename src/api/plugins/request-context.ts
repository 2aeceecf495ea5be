/**
 * What every request has, whatever becomes of it: an id, a line in the log, headers that tell browsers to be careful.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's own id if it can be put into headers and logs as it is, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
}

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

/** Paths that are asked for so often that a line each would bury the rest. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

export const requestContextPlugin = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'x-request-id': request.id, ...HEADERS });
      // Answers hold names of clusters and people; no cache between is to keep them.
      if (request.url.startsWith('/v1/')) reply.header('cache-control', 'no-store');
    });
    app.addHook('onResponse', async (request, reply) => {
      const line = {
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        actor: request.actor?.name,
      };
      if (QUIET.has(request.routeOptions.url ?? '') && reply.statusCode < 400) request.log.debug(line, 'request');
      else request.log.info(line, 'request');
    });
  },
  { name: 'godwit-request-context' },
);
