/**
 * Serves the dashboard at `/`: static files, read once at the start, under a content security policy that runs nothing
 * but them. The page itself speaks the HTTP API only, so everything here is open and nothing of it is secret.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type Asset, assetOf, readAssets } from './assets.js';
import { importMap, renderPage } from './page.js';

/** No inline code but the import map (by its hash), nothing from elsewhere, no framing, no text that becomes markup. */
function contentSecurityPolicy(importMapHash: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' '${importMapHash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function send(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Names do not change with the version, so a browser asks each time and gets 304 if nothing has changed.
  reply.headers({ etag: asset.etag, 'cache-control': 'no-cache' });
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send();
  return reply.type(asset.type).send(asset.body);
}

/** The dashboard, for `deps.web` of the API. */
export const webPlugin: FastifyPluginAsync = async (app) => {
  const assets = await readAssets();
  const map = importMap();
  const page = assetOf('index.html', Buffer.from(renderPage(map)));
  const policy = contentSecurityPolicy(map.hash);
  // A page load is two dozen small requests of which no cluster hears; they are not counted.
  const options = { config: { role: 'open' as const, rateLimit: false as const }, schema: { hide: true } };

  app.get('/', options, (request, reply) => {
    reply.headers({ 'content-security-policy': policy, 'cross-origin-opener-policy': 'same-origin' });
    return send(page, request, reply);
  });
  for (const [path, asset] of assets) app.get(path, options, (request, reply) => send(asset, request, reply));
};
