/** A client of Temporal for the API and the command line. */
import { Client, Connection } from '@temporalio/client';
import { GodwitError } from '../domain/errors.js';
import { dataConverterOf, temporalTarget, type TemporalSettings } from './connect.js';

export interface TemporalClient {
  readonly connection: Connection;
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  readonly close: () => Promise<void>;
}

/**
 * Connects, or fails within some 10 s.
 *
 * @throws TemporalUnavailable (retryable) with the address
 */
export async function connectTemporal(settings: TemporalSettings): Promise<TemporalClient> {
  const { address, namespace, options } = temporalTarget(settings);
  let connection: Connection;
  try {
    connection = await Connection.connect(options);
  } catch (error) {
    throw new GodwitError('TemporalUnavailable', `Temporal at ${address} does not answer`, { subject: address, cause: error });
  }
  const client = new Client({ connection, namespace, dataConverter: dataConverterOf(settings), identity: `godwit-${process.pid}` });
  return { connection, client, address, namespace, close: () => connection.close() };
}
