/**
 * At most one embedded server a data directory, also after a SIGKILL and between servers that start at once.
 *
 * Lock files are numbered and name their process; the highest number counts. Who finds its process dead makes the
 * next number (exclusively, so only one can). No live lock is ever removed, which is what goes wrong when a stale
 * lock file is deleted and made again. A process is known by its id, its start and the boot, as ids come again.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const OwnerSchema = z.object({ pid: z.number().int().positive(), started: z.string() });
type Owner = z.infer<typeof OwnerSchema>;

const NAME = /^server\.lock\.(\d+)$/;

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Start of a process in ticks, with the boot; empty where there is no /proc, and then only the id counts. */
function startOf(pid: number): string {
  const stat = readOrNull(`/proc/${pid}/stat`);
  const boot = readOrNull('/proc/sys/kernel/random/boot_id');
  if (stat === null || boot === null) {
    return '';
  }
  // The command, in parentheses, may hold spaces; starttime is the 22nd field, the 20th after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${boot.trim()}/${fields[19] ?? ''}`;
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EPERM';
    if (!exists) {
      return false;
    }
  }
  return startOf(owner.pid) === owner.started;
}

function numbers(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => Number(NAME.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .sort((a, b) => b - a);
}

function fileOf(directory: string, number: number): string {
  return path.join(directory, `server.lock.${number}`);
}

function ownerOf(directory: string, number: number): Owner | null {
  const text = readOrNull(fileOf(directory, number));
  try {
    return text === null ? null : OwnerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Makes the file with its content in one step, or says that it was there. */
function createOnce(directory: string, number: number): boolean {
  const draft = path.join(directory, `draft.${randomUUID()}`);
  writeFileSync(draft, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), { mode: 0o600 });
  try {
    linkSync(draft, fileOf(directory, number));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/**
 * Takes the lock for the life of this process; it is never given back, since a dead process holds nothing.
 *
 * @returns false when a live process has it
 */
export function takeServerLock(directory: string): boolean {
  const highest = numbers(directory)[0] ?? 0;
  const owner = highest === 0 ? null : ownerOf(directory, highest);
  if (owner !== null && isAlive(owner)) {
    return owner.pid === process.pid;
  }
  const mine = highest + 1;
  if (!createOnce(directory, mine)) {
    return false;
  }
  // Somebody who took over twice meanwhile has removed the number seen above; then that one is higher, and counts.
  const [first, ...others] = numbers(directory);
  if (first !== mine) {
    unlinkSync(fileOf(directory, mine));
    return false;
  }
  for (const number of others) {
    unlinkSync(fileOf(directory, number));
  }
  return true;
}
