/**
 * How a cluster is named in another one's `_reindex`: address and credentials, in the form of its `source.remote`.
 *
 * It holds secrets: it is made where the request is sent, and goes nowhere else.
 */
import type { Auth, EndpointConfig } from '../config/connection-config.js';
import type { JsonObject } from '../domain/json.js';
import type { ClusterIdentity } from './cluster.js';

export interface RemoteSource {
  readonly host: string;
  readonly username?: string;
  readonly password?: string;
  /** In its encoded form. */
  readonly apiKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function credentials(auth: Auth | null): Omit<RemoteSource, 'host'> {
  if (auth === null) return {};
  if (auth.type === 'basic') return { username: auth.username, password: auth.password.reveal() };
  if (auth.type === 'apiKey') return { apiKey: auth.apiKey.reveal() };
  return { headers: { Authorization: `Bearer ${auth.token.reveal()}` } };
}

/** `scheme://host:port/prefix`: `_reindex` demands the port. */
export function remoteHost(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url);
  const number = port !== '' ? port : protocol === 'https:' ? '443' : '80';
  return `${protocol}//${hostname}:${number}${pathname.replace(/\/+$/, '')}`;
}

export function remoteSourceOf(endpoint: EndpointConfig): RemoteSource {
  return { host: remoteHost(endpoint.urls[0] ?? ''), ...credentials(endpoint.auth) };
}

/**
 * `source.remote` as the target takes it: its field `api_key` exists since 9.3. Before, the field is refused, and the key is a header.
 *
 * @see Elasticsearch, Reindex API, reindex from remote: api_key
 */
export function remoteMember({ apiKey, ...rest }: RemoteSource, target: Pick<ClusterIdentity, 'flavor' | 'major' | 'minor'>): JsonObject {
  if (apiKey === undefined) return rest;
  const hasField = target.flavor === 'serverless' || target.major > 9 || (target.major === 9 && target.minor >= 3);
  return hasField ? { ...rest, api_key: apiKey } : { ...rest, headers: { Authorization: `ApiKey ${apiKey}` } };
}
