/**
 * Godwit as its users run it, for tests: a real API process and real worker processes against the shared servers.
 *
 * All stacks of a run share one embedded store; each has its own task queue, so that a killed worker is a stack's own.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Migration } from '../../src/contracts/migration.js';
import type { Report } from '../../src/contracts/report.js';
import type { SharedServers } from '../servers/shared.js';
import { runGodwit, type GodwitProcess } from '../integration/support/godwit.js';
import { migrationEvents } from './events.js';

export interface StackOptions {
  /** Addresses that differ from the servers' own, e.g. of a proxy in front. */
  readonly urls?: Readonly<Partial<Record<'es7' | 'es8' | 'es9', string>>>;
  /** Further connections by name, over plain HTTP. */
  readonly more?: Readonly<Record<string, { readonly kind: 'self-managed' | 'serverless'; readonly url: string }>>;
  /** Addresses of Kibanas, by the connection that has them. */
  readonly kibanas?: Readonly<Partial<Record<'es7' | 'es8' | 'es9', string>>>;
  /** Encoded API keys, by the connection that logs in with one and not with its password. */
  readonly apiKeys?: Readonly<Partial<Record<'es8' | 'es9', string>>>;
  readonly temporalAddress?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent as bearer token with every call. */
  readonly token?: string;
  /** Default 1. */
  readonly workers?: number;
  /** Further connections with whatever they need, as lines of the file. */
  readonly connections?: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** A call that no worker takes is given up by the API after some 10 s. */
const MOST_TRIES = 6;

/** What a process says whenever it has read the connections file. */
const FILE_READ = 'connections file read';

export class Stack {
  readonly #folder = mkdtempSync(join(tmpdir(), 'godwit-stack-'));
  readonly #file = join(this.#folder, 'connections.yaml');
  readonly #env: Record<string, string>;
  #api: GodwitProcess | undefined;
  #workers: GodwitProcess[] = [];
  readonly #headers: Readonly<Record<string, string>>;
  url = '';

