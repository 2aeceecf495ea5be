/**
 * A thread that copies slices, several at once: the entry of the thread, which `copy-threads.ts` starts.
 *
 * Knows what it is told: connections, slices, their speed. It ends when it is ended; whatever goes wrong with one slice
 * is told to whoever waits for that slice.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import type { ConnectionConfig } from '../config/connection-config.js';
import { secretsOf } from '../config/known-secrets.js';
import { createRedactor } from '../config/redact.js';
import { GodwitError } from '../domain/errors.js';
import { createClusters } from '../elasticsearch/clusters.js';
import { copySlice } from '../transfer/copy-slice.js';
import { Pace } from '../transfer/pace.js';
import { connectionOf, plainError, type FromThread, type SliceNumber, type ToThread } from './copy-messages.js';

/** The connections that this thread was told of. */
class ToldConnections {
  readonly #known = new Map<string, ConnectionConfig>();
  readonly #secrets = new Set<string>();
  readonly #listeners = new Set<(changed: readonly string[]) => void>();

  tell(config: ConnectionConfig): void {
    this.#known.set(config.name, config);
    for (const secret of secretsOf(config)) this.#secrets.add(secret);
    this.#changed(config.name);
  }

  forget(name: string): void {
    this.#known.delete(name);
    this.#changed(name);
  }

  #changed(name: string): void {
    for (const listener of this.#listeners) listener([name]);
  }

  names(): readonly string[] {
    return [...this.#known.keys()];
  }

  get(name: string): ConnectionConfig {
    const found = this.#known.get(name);
    if (found === undefined) throw new GodwitError('UnknownConnection', `There is no connection "${name}".`, { subject: name });
    return found;
  }

  secrets(): Iterable<string> {
    return this.#secrets;
  }

  onChange(listener: (changed: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

interface Running {
  readonly pace: Pace;
  readonly stop: AbortController;
}

function serve(port: MessagePort): void {
  const connections = new ToldConnections();
  const clusters = createClusters(connections, createRedactor(() => connections.secrets()));
  const running = new Map<SliceNumber, Running>();
  const tell = (message: FromThread): void => port.postMessage(message);

  const copy = async ({ slice, source, target, rate, options }: Extract<ToThread, { kind: 'copy' }>): Promise<void> => {
    const own: Running = { pace: new Pace(rate), stop: new AbortController() };
    running.set(slice, own);
    try {
      const result = await copySlice(clusters.get(source), clusters.get(target), {
        ...options,
        pace: own.pace,
        signal: own.stop.signal,
        onProgress: (progress) => tell({ kind: 'progress', slice, progress }),
      });
      tell({ kind: 'copied', slice, result });
    } catch (error) {
      tell({ kind: 'failed', slice, error: plainError(error) });
    } finally {
      running.delete(slice);
    }
  };

  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'connection':
        return connections.tell(connectionOf(message.connection));
      case 'no-connection':
        return connections.forget(message.name);
      case 'copy':
        return void copy(message);
      case 'pace':
        return running.get(message.slice)?.pace.change(message.rate);
      case 'stop':
        return running.get(message.slice)?.stop.abort();
    }
  });
}

if (parentPort === null) throw new Error('this file is the entry of a thread');
serve(parentPort);
