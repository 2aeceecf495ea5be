/**
 * A stand-in for an Elasticsearch Serverless project: a proxy in front of a real node that lets through what a project
 * has, byte for byte, and refuses what it has not, in the words of the real one.
 *
 * It is no Serverless: behind it are the shards, versions and privileges of an ordinary node. What it knows of Serverless
 * is published by Elastic (`serverless-apis.ts`); none of it was tried on a real project. The API of running reindexes,
 * which a project has and the node has not (9.5), it makes from the node's tasks.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createProxyServer, type ProxyServer } from 'httpxy';
import { send, type HttpAnswer, type HttpTarget } from './http.js';
import { isServerlessApi, refusedSettings } from './serverless-apis.js';

type Body = Readonly<Record<string, unknown>>;

/** As every project says of itself, whatever it runs. */
const VERSION = {
  ...{ number: '8.11.0', build_flavor: 'serverless', build_type: 'docker', build_hash: '00000000', build_date: '2023-10-31', build_snapshot: false },
  ...{ lucene_version: '9.7.0', minimum_wire_compatibility_version: '8.11.0', minimum_index_compatibility_version: '8.11.0' },
};

const ELASTIC_CLOUD = /\.(elastic\.cloud|elastic-cloud\.com|found\.io|cloud\.es\.io)(:|$)/;

/** Requests that can carry settings of an index, and where. */
const WITH_SETTINGS: readonly (readonly [methods: string, path: RegExp, of: (body: Body) => unknown])[] = [
  ['PUT', /^\/[^/_][^/]*$/, (body) => body['settings']],
  ['PUT', /^(\/[^/]+)?\/_settings$/, (body) => body['settings'] ?? body],
  ['PUT POST', /^\/_(index|component)_template\/./, (body) => object(body['template'])['settings']],
  ['POST', /^\/[^/]+\/_rollover/, (body) => body['settings']],
];

export interface ServerlessOptions {
  /** The node, or another stand-in before it. It checks the API keys. */
  readonly upstream: Pick<HttpTarget, 'url' | 'ca'>;
  /** `host:port` that count as of Elastic Cloud, whose hosts alone a project reads from. */
  readonly elasticCloudHosts?: readonly string[];
}

export class ServerlessStandIn {
  readonly url: string;
  /** What was asked and let through, `GET /logs/_search?size`. */
  readonly passed = new Set<string>();
  /** What was asked and refused, with the reason. */
  readonly refused: string[] = [];
  readonly #server: Server;
  readonly #proxy: ProxyServer;
  readonly #options: ServerlessOptions;

  private constructor(server: Server, options: ServerlessOptions) {
    this.#server = server;
    this.#options = options;
    const { url, ca } = options.upstream;
    this.#proxy = createProxyServer({ target: url, ...(ca === undefined ? {} : { agent: new HttpsAgent({ ca, keepAlive: true }) }) });
    this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    server.on('request', (request, response) => {
      // As a connection that is lost: nothing of it is hidden from who asked.
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(options: ServerlessOptions): Promise<ServerlessStandIn> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ServerlessStandIn(server, options);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const { pathname, search, searchParams } = new URL(url, this.url);
    const path = decodeURIComponent(pathname);
    const line = `${method} ${path}${searchParams.size === 0 ? '' : `?${[...searchParams.keys()].sort().join('&')}`}`;
    const refuse = (status: number, type: string, reason: string): void => {
      this.refused.push(`${line}: ${reason}`);
      reply(response, status, { error: { root_cause: [{ type, reason }], type, reason }, status });
    };
    if (request.headers.authorization?.startsWith('ApiKey ') !== true) {
      return refuse(401, 'security_exception', `missing authentication credentials for REST request [${url}]`);
    }
    if (!isServerlessApi(method, path)) return refuse(410, 'api_not_available_exception', `Request for uri [${url}] with method [${method}] exists but is not available when running in serverless mode`);
    const body = carriesSettings(method, path) || isReindex(method, path) ? await buffer(request) : null;
    const reason = body === null ? null : this.#refusal(method, path, parse(body));
    if (reason !== null) return refuse(400, 'illegal_argument_exception', reason);
    this.passed.add(line);
    const own = await this.#own(method, path, search, request.headers.authorization);
    if (own !== null) return reply(response, own.status, own.body);
    await this.#proxy.web(request, response, body === null ? {} : { buffer: Readable.from([body]) });
  }

  #refusal(method: string, path: string, body: Body): string | null {
    if (isReindex(method, path)) {
      const { host } = object(object(body['source'])['remote']);
      if (typeof host !== 'string') return null;
      const address = new URL(host).host;
      const isOfCloud = ELASTIC_CLOUD.test(address) || this.#options.elasticCloudHosts?.includes(address) === true;
      return isOfCloud ? null : `[${address}] not whitelisted in reindex.remote.whitelist`;
    }
    const found = WITH_SETTINGS.find(([methods, pattern]) => methods.split(' ').includes(method) && pattern.test(path));
    return refusedSettings(found?.[2](body));
  }

  /** What the stand-in answers by itself, with the node's help. */
  async #own(method: string, path: string, search: string, authorization: string): Promise<HttpAnswer<unknown> | null> {
    const ask = (verb: 'GET' | 'POST', at: string): Promise<HttpAnswer<Body>> => send<Body>(this.#options.upstream, verb, at, undefined, { authorization });
    if (method === 'GET' && path === '/') {
      const { status, body } = await ask('GET', '/');
      return { status, body: status === 200 ? { ...body, name: 'serverless', version: VERSION } : body };
    }
    if (method === 'GET' && path === '/_reindex') {
      const { status, body } = await ask('GET', '/_tasks?actions=*reindex&detailed=true');
      const tasks = Object.values(object(body['nodes'])).flatMap((node) => Object.values(object(object(node)['tasks'])).map(object));
      return { status, body: status === 200 ? { reindex: tasks.filter((task) => task['parent_task_id'] === undefined).map(reindexOf) } : body };
    }
    const [, id = '', action = ''] = /^\/_reindex\/([^/]+?)(\/_cancel)?$/.exec(path) ?? [];
    if (id === '') return null;
    const { status, body } = await ask(method === 'POST' ? 'POST' : 'GET', `/_tasks/${encodeURIComponent(id)}${action}${search}`);
    if (status !== 200) return { status, body };
    if (method === 'POST') return { status, body: { acknowledged: true } };
    const { completed, response, error } = body;
    return { status, body: { completed, ...reindexOf(object(body['task'])), ...(response === undefined ? {} : { response }), ...(error === undefined ? {} : { error }) } };
  }
}

function reindexOf(task: Body): Body {
  const { node, id, description, start_time_in_millis, running_time_in_nanos, cancelled, status } = task;
  return { id: `${String(node)}:${String(id)}`, description, start_time_in_millis, running_time_in_nanos, cancelled, status };
}

function carriesSettings(method: string, path: string): boolean {
  return WITH_SETTINGS.some(([methods, pattern]) => methods.split(' ').includes(method) && pattern.test(path));
}

function isReindex(method: string, path: string): boolean {
  return method === 'POST' && path === '/_reindex';
}

function object(value: unknown): Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function parse(body: Buffer): Body {
  return body.length === 0 ? {} : object(JSON.parse(body.toString('utf8')));
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  response.end(JSON.stringify(body));
}
