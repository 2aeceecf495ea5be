/** A small Elasticsearch on a local port: one index of documents in memory, and mishaps on order. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { Socket } from 'node:net';
import { type DirectCluster, directCluster } from '../../support/direct-cluster.js';

export interface Call {
  readonly path: string;
  readonly body: string;
  readonly authorization: string;
}

/** Answers in place of the fake; undefined lets it answer as usual. */
export type Mishap = (call: Call, response: ServerResponse, socket: Socket) => boolean | undefined;

export interface FakeDocument {
  readonly id: string;
  readonly source: string;
  readonly version: number;
}

export class FakeCluster {
  readonly documents = new Map<string, FakeDocument>();
  readonly calls: Call[] = [];
  mishap: Mishap | null = null;
  /** Status and type of an item, by its id and how often it came. */
  itemError: ((id: string, attempt: number) => { status: number; type: string; reason: string } | undefined) | null = null;
  open = 0;
  mostOpen = 0;
  readonly #attempts = new Map<string, number>();
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  async listen(): Promise<DirectCluster & { readonly url: string; closeServer: () => void }> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${String(port)}`;
    return {
      ...directCluster('fake', { url }),
      url,
      closeServer: () => {
        this.#server.closeAllConnections();
        this.#server.close();
      },
    };
  }

  put(count: number, source: (at: number) => string): void {
    for (let at = 0; at < count; at += 1) this.documents.set(`d${String(at)}`, { id: `d${String(at)}`, source: source(at), version: 1 });
  }

  callsTo(path: string): Call[] {
    return this.calls.filter((call) => call.path.includes(path));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call = { path: request.url ?? '', body: Buffer.concat(chunks).toString('utf8'), authorization: request.headers.authorization ?? '' };
    this.calls.push(call);
    response.setHeader('x-elastic-product', 'Elasticsearch');
    response.setHeader('content-type', 'application/json');
    if (this.mishap?.(call, response, request.socket) === true) return;
    if (call.path.includes('/_bulk')) await this.#bulk(call, response);
    else response.end(this.#answer(call));
  }

  #answer({ path, body }: Call): string {
    if (path === '/') return JSON.stringify({ name: 'n', cluster_name: 'fake', cluster_uuid: 'u', version: { number: '8.19.8', build_flavor: 'default' }, tagline: 'You Know, for Search' });
    if (path.includes('/_pit')) return '{"id":"pit-1","succeeded":true}';
    if (!path.includes('/_search')) return '{}';
    const { size, search_after: after = [-1] } = JSON.parse(body) as { size: number; search_after?: number[] };
    const from = (after[0] ?? -1) + 1;
    const hits = [...this.documents.values()].slice(from, from + size).map(
      ({ id, source, version }, at) => `{"_index":"i","_id":${JSON.stringify(id)},"_version":${String(version)},"_score":null,"_source":${source},"sort":[${String(from + at)}]}`,
    );
    return `{"pit_id":"pit-1","took":1,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"max_score":null,"hits":[${hits.join(',')}]}}`;
  }

  async #bulk({ body }: Call, response: ServerResponse): Promise<void> {
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.open -= 1;
    const lines = body.split('\n');
    const items: object[] = [];
    for (let at = 0; at + 1 < lines.length; at += 2) items.push(this.#item(lines[at] ?? '', lines[at + 1] ?? ''));
    response.end(JSON.stringify({ errors: items.some((item) => 'error' in (Object.values(item)[0] as object)), items }));
  }

  #item(action: string, source: string): object {
    const [[op, { _id: id, version }] = ['index', { _id: '' }]] = Object.entries(JSON.parse(action) as Record<string, { _id: string; version?: number }>);
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    const error = this.itemError?.(id, attempt);
    if (error !== undefined) return { [op]: { status: error.status, error: { type: error.type, reason: error.reason } } };
    const existing = this.documents.get(id);
    if (existing !== undefined && (op === 'create' || existing.version >= (version ?? 0))) return { [op]: { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'older' } } };
    this.documents.set(id, { id, source, version: version ?? 1 });
    return { [op]: { status: 201 } };
  }
}
