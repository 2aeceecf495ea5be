/**
 * The folder in which one process keeps the servers it runs: data, logs, certificates, process ids.
 *
 * It lies in the cache, which the servers' own user can reach, and is deleted when its owner ends. What a killed owner
 * left behind, processes included, is cleared by the next one that starts.
 */
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../src/dev/cache.js';
import { onProcessExit } from '../../src/dev/at-exit.js';
import { commandLineOf, isAlive, readPidFile, signalProcess, startTimeOf } from '../../src/dev/processes.js';
import { createAuthority, type Authority } from './certificates.js';

/** `nobody` on every system we know; servers that refuse to run as root run as this one. */
const UNPRIVILEGED_ID = 65_534;

let ownFolder: string | undefined;
let ownAuthority: Promise<Authority> | undefined;

/** This process's run folder, made at the first call. */
export function runFolder(): string {
  if (ownFolder !== undefined) return ownFolder;
  reapStale();
  const folder = join(cacheFolder(), 'run', `${process.pid}-${Date.now().toString(36)}`);
  mkdirSync(folder, { recursive: true });
  for (const reachable of [cacheFolder(), join(folder, '..'), folder]) chmodSync(reachable, 0o755);
  writeFileSync(join(folder, 'owner'), startTimeOf(process.pid));
  onProcessExit(() => clear(folder));
  ownFolder = folder;
  return folder;
}

/** The authority that all servers of this process trust unless told otherwise. */
export async function runAuthority(): Promise<Authority> {
  ownAuthority ??= createAuthority(join(runFolder(), 'authority'));
  return ownAuthority;
}

/** The uid and gid for servers that refuse to run as root; undefined when we are not root. */
export function unprivilegedIds(): { uid: number; gid: number } | undefined {
  return process.getuid?.() === 0 ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : undefined;
}

/** Makes a folder that a server's own user may write to. */
export function makeServerFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const ids = unprivilegedIds();
  if (ids !== undefined) chownSync(folder, ids.uid, ids.gid);
  return folder;
}

/**
 * Notes where a server's process id is found, for the end of this process and for the next one.
 * @param marker text that the command line of the process must hold, so that a reused id hits nobody else
 */
export function recordPidFile(pidFile: string, marker: string): void {
  appendFileSync(join(runFolder(), 'pid-files'), `${pidFile}\t${marker}\n`);
}

/** Kills and deletes what owners that no longer live have left behind. */
export function reapStale(): void {
  const runs = join(cacheFolder(), 'run');
  for (const name of existsSync(runs) ? readdirSync(runs) : []) {
    const folder = join(runs, name);
    // Anything else in there is nobody's left-over.
    const pid = Number(/^(\d+)-/.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isOwner(pid, join(folder, 'owner'))) clear(folder);
  }
}

/** The id of a dead owner may belong to another process by now. An owner that has just begun has no file yet. */
function isOwner(pid: number, file: string): boolean {
  if (!isAlive(pid)) return false;
  return !existsSync(file) || readFileSync(file, 'utf8').trim() === startTimeOf(pid);
}

function clear(folder: string): void {
  const list = join(folder, 'pid-files');
  for (const line of existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : []) {
    const [pidFile = '', marker = ''] = line.split('\t');
    const pid = readPidFile(pidFile);
    if (pid !== undefined && marker !== '' && commandLineOf(pid).includes(marker)) signalProcess(pid, 'SIGKILL');
  }
  // A server that was just killed may still write its last file.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
