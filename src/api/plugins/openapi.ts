/** The OpenAPI 3.1 document at `/docs/json` and a page of it at `/docs`, made of the routes' own schemas. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { registerComponents } from '../openapi-components.js';
import { tidyDocument } from '../openapi-tidy.js';

/** `minimalDowntime` is declared as not available, which JSON Schema has no word for. */
const zodToJsonConfig = { unrepresentable: 'any' } as const;

const addComponents = createJsonSchemaTransformObject({ zodToJsonConfig });

/** Version of the contract, not of the program: it changes when callers have to. */
const API_VERSION = '1.0.0';

export const openapiPlugin = fp(
  async (app: FastifyInstance) => {
    registerComponents();
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Godwit',
          version: API_VERSION,
          description:
            'Durable Elasticsearch migrations. Times are RFC 3339 UTC, durations seconds, sizes bytes; errors are problem documents (RFC 9457).',
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        servers: [{ url: '/' }],
        tags: [
          { name: 'migrations', description: 'Start, list and show migrations' },
          { name: 'control', description: 'Pause, resume, cancel, approve, retry, skip, throttle' },
          { name: 'connections', description: 'The clusters that Godwit knows' },
          { name: 'operations', description: 'Liveness, readiness, metrics' },
        ],
        components: {
          securitySchemes: {
            bearer: {
              type: 'http',
              scheme: 'bearer',
              description: 'A token of GODWIT_TOKENS. Without tokens set, everybody is admin and only loopback is bound.',
            },
          },
        },
        security: [{ bearer: [] }],
      },
      transform: createJsonSchemaTransform({ zodToJsonConfig }),
      transformObject: (document) => tidyDocument(addComponents(document)),
    });
    await app.register(async (docs) => {
      // The page and the document say nothing about this installation, so they need no token.
      docs.addHook('onRoute', (route) => {
        route.config = { ...route.config, role: 'open' };
        route.schema = { ...route.schema, hide: true };
      });
      await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { docExpansion: 'list' } });
    });
  },
  { name: 'godwit-openapi', dependencies: ['godwit-auth', 'godwit-validation'] },
);
