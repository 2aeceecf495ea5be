/**
 * Notices that one of some small files has changed, however it was changed.
 *
 * Editors replace files by renaming, Kubernetes swaps a symbolic link above them, network file systems send no
 * events: so the folders are watched for speed, and the contents are compared every few seconds for certainty.
 */
import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Longest time until a change is seen where the file system sends no events. */
const POLL_INTERVAL_MS = 2_000;
/** An editor writes, renames and touches in quick succession; one look afterwards is enough. */
const SETTLE_MS = 50;

export class FileWatch {
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #poll: NodeJS.Timeout;
  /** Digest of each followed file as last seen; undefined = not looked at yet. */
  #seen = new Map<string, string | undefined>();
  #settle: NodeJS.Timeout | undefined;

  /** @param onChange called after the content of a followed file has changed, appeared or vanished */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#poll = setInterval(() => this.#compare(), POLL_INTERVAL_MS);
    this.#poll.unref();
  }

  /**
   * Follows these files from now on, and no others.
   *
   * A file that is new here counts as changed at the first look, because it may have changed since the caller read it.
   */
  follow(files: readonly string[]): void {
    this.#seen = new Map(files.map((file) => [file, this.#seen.get(file)]));
    const folders = new Set(files.map((file) => dirname(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) this.#watchFolder(folder);
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watchFolder(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const drop = (): void => {
      this.#watchers.get(folder)?.close();
      this.#watchers.delete(folder);
    };
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        clearTimeout(this.#settle);
        this.#settle = setTimeout(() => this.#compare(), SETTLE_MS);
        this.#settle.unref();
      });
      watcher.on('error', drop);
      this.#watchers.set(folder, watcher);
    } catch {
      // No such folder yet, or no more watches to be had: the poll sees it.
      drop();
    }
  }

  #compare(): void {
    let isChanged = false;
    for (const [file, before] of this.#seen) {
      const now = digestOf(file);
      isChanged ||= now !== before;
      this.#seen.set(file, now);
    }
    if (isChanged) this.#onChange();
  }
}

function digestOf(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return 'absent';
  }
}
