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
  /** The dev server that this process has started itself; then nothing else is read. */
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
  if (address !== undefined) {
    return { address, namespace: DEFAULT_NAMESPACE, options: { address } };
  }
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const chosen = connectionOptions.address ?? DEFAULT_ADDRESS;
  return { address: chosen, namespace: namespace ?? DEFAULT_NAMESPACE, options: { ...connectionOptions, address: chosen } };
}

/**
 * TEMPORAL_ADDRESS, if it is set. The configuration file is not looked at: `godwit dev` must not work on a
 * production namespace because the machine's default profile names one.
 */
export function addressInEnvironment(): string | undefined {
  return loadClientConnectConfig({ disableFile: true }).connectionOptions.address;
}

/** What must not be logged: the API key, if there is one. */
export function temporalSecrets(): string[] {
  const { apiKey } = loadClientConnectConfig().connectionOptions;
  return typeof apiKey === 'string' ? [apiKey] : [];
}

/** Failures keep Temporal's default form; the worker's interceptor sees to it that they hold no secret. */
export function dataConverterOf({ encryptionKeys }: Pick<TemporalSettings, 'encryptionKeys'>): DataConverter {
  return encryptionKeys.length === 0 ? {} : { payloadCodecs: [createPayloadCodec(encryptionKeys)] };
}
