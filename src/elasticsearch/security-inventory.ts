/** What the feature state `security` holds, by names and numbers; never a hash or a key. Read-only. */
import { z } from 'zod';
import type { CredentialFacts, SecurityFacts } from '../domain/preflight/feature-state-checks.js';
import { call, tryCall } from './calls.js';
import type { Cluster } from './cluster.js';

const MetadataSchema = z.object({ metadata: z.record(z.string(), z.unknown()).default({}) });
const NamedSchema = z.record(z.string(), MetadataSchema);
const KeysSchema = z.object({ total: z.number(), api_keys: z.array(z.object({ name: z.string().nullable() })) });
const ServicesSchema = z.record(z.string(), z.unknown());
const TokensSchema = z.object({ tokens: z.record(z.string(), z.unknown()) });

/** Keys that are named; all are counted. */
const KEYS_NAMED = 50;

/** @returns null without security */
export async function readSecurity(cluster: Cluster, signal?: AbortSignal): Promise<SecurityFacts | null> {
  const options = signal === undefined ? {} : { signal };
  const get = async (what: string, path: string): Promise<unknown> =>
    call(cluster, { action: `list the ${what}` }, () => cluster.client.transport.request({ method: 'GET', path }, options));
  const users = await tryCall(
    cluster,
    { action: 'list the users' },
    () => cluster.client.transport.request({ method: 'GET', path: '/_security/user' }, options),
    (error) => [400, 404, 405].includes(error.statusCode ?? 0),
  );
  if (users === null) return null;
  const [roles, mappings, keys, applications, services] = [
    await get('roles', '/_security/role'),
    await get('role mappings', '/_security/role_mapping'),
    await call(cluster, { action: 'list the API keys' }, () =>
      cluster.client.transport.request(
        { method: 'POST', path: '/_security/_query/api_key', body: { size: KEYS_NAMED, sort: [{ creation: { order: 'desc' } }], query: { bool: { filter: [{ term: { invalidated: false } }] } } } },
        options,
      ),
    ),
    await get('application privileges', '/_security/privilege'),
    await get('service accounts', '/_security/service'),
  ];
  const { total, api_keys: named } = KeysSchema.parse(keys);
  return {
    users: unreserved(users),
    roles: unreserved(roles),
    roleMappings: Object.keys(ServicesSchema.parse(mappings)),
    apiKeys: { total, names: named.flatMap(({ name }) => name ?? []) },
    serviceTokens: await serviceTokens(cluster, Object.keys(ServicesSchema.parse(services)), signal),
    applications: Object.keys(ServicesSchema.parse(applications)),
  };
}

function unreserved(body: unknown): string[] {
  return Object.entries(NamedSchema.parse(body))
    .filter(([, { metadata }]) => metadata['_reserved'] !== true)
    .map(([name]) => name);
}

async function serviceTokens(cluster: Cluster, services: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for (const service of services) {
    const body = await call(cluster, { action: `list the tokens of ${service}`, subject: service }, () =>
      cluster.client.transport.request({ method: 'GET', path: `/_security/service/${service}/credential` }, signal === undefined ? {} : { signal }),
    );
    names.push(...Object.keys(TokensSchema.parse(body).tokens).map((token) => `${service}/${token}`));
  }
  return names;
}

const AuthenticatedSchema = z.object({
  username: z.string(),
  roles: z.array(z.string()),
  authentication_realm: z.object({ type: z.string() }),
  api_key: z.object({ name: z.string().default('') }).optional(),
});

/** Who Godwit is at a cluster, and where that is kept. @returns null without security */
export async function readOwnCredential(cluster: Cluster, signal?: AbortSignal): Promise<CredentialFacts | null> {
  const body = await tryCall(
    cluster,
    { action: 'ask who Godwit is there' },
    () => cluster.client.transport.request({ method: 'GET', path: '/_security/_authenticate' }, signal === undefined ? {} : { signal }),
    (error) => [400, 404, 405].includes(error.statusCode ?? 0),
  );
  if (body === null) return null;
  const { username, roles, authentication_realm: realm, api_key: key } = AuthenticatedSchema.parse(body);
  const nativeRoles = roles.length === 0 ? [] : await nativeOf(cluster, roles, signal);
  return { username, realm: realm.type, apiKey: key?.name ?? null, nativeRoles };
}

/** Roles of files are not listed by the API, and built-in ones are marked. */
async function nativeOf(cluster: Cluster, roles: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const body = await tryCall(
    cluster,
    { action: 'read the roles of Godwit' },
    () => cluster.client.transport.request({ method: 'GET', path: `/_security/role/${roles.map(encodeURIComponent).join(',')}` }, signal === undefined ? {} : { signal }),
    (error) => error.statusCode === 404,
  );
  return body === null ? [] : unreserved(body);
}
