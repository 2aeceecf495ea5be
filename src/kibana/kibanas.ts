/** Kibanas by connection name: one pool of connections each, made when first asked for and anew when the connection changes. */
import type { ConnectionConfig } from '../config/connection-config.js';
import type { ConnectionRegistry } from '../config/connections.js';
import type { Redactor } from '../config/redact.js';
import type { ClusterKind } from '../contracts/names.js';
import { GodwitError } from '../domain/errors.js';
import type { Kibana, KibanaAnswer, KibanaIdentity, KibanaRequest, Kibanas, KibanaStream } from './kibana.js';
import { fetchStatus } from './status.js';
import { KibanaTransport } from './transport.js';

type Source = Pick<ConnectionRegistry, 'get'>;

interface Live {
  readonly config: ConnectionConfig;
  readonly transport: KibanaTransport;
  identity: KibanaIdentity | undefined;
}

class ConfiguredKibana implements Kibana {
  constructor(
    readonly connection: string,
    private readonly live: () => Live,
  ) {}

  get kind(): ClusterKind {
    return this.live().config.kind;
  }

  async identity(signal?: AbortSignal): Promise<KibanaIdentity> {
    const live = this.live();
    live.identity ??= await fetchStatus(this, signal);
    return live.identity;
  }

  request(request: KibanaRequest): Promise<KibanaAnswer> {
    return this.live().transport.request(request);
  }

  stream(request: KibanaRequest): Promise<KibanaStream> {
    return this.live().transport.stream(request);
  }

  connectorSecrets(space: string, id: string): Readonly<Record<string, string>> | undefined {
    const known = this.live().config.kibana?.connectorSecrets ?? {};
    const secrets = known[`${space}/${id}`] ?? known[id];
    return secrets === undefined ? undefined : Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
  }
}

/** @param redact takes secrets out of error texts */
export function createKibanas(registry: Source, redact: Redactor): Kibanas & { close(): Promise<void> } {
  const live = new Map<string, Live>();
  const liveOf = (name: string): Live => {
    const config = registry.get(name);
    if (config.kibana === null) {
      throw new GodwitError('ValidationFailed', `the connection "${name}" names no Kibana`, { subject: name, remedy: `Add kibana: { url: ... } to connection "${name}" in the connections file.` });
    }
    const known = live.get(name);
    if (known !== undefined && known.config.revision === config.revision) return known;
    // Requests on a pool that was replaced may still be running; it closes when they have ended.
    known?.transport.close().catch(() => undefined);
    const made = { config, transport: new KibanaTransport(name, config.kibana, redact), identity: undefined };
    live.set(name, made);
    return made;
  };
  return {
    get: (name) => {
      liveOf(name);
      return new ConfiguredKibana(name, () => liveOf(name));
    },
    close: async () => {
      await Promise.allSettled([...live.values()].map((entry) => entry.transport.close()));
      live.clear();
    },
  };
}
