/**
 * Where Temporal is and how payloads are encoded: the same for clients and workers.
 *
 * Addresses, namespace, TLS and API key come from Temporal's own environment configuration (TEMPORAL_* and its
 * configuration file), so that whoever knows `temporal` knows how to connect Godwit.
 */
import type { DataConverter } from '@temporalio/common';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { createPayloadCodec, type PayloadKey } from './codec.js';

export interface TemporalSettings {
  /** Overrules TEMPORAL_ADDRESS: the dev server that this process has started. */
  readonly address?: string | undefined;
  /** Empty: payloads are not encrypted. */
  readonly encryptionKeys: readonly PayloadKey[];
}

export const DEFAULT_ADDRESS = 'localhost:7233';
export const DEFAULT_NAMESPACE = 'default';

export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  readonly options: ClientConnectConfig['connectionOptions'];
}

/** @throws Error of Temporal's loader when a TEMPORAL_* variable or the configuration file cannot be read */
export function temporalTarget({ address }: Pick<TemporalSettings, 'address'>): TemporalTarget {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const chosen = address ?? connectionOptions.address ?? DEFAULT_ADDRESS;
  return { address: chosen, namespace: namespace ?? DEFAULT_NAMESPACE, options: { ...connectionOptions, address: chosen } };
}

/** Failures keep Temporal's default form; the worker's interceptor sees to it that they hold no secret. */
export function dataConverterOf({ encryptionKeys }: Pick<TemporalSettings, 'encryptionKeys'>): DataConverter {
  return encryptionKeys.length === 0 ? {} : { payloadCodecs: [createPayloadCodec(encryptionKeys)] };
}
