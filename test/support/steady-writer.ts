/**
 * An application that goes on writing to an index while it is moved: creates, updates, deletes, and deletes to make
 * anew, at a steady rate. It keeps its own account of what must be there in the end.
 */
import { send, type HttpTarget } from '../servers/http.js';

export interface Expected {
  readonly routing: string | undefined;
  readonly source: object;
  readonly version: number;
}

interface BulkAnswer {
  readonly items: readonly Readonly<Record<string, { readonly status: number; readonly _version?: number }>>[];
}

const EVERY_MS = 40;

export class SteadyWriter {
  readonly #target: HttpTarget;
  readonly #index: string;
  /** What has been acknowledged: the last word on every document. */
  readonly documents = new Map<string, Expected>();
  readonly deleted = new Set<string>();
  readonly counts = { created: 0, updated: 0, deleted: 0, recreated: 0, refused: 0 };
  #round = 0;
  #running: Promise<void> | null = null;
  #isStopping = false;

  constructor(target: HttpTarget, index: string) {
    this.#target = target;
    this.#index = index;
  }

  /** Starts from documents that are there: numbered `d0`, `d1`... with routing `r<number % 5>` where odd. */
  async load(documents: number): Promise<void> {
    for (let from = 0; from < documents; from += 1_000) {
      await this.#bulk(Array.from({ length: Math.min(1_000, documents - from) }, (_, at) => this.#write(`d${String(from + at)}`, 'load')));
    }
  }

  start(): void {
    this.#isStopping = false;
    this.#running = this.#run();
  }

  /** Ends after the request under way. @throws what a request threw */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      await this.#one();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  /** Some of each kind, spread over the whole index. */
  async #one(): Promise<void> {
    this.#round += 1;
    const [ids, round] = [[...this.documents.keys()], this.#round];
    const pick = (at: number): string => ids[(round * 7_919 + at * 104_729) % ids.length] ?? 'd0';
    const [gone, again, changed] = [pick(1), pick(2), [pick(3), pick(4), pick(5)]];
    // Written twice, so that its copy has a version that its next life does not reach.
    await this.#bulk([again, again, ...changed].map((id) => this.#write(id, `update ${String(round)}`)));
    await this.#bulk([...new Set([gone, again])].map((id) => ({ kind: 'delete' as const, id, routing: routingOf(id) })));
    const fresh = [`n${String(round)}`, `m${String(round)}`];
    await this.#bulk([...fresh.map((id) => this.#write(id, 'created')), ...(again === gone ? [] : [this.#write(again, `made again ${String(round)}`)])]);
    if (again !== gone) this.counts.recreated += 1;
  }

  #write(id: string, text: string): Operation {
    return { kind: 'index', id, routing: routingOf(id), source: { id, text, number: this.#round + 0.5, exact: '9007199254740993' } };
  }

  async #bulk(operations: readonly Operation[]): Promise<void> {
    const lines = operations.flatMap((operation) => {
      const action = { _id: operation.id, ...(operation.routing === undefined ? {} : { routing: operation.routing }) };
      return operation.kind === 'delete' ? [JSON.stringify({ delete: action })] : [JSON.stringify({ index: action }), JSON.stringify(operation.source)];
    });
    const { body } = await send<BulkAnswer>(this.#target, 'POST', `/${this.#index}/_bulk`, `${lines.join('\n')}\n`);
    for (const [at, operation] of operations.entries()) {
      const [result] = Object.values(body.items[at] ?? {});
      this.#account(operation, result?.status ?? 0, result?._version ?? 0);
    }
  }

  #account(operation: Operation, status: number, version: number): void {
    const { id, routing } = operation;
    if (status === 403) this.counts.refused += 1;
    else if (operation.kind === 'delete') {
      if (status !== 200) throw new Error(`the delete of ${id} was answered with ${String(status)}`);
      this.documents.delete(id);
      this.deleted.add(id);
      this.counts.deleted += 1;
    } else {
      if (status >= 300) throw new Error(`the write of ${id} was answered with ${String(status)}`);
      this.counts[this.documents.has(id) ? 'updated' : 'created'] += 1;
      this.documents.set(id, { routing, source: operation.source, version });
      this.deleted.delete(id);
    }
  }
}

type Operation = { readonly kind: 'index'; readonly id: string; readonly routing: string | undefined; readonly source: object } | { readonly kind: 'delete'; readonly id: string; readonly routing: string | undefined };

function routingOf(id: string): string | undefined {
  const number = Number(id.slice(1));
  return number % 2 === 1 ? `r${String(number % 5)}` : undefined;
}
