/**
 * Whether the process of this container is alive: the API answers on its port, a worker on its metrics port.
 *
 * Liveness only. Whether the API reaches Temporal and its store is `/readyz`, which a container is not restarted for.
 */
const ports = [process.env.GODWIT_PORT || '4700', process.env.GODWIT_METRICS_PORT || '4701'];

const isAlive = async (port) => {
  const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) throw new Error(`port ${port} answered ${response.status}`);
};

Promise.any(ports.map(isAlive)).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.errors.map((one) => one.message).join('; ')}\n`);
    process.exit(1);
  },
);
