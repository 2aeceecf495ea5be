/**
 * Who is asking, and may they: bearer tokens with the roles viewer, operator, admin.
 *
 * Every route says in `config.role` what it needs; a route that says nothing is for admins. A request is identified
 * first and refused only after the rate limit has counted it, so that guessing tokens is limited too.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ROLES, type Role } from '../../contracts/names.js';
import { GodwitError } from '../../domain/errors.js';
import type { ApiToken } from '../deps.js';

export interface Actor {
  readonly name: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may call the route; open: everybody, without a token. */
    role?: Role | 'open';
  }
  interface FastifyRequest {
    /** null: no valid token was sent. */
    actor: Actor | null;
  }
}

/** Who everybody is when no tokens are set, which the settings allow on loopback only. */
const ANYBODY: Actor = { name: 'anonymous', role: 'admin' };

export interface AuthOptions {
  readonly tokens: readonly ApiToken[] | null;
}

/** Hashed first, so that comparing takes the same time whatever the lengths are. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Compares with every token, found or not, for the same reason. */
function actorOf(header: string | undefined, tokens: readonly { readonly actor: Actor; readonly digest: Buffer }[]): Actor | null {
  const sent = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (sent === undefined) return null;
  const given = digest(sent);
  let found: Actor | null = null;
  for (const known of tokens) if (timingSafeEqual(known.digest, given)) found = known.actor;
  return found;
}

/** @throws Unauthorized, Forbidden */
function mustBeAllowed(request: FastifyRequest): void {
  const needed = request.is404 ? 'open' : (request.routeOptions.config.role ?? 'admin');
  if (needed === 'open') return;
  const { actor } = request;
  if (actor === null) {
    const why = request.headers.authorization === undefined ? 'no token was sent' : 'the token is not valid';
    throw new GodwitError('Unauthorized', why);
  }
  if (ROLES.indexOf(actor.role) < ROLES.indexOf(needed)) {
    throw new GodwitError('Forbidden', `this needs the role ${needed}, and "${actor.name}" has the role ${actor.role}`);
  }
}

/** The actor of a request that a role was needed for. */
export function actorOfRequest(request: FastifyRequest): Actor {
  if (request.actor === null) throw new GodwitError('Unauthorized', 'no token was sent');
  return request.actor;
}

export const authPlugin = fp<AuthOptions>(
  async (app: FastifyInstance, { tokens }) => {
    const known = tokens?.map(({ name, role, token }) => ({ actor: { name, role }, digest: digest(token.reveal()) })) ?? null;
    app.decorateRequest('actor', null);
    app.addHook('onRequest', async (request) => {
      request.actor = known === null ? ANYBODY : actorOf(request.headers.authorization, known);
    });
    // preParsing comes after the rate limit's onRequest hook and before the body is read.
    app.addHook('preParsing', async (request) => mustBeAllowed(request));
  },
  { name: 'godwit-auth', dependencies: ['godwit-request-context'] },
);
