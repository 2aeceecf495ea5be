/** Whether a port answers plain HTTP; asked of an https address whose handshake failed, without any credentials. */
import { request } from 'node:http';

const LOOK_TIMEOUT_MS = 5_000;

/** Sends `GET /` without TLS to host and port of an https URL. @returns whether an HTTP answer came */
export function answersHttp(url: string, signal?: AbortSignal): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const options = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port), path: '/', timeout: LOOK_TIMEOUT_MS, agent: false as const };
    const probe = request({ ...options, ...(signal === undefined ? {} : { signal }) }, (response) => {
      response.resume();
      resolve(true);
      probe.destroy();
    });
    probe.once('timeout', () => probe.destroy());
    probe.once('error', () => resolve(false));
    probe.once('close', () => resolve(false));
    probe.end();
  });
}
