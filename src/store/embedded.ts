/**
 * The client's side of the embedded store: finds its server, or starts it.
 *
 * The server is a process of its own, so that its memory is not the workers' and several processes share it. Any
 * number of processes may start one at once: the server's own lock decides which stays, and all connect to that.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import { boundedMessage, GodwitError } from '../domain/errors.js';
import { isAnswering } from './embedded-probe.js';
import { embeddedPaths, SOCKET_PORT, type EmbeddedPaths } from './embedded-paths.js';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: Logger;
  readonly idleExitMs?: number;
}

/** Making the data directory takes 3 s on two idle cores; a busy machine may need much longer. */
const START_TIMEOUT_MS = 90_000;
const POLL_MS = 50;
const DEFAULT_IDLE_EXIT_MS = 15_000;
const MAX_LOG_BYTES = 1_000_000;

/** The server's module beside this one; run from sources it needs the loader that this process may have or not. */
function serverCommand(): string[] {
  const isSource = import.meta.url.endsWith('.ts');
  const module = fileURLToPath(new URL(isSource ? './embedded-server.ts' : './embedded-server.js', import.meta.url));
  const loader = isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  return [...loader, module];
}

function logSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function start(paths: EmbeddedPaths, dataDir: string, idleExitMs: number): ChildProcess {
  const log = openSync(paths.log, logSize(paths.log) > MAX_LOG_BYTES ? 'w' : 'a', 0o600);
  try {
    const child = spawn(process.execPath, [...serverCommand(), '--data-dir', dataDir, '--idle-exit-ms', String(idleExitMs)], {
      // Its own session: Ctrl-C in the terminal of a client must not reach it before the clients have finished.
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', () => undefined); // shows as an exit code below
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function lastLines(paths: EmbeddedPaths, from: number): string {
  return boundedMessage(readFileSync(paths.log, 'utf8').slice(from).trim(), 600);
}

/**
 * Makes sure that a server answers, and gives its address for the driver (`host` is the socket's directory).
 *
 * @throws StoreUnavailable when it does not start; the message holds the end of its log
 */
export async function ensureEmbeddedServer({ dataDir, log, idleExitMs = DEFAULT_IDLE_EXIT_MS }: EmbeddedOptions): Promise<{ host: string; port: number }> {
  const paths = embeddedPaths(dataDir);
  const address = { host: paths.socketDirectory, port: SOCKET_PORT };
  if (await isAnswering(paths.socket)) {
    return address;
  }
  const logStart = logSize(paths.log);
  const child = start(paths, dataDir, idleExitMs);
  log.debug({ pid: child.pid, directory: paths.directory }, 'starting the embedded store');
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (await isAnswering(paths.socket)) {
      return address;
    }
    if (child.pid === undefined || (child.exitCode ?? 0) !== 0 || child.signalCode !== null) {
      throw new GodwitError('StoreUnavailable', `The embedded store did not start: ${lastLines(paths, logStart)}`, {
        remedy: `See ${paths.log}; or set GODWIT_DATABASE_URL to use a PostgreSQL server.`,
      });
    }
  }
  throw new GodwitError('StoreUnavailable', `The embedded store did not answer within ${START_TIMEOUT_MS / 1_000} s`, {
    remedy: `See ${paths.log}; or set GODWIT_DATABASE_URL to use a PostgreSQL server.`,
  });
}
