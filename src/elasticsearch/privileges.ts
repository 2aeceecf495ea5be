/** Whether the credentials of a connection may do what migrations need. */
import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { ClusterKind } from '../contracts/names.js';
import { call } from './calls.js';
import type { Cluster } from './cluster.js';

interface Needed {
  readonly cluster: readonly string[];
  readonly index: readonly string[];
}

/** Serverless has no snapshots. `manage` on indices: settings, mappings, aliases, refresh, and to delete what a canceled migration made. */
const SERVERLESS: Needed = { cluster: ['monitor'], index: ['read', 'view_index_metadata', 'create_index', 'write', 'manage'] };

/**
 * `manage` on the cluster: repositories and restore; on indices: close before a restore, settings, recovery.
 * A connection is not said to be source or target, so that it may be either.
 */
const ORDINARY: Needed = { cluster: ['monitor', 'manage', 'create_snapshot'], index: ['monitor', 'read', 'view_index_metadata', 'manage'] };

export function neededPrivileges(kind: ClusterKind): Needed {
  return kind === 'serverless' ? SERVERLESS : ORDINARY;
}

const UserSchema = z.object({ username: z.string(), authentication_type: z.string().optional(), api_key: z.object({ name: z.string() }).optional() });
const PrivilegesSchema = z.object({
  cluster: z.record(z.string(), z.boolean()),
  index: z.record(z.string(), z.record(z.string(), z.boolean())),
});

/**
 * Who Godwit is at a cluster.
 *
 * @returns `name`, or `name (API key keyname)`; null without security
 * @throws what the client throws, e.g. for 401
 */
export async function authenticatedUser(client: Client, signal?: AbortSignal): Promise<string | null> {
  const { statusCode, body } = await client.transport.request(
    { method: 'GET', path: '/_security/_authenticate' },
    // Without security the path does not exist: 400 "no handler found" or, on some versions, 404 and 405.
    { meta: true, ignore: [400, 404, 405], ...(signal === undefined ? {} : { signal }) },
  );
  const parsed = UserSchema.safeParse(body);
  if (statusCode >= 400 || !parsed.success) return null;
  const { username, api_key: key } = parsed.data;
  return key === undefined ? username : `${username} (API key ${key.name})`;
}

/**
 * The privileges that miss, as `cluster: manage` and `index: read` (on every index).
 *
 * Asking needs no privilege. @throws what the client throws
 */
export async function missingPrivileges(client: Client, kind: ClusterKind, signal?: AbortSignal): Promise<string[]> {
  const needed = neededPrivileges(kind);
  const body = await client.transport.request(
    {
      method: 'POST',
      path: '/_security/user/_has_privileges',
      body: { cluster: needed.cluster, index: [{ names: ['*'], privileges: needed.index }] },
    },
    signal === undefined ? {} : { signal },
  );
  const answer = PrivilegesSchema.parse(body);
  const cluster = needed.cluster.filter((name) => answer.cluster[name] !== true).map((name) => `cluster: ${name}`);
  const index = needed.index.filter((name) => answer.index['*']?.[name] !== true).map((name) => `index: ${name}`);
  return [...cluster, ...index];
}

/**
 * Those of some indices on which the connection lacks a privilege; none on a cluster without security.
 *
 * Asking needs no privilege. @throws the codes of a failed call
 */
export async function indicesWithout(cluster: Cluster, privilege: string, names: readonly string[], signal?: AbortSignal): Promise<string[]> {
  if (names.length === 0) return [];
  const { statusCode, body } = await call(cluster, { action: 'ask for privileges' }, () =>
    cluster.client.transport.request(
      { method: 'POST', path: '/_security/user/_has_privileges', body: { index: [{ names, privileges: [privilege] }] } },
      // Without security the path does not exist.
      { meta: true, ignore: [400, 404, 405], ...(signal === undefined ? {} : { signal }) },
    ),
  );
  if (statusCode >= 400) return [];
  const { index } = PrivilegesSchema.parse(body);
  return names.filter((name) => index[name]?.[privilege] !== true);
}
