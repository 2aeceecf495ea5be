/**
 * The process of the embedded store: PGlite behind a Unix socket, for all processes of Godwit on this machine.
 *
 * Started by `embedded.ts`, detached, never by hand. It ends itself when nobody has been connected for a while, so
 * nothing stays behind when its clients are killed. Killed itself, it loses nothing that was acknowledged: PostgreSQL
 * replays its log at the next start. If the database breaks, the process ends, and the next client starts a new one.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { takeServerLock } from './embedded-lock.js';
import { embeddedPaths, type EmbeddedPaths } from './embedded-paths.js';
import { isAnswering } from './embedded-probe.js';
import { serveWire } from './embedded-wire.js';

const LOCK_WAIT_MS = 20_000;
const POLL_MS = 100;
const START_GRACE_MS = 5_000;

function say(message: string): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), pid: process.pid, msg: message })}\n`);
}

/** @returns false when another server answers, and this one is not needed */
async function waitForLock(paths: EmbeddedPaths): Promise<boolean> {
  for (const deadline = Date.now() + LOCK_WAIT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (takeServerLock(paths.directory)) {
      return true;
    }
    if (await isAnswering(paths.socket)) {
      return false;
    }
  }
  throw new Error('another server has the lock and does not answer');
}

/**
 * Makes the data directory the first time, under another name until it is whole, and in a process of its own:
 * initdb takes 850 MB, which a process of WebAssembly never gives back.
 */
function initialise(paths: EmbeddedPaths, dataDir: string): void {
  for (const name of readdirSync(paths.directory).filter((found) => found.startsWith('pgdata.new'))) {
    rmSync(path.join(paths.directory, name), { recursive: true, force: true });
  }
  const draft = `${paths.data}.new.${process.pid}`;
  const made = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), '--data-dir', dataDir, '--init', draft], {
    stdio: 'inherit',
  });
  if (made.status !== 0) {
    throw new Error(`the data directory could not be made (exit code ${made.status ?? made.signal})`);
  }
  renameSync(draft, paths.data);
}

async function serve(dataDir: string, idleExitMs: number): Promise<void> {
  const paths = embeddedPaths(dataDir);
  if (!(await waitForLock(paths))) {
    return;
  }
  if (!existsSync(paths.data)) {
    initialise(paths, dataDir);
  }
  const database = await PGlite.create({ dataDir: paths.data });
  const fatal = (error: unknown): void => {
    say(`the database broke: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(70);
  };
  // What is there is the socket of a killed server: the lock says that none is alive.
  rmSync(paths.socket, { force: true });
  const server = await serveWire(database, paths.socket, fatal);
  chmodSync(paths.socket, 0o600);
  say('ready');

  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort()).once('SIGINT', () => stopping.abort());
  // Who started it may be slow to come, and must not find it gone.
  let idleSince = Date.now() + START_GRACE_MS;
  while (!stopping.signal.aborted && Date.now() - idleSince < idleExitMs) {
    await sleep(POLL_MS);
    idleSince = server.connections() > 0 ? Math.max(idleSince, Date.now()) : idleSince;
  }
  // Nothing is awaited between the last look and this: a client that comes now is refused, and starts the next server,
  // instead of being let in and then cut.
  await server.close();
  await database.close();
  if (paths.socketDirectory !== paths.directory) {
    rmSync(paths.socketDirectory, { recursive: true, force: true });
  }
  say('stopped');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'data-dir': { type: 'string' }, 'idle-exit-ms': { type: 'string', default: '15000' }, init: { type: 'string' } },
  });
  if (values.init !== undefined) {
    const database = await PGlite.create({ dataDir: values.init });
    await database.close();
  } else {
    await serve(values['data-dir'] ?? '.godwit', Number(values['idle-exit-ms']));
  }
}

main().then(
  // PGlite can leave handles open behind it.
  () => process.exit(0),
  (error: unknown) => {
    say(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(1);
  },
);
