/**
 * Makes the Elasticsearch client of a connection.
 *
 * One client version talks to 7.17, 8.x, 9.x and Serverless: it sends plain JSON media types instead of
 * `compatible-with=9`, which an 8.x server refuses with 400. Nothing is retried here; Temporal does that.
 */
import { Client, Transport, type TransportOptions } from '@elastic/elasticsearch';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { Auth, EndpointConfig, TlsConfig } from '../config/connection-config.js';
import type { ClusterKind } from '../contracts/names.js';
import { NodeConnection } from './connection.js';

/** A call that takes longer says so itself. */
export const REQUEST_TIMEOUT_MS = 30_000;

const USER_AGENT = 'godwit';

/** Serverless versions its API by date; without the header the newest counts, whatever it changes. */
const SERVERLESS_API = { 'elastic-api-version': '2023-10-31' };

/** The client's transport with the media types that every major accepts. */
class PlainTransport extends Transport {
  constructor(options: TransportOptions) {
    super({
      ...options,
      vendoredHeaders: {
        jsonContentType: 'application/json',
        ndjsonContentType: 'application/x-ndjson',
        accept: 'application/json,text/plain',
      },
    });
  }
}

/** For a look at whatever answers: without it, an answer of another product is thrown away unread. */
class AnyProductTransport extends PlainTransport {
  constructor(options: TransportOptions) {
    const others = { ...options };
    delete others.productCheck;
    super(others);
  }
}

/** What Node.js's TLS needs to know, for the endpoint of any product. */
export function tlsOptions(tls: TlsConfig): TlsOptions {
  return {
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key.reveal() }),
    ...(tls.insecure ? { rejectUnauthorized: false } : {}),
  };
}

type ClientAuth = NonNullable<ConstructorParameters<typeof Client>[0]['auth']>;

function clientAuth(auth: Auth): ClientAuth {
  if (auth.type === 'basic') return { username: auth.username, password: auth.password.reveal() };
  return auth.type === 'apiKey' ? { apiKey: auth.apiKey.reveal() } : { bearer: auth.token.reveal() };
}

/**
 * Makes a client; it connects at the first request. Close it when it is no longer used.
 *
 * Several URLs are nodes of one cluster: requests go round, and less often to one that failed.
 * @param product `any` gives the answers of other products too, for a check
 */
export function createClient(endpoint: EndpointConfig, kind: ClusterKind, product: 'elasticsearch' | 'any' = 'elasticsearch'): Client {
  return new Client({
    nodes: [...endpoint.urls],
    ...(endpoint.auth === null ? {} : { auth: clientAuth(endpoint.auth) }),
    tls: tlsOptions(endpoint.tls),
    ...(endpoint.tls.fingerprint === null ? {} : { caFingerprint: endpoint.tls.fingerprint }),
    Connection: NodeConnection,
    Transport: product === 'any' ? AnyProductTransport : PlainTransport,
    maxRetries: 0,
    requestTimeout: REQUEST_TIMEOUT_MS,
    compression: false,
    enableMetaHeader: false,
    sniffOnStart: false,
    sniffOnConnectionFault: false,
    headers: { 'user-agent': USER_AGENT, ...(kind === 'serverless' ? SERVERLESS_API : {}) },
    name: USER_AGENT,
  });
}
