/**
 * Builds the HTTP API from its dependencies: every plugin and route, in the order in which it matters.
 *
 * Listens to nothing, so that tests can inject requests; `server.ts` listens.
 */
import { fastifySSE } from '@fastify/sse';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { answerClientError } from './client-errors.js';
import type { AppDeps } from './deps.js';
import { authPlugin } from './plugins/auth.js';
import { bodyPlugin } from './plugins/body.js';
import { metricsPlugin } from './plugins/metrics.js';
import { openapiPlugin } from './plugins/openapi.js';
import { problemsPlugin, sendProblem } from './plugins/problems.js';
import { rateLimitPlugin } from './plugins/rate-limit.js';
import { requestContextPlugin, requestIdOf } from './plugins/request-context.js';
import { sameOriginPlugin } from './plugins/same-origin.js';
import { validationPlugin } from './plugins/validation.js';
import { connectionRoutes } from './routes/connections.js';
import { controlRoutes } from './routes/control.js';
import { deadLetterRoutes } from './routes/dead-letters.js';
import { eventRoutes } from './routes/events.js';
import { migrationRoutes } from './routes/migrations.js';
import { operationRoutes } from './routes/operations.js';
import { preflightRoutes } from './routes/preflight.js';
import { reportRoutes } from './routes/report.js';
import { sliceRoutes } from './routes/slices.js';
import { createServices } from './services/services.js';

/** Between two comments on an idle event stream, milliseconds; proxies cut what is silent for about a minute. */
const SSE_HEARTBEAT_MS = 15_000;

/** How long a client may take to send a request, milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;

export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = deps.log;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    bodyLimit: deps.settings.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Longest id or name in a path; longer ones are refused by their schema, with a problem document.
    routerOptions: { maxParamLength: 1_024 },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply, deps.redact),
  });

  // What every request goes through, in this order: id and headers, origin, who it is, rate limit, role, body.
  await app.register(requestContextPlugin);
  await app.register(problemsPlugin, { redact: deps.redact });
  await app.register(sameOriginPlugin, { loopbackOnly: deps.settings.tokens === null });
  await app.register(authPlugin, { tokens: deps.settings.tokens });
  await app.register(rateLimitPlugin, { perMinute: deps.settings.rateLimitPerMinute });
  await app.register(bodyPlugin);
  await app.register(validationPlugin);
  await app.register(metricsPlugin, { runs: deps.runs });
  await app.register(openapiPlugin);
  await app.register(fastifySSE, { heartbeatInterval: SSE_HEARTBEAT_MS });

  const services = createServices(deps);
  await app.register(operationRoutes(deps));
  await app.register(migrationRoutes(deps, services));
  await app.register(preflightRoutes(deps));
  await app.register(controlRoutes(deps, services));
  await app.register(eventRoutes(deps, services));
  await app.register(sliceRoutes(deps, services));
  await app.register(deadLetterRoutes(deps, services));
  await app.register(reportRoutes(deps, services));
  await app.register(connectionRoutes(deps));

  // The dashboard, last: it takes `/` and what is left below it.
  if (deps.web !== undefined) await app.register(deps.web);
  return app;
}
