/**
 * Keeps other web pages' hands off: no page of another origin may change anything through the browser of an operator.
 *
 * CORS is off, but a browser still sends simple POSTs across origins, and control calls need no body; and without
 * tokens a page could reach loopback by a name of its own that resolves there (DNS rebinding).
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { GodwitError } from '../../domain/errors.js';

export interface SameOriginOptions {
  /** Without tokens only loopback names are answered. */
  readonly loopbackOnly: boolean;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

function isCrossSite(request: FastifyRequest): boolean {
  // The browser's own word, which no page can forge; behind a proxy that rewrites Host it is the only one that holds.
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host = '' } = request.headers;
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const { protocol, host: asked } = new URL(origin);
  // Parsed by the same rules, so that a default port that is written out is the same as none.
  const own = `${protocol}//${host}`;
  return !URL.canParse(own) || new URL(own).host !== asked;
}

export const sameOriginPlugin = fp<SameOriginOptions>(
  async (app: FastifyInstance, { loopbackOnly }) => {
    app.addHook('onRequest', async (request) => {
      const { host } = request.headers;
      if (loopbackOnly && host !== undefined && host !== '' && !LOOPBACK.test(host)) {
        throw new GodwitError('Forbidden', `without tokens this API answers to loopback names only, not to "${host}"`, {
          remedy: 'Use http://127.0.0.1, or set GODWIT_TOKENS.',
        });
      }
      if (!SAFE_METHODS.has(request.method) && isCrossSite(request)) {
        throw new GodwitError('Forbidden', 'this request comes from a page of another origin', {
          remedy: 'Call the API from its own pages, or from a program.',
        });
      }
    });
  },
  { name: 'godwit-same-origin', dependencies: ['godwit-problems'] },
);
