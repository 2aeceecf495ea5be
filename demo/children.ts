/**
 * Godwit's own processes during the demo: the real command line, each with a log file.
 *
 * None is left behind: they are ended with the demo, killed when it ends in a hurry, and their ids are in files for the
 * next start of the servers if it was killed itself.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onProcessExit } from '../src/dev/at-exit.js';
import { commandLineOf, endProcess, isAlive, killProcess, signalProcess } from '../src/dev/processes.js';
import { recordPidFile, runFolder } from '../test/servers/run-folder.js';
import { DemoFailure } from './failure.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAIN = join(ROOT, 'src', 'cli', 'main.ts');
const START_MS = 120_000;
const STOP_MS = 35_000;

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<number | null>;
}

export class Children {
  readonly #running = new Map<string, ChildProcess>();

  /** @param folder of the logs @param dataDir of Godwit's embedded store, a process that API and workers start */
  constructor(
    readonly folder: string,
    readonly dataDir: string,
  ) {
    onProcessExit(() => {
      for (const { pid } of this.#running.values()) if (pid !== undefined) signalProcess(pid, 'SIGKILL');
      const store = this.#storePid();
      if (store !== undefined) signalProcess(store, 'SIGKILL');
    });
  }

  /**
   * Runs `godwit <mode>` and waits until its log matches.
   * @param env all of its environment but PATH and HOME
   * @throws DemoFailure when it ends before that, or takes two minutes
   */
  async start(name: string, mode: 'api' | 'worker', env: Readonly<Record<string, string>>, ready: RegExp): Promise<{ child: Child; match: RegExpExecArray }> {
    const logFile = join(this.folder, `${name}.log`);
    const log = openSync(logFile, 'a');
    const { PATH = '', HOME = '' } = process.env;
    // An own process group: Ctrl-C must reach the demo, which stops them in order.
    const process_ = spawn(process.execPath, ['--import', 'tsx', MAIN, mode], { cwd: ROOT, env: { PATH, HOME, ...env }, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const exited = new Promise<number | null>((resolve) => process_.once('close', (code) => resolve(code)).once('error', () => resolve(null)));
    void exited.then(() => this.#running.delete(name));
    this.#running.set(name, process_);
    const pid = process_.pid ?? 0;
    const pidFile = join(runFolder(), `${name}.pid`);
    writeFileSync(pidFile, String(pid));
    recordPidFile(pidFile, `${MAIN} ${mode}`);
    for (const deadline = Date.now() + START_MS; ; await sleep(50)) {
      const match = ready.exec(readFileSync(logFile, 'utf8'));
      if (match !== null) return { child: { name, pid, exited }, match };
      if (process_.exitCode !== null || process_.signalCode !== null || Date.now() > deadline) {
        throw new DemoFailure(`the ${name} did not start`, 'read the end of its log above; a busy machine may only need another try.', [`${name}.log`]);
      }
    }
  }

  /** As the kernel kills a process when memory is short: no warning, no clean-up. */
  async kill(child: Child): Promise<void> {
    await killProcess(child.pid);
  }

  /** Godwit's processes that run now, by name; its embedded store is one of its own. */
  get pids(): ReadonlyMap<string, number> {
    const own = [...this.#running].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid] as const]));
    const store = this.#storePid();
    return new Map([...own, ...(store === undefined ? [] : [['store', store] as const])]);
  }

  /** Ends all, workers first, and the embedded store last. */
  async stop(): Promise<void> {
    for (const { pid } of [...this.#running.values()].reverse()) if (pid !== undefined) await endProcess(pid, STOP_MS);
    const store = this.#storePid();
    if (store !== undefined) await endProcess(store, 5_000);
  }

  /** The embedded store ends by itself some time after its last client, which is too late for us. */
  #storePid(): number | undefined {
    const folder = join(this.dataDir, 'store');
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('server.lock.')) : [];
    const pids = files.map((file) => Number(/"pid":(\d+)/.exec(readFileSync(join(folder, file), 'utf8'))?.[1]));
    return pids.find((pid) => pid > 1 && isAlive(pid) && commandLineOf(pid).includes(this.dataDir));
  }
}
