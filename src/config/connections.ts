/**
 * The connections by name, kept up to date with their file while Godwit runs.
 *
 * A new version counts only when the whole file is valid: a broken one is logged and the last good one stays.
 * Secrets of earlier versions stay known to `secrets()`, because they are still in older texts.
 */
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { GodwitError } from '../domain/errors.js';
import type { ConnectionConfig } from './connection-config.js';
import { type ConnectionsFile, ConnectionsFileError, readConnectionsFile } from './connections-file.js';
import { FileWatch } from './file-watch.js';
import { secretsOf } from './known-secrets.js';
import { didYouMean } from './suggest.js';

export interface RegistryOptions {
  readonly log?: Pick<Logger, 'info' | 'warn'>;
  /** Start without the file and take it when it appears (godwit dev); default false. */
  readonly allowMissing?: boolean;
  /** Where `${env:NAME}` is looked up. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Names of the connections that a reload added, changed or removed. */
export type ChangeListener = (changed: readonly string[]) => void;

export class ConnectionRegistry {
  readonly #path: string;
  readonly #options: RegistryOptions;
  readonly #listeners = new Set<ChangeListener>();
  readonly #secrets = new Set<string>();
  readonly #watch: FileWatch;
  #current = new Map<string, { config: ConnectionConfig; digest: string }>();
  #revision = 0;
  #lastComplaint = '';

  private constructor(path: string, options: RegistryOptions) {
    this.#path = path;
    this.#options = options;
    this.#watch = new FileWatch(() => this.reload());
  }

  /**
   * Reads the file and begins to watch it and the files it names.
   *
   * @throws ConnectionsFileError if it is missing (unless allowed) or not valid
   */
  static open(path: string, options: RegistryOptions = {}): ConnectionRegistry {
    const registry = new ConnectionRegistry(path, options);
    try {
      registry.#adopt(registry.#read());
    } catch (error) {
      const isMissing = error instanceof ConnectionsFileError && error.isMissing;
      if (!isMissing || options.allowMissing !== true) throw error;
      options.log?.warn({ path }, 'there is no connections file yet; it is read as soon as it appears');
      registry.#watch.follow([resolve(path)]);
    }
    return registry;
  }

  names(): readonly string[] {
    return [...this.#current.keys()].sort();
  }

  /** @throws UnknownConnection */
  get(name: string): ConnectionConfig {
    const found = this.#current.get(name);
    if (found !== undefined) return found.config;
    throw new GodwitError('UnknownConnection', `There is no connection "${name}"${didYouMean(name, this.names())}.`, { subject: name });
  }

  /** Every secret that any version of the file has held since the start. */
  secrets(): Iterable<string> {
    return this.#secrets;
  }

  /** Calls back after each reload that changed something. @returns a function that ends it */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the file again now; keeps what there is if the new version is not valid. */
  reload(): void {
    try {
      this.#adopt(this.#read());
      this.#lastComplaint = '';
    } catch (error) {
      if (!(error instanceof ConnectionsFileError)) throw error;
      this.#watch.follow(error.files);
      // Once per kind of breakage: the watch asks again and again.
      if (error.message !== this.#lastComplaint) this.#options.log?.warn({ path: this.#path }, `${error.message}\nThe last valid version stays in use.`);
      this.#lastComplaint = error.message;
    }
  }

  close(): void {
    this.#watch.close();
    this.#listeners.clear();
  }

  #read(): ConnectionsFile {
    return readConnectionsFile(this.#path, this.#options.env ?? process.env);
  }

  #adopt(file: ConnectionsFile): void {
    this.#watch.follow(file.files);
    const before = this.#current;
    const changed = [...before.keys()].filter((name) => !file.connections.has(name));
    this.#current = new Map();
    for (const [name, { config, digest }] of file.connections) {
      const known = before.get(name);
      if (known !== undefined && known.digest === digest) {
        this.#current.set(name, known);
        continue;
      }
      changed.push(name);
      for (const secret of secretsOf(config)) this.#secrets.add(secret);
      this.#revision += 1;
      this.#current.set(name, { config: Object.freeze({ ...config, revision: this.#revision }), digest });
    }
    if (changed.length === 0) return;
    this.#options.log?.info({ path: this.#path, changed }, 'connections file read');
    for (const listener of this.#listeners) listener(changed);
  }
}
