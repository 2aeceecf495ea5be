/**
 * What the rest of Godwit sees of a Kibana: requests by connection name, and who it is.
 *
 * The interface; `kibanas.ts` resolves names from the connections file. It retries nothing (Temporal does), and never
 * touches `.kibana*` indices: everything goes through Kibana's own API.
 */
import type { ClusterKind } from '../contracts/names.js';
import type { Json } from '../domain/json.js';

export interface KibanaIdentity {
  readonly name: string;
  readonly uuid: string;
  /** As `GET /api/status` gives it, e.g. `8.19.8`. */
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly flavor: 'traditional' | 'serverless';
}

/** A part of a form: a file if it has a file name. */
export interface FormPart {
  readonly name: string;
  readonly fileName?: string;
  /** Pieces that are sent one after the other. */
  readonly content: readonly string[];
}

export interface KibanaRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without the prefix of the space, e.g. `/api/saved_objects/_export`. */
  readonly path: string;
  /** Default: the space `default`. */
  readonly space?: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: Json;
  readonly form?: readonly FormPart[];
  /** What is being done, as in "cannot <action>". */
  readonly action: string;
  readonly subject?: string;
  readonly signal?: AbortSignal;
  /** Until the answer begins; default 30 s. */
  readonly timeoutMs?: number;
  /** Statuses from 400 on that are an answer to the caller, not an error. */
  readonly expected?: readonly number[];
}

export interface KibanaAnswer {
  readonly status: number;
  /** Parsed JSON; null if there was no body. */
  readonly body: unknown;
}

export interface KibanaStream {
  readonly status: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Kibana {
  /** The connection's name. */
  readonly connection: string;
  readonly kind: ClusterKind;
  /** Asked once and remembered until the connection changes. */
  identity(signal?: AbortSignal): Promise<KibanaIdentity>;
  /** @throws GodwitError for every status from 400 on that is not expected */
  request(request: KibanaRequest): Promise<KibanaAnswer>;
  /** The same, with the body as it comes; read it to the end. */
  stream(request: KibanaRequest): Promise<KibanaStream>;
  /** Secrets of a connector as the connections file has them; undefined if it has none. Only for the request that sends them. */
  connectorSecrets(space: string, id: string): Readonly<Record<string, string>> | undefined;
}

export interface Kibanas {
  /** @throws UnknownConnection, or ValidationFailed if the connection names no Kibana */
  get(name: string): Kibana;
}
