/** Temporal's runtime of this process: its log goes through ours, its metrics to a loopback port, its signals are ours. */
import { createServer } from 'node:net';
import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalLogger } from '../observability/temporal-log.js';

/** The SDK takes an address, but does not tell the port that it got for 0. */
async function freeLoopbackPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * To be called once a process, before anything of @temporalio/worker is made.
 *
 * @returns the URL of the SDK's own metrics
 */
export async function installTemporalRuntime(log: Logger): Promise<string> {
  const port = await freeLoopbackPort();
  Runtime.install({
    logger: temporalLogger(log),
    // Whoever composes the process stops the worker, together with what it stands on.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      metrics: { prometheus: { bindAddress: `127.0.0.1:${port}`, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true } },
    },
  });
  return `http://127.0.0.1:${port}/metrics`;
}
