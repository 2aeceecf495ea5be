/** Connects a process to Temporal at its start: waits for a server that is not up yet, and makes the namespace ready. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { GodwitError } from '../domain/errors.js';
import { connectTemporal, type TemporalClient } from '../temporal/client.js';
import type { TemporalSettings } from '../temporal/connect.js';
import { ensureSearchAttributes } from '../temporal/search-attributes.js';

/** Services that are started together need some time to find each other. */
const WAIT_MS = 60_000;
const RETRY_MS = 1_000;

/** @throws TemporalUnavailable when Temporal does not answer within a minute, or refuses the search attributes */
export async function joinTemporal(settings: TemporalSettings, log: Logger, signal: AbortSignal): Promise<TemporalClient> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    try {
      const temporal = await connectTemporal(settings);
      try {
        await ensureSearchAttributes(temporal.connection, temporal.namespace);
        return temporal;
      } catch (error) {
        await temporal.close();
        throw error;
      }
    } catch (error) {
      if (!(error instanceof GodwitError) || Date.now() >= deadline || signal.aborted) {
        throw error;
      }
      log.warn({ err: error }, 'waiting for Temporal');
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}
