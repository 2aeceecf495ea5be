/** Serves the API on an address, and closes it gracefully. */
import type { ApiDeps } from './deps.js';
import { buildApp } from './app.js';
import { temporalRuns } from './services/temporal-runs.js';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port; the url tells which. */
  readonly port: number;
}

export interface ApiServer {
  readonly url: string;
  /** Stops listening, ends event streams, and waits for the requests that are under way. */
  close(): Promise<void>;
}

/** @throws an Error with code EADDRINUSE, EACCES... if it cannot listen */
export async function startApi({ host, port, temporal, ...deps }: ApiDeps & ListenOptions): Promise<ApiServer> {
  const app = await buildApp({ ...deps, runs: temporalRuns(temporal.client, deps.settings.taskQueue) });
  const url = await app.listen({ host, port });
  return { url, close: () => app.close() };
}
