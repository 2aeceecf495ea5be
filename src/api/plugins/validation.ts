/** The contracts' zod schemas as Fastify's validators and serialisers, with errors that name fields. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { fieldErrors } from '../services/field-errors.js';
import { InvalidRequest } from '../services/invalid-request.js';

export const validationPlugin = fp(
  async (app: FastifyInstance) => {
    app.setSerializerCompiler(serializerCompiler);
    app.setValidatorCompiler<z.core.$ZodType>(({ schema, httpPart }) => (data: unknown) => {
      // Fastify gives null for a body that was not sent.
      const input = httpPart === 'body' && data === null ? {} : data;
      const parsed = z.safeParse(schema, input);
      if (parsed.success) return { value: parsed.data };
      return { error: new InvalidRequest(fieldErrors(parsed.error, schema, input, httpPart ?? 'request')) };
    });
  },
  { name: 'godwit-validation' },
);
