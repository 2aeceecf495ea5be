/** Bodies: JSON only, and none at all where everything is optional, whatever content type a client puts on nothing. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { GodwitError } from '../../domain/errors.js';

export const bodyPlugin = fp(
  async (app: FastifyInstance) => {
    // 'error': a body with __proto__ or constructor.prototype in it is refused, not cleaned.
    const parse = app.getDefaultJsonParser('error', 'error');
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (body.length === 0) done(null, undefined);
      else void parse(request, body.toString(), done);
    });
    // curl -d '' calls nothing a form.
    app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
      if (body.length === 0) done(null, undefined);
      else done(new GodwitError('UnsupportedMediaType', `the body is ${request.headers['content-type'] ?? 'of no media type'}`));
    });
  },
  { name: 'godwit-body' },
);
