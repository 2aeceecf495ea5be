/**
 * What the rest of Godwit sees of a cluster: a client by connection name, and who the cluster is.
 *
 * The interface; `clusters.ts` resolves names to clients from the connections file.
 */
import type { Client } from '@elastic/elasticsearch';
import type { ClusterKind } from '../contracts/names.js';
import type { GodwitError } from '../domain/errors.js';
import type { RemoteSource } from './remote-source.js';

export interface ClusterIdentity {
  /** Name that the cluster gives itself. */
  readonly name: string;
  readonly uuid: string;
  /** As `GET /` gives it, e.g. `8.19.8`. On Serverless it says nothing about features. */
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly flavor: 'default' | 'serverless';
}

export interface Cluster {
  /** The connection's name. */
  readonly connection: string;
  readonly kind: ClusterKind;
  /** Never retries by itself (Temporal does), has a request timeout of 30 s unless a call says otherwise. */
  readonly client: Client;
  /** Asked once per client and remembered. @throws the codes of a connection check */
  identity(signal?: AbortSignal): Promise<ClusterIdentity>;
  /** Address and credentials for another cluster's `_reindex`. Holds secrets: only into that request, never kept. */
  remoteSource(): RemoteSource;
  /** Turns whatever a call threw into a GodwitError: code by `error.type` and status, text without secrets and bounded. */
  translate(error: unknown, context: { action: string; subject?: string }): GodwitError;
}

/** Whether it shows nodes and shards, their limits, statistics and health: a serverless project has none for its users. */
export function showsNodes({ kind }: Pick<Cluster, 'kind'>): boolean {
  return kind !== 'serverless';
}

export interface Clusters {
  names(): readonly string[];
  /** @throws UnknownConnection */
  get(name: string): Cluster;
}
