/**
 * Processes by id: alive or not, whose they are, end one and wait until it is gone.
 *
 * Works for processes this one did not start, so everything asks the system and nothing relies on child events.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/** True while the process runs. A zombie, which only waits for its parent to notice, counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return stateOf(pid) !== 'Z';
}

function stateOf(pid: number): string | undefined {
  return statOf(pid)?.[0];
}

/** The fields of /proc/PID/stat from the state on; undefined where there is none. */
function statOf(pid: number): string[] | undefined {
  try {
    // The command name in parentheses may hold spaces and parentheses itself, so read after the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** When the process began, in a form only good for comparison: with the id it names one process and no later one. */
export function startTimeOf(pid: number): string {
  return statOf(pid)?.[19] ?? ps(pid, 'lstart=');
}

/** The command line of a process, arguments joined by spaces; empty when it is gone. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return process.platform === 'linux' ? '' : ps(pid, 'command=');
  }
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** Sends a signal; a process that is already gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until the process is gone. @returns false when it still runs after `timeoutMs` */
export async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Asks the process to end, waits up to `graceMs`, then kills it. Returns when it is gone. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  signalProcess(pid, 'SIGTERM');
  if (await waitForExit(pid, graceMs)) return;
  await killProcess(pid);
}

/** Kills the process and waits until it is gone. @throws Error when it outlives a kill by 10 s */
export async function killProcess(pid: number): Promise<void> {
  signalProcess(pid, 'SIGKILL');
  if (!(await waitForExit(pid, 10_000))) throw new Error(`process ${pid} is still there 10 s after SIGKILL`);
}

/** Reads a file that holds one process id. @returns undefined when it is absent or holds something else */
export function readPidFile(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8').trim(), 10);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The last lines of a log, for error messages; empty when there is no log. */
export function tailOf(file: string, lines = 30): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
