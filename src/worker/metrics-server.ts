/** Serves `/metrics` for Prometheus and `/healthz` for a liveness probe of a process that has no API. */
import { createServer } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';

export interface MetricsServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface MetricsServerOptions {
  readonly host: string;
  /** 0: any free port; the url tells which. */
  readonly port: number;
  readonly text: () => Promise<string>;
}

/** @throws Error with code EADDRINUSE, EACCES... if it cannot listen */
export async function startMetricsServer({ host, port, text }: MetricsServerOptions): Promise<MetricsServer> {
  // Of the process, so only here: in `godwit dev` the API serves them.
  const process = new Registry();
  collectDefaultMetrics({ register: process });
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' || (path !== '/metrics' && path !== '/healthz')) {
      response.writeHead(404).end();
      return;
    }
    if (path === '/healthz') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
      return;
    }
    Promise.all([process.metrics(), text()]).then(
      (parts) => response.writeHead(200, { 'content-type': process.contentType }).end(parts.join('\n')),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}/metrics`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
