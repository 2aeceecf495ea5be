/**
 * Where development servers are installed and run: one cache folder per machine and user.
 *
 * Only names the folder; who installs something creates it. Production processes never look here.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the choice of the folder depends on; the process's own values unless a test says otherwise. */
export interface CacheFolderInputs {
  xdgCacheHome?: string | undefined;
  uid?: number | undefined;
  home?: string;
}

/**
 * Names the cache folder: `$XDG_CACHE_HOME/godwit`, else `/var/cache/godwit` for root, else `~/.cache/godwit`.
 *
 * Root does not use its home because Elasticsearch refuses to run as root: another uid must read what is installed,
 * and a root home is usually closed to others.
 */
export function cacheFolder(inputs: CacheFolderInputs = {}): string {
  const xdgCacheHome = 'xdgCacheHome' in inputs ? inputs.xdgCacheHome : process.env['XDG_CACHE_HOME'];
  const uid = 'uid' in inputs ? inputs.uid : process.getuid?.();
  if (xdgCacheHome !== undefined && xdgCacheHome !== '') return join(xdgCacheHome, 'godwit');
  if (uid === 0) return '/var/cache/godwit';
  return join(inputs.home ?? homedir(), '.cache', 'godwit');
}

/** The folder of installed programs: the Temporal CLI and, for the tests, toxiproxy. */
export function cacheBinFolder(): string {
  return join(cacheFolder(), 'bin');
}