  constructor(servers: SharedServers, options: StackOptions) {
    const connection = (name: 'es7' | 'es8' | 'es9'): string => {
      const server = servers[name];
      const url = options.urls?.[name] ?? server.url;
      const isKeyed = name !== 'es7' && options.apiKeys?.[name] !== undefined;
      const auth = isKeyed ? `{ apiKey: "\${env:${name.toUpperCase()}_API_KEY}" }` : `{ username: "${server.username ?? ''}", password: "\${env:${name.toUpperCase()}_PASSWORD}" }`;
      const secured = server.caFile === undefined ? '' : `, auth: ${auth}, tls: { ca: "${server.caFile}" }`;
      const kibana = options.kibanas?.[name];
      return `  ${name}: { kind: self-managed, elasticsearch: { url: "${url}"${secured} }${kibana === undefined ? '' : `, kibana: { url: "${kibana}" }`} }\n`;
    };
    this.#headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
    const more = Object.entries(options.more ?? {}).map(([name, { kind, url }]) => `  ${name}: { kind: ${kind}, elasticsearch: { url: "${url}"${kind === 'serverless' ? ', auth: { apiKey: not-a-real-key }' : ''} } }\n`);
    const file = this.#file;
    writeFileSync(
      file,
      `connections:\n${connection('es7')}${connection('es8')}${connection('es9')}  cloud: { kind: serverless, elasticsearch: { url: "https://localhost:1", auth: { apiKey: not-a-real-key } } }\n${more.join('')}${options.connections ?? ''}`,
    );
    this.#env = {
      TEMPORAL_ADDRESS: options.temporalAddress ?? servers.temporal.address,
      GODWIT_CONNECTIONS: file,
      GODWIT_TASK_QUEUE: `godwit-${randomBytes(4).toString('hex')}`,
      GODWIT_DATA_DIR: join(tmpdir(), `godwit-test-store-${String(process.ppid)}`),
      GODWIT_PORT: '0',
      GODWIT_METRICS_PORT: '0',
      GODWIT_RATE_LIMIT: '1000000',
      ES8_PASSWORD: servers.es8.password ?? '',
      ES9_PASSWORD: servers.es9.password ?? '',
      ES8_API_KEY: options.apiKeys?.es8 ?? '',
      ES9_API_KEY: options.apiKeys?.es9 ?? '',
      ...options.env,
    };
  }

  async start(workers: number): Promise<void> {
    await Promise.all([this.startApi(), ...Array.from({ length: workers }, () => this.startWorker())]);
  }

  async startApi(): Promise<void> {
    this.#api = runGodwit(['api'], this.#env);
    const match = await this.#api.until(/"url":"(http:[^"]+)"/);
    this.url = match[1] ?? '';
  }

  async startWorker(): Promise<GodwitProcess> {
    const worker = runGodwit(['worker'], this.#env);
    this.#workers.push(worker);
    await worker.until(/the worker runs/);
    return worker;
  }

  /** What its processes have in their environment. */
  get env(): Readonly<Record<string, string>> {
    return this.#env;
  }

  /** Changes the connections file, as an operator would, and waits until every worker has read it again. */
  async editConnections(change: (text: string) => string): Promise<void> {
    const readings = this.#workers.map((worker) => ({ worker, before: worker.output().split(FILE_READ).length - 1 }));
    writeFileSync(this.#file, change(readFileSync(this.#file, 'utf8')));
    await Promise.all(readings.map(({ worker, before }) => worker.until(new RegExp(`(?:${FILE_READ}[^]*?){${String(before + 1)}}`))));
  }

  get workerPids(): number[] {
    return this.#workers.flatMap(({ child }) => child.pid ?? []);
  }

  /** Kills every worker without warning and waits until they are gone. */
  async killWorkers(): Promise<void> {
    const workers = this.#workers.splice(0);
    for (const { child } of workers) child.kill('SIGKILL');
    await Promise.all(workers.map((worker) => worker.exited));
  }

  /** All that the processes have printed. */
  output(): string {
    return [this.#api, ...this.#workers].map((process) => process?.output() ?? '').join('\n');
  }

  async stop(): Promise<void> {
    const all = [...this.#workers.splice(0), ...(this.#api === undefined ? [] : [this.#api])];
    for (const { child } of all) child.kill('SIGTERM');
    await Promise.all(all.map((process) => process.exited));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async call<T>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer<T>> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { ...this.#headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as T };
  }

  /** Starts a migration. @throws Error with the answer if it is not accepted */
  async migrate(request: Readonly<Record<string, unknown>>): Promise<Migration> {
    const answer = await this.call<Migration>('POST', '/v1/migrations', { type: 'snapshot-restore', ...request });
    if (answer.status !== 202) throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    return answer.body;
  }

  async control(id: string, action: string, body: object = {}): Promise<Answer<Migration>> {
    return this.call('POST', `/v1/migrations/${id}/${action}`, body);
  }

  /** As clients do after a 503, which is the answer right after a worker's death: asks again until it is taken. @throws Error if it is refused, or never taken */
  async insist(id: string, action: string, body: object = {}): Promise<Migration> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.control(id, action, body);
      if (answer.status === 200) return answer.body;
      if (answer.status !== 503 || tries === MOST_TRIES) throw new Error(`${action} was not taken: ${JSON.stringify(answer)}`);
    }
  }

  async migration(id: string): Promise<Migration> {
    return (await this.call<Migration>('GET', `/v1/migrations/${id}`)).body;
  }

  async report(id: string): Promise<Report> {
    return (await this.call<Report>('GET', `/v1/migrations/${id}/report`)).body;
  }

  /**
   * Follows the migration's events until one satisfies the condition.
   * @throws Error with the last state when it has ended otherwise or after `timeoutMs`
   */
  async until(id: string, condition: (migration: Migration) => boolean, timeoutMs = 100_000): Promise<Migration> {
    const signal = AbortSignal.timeout(timeoutMs);
    let last: Migration | null = null;
    try {
      for await (const migration of migrationEvents(`${this.url}/v1/migrations/${id}/events`, signal, this.#headers)) {
        last = migration;
        if (condition(migration)) return migration;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    throw new Error(`migration ${id} ${signal.aborted ? 'did not get there in time' : 'ended otherwise'}: ${JSON.stringify(last)}`);
  }

  async ended(id: string, timeoutMs?: number): Promise<Migration> {
    return this.until(id, ({ status }) => status === 'completed' || status === 'failed' || status === 'canceled', timeoutMs);
  }
}

export interface SliceItem {
  readonly index: string;
  readonly slice: number;
  readonly status: string;
  readonly documents: number | null;
  readonly attempts: number;
  readonly rejected: readonly string[];
}

/** All rows of the ledger, up to a thousand. */
export async function readSlices(stack: Stack, id: string): Promise<SliceItem[]> {
  const items: SliceItem[] = [];
  for (let cursor: string | null = ''; cursor !== null && items.length < 1_000; ) {
    const page: { items: SliceItem[]; cursor: string | null } = (await stack.call<{ items: SliceItem[]; cursor: string | null }>('GET', `/v1/migrations/${id}/slices?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`)).body;
    items.push(...page.items);
    cursor = page.cursor;
  }
  return items;
}

export async function startStack(servers: SharedServers, options: StackOptions = {}): Promise<Stack> {
  const stack = new Stack(servers, options);
  await stack.start(options.workers ?? 1);
  return stack;
}

/** Condition: a step is under way. */
export const inStep =
  (name: string) =>
  (migration: Migration): boolean =>
    migration.steps.some((step) => step.name === name && step.status === 'running');
