/** One index in memory behind HTTP, as far as a comparison asks: points in time, ids, sequence numbers, counts, bulk writes. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { directCluster, type DirectCluster } from '../../support/direct-cluster.js';

export interface MemoryDocument {
  readonly id: string;
  readonly routing: string | null;
  readonly source: string;
  readonly seqNo: number;
  readonly version: number;
}

type Query = Readonly<Record<string, unknown>>;
const keyOf = (id: string, routing: string | null): string => JSON.stringify([id, routing]);

export class MemoryIndex {
  readonly documents = new Map<string, MemoryDocument>();
  /** Number of searches that may pass before the server stops answering them; null: all. */
  searchesLeft: number | null = null;
  #nextSeqNo = 0;
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  put(id: string, source: string, routing: string | null = null): void {
    const version = (this.documents.get(keyOf(id, routing))?.version ?? 0) + 1;
    this.#set(id, source, routing, version);
  }

  #set(id: string, source: string, routing: string | null, version: number): void {
    this.documents.delete(keyOf(id, routing));
    this.documents.set(keyOf(id, routing), { id, routing, source, seqNo: this.#nextSeqNo, version });
    this.#nextSeqNo += 1;
  }

  remove(id: string, routing: string | null = null): void {
    if (this.documents.delete(keyOf(id, routing))) this.#nextSeqNo += 1;
  }

  get highest(): number {
    return this.#nextSeqNo - 1;
  }

  async listen(name: string): Promise<DirectCluster & { closeServer: () => void }> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return {
      ...directCluster(name, { url: `http://127.0.0.1:${String(port)}` }),
      closeServer: () => {
        this.#server.closeAllConnections();
        this.#server.close();
      },
    };
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.setHeader('x-elastic-product', 'Elasticsearch');
    response.setHeader('content-type', 'application/json');
    const path = (request.url ?? '').split('?')[0] ?? '';
    const body = Buffer.concat(chunks).toString('utf8');
    if (path.endsWith('_search') && this.searchesLeft !== null) {
      this.searchesLeft -= 1;
      if (this.searchesLeft < 0) {
        response.statusCode = 403;
        response.end('{"error":{"type":"security_exception","reason":"no more"},"status":403}');
        return;
      }
    }
    response.end(this.#answer(path, body));
  }

  #answer(path: string, text: string): string {
    if (path === '/') return JSON.stringify({ name: 'n', cluster_name: 'memory', cluster_uuid: 'u', version: { number: '8.19.8', build_flavor: 'default' }, tagline: 'You Know, for Search' });
    if (path.endsWith('/_pit')) return '{"id":"pit-1","succeeded":true}';
    if (path.includes('_stats')) return JSON.stringify({ indices: { i: { shards: { 0: [{ routing: { primary: true }, seq_no: { max_seq_no: this.highest, local_checkpoint: this.highest } }] } } } });
    if (path.endsWith('/_bulk')) return this.#bulk(text);
    if (!path.endsWith('_search') && !path.endsWith('_count')) return '{"_shards":{"failed":0}}';
    const body = JSON.parse(text === '' ? '{}' : text) as { query?: Query; size?: number; search_after?: number[]; aggs?: { ranges?: { filters: { filters: Query[] } } } };
    const matching = this.#matching(body.query);
    const shards = '"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0}';
    if (path.endsWith('_count')) return `{"count":${String(matching.length)},${shards}}`;
    if (body.aggs !== undefined && body.aggs.ranges === undefined) return JSON.stringify({ _shards: { failed: 0 }, aggregations: { all: { doc_count: matching.length }, numbered: { doc_count: matching.length } } });
    if (body.aggs?.ranges !== undefined) return JSON.stringify({ _shards: { failed: 0 }, aggregations: { ranges: { buckets: body.aggs.ranges.filters.filters.map((filter) => ({ doc_count: matching.filter((document) => matches(document, filter)).length })) } } });
    const from = (body.search_after?.[0] ?? -1) + 1;
    const hits = matching.slice(from, from + (body.size ?? 10)).map(
      ({ id, routing, source, seqNo, version }, at) =>
        `{"_index":"i","_id":${JSON.stringify(id)},${routing === null ? '' : `"_routing":${JSON.stringify(routing)},`}"_seq_no":${String(seqNo)},"_primary_term":1,"_version":${String(version)},"_source":${source},"sort":[${String(from + at)}]}`,
    );
    return `{"pit_id":"pit-1",${shards},"hits":{"hits":[${hits.join(',')}]}}`;
  }

  #matching(query: Query | undefined): MemoryDocument[] {
    const ids = /"ids":\{"values":(\[.*?\])\}/.exec(JSON.stringify(query ?? {}))?.[1];
    const wanted = ids === undefined ? null : new Set(JSON.parse(ids) as string[]);
    return [...this.documents.values()].filter((document) => (wanted === null || wanted.has(document.id)) && (query === undefined || matches(document, query)));
  }

  #bulk(text: string): string {
    const lines = text.split('\n');
    const items: object[] = [];
    for (let at = 0; at < lines.length && lines[at] !== ''; ) {
      const [[op, action] = ['', {}]] = Object.entries(JSON.parse(lines[at] ?? '') as Record<string, { _id?: string; routing?: string; version?: number }>);
      const { _id: id = '', routing = null, version = 1 } = action;
      if (op === 'delete') this.remove(id, routing);
      else this.#set(id, lines[at + 1] ?? '', routing, version);
      items.push({ [op]: { status: 200 } });
      at += op === 'delete' ? 1 : 2;
    }
    return JSON.stringify({ errors: false, items });
  }
}

function matches(document: MemoryDocument, query: Query): boolean {
  if ('match_all' in query) return true;
  // Looked at before, by a set.
  if ('ids' in query) return true;
  if ('function_score' in query) return true;
  if ('range' in query) {
    const { gte = -Infinity, gt = -Infinity, lt = Infinity } = (query['range'] as { _seq_no: { gte?: number; gt?: number; lt?: number } })._seq_no;
    return document.seqNo >= gte && document.seqNo > gt && document.seqNo < lt;
  }
  if ('bool' in query) return (query['bool'] as { filter: Query[] }).filter.every((filter) => matches(document, filter));
  throw new Error(`the memory index does not know ${JSON.stringify(query)}`);
}
