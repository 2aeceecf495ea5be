/** Slices in real threads, between small clusters in memory: what crosses, and what a thread that dies costs. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Worker } from 'node:worker_threads';
import type { ConnectionConfig } from '../../../src/config/connection-config.js';
import { Secret } from '../../../src/config/secret.js';
import { GodwitError } from '../../../src/domain/errors.js';
import type { CopyResult, CopySliceOptions } from '../../../src/transfer/copy-slice.js';
import { Pace } from '../../../src/transfer/pace.js';
import { connectionOf, plainConnection } from '../../../src/worker/copy-messages.js';
import { CopyThreads, startCopyThread } from '../../../src/worker/copy-threads.js';
import { FakeCluster } from '../transfer/fake-cluster.js';

/** Connections as the file has them, to be changed as an operator would. */
class Connections {
  readonly known = new Map<string, ConnectionConfig>();
  readonly #listeners = new Set<(changed: readonly string[]) => void>();
  #revision = 0;

  names(): string[] {
    return [...this.known.keys()];
  }

  get(name: string): ConnectionConfig {
    const found = this.known.get(name);
    if (found === undefined) throw new GodwitError('UnknownConnection', name);
    return found;
  }

  onChange(listener: (changed: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(name: string, url: string, password = 'secret'): void {
    const tls = { ca: null, fingerprint: null, insecure: false, cert: null, key: null };
    const auth = { type: 'basic' as const, username: 'u', password: new Secret(password) };
    this.known.set(name, { name, kind: 'self-managed', revision: (this.#revision += 1), kibana: null, logstash: null, elasticsearch: { urls: [url], auth, tls } });
    for (const listener of this.#listeners) listener([name]);
  }

  remove(name: string): void {
    this.known.delete(name);
    for (const listener of this.#listeners) listener([name]);
  }
}

const connections = new Connections();
const warnings: unknown[] = [];
const closings: (() => void)[] = [];
const never = new AbortController().signal;
const retries = { attempts: 3, firstWaitMs: 1, longestWaitMs: 2 };
let from: FakeCluster;
let to: FakeCluster;

function makeThreads(most: number): { readonly threads: CopyThreads; readonly started: Worker[] } {
  const started: Worker[] = [];
  const start = (): Worker => {
    const thread = startCopyThread();
    started.push(thread);
    return thread;
  };
  return { threads: new CopyThreads(connections, { most, log: { info: () => undefined, warn: (facts: unknown) => warnings.push(facts) }, start }), started };
}

const { threads, started } = makeThreads(2);
afterAll(() => threads.close());

beforeEach(async () => {
  [from, to] = [new FakeCluster(), new FakeCluster()];
  warnings.length = 0;
  for (const [name, cluster] of [['old', from], ['new', to]] as const) {
    const { url, closeServer } = await cluster.listen();
    closings.push(closeServer);
    connections.set(name, url);
  }
});
afterEach(() => {
  for (const close of closings.splice(0)) close();
});

const copy = (options: Partial<CopySliceOptions> = {}): Promise<CopyResult> => threads.copy('old', 'new', { index: 'i', targetIndex: 'o', requestBytes: 2_000, pageBytes: 5_000, signal: never, retries, ...options });

/** Resolves when the copy has come so far, so that nobody has to guess how long that takes. What another copy wrote before counts too. */
function progressOf(documents: number): { readonly reached: Promise<void>; readonly onProgress: NonNullable<CopySliceOptions['onProgress']> } {
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  return { reached, onProgress: ({ written, noops }) => written + noops >= documents && reach() };
}

describe('copying in threads', () => {
  it('copies a slice whole, tells how far it is, and keeps what was refused', async () => {
    from.put(500, (at) => `{"n":${String(at)}}`);
    to.itemError = (id) => (id === 'd7' ? { status: 400, type: 'document_parsing_exception', reason: 'does not fit' } : undefined);
    const seen: number[] = [];
    const result = await copy({ onProgress: ({ written }) => seen.push(written) });
    expect(result).toMatchObject({ read: 500, written: 499, refused: 1, deadLetters: [{ id: 'd7', document: '{"n":7}' }], digest: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(to.documents.size).toBe(499);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toBe(499);
  });

  it('starts a thread for each slice up to the most, then shares them, and uses one again', async () => {
    from.put(200, () => '{}');
    await Promise.all(Array.from({ length: 5 }, () => copy()));
    expect(started).toHaveLength(2);
    await copy();
    expect(started).toHaveLength(2);
  });

  it('hands errors over with code, remedy and whether they may pass', async () => {
    from.put(10, () => '{}');
    to.itemError = () => ({ status: 404, type: 'index_not_found_exception', reason: 'no such index [o]' });
    const error = await copy().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GodwitError);
    expect(error).toMatchObject({ code: 'IndexNotFound', retryable: false, subject: 'o', message: expect.stringContaining('new: cannot write into o') });
  });

  it('follows a pace that changes meanwhile', async () => {
    from.put(2_000, () => '{}');
    const pace = new Pace(20);
    const { reached, onProgress } = progressOf(20);
    const copied = copy({ pace, onProgress });
    await reached;
    expect(to.documents.size).toBeLessThan(200);
    pace.change(null);
    expect(await copied).toMatchObject({ written: 2_000 });
  });

  it('ends soon, with nothing left open, when it is told to', async () => {
    from.put(5_000, () => `{"t":"${'x'.repeat(100)}"}`);
    const controller = new AbortController();
    await expect(copy({ signal: controller.signal, onProgress: () => controller.abort() })).rejects.toMatchObject({ code: 'Canceled' });
    expect(to.documents.size).toBeLessThan(5_000);
    expect(from.calls.at(-1)?.path).toBe('/_pit');
    await expect(copy({ signal: controller.signal })).rejects.toMatchObject({ code: 'Canceled' });
  });

  it('picks up a password that changes, and the loss of a connection', async () => {
    from.put(3_000, () => '{}');
    const [url = ''] = connections.get('new').elasticsearch.urls;
    const credentials = new Set<string>();
    to.mishap = ({ authorization }) => {
      credentials.add(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString());
      return false;
    };
    const { reached, onProgress } = progressOf(20);
    const pace = new Pace(20);
    const copied = copy({ pace, onProgress });
    await reached;
    connections.set('new', url, 'rotated');
    pace.change(null);
    await copied;
    expect([...credentials]).toEqual(['u:secret', 'u:rotated']);

    connections.remove('new');
    await expect(copy()).rejects.toMatchObject({ code: 'UnknownConnection' });
  });
});

describe('a thread that dies', () => {
  it('fails its slices with a code that is retried, leaves others alone, and another one copies them again', async () => {
    const { threads: two, started: pair } = makeThreads(2);
    const slice = { index: 'i', requestBytes: 2_000, pageBytes: 5_000, signal: never, retries };
    from.put(1_000, (at) => `{"n":${String(at)}}`);
    const pace = new Pace(50);
    const { reached, onProgress } = progressOf(20);
    const dying = two.copy('old', 'new', { ...slice, targetIndex: 'o', pace, onProgress });
    const other = two.copy('old', 'new', { ...slice, targetIndex: 'p', pace: new Pace(50) });
    await reached;
    await pair[0]?.terminate();
    await expect(dying).rejects.toMatchObject({ code: 'CopyThreadLost', retryable: true });
    expect(warnings).toHaveLength(1);
    pace.change(null);
    expect(await two.copy('old', 'new', { ...slice, targetIndex: 'o', pace })).toMatchObject({ read: 1_000, refused: 0 });
    expect(pair).toHaveLength(3);
    expect(to.documents.size).toBe(1_000);
    const ended = expect(other).rejects.toMatchObject({ code: 'CopyThreadLost' });
    await two.close();
    await ended;
  });

  it.each([
    ['out of memory', { resourceLimits: { maxOldGenerationSizeMb: 8 } }],
    ['unable to start', {}],
  ])('is not waited for: %s', async (_what, options) => {
    const entry = _what === 'unable to start' ? 'throw new Error("no")' : 'const all = []; for (;;) all.push(new Array(1e5).fill(0).map(String))';
    const { Worker: Thread } = await import('node:worker_threads');
    const doomed = new CopyThreads(connections, { most: 1, log: { info: () => undefined, warn: (facts: unknown) => warnings.push(facts) }, start: () => new Thread(entry, { eval: true, ...options }) });
    await expect(doomed.copy('old', 'new', { index: 'i', targetIndex: 'o', signal: never })).rejects.toMatchObject({ code: 'CopyThreadLost', retryable: true });
    expect(warnings).toHaveLength(1);
    await doomed.close();
  });
});

it('a connection comes out of a message as it went in, secrets wrapped', () => {
  const tls = { ca: 'CA', fingerprint: null, insecure: false, cert: 'CERT', key: new Secret('KEY') };
  const config: ConnectionConfig = { name: 'a', kind: 'eck', revision: 3, kibana: null, logstash: null, elasticsearch: { urls: ['https://a:9200'], auth: { type: 'apiKey', apiKey: new Secret('abcd') }, tls } };
  const arrived = connectionOf(structuredClone(plainConnection(config)));
  expect(arrived).toMatchObject({ name: 'a', kind: 'eck', revision: 3, elasticsearch: { urls: ['https://a:9200'] } });
  expect(arrived.elasticsearch.tls.key?.reveal()).toBe('KEY');
  expect(arrived.elasticsearch.auth?.type === 'apiKey' && arrived.elasticsearch.auth.apiKey.reveal()).toBe('abcd');
  expect(JSON.stringify(arrived)).not.toMatch(/KEY|abcd/);
});
