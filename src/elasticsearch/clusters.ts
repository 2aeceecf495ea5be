/**
 * Clusters by connection name: one client each, made when first asked for and made anew when the connection changes.
 *
 * A cluster object stays usable after a reload of the connections file: each use of `client` gives the client of
 * the present revision, so an activity that runs for hours picks up a rotated password.
 */
import type { Client } from '@elastic/elasticsearch';
import type { ConnectionConfig } from '../config/connection-config.js';
import type { ConnectionRegistry } from '../config/connections.js';
import type { Redactor } from '../config/redact.js';
import type { ClusterKind } from '../contracts/names.js';
import type { GodwitError } from '../domain/errors.js';
import { createClient } from './client.js';
import type { Cluster, ClusterIdentity, Clusters } from './cluster.js';
import { fetchIdentity } from './identity.js';
import { remoteSourceOf, type RemoteSource } from './remote-source.js';
import { translateError } from './translate-error.js';

type Source = Pick<ConnectionRegistry, 'names' | 'get' | 'onChange'>;

interface Live {
  readonly config: ConnectionConfig;
  readonly client: Client;
  identity: ClusterIdentity | undefined;
}

class ConfiguredCluster implements Cluster {
  readonly connection: string;
  readonly #live: () => Live;
  readonly #redact: Redactor;

  constructor(connection: string, live: () => Live, redact: Redactor) {
    this.connection = connection;
    this.#live = live;
    this.#redact = redact;
  }

  get kind(): ClusterKind {
    return this.#live().config.kind;
  }

  get client(): Client {
    return this.#live().client;
  }

  remoteSource(): RemoteSource {
    return remoteSourceOf(this.#live().config.elasticsearch);
  }

  async identity(signal?: AbortSignal): Promise<ClusterIdentity> {
    const live = this.#live();
    try {
      live.identity ??= await fetchIdentity(live.client, this.connection, signal);
      return live.identity;
    } catch (error) {
      throw this.translate(error, { action: 'ask the cluster who it is' });
    }
  }

  translate(error: unknown, context: { action: string; subject?: string }): GodwitError {
    return translateError(error, { ...context, connection: this.connection }, this.#redact);
  }
}

/** Requests on a client that was replaced may still be running; its pool closes when they have ended. */
function retire(live: Live): void {
  live.client.close().catch(() => undefined);
}

/**
 * Makes the clusters of a registry.
 *
 * @param redact takes secrets out of error texts
 */
export function createClusters(registry: Source, redact: Redactor): Clusters & { close(): Promise<void> } {
  const live = new Map<string, Live>();

  const liveOf = (name: string): Live => {
    const config = registry.get(name);
    const known = live.get(name);
    if (known !== undefined && known.config.revision === config.revision) return known;
    if (known !== undefined) retire(known);
    const made = { config, client: createClient(config.elasticsearch, config.kind), identity: undefined };
    live.set(name, made);
    return made;
  };

  const unsubscribe = registry.onChange((changed) => {
    for (const name of changed) {
      const known = live.get(name);
      if (known === undefined) continue;
      live.delete(name);
      retire(known);
    }
  });

  return {
    names: () => registry.names(),
    get: (name) => {
      liveOf(name);
      return new ConfiguredCluster(name, () => liveOf(name), redact);
    },
    close: async () => {
      unsubscribe();
      await Promise.allSettled([...live.values()].map((entry) => entry.client.close()));
      live.clear();
    },
  };
}
