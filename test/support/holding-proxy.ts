/**
 * An HTTP proxy in front of a node that can hold one request, so that a test knows exactly where a migration is, or answer
 * requests in place of the node.
 *
 * It speaks plain HTTP and logs in at the node itself: connect it through `more` of a stack. What it forwards it leaves
 * as it is.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Agent, request as forward } from 'undici';
import { authorizationOf, type HttpTarget } from '../servers/http.js';

/** `request`: before the node has seen it. `answer`: when the node has done it, but nobody has heard. */
export type Held = 'request' | 'answer';

class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

export interface Hold {
  /** Settles when a request that matches is there and held. */
  readonly reached: Promise<void>;
  /** Lets it go on. */
  readonly release: () => void;
}

/** What is answered in place of the node; null: the node is asked. */
export type Stand = (line: string, body: Buffer) => { readonly status: number; readonly body: object } | null;

/** Headers of one connection, which the other one has of its own. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'expect', 'content-length']);

export class HoldingProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #upstream: HttpTarget;
  readonly #agent: Agent;
  #hold: { readonly what: Held; readonly matches: RegExp; readonly reached: Gate; readonly released: Gate } | null = null;

  /** Sees every request first. */
  stand: Stand = () => null;

  private constructor(server: Server, upstream: HttpTarget) {
    this.#server = server;
    this.#upstream = upstream;
    this.#agent = new Agent({ connect: upstream.ca === undefined ? {} : { ca: upstream.ca } });
    this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    server.on('request', (request, response) => {
      // As a connection that is lost: nothing of it is hidden from who asked.
      this.#pass(request, response).catch(() => response.destroy());
    });
  }

  static async start(upstream: HttpTarget): Promise<HoldingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HoldingProxy(server, upstream);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#agent.close();
  }

  /** Holds the next request whose method and path match, once. */
  hold(what: Held, matches: RegExp): Hold {
    const [reached, released] = [new Gate(), new Gate()];
    this.#hold = { what, matches, reached, released };
    return { reached: reached.opened, release: released.open };
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const body = await buffer(request);
    const line = `${method} ${url.split('?')[0] ?? ''}`;
    const own = this.stand(line, body);
    if (own !== null) {
      response.writeHead(own.status, { 'content-type': request.headers.accept ?? 'application/json', 'x-elastic-product': 'Elasticsearch' });
      response.end(JSON.stringify(own.body));
      return;
    }
    const stay = this.#holdOf(line);
    await stay('request');
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !OF_THE_CONNECTION.has(name)));
    const answer = await forward(this.#upstream.url + url, {
      method: method as 'GET',
      headers: { ...headers, ...authorizationOf(this.#upstream) },
      dispatcher: this.#agent,
      ...(body.length === 0 ? {} : { body }),
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    await stay('answer');
    response.writeHead(answer.statusCode, Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !OF_THE_CONNECTION.has(name))));
    response.end(bytes);
  }

  #holdOf(line: string): (at: Held) => Promise<void> {
    const hold = this.#hold;
    if (hold === null || !hold.matches.test(line)) return () => Promise.resolve();
    this.#hold = null;
    return async (at) => {
      if (at !== hold.what) return;
      hold.reached.open();
      await hold.released.opened;
    };
  }
}
