/**
 * The stage: two real clusters that share a repository folder, Temporal's dev server, Godwit's API and a worker.
 */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isFree } from '../src/dev/ports.js';
import { startTemporalServer, type TemporalServer } from '../src/dev/temporal-server.js';
import { SEARCH_ATTRIBUTE_KEYS } from '../src/temporal/search-attribute-keys.js';
import { startElasticsearch, type ElasticsearchNode } from '../test/servers/elasticsearch.js';
import { makeServerFolder, runFolder } from '../test/servers/run-folder.js';
import { Children, type Child } from './children.js';
import { orFail } from './failure.js';

const USUAL_PORT = 4700;
const START_REMEDY = 'run it again; if it stays so, look for free memory (3 GB) and disk space (3 GB).';

export class Stage {
  readonly #children: Children;
  #env: Record<string, string> = {};
  #source: ElasticsearchNode | undefined;
  #target: ElasticsearchNode | undefined;
  #temporal: TemporalServer | undefined;
  url = '';
  /** Resolves when the API ends by itself. */
  apiEnded: Promise<number | null> = new Promise(() => undefined);

  /**
   * @param folder of this demo: logs, connections file, Godwit's state
   * @param options as for `startElasticsearch`; quickStart is false where throughput is measured
   */
  constructor(
    readonly folder: string,
    private readonly options: { readonly quickStart: boolean; readonly heapMb?: number } = { quickStart: true },
  ) {
    mkdirSync(this.logFolder, { recursive: true });
    // Before the run folder exists: what is registered first is cleaned up first.
    this.#children = new Children(this.logFolder, join(folder, 'data'));
  }

  get logFolder(): string {
    return join(this.folder, 'logs');
  }

  get source(): ElasticsearchNode {
    if (this.#source === undefined) throw new Error('the source has not been started');
    return this.#source;
  }

  get target(): ElasticsearchNode {
    if (this.#target === undefined) throw new Error('the target has not been started');
    return this.#target;
  }

  /** Godwit's processes that run now, by name: api, worker-1, store. */
  get pids(): ReadonlyMap<string, number> {
    return this.#children.pids;
  }

  get temporalAddress(): string {
    return this.#temporal?.address ?? '';
  }

  get temporalUi(): string {
    return this.#temporal?.uiUrl ?? '';
  }

  /** Starts what Godwit needs, all at once. */
  async startServers(): Promise<void> {
    const pathRepo = makeServerFolder(join(runFolder(), 'repositories'));
    const cluster = async (name: 'source' | 'target', version: '8.19.8' | '9.4.3'): Promise<ElasticsearchNode> =>
      orFail(startElasticsearch({ ...this.options, name, version, pathRepo, dir: join(runFolder(), name) }), `Elasticsearch ${version}, the ${name}, did not start`, START_REMEDY, [`${name}.log`]);
    const temporal = startTemporalServer({
      logFile: join(this.logFolder, 'temporal.log'),
      searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_KEYS.map((key) => [key.name, 'Keyword'] as const)),
    });
    [this.#temporal, this.#source, this.#target] = await Promise.all([
      orFail(temporal, "Temporal's dev server did not start", START_REMEDY, ['temporal.log']),
      cluster('source', '8.19.8'),
      cluster('target', '9.4.3'),
    ]);
  }

  /**
   * Writes the connections file and starts API and worker, as an operator would.
   * @param others by name: other addresses of the target, without TLS
   */
  async startGodwit(others: Readonly<Record<string, { readonly url: string }>> = {}): Promise<Child> {
    const connections = join(this.folder, 'connections.yaml');
    writeFileSync(connections, this.#connections(others));
    const port = (await isFree(USUAL_PORT)) ? USUAL_PORT : await freePort();
    this.#env = {
      TEMPORAL_ADDRESS: this.temporalAddress,
      GODWIT_CONNECTIONS: connections,
      GODWIT_DATA_DIR: join(this.folder, 'data'),
      OLD_PASSWORD: this.source.description.password ?? '',
      NEW_PASSWORD: this.target.description.password ?? '',
    };
    const [api, worker] = await Promise.all([
      this.#children.start('api', 'api', { ...this.#env, GODWIT_PORT: String(port) }, /"url":"(http:[^"]+)"/),
      this.startWorker(1),
    ]);
    this.url = api.match[1] ?? '';
    this.apiEnded = api.child.exited;
    return worker;
  }

  async startWorker(number: number): Promise<Child> {
    const { child } = await this.#children.start(`worker-${String(number)}`, 'worker', { ...this.#env, GODWIT_METRICS_PORT: '0' }, /the worker runs/);
    return child;
  }

  async killWorker(worker: Child): Promise<void> {
    await this.#children.kill(worker);
  }

  /** Secrets stay in the environment of API and workers. */
  #connections(others: Readonly<Record<string, { readonly url: string }>>): string {
    const entry = (name: string, password: string, { url, username, caFile }: { url: string; username?: string | undefined; caFile?: string | undefined }): string =>
      [
        `  ${name}:`,
        '    kind: self-managed',
        '    elasticsearch:',
        `      url: ${url}`,
        `      auth: { username: ${username ?? ''}, password: "\${env:${password}}" }`,
        ...(caFile === undefined ? [] : [`      tls: { ca: ${JSON.stringify(caFile)} }`]),
        '',
      ].join('\n');
    const { username } = this.target.description;
    const more = Object.entries(others).map(([name, { url }]) => entry(name, 'NEW_PASSWORD', { url, username }));
    return `connections:\n${entry('old', 'OLD_PASSWORD', this.source.description)}${entry('new', 'NEW_PASSWORD', this.target.description)}${more.join('')}`;
  }

  /** The logs of the clusters lie in a folder that goes with the demo. */
  keepLogs(): void {
    for (const name of ['source', 'target']) {
      const log = join(runFolder(), name, 'logs', 'console.log');
      if (existsSync(log)) copyFileSync(log, join(this.logFolder, `${name}.log`));
    }
  }

  /** Stops all; the clusters without ceremony, as their data goes too. */
  async stop(): Promise<void> {
    await this.#children.stop();
    await Promise.all([this.#temporal?.stop(), this.#source?.kill(), this.#target?.kill()]);
  }
}
