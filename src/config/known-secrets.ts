/** Every secret of a connection, in every form in which a server or client may echo it. */
import type { Auth, ConnectionConfig } from './connection-config.js';

function* secretsOfAuth(auth: Auth | null): Iterable<string> {
  if (auth === null) return;
  if (auth.type === 'bearer') {
    yield auth.token.reveal();
  } else if (auth.type === 'basic') {
    const password = auth.password.reveal();
    yield password;
    yield Buffer.from(`${auth.username}:${password}`).toString('base64');
  } else {
    const encoded = auth.apiKey.reveal();
    yield encoded;
    // base64 of id:key; the id is no secret, the key alone is one.
    const decoded = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon > 0 && /^[\x20-\x7e]+$/.test(decoded)) {
      yield decoded;
      yield decoded.slice(colon + 1);
    }
  }
}

/** What must never be shown of a connection; for the redactor. */
export function* secretsOf(config: Pick<ConnectionConfig, 'elasticsearch' | 'kibana' | 'logstash'>): Iterable<string> {
  for (const endpoint of [config.elasticsearch, config.kibana, config.logstash]) {
    if (endpoint === null) continue;
    yield* secretsOfAuth(endpoint.auth);
    if (endpoint.tls.key !== null) yield endpoint.tls.key.reveal();
  }
  for (const fields of Object.values(config.kibana?.connectorSecrets ?? {})) for (const secret of Object.values(fields)) yield secret.reveal();
}
