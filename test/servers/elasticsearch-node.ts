/**
 * One Elasticsearch node on this machine: its life, and requests to it.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf, isAlive, readPidFile, signalProcess, tailOf, waitForExit } from '../../src/dev/processes.js';
import { call, send, type HttpAnswer } from './http.js';
import { elasticsearchHome } from './install.js';
import { javaFor } from './prerequisites.js';
import { makeServerFolder, unprivilegedIds } from './run-folder.js';
import { launchCommand, type ElasticsearchVersion } from './versions.js';

/** All there is to know about a node, as plain JSON. */
export interface ElasticsearchDescription {
  name: string;
  version: ElasticsearchVersion;
  url: string;
  dir: string;
  pathRepo: string;
  logFile: string;
  heapMb: number;
  quickStart: boolean;
  /** The rest is there with security only. The authority as PEM, and the file it is in. */
  ca?: string;
  caFile?: string;
  /** SHA-256 of the server's certificate and of the authority's. */
  fingerprint?: string;
  caFingerprint?: string;
  /** A superuser. */
  username?: string;
  password?: string;
}

type Method = Parameters<typeof send>[1];

/** A loaded machine with two processors takes a minute when several nodes start at once. */
const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 60_000;

/** Without the optimising compiler a start takes half the processor time: 10 s of it instead of 20 s. */
const QUICK_START = ' -XX:TieredStopAtLevel=1';

export class ElasticsearchNode {
  readonly #serverPidFile: string;
  readonly #launcherPidFile: string;

  constructor(readonly description: ElasticsearchDescription) {
    this.#serverPidFile = join(description.dir, 'tmp', 'server.pid');
    this.#launcherPidFile = join(description.dir, 'tmp', 'launcher.pid');
  }

  get name(): string {
    return this.description.name;
  }

  get url(): string {
    return this.description.url;
  }

  get version(): ElasticsearchVersion {
    return this.description.version;
  }

  /** Where the process ids of the server and of its launcher are found while they run. */
  get pidFiles(): string[] {
    return [this.#serverPidFile, this.#launcherPidFile];
  }

  /** The server's process id; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#livingPids([this.#serverPidFile])[0];
  }

  /** Starts the node on its ports and data, and returns when it answers. Does nothing when it runs already. */
  async start(): Promise<void> {
    if (this.pid === undefined) this.#launch();
    try {
      await this.#waitUntilItAnswers();
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  #launch(): void {
    const { dir, version, heapMb, quickStart, logFile } = this.description;
    for (const file of this.pidFiles) rmSync(file, { force: true });
    const home = elasticsearchHome(version);
    const java = javaFor(version);
    const configFolder = join(dir, 'config');
    const launch = { home, configFolder, java: java.program, pidFile: this.#serverPidFile };
    const [program, options] = launchCommand(version, launch);
    makeServerFolder(dirname(logFile));
    const log = openSync(logFile, 'a');
    // An own process group outlives a test worker that restarts the node, is spared by Ctrl-C, and can be killed whole.
    const child = spawn(program, options, {
      ...{ cwd: home, detached: true, stdio: ['ignore', log, log], ...unprivilegedIds() },
      env: {
        ...{ ES_HOME: home, ES_PATH_CONF: configFolder, ES_TMPDIR: join(dir, 'tmp'), ES_DISTRIBUTION_TYPE: 'zip' },
        ...{ JAVA_TYPE: 'ES_JAVA_HOME', JAVA: java.program, ES_JAVA_HOME: java.home },
        ES_JAVA_OPTS: `-Xms${heapMb}m -Xmx${heapMb}m${quickStart ? QUICK_START : ''}`,
        ...{ PATH: process.env['PATH'], HOME: dir, LANG: 'C.UTF-8' },
      },
    });
    closeSync(log);
    child.on('error', (error) => writeFileSync(logFile, `cannot run ${program}: ${error.message}\n`, { flag: 'a' }));
    if (child.pid !== undefined) writeFileSync(this.#launcherPidFile, String(child.pid));
    child.unref();
  }

  async #waitUntilItAnswers(): Promise<void> {
    const { name, version, url, logFile } = this.description;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (this.#livingPids(this.pidFiles).length === 0) {
        throw new Error(`Elasticsearch ${version} (${name}) exited at its start; the end of ${logFile}:\n${tailOf(logFile)}`);
      }
      try {
        const { status } = await this.send('GET', '/_cluster/health?wait_for_status=yellow&timeout=2s');
        if (status === 200) return;
      } catch {
        // The port is not open yet.
      }
      await sleep(200);
    }
    const waited = START_TIMEOUT_MS / 1000;
    throw new Error(`Elasticsearch ${version} (${name}) did not answer at ${url} within ${waited} s:\n${tailOf(logFile)}`);
  }

  /** Asks the node to shut down and waits until it is gone; kills it when that takes over a minute. Safe to repeat. */
  async stop(): Promise<void> {
    const [server = this.#livingPids([this.#launcherPidFile])[0]] = [this.pid];
    if (server === undefined) return;
    signalProcess(server, 'SIGTERM');
    for (const pid of this.#livingPids(this.pidFiles)) {
      if (!(await waitForExit(pid, STOP_TIMEOUT_MS))) await this.kill();
    }
  }

  /** Kills the node as a power cut would, and waits until it is gone. Safe to repeat. */
  async kill(): Promise<void> {
    const pids = this.#livingPids(this.pidFiles);
    for (const pid of pids) signalProcess(pid, 'SIGKILL');
    for (const pid of this.#livingPids([this.#launcherPidFile])) signalProcess(-pid, 'SIGKILL');
    for (const pid of pids) {
      if (!(await waitForExit(pid, 10_000))) throw new Error(`process ${pid} of ${this.name} is still there 10 s after SIGKILL`);
    }
  }

  /** Stops the node and deletes its folder. */
  async stopAndDelete(): Promise<void> {
    await this.stop();
    rmSync(this.description.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** The ids in the files whose processes run and are this node's: the command line of each names its folder. */
  #livingPids(files: string[]): number[] {
    const pids = files.map(readPidFile).filter((pid) => pid !== undefined);
    return [...new Set(pids)].filter((pid) => isAlive(pid) && commandLineOf(pid).includes(this.description.dir));
  }

  /** Sends one request as the superuser and returns status and JSON body, whatever the status. */
  async send<T = Record<string, unknown>>(
    method: Method,
    path: string,
    body?: object | string,
    headers?: Record<string, string>,
  ): Promise<HttpAnswer<T>> {
    return send<T>(this.description, method, path, body, headers);
  }

  /** As `send`, for what must succeed: returns the body. @throws Error for a status from 400 on */
  async call<T = Record<string, unknown>>(method: Method, path: string, body?: object | string): Promise<T> {
    return call<T>(this.description, method, path, body);
  }

  /** Makes an API key, by default with all rights of the superuser. @returns its encoded form, for `ApiKey ...` */
  async createApiKey(name: string, roleDescriptors?: Record<string, object>): Promise<string> {
    const body = { name, ...(roleDescriptors === undefined ? {} : { role_descriptors: roleDescriptors }) };
    return (await this.call<{ encoded: string }>('POST', '/_security/api_key', body)).encoded;
  }

  /** Makes or changes a native user. */
  async createUser(username: string, password: string, roles: string[]): Promise<void> {
    await this.call('PUT', `/_security/user/${username}`, { password, roles });
  }
}
