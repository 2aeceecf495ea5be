/**
 * Vitest's global set-up of every project: what tests put into the temporary folder goes into one of this run's own,
 * which is removed in the end.
 *
 * Loaded once for each project in one process, so the users are counted.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Folder {
  readonly path: string;
  readonly before: string | undefined;
  users: number;
}

const KEY = Symbol.for('godwit.temporary-folder');
const holder = globalThis as unknown as Record<symbol, Folder | undefined>;

function make(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'godwit-tests-'));
  // Servers that run as another user read from it.
  chmodSync(path, 0o755);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = path;
  return { path, before, users: 0 };
}

export default function setup(): () => void {
  const folder = (holder[KEY] ??= make());
  folder.users += 1;
  return () => {
    folder.users -= 1;
    if (folder.users > 0) return;
    if (folder.before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = folder.before;
    holder[KEY] = undefined;
    rmSync(folder.path, { recursive: true, force: true });
  };
}
