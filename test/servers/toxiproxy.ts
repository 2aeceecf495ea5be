/**
 * A TCP proxy in front of a server, to cut, stall, slow down or delay its connections while a test runs.
 *
 * One toxiproxy process per test process; TLS passes through untouched, as `localhost` stays the name.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/dev/ports.js';
import { killProcess, tailOf } from '../../src/dev/processes.js';
import { call, send } from './http.js';
import { ensureToxiproxy } from './install.js';
import { makeServerFolder, recordPidFile, runFolder } from './run-folder.js';

export interface Proxy {
  port: number;
  /** The upstream URL with the proxy's port in place of its own. */
  url: string;
  /** Closes all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps connections open but lets no data through, as a lost route does. */
  stall(): Promise<void>;
  /** Limits both directions, each to this rate. */
  throttle(kilobytesPerSecond: number): Promise<void>;
  /** Delays answers. */
  latency(milliseconds: number): Promise<void>;
  /** Everything as it was at first. */
  restore(): Promise<void>;
}

export interface Toxiproxy {
  /** Puts a new proxy in front of a server. @param upstream e.g. `https://localhost:9200` */
  proxy(upstream: string): Promise<Proxy>;
  stop(): Promise<void>;
}

/** Starts toxiproxy; installs it first where it is missing. It ends with this process. */
export async function startToxiproxy(): Promise<Toxiproxy> {
  const program = await ensureToxiproxy(() => undefined);
  const port = await freePort();
  const folder = makeServerFolder(join(runFolder(), `toxiproxy-${port}`));
  const [logFile, pidFile] = [join(folder, 'toxiproxy.log'), join(folder, 'pid')];
  const log = openSync(logFile, 'a');
  const child = spawn(program, ['-host', '127.0.0.1', '-port', String(port)], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot run ${program}`);
  child.unref();
  writeFileSync(pidFile, String(pid));
  recordPidFile(pidFile, program);

  const api = { url: `http://127.0.0.1:${port}` };
  for (const deadline = Date.now() + 15_000; !(await answers(api.url)); await sleep(50)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`toxiproxy did not start:\n${tailOf(logFile)}`);
  }
  let proxies = 0;
  return {
    proxy: (upstream) => createProxy(api, `proxy-${(proxies += 1)}`, new URL(upstream)),
    stop: () => killProcess(pid),
  };
}

async function answers(url: string): Promise<boolean> {
  return send({ url }, 'GET', '/version').then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function createProxy(api: { url: string }, name: string, upstream: URL): Promise<Proxy> {
  // Chosen here, so that it stays the same when the proxy is cut and restored.
  const port = await freePort();
  const target = `${upstream.hostname === 'localhost' ? '127.0.0.1' : upstream.hostname}:${upstream.port}`;
  await call(api, 'POST', '/proxies', { name, listen: `127.0.0.1:${port}`, upstream: target, enabled: true });
  const addToxic = async (type: string, stream: 'upstream' | 'downstream', attributes: object): Promise<void> => {
    await call(api, 'POST', `/proxies/${name}/toxics`, { name: `${type}-${stream}`, type, stream, attributes });
  };
  const both = async (type: string, attributes: object): Promise<void> => {
    for (const stream of ['upstream', 'downstream'] as const) await addToxic(type, stream, attributes);
  };
  return {
    port,
    url: `${upstream.protocol}//${upstream.hostname}:${port}`,
    cut: async () => {
      await call(api, 'POST', `/proxies/${name}`, { enabled: false });
    },
    stall: () => both('timeout', { timeout: 0 }),
    throttle: (rate) => both('bandwidth', { rate }),
    latency: (latency) => addToxic('latency', 'downstream', { latency, jitter: 0 }),
    restore: async () => {
      const toxics = await call<{ name: string }[]>(api, 'GET', `/proxies/${name}/toxics`);
      for (const toxic of toxics) await call(api, 'DELETE', `/proxies/${name}/toxics/${toxic.name}`);
      await call(api, 'POST', `/proxies/${name}`, { enabled: true });
    },
  };
}
