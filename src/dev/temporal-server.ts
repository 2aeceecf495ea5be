/**
 * Starts Temporal's dev server as a child process and waits until it answers.
 *
 * For `godwit dev`, the demo and the tests; a production worker is given the address of a server instead. With a
 * database file the server keeps its workflows over restarts, and at most one server runs on such a file.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { onProcessExit } from './at-exit.js';
import { freePort } from './ports.js';
import { commandLineOf, endProcess, isAlive, killProcess, readPidFile, signalProcess, tailOf } from './processes.js';
import { ensureTemporalCli } from './temporal-cli.js';

export type SearchAttributeKind = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

export interface TemporalServerOptions {
  /** SQLite file of all state; absent: in memory, gone with the server. */
  dbFile?: string;
  /** Default: a free port. */
  port?: number;
  /** Port of Temporal's own UI; default: a free port. Unused when headless. */
  uiPort?: number;
  headless?: boolean;
  logFile: string;
  searchAttributes?: Record<string, SearchAttributeKind>;
  /** Temporal's dynamic configuration, e.g. `limit.historyCount.suggestContinueAsNew`. */
  dynamicConfig?: Record<string, string | number | boolean>;
  /** How long the server may take to answer, milliseconds. Default 60 s: a loaded machine is slow. */
  startTimeoutMs?: number;
}

export interface TemporalServer {
  /** `host:port` for clients and workers. */
  address: string;
  /** Address of Temporal's UI; undefined when headless. */
  uiUrl: string | undefined;
  pid: number;
  /** Ends the server and waits until it is gone. Safe to repeat. */
  stop(): Promise<void>;
  /** Kills the server as a power cut would, and waits until it is gone. Safe to repeat. */
  kill(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Starts the dev server; installs the Temporal CLI first where it is missing. The server ends with this process.
 * @throws Error with the end of the log when it exits or does not answer in time
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const cli = await ensureTemporalCli();
  const port = options.port ?? (await freePort());
  const uiPort = options.headless === true ? undefined : (options.uiPort ?? (await freePort()));
  const pidFile = options.dbFile === undefined ? undefined : `${resolve(options.dbFile)}.pid`;
  if (pidFile !== undefined) await endLeftOver(pidFile);

  mkdirSync(dirname(options.logFile), { recursive: true });
  if (options.dbFile !== undefined) mkdirSync(dirname(options.dbFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  // An own process group: Ctrl-C in a terminal must reach the worker first, which still needs the server to drain.
  const child = spawn(cli, commandLine(options, port, uiPort), { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  await spawned(child);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`the Temporal CLI at ${cli} did not start`);
  child.unref();
  if (pidFile !== undefined) writeFileSync(pidFile, `${pid}\n${process.pid}\n`);
  const forget = onProcessExit(() => signalProcess(pid, 'SIGTERM'));

  const ended = async (end: () => Promise<void>): Promise<void> => {
    forget();
    await end();
    if (pidFile !== undefined && readPidFile(pidFile) === pid) rmSync(pidFile, { force: true });
  };
  const server: TemporalServer = {
    address: `${HOST}:${port}`,
    uiUrl: uiPort === undefined ? undefined : `http://${HOST}:${uiPort}`,
    pid,
    stop: () => ended(() => endProcess(pid, 10_000)),
    kill: () => ended(() => killProcess(pid)),
  };
  try {
    await waitUntilItAnswers(child, server.address, options);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return server;
}

function commandLine(options: TemporalServerOptions, port: number, uiPort: number | undefined): string[] {
  const attributes = Object.entries(options.searchAttributes ?? {});
  return [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--log-level', 'error'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(options.dbFile === undefined ? [] : ['--db-filename', resolve(options.dbFile)]),
    ...attributes.flatMap(([name, kind]) => ['--search-attribute', `${name}=${kind}`]),
    ...Object.entries(options.dynamicConfig ?? {}).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${JSON.stringify(value)}`]),
  ];
}

async function spawned(child: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    child.once('spawn', done);
    child.once('error', failed);
  });
}

/** A server left by a killed parent would write to the same database file as the new one. */
async function endLeftOver(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const dbFile = pidFile.slice(0, -'.pid'.length);
  const [pid = 0, owner = 0] = readFileSync(pidFile, 'utf8').split('\n').map(Number);
  if (pid > 1 && isAlive(pid) && commandLineOf(pid).includes(dbFile)) {
    if (owner > 1 && isAlive(owner)) {
      throw new Error(`process ${owner} already runs a Temporal dev server on ${dbFile}: stop it first, or use another file`);
    }
    await endProcess(pid, 10_000);
  }
  rmSync(pidFile, { force: true });
}

/** Ready means that the default namespace is there: the port opens earlier. */
async function waitUntilItAnswers(child: ChildProcess, address: string, options: TemporalServerOptions): Promise<void> {
  const timeoutMs = options.startTimeoutMs ?? 60_000;
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`Temporal's dev server exited at its start; the end of ${options.logFile}:\n${tailOf(options.logFile)}`);
    }
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1000 });
      try {
        await connection.withDeadline(Date.now() + 2000, () =>
          connection.workflowService.describeNamespace({ namespace: 'default' }),
        );
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      lastError = error;
      await sleep(100);
    }
  }
  const tail = tailOf(options.logFile);
  throw new Error(`Temporal's dev server did not answer at ${address} within ${timeoutMs} ms:\n${tail}`, { cause: lastError });
}
