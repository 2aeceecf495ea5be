/** Calls of Godwit's HTTP API, as any client would make them. */
import type { Migration } from '../src/contracts/migration.js';
import { DemoFailure } from './failure.js';

const REMEDY = 'read what the API says above and its log.';

export class Api {
  constructor(readonly url: string) {}

  async post<T>(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return (await this.#call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })).json() as Promise<T>;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#call(path)).json() as Promise<T>;
  }

  async migration(id: string): Promise<Migration> {
    return this.get<Migration>(`/v1/migrations/${id}`);
  }

  async report(id: string): Promise<string> {
    return (await this.#call(`/v1/migrations/${id}/report`, { headers: { accept: 'text/markdown' } })).text();
  }

  async #call(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await fetch(this.url + path, init).catch((error: unknown) => {
      throw new DemoFailure(`the API does not answer at ${this.url}: ${String(error)}`, REMEDY, ['api.log'], error);
    });
    if (answer.ok) return answer;
    throw new DemoFailure(`${init.method ?? 'GET'} ${path} was answered with ${String(answer.status)}: ${await answer.text()}`, REMEDY, ['api.log', 'worker-1.log', 'worker-2.log']);
  }
}
