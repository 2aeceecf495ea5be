/** The one error handler: every refusal and failure leaves as a problem document, unknown routes and methods too. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { GodwitError } from '../../domain/errors.js';
import { PROBLEM_TYPE, problemHeaders, problemOf, refusalOf } from '../problem-document.js';
import { RouteTable } from '../route-table.js';

export interface ProblemsOptions {
  readonly redact: (text: string) => string;
}

/** Answers an error, also where Fastify has not reached its handlers yet (malformed URLs). */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, redact: (text: string) => string): FastifyReply {
  const refusal = refusalOf(error);
  const problem = problemOf(refusal, { instance: pathOf(request.url), requestId: request.id, redact });
  if (refusal.isBug) request.log.error({ err: error }, 'request failed');
  else if (problem.status >= 500) request.log.warn({ err: error, code: refusal.code }, 'request failed');
  // No hook has run yet when the URL itself was malformed. Serialised here: an answer about an error must not fail on a schema.
  const headers = { 'x-request-id': request.id, ...problemHeaders(refusal.code) };
  return reply.code(problem.status).headers(headers).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

export const problemsPlugin = fp<ProblemsOptions>(
  async (app: FastifyInstance, { redact }) => {
    const routes = new RouteTable();
    app.addHook('onRoute', (route) => routes.add(route.method, route.url));
    app.setErrorHandler<FastifyError>((error, request, reply) => sendProblem(error, request, reply, redact));
    app.setNotFoundHandler((request, reply) => {
      const path = pathOf(request.url);
      const allowed = routes.methodsOf(path);
      if (allowed.length === 0) throw new GodwitError('NotFound', `there is nothing at ${path}`);
      reply.header('allow', allowed.join(', '));
      throw new GodwitError('MethodNotAllowed', `${path} takes ${allowed.join(', ')}, not ${request.method}`);
    });
  },
  { name: 'godwit-problems', dependencies: ['godwit-request-context'] },
);
