/** What a connection is once the file is read: every reference resolved, every secret wrapped, everything frozen. */
import type { ConnectionSummary } from '../contracts/connections.js';
import type { ClusterKind } from '../contracts/names.js';
import type { Secret } from './secret.js';

export type Auth =
  | { readonly type: 'basic'; readonly username: string; readonly password: Secret }
  /** The encoded form, base64 of `id:key`, as the Authorization header carries it. */
  | { readonly type: 'apiKey'; readonly apiKey: Secret }
  | { readonly type: 'bearer'; readonly token: Secret };

/** Whom to trust and who we are. At most one of ca, fingerprint and insecure is set. */
export interface TlsConfig {
  /** CA certificates, PEM; null = those that Node.js trusts. */
  readonly ca: string | null;
  /** SHA-256 of the server's certificate or of a CA in its chain: 64 hex digits, upper case, no colons. */
  readonly fingerprint: string | null;
  /** Accepts any certificate: encryption without knowing to whom. */
  readonly insecure: boolean;
  /** Client certificate, PEM, with its key. */
  readonly cert: string | null;
  readonly key: Secret | null;
}

export interface EndpointConfig {
  /** At least one; without user, password, query and trailing slash. Several are nodes of the same cluster. */
  readonly urls: readonly string[];
  /** null: the server has no security. */
  readonly auth: Auth | null;
  readonly tls: TlsConfig;
}

export interface KibanaConfig extends EndpointConfig {
  /** Secrets of connectors by "<id>" or "<space>/<id>", each by the name of its field. */
  readonly connectorSecrets: Readonly<Record<string, Readonly<Record<string, Secret>>>>;
}

export interface ConnectionConfig {
  readonly name: string;
  readonly kind: ClusterKind;
  /** Changes whenever a reload of the file changed this connection, so that clients know when to be made anew. */
  readonly revision: number;
  readonly elasticsearch: EndpointConfig;
  readonly kibana: KibanaConfig | null;
  readonly logstash: EndpointConfig | null;
}

/** The connection as it may be shown. */
export function summarizeConnection(config: ConnectionConfig): ConnectionSummary {
  return {
    name: config.name,
    kind: config.kind,
    url: config.elasticsearch.urls.join(', '),
    hasKibana: config.kibana !== null,
    hasLogstash: config.logstash !== null,
  };
}
