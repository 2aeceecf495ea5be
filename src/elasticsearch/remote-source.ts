/**
 * How a cluster is named in another one's `_reindex`: address and credentials, in the form of its `source.remote`.
 *
 * It holds secrets: it is made where the request is sent, and goes nowhere else.
 */
import type { Auth, EndpointConfig } from '../config/connection-config.js';

export interface RemoteSource {
  readonly host: string;
  readonly username?: string;
  readonly password?: string;
  /** API keys go in here: the field for them exists since 9.3 only. */
  readonly headers?: Readonly<Record<string, string>>;
}

function credentials(auth: Auth | null): Omit<RemoteSource, 'host'> {
  if (auth === null) return {};
  if (auth.type === 'basic') return { username: auth.username, password: auth.password.reveal() };
  const value = auth.type === 'apiKey' ? `ApiKey ${auth.apiKey.reveal()}` : `Bearer ${auth.token.reveal()}`;
  return { headers: { Authorization: value } };
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
