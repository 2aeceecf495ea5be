/**
 * A stand-in for the target's task API, in front of a real node: a `_reindex` task has ended as soon as it has begun.
 *
 * It counts the slice at the source, says that all of it was there already, and moves nothing. Everything else goes to
 * the node, so what is left is what Godwit itself does about a slice.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { call, type HttpTarget, send } from '../test/servers/http.js';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface ReindexBody {
  readonly source: { readonly index: string; readonly query: object };
}

export class TaskStandIn {
  readonly url: string;
  readonly #tasks = new Map<string, { readonly documents: number; readonly opaqueId: string }>();

  private constructor(
    private readonly server: Server,
    private readonly source: HttpTarget,
    private readonly target: HttpTarget,
  ) {
    this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(source: HttpTarget, target: HttpTarget): Promise<TaskStandIn> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TaskStandIn(server, source, target);
  }

  /** Tasks that it was asked for. */
  get tasks(): number {
    return this.#tasks.size;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, body } = await this.#answer(request, Buffer.concat(chunks)).catch((error: unknown): Answer => ({ status: 500, body: { error: { type: 'stand_in_exception', reason: String(error) } } }));
    response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
    response.end(request.method === 'HEAD' ? '' : JSON.stringify(body));
  }

  async #answer(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method = 'GET', url = '/', headers } = request;
    if (method === 'POST' && url.startsWith('/_reindex?') && url.includes('wait_for_completion=false')) return this.#begin(JSON.parse(body.toString('utf8')) as ReindexBody, String(headers['x-opaque-id']));
    const task = method === 'GET' ? /^\/_tasks\/([^?]+)/.exec(url)?.[1] : undefined;
    if (task !== undefined) return this.#ended(decodeURIComponent(task));
    const { accept = 'application/json', 'content-type': type } = headers;
    return send<unknown>(this.target, method as 'GET', url, body.length === 0 ? undefined : body, { accept, ...(type === undefined ? {} : { 'content-type': type }) });
  }

  async #begin({ source: { index, query } }: ReindexBody, opaqueId: string): Promise<Answer> {
    const { count } = await call<{ count: number }>(this.source, 'POST', `/${index}/_count`, { query });
    const task = `stand-in:${String(this.#tasks.size + 1)}`;
    this.#tasks.set(task, { documents: count, opaqueId });
    return { status: 200, body: { task } };
  }

  #ended(task: string): Answer {
    const found = this.#tasks.get(task);
    if (found === undefined) return { status: 404, body: { error: { type: 'resource_not_found_exception', reason: `task [${task}] isn't running` } } };
    const counts = { total: found.documents, created: 0, updated: 0, deleted: 0, noops: 0, version_conflicts: found.documents, retries: { bulk: 0, search: 0 } };
    return { status: 200, body: { completed: true, task: { headers: { 'X-Opaque-Id': found.opaqueId }, status: counts }, response: { ...counts, failures: [] } } };
  }
}
