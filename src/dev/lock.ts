/**
 * One process at a time: a lock file that names its holder, so that a lock left by a dead process is taken over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readPidFile } from './processes.js';

const POLL_MS = 300;

/**
 * Runs `work` while holding the lock `file`; waits for as long as another living process holds it.
 * @param onWait called once, with the holder's process id, when there is something to wait for
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: (pid: number) => void): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let hasWaited = false;
  while (!tryLock(file)) {
    const holder = readPidFile(file);
    if (holder === undefined || !isAlive(holder)) {
      removeStale(file, holder);
      continue;
    }
    if (!hasWaited) onWait?.(holder);
    hasWaited = true;
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A link either appears with its content or not at all: nobody reads a lock without a holder. */
function tryLock(file: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moves the stale lock away first: of two processes that see it, one succeeds, and a fresh lock is put back. */
function removeStale(file: string, holder: number | undefined): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8').trim() !== String(holder ?? '')) linkSync(aside, file);
  } catch {
    // Someone else was faster.
  } finally {
    rmSync(aside, { force: true });
  }
}
