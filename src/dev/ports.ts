/**
 * Free TCP ports for servers that must be told one.
 *
 * From a range below the one systems give to outgoing connections, so that a server which is killed and started
 * again on the same port does not find it taken by some client's connection.
 */
import { createServer } from 'node:net';

const FIRST = 15_000;
const LAST = 32_000;
const given = new Set<number>();

/** Finds a port on which nobody listens and which this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`found no free port between ${FIRST} and ${LAST} on this machine`);
}

/** True when a server could listen on the port now, on all addresses. */
export async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}
