/**
 * Makes documents the same at the target as at the source: rewrites what is missing or different, deletes what only the
 * target has. Only these, and only as they were seen: a document that changes meanwhile is left alone (409).
 *
 * May run twice: what is equal already is not written again.
 */
import { z } from 'zod';
import { GodwitError } from '../domain/errors.js';
import { call } from '../elasticsearch/calls.js';
import { chunkNames } from '../elasticsearch/names.js';
import { ByteSink, rawRequest } from '../elasticsearch/raw-request.js';
import { ANSWER_FILTER, readBulkAnswer } from '../transfer/bulk-answer.js';
import { toSingleLine } from '../transfer/single-line.js';
import type { Mend } from './differences.js';
import { changedOf, findDocuments, Hasher, pagesById, type HashedDocument, type Reading, type Side } from './side.js';

const REQUEST_BYTES = 2 * 1024 * 1024;
const LIMITS = { timeoutMs: 180_000, idleMs: 60_000, maxBytes: 64 * 1024 * 1024 };

const SeenSchema = z.object({
  hits: z.object({
    hits: z.array(z.object({ _index: z.string(), _id: z.string(), _routing: z.string().optional(), _version: z.number(), _seq_no: z.number(), _primary_term: z.number() })),
  }),
});
type Seen = z.infer<typeof SeenSchema>['hits']['hits'][number];

export interface MendScope {
  readonly source: Side;
  readonly target: Side;
  /** Name to which missing documents are written. */
  readonly targetName: string;
  readonly isStream: boolean;
  readonly reading: Reading;
}

/** @returns for ids that differ: writes and deletes, and says how many documents of the target that were */
export function mending(scope: MendScope): Mend {
  return async (ids) => {
    let mended = 0;
    // Few at a time: what the target has of them is kept in memory.
    for (let from = 0; from < ids.length; from += 200) mended += await mendSome(scope, ids.slice(from, from + 200));
    return mended;
  };
}

async function mendSome(scope: MendScope, ids: readonly string[]): Promise<number> {
  const { source, target, reading } = scope;
  const writer = new Writer(scope);
  const seen = await lookAt(target, ids, reading.signal);
  const hashes = await findDocuments(target, ids, reading);
  const atSource = new Set<string>();
  for await (const { page, index } of pagesById(source, ids, true, reading)) {
    const hasher = new Hasher(page.bytes, { connection: source.cluster.connection, index }, reading.form);
    const changed = await changedOf(source, page, page.hits, reading);
    for (const [at, hit] of page.hits.entries()) {
      const become = changed?.[at];
      const document = hasher.hash(hit, become);
      atSource.add(keyOf(document.id, document.routing));
      // Nobody knows what it should be: it stays a difference.
      if (become?.isFailed === true) continue;
      const there = hashes.get(document.id)?.find(({ routing }) => routing === document.routing);
      if (there?.hash === document.hash) continue;
      const body = become?.document ?? toSingleLine(page.bytes.subarray(hit.sourceStart, hit.sourceEnd));
      const version = Number(page.bytes.toString('latin1', hit.versionStart, hit.versionEnd));
      const here = seen.get(keyOf(document.id, document.routing));
      const others = [...seen.values()].filter(({ _id }) => _id === document.id);
      await writer.add(writeAction(scope, document, Math.max(version, ...others.map(({ _version }) => _version)), here), body, here === undefined ? createAction(scope, document) : null);
    }
    // The writer refers to the page until it has sent it.
    await writer.flush();
    page.release();
  }
  for (const [key, { _index, _id, _routing, _seq_no, _primary_term }] of seen) {
    if (atSource.has(key)) continue;
    await writer.add({ delete: { _index, _id, ...(_routing === undefined ? {} : { routing: _routing }), if_seq_no: _seq_no, if_primary_term: _primary_term } }, null);
  }
  await writer.flush();
  return writer.written;
}

/**
 * An index keeps the source's version, or the target's where that is higher. A backing index of a data stream takes only
 * writes that name what they replace.
 */
function writeAction({ targetName, isStream }: MendScope, { id, routing }: Pick<HashedDocument, 'id' | 'routing'>, version: number, seen: Seen | undefined): object {
  const where = { _id: id, ...(routing === null ? {} : { routing }) };
  if (isStream) {
    if (seen === undefined) return createAction({ targetName }, { id, routing });
    return { index: { _index: seen._index, ...where, if_seq_no: seen._seq_no, if_primary_term: seen._primary_term } };
  }
  return { index: { _index: seen?._index ?? targetName, ...where, version, version_type: 'external_gte' } };
}

/** Where the target remembers for a minute that it had deleted a newer version. It never overwrites. */
function createAction({ targetName }: Pick<MendScope, 'targetName'>, { id, routing }: Pick<HashedDocument, 'id' | 'routing'>): object {
  return { create: { _index: targetName, _id: id, ...(routing === null ? {} : { routing }) } };
}

async function lookAt(target: Side, ids: readonly string[], signal: AbortSignal): Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>();
  for (const names of chunkNames(target.indices)) {
    const answer = await call(target.cluster, { action: `look at documents of ${names[0] ?? ''}` }, () =>
      target.cluster.client.transport.request(
        {
          method: 'POST',
          path: `/${names.map(encodeURIComponent).join(',')}/_search`,
          body: { size: Math.min(10_000, ids.length * 10), _source: false, version: true, seq_no_primary_term: true, sort: ['_doc'], query: { ids: { values: ids } } },
        },
        { signal, requestTimeout: 120_000 },
      ),
    );
    for (const hit of SeenSchema.parse(answer).hits.hits) seen.set(keyOf(hit._id, hit._routing ?? null), hit);
  }
  return seen;
}

function keyOf(id: string, routing: string | null): string {
  return JSON.stringify([id, routing]);
}

const LINE_FEED = Buffer.from('\n');

interface Item {
  readonly action: object;
  readonly body: Buffer | null;
  /** What to do instead if the target has a newer version. */
  readonly otherwise: object | null;
}

class Writer {
  readonly #scope: MendScope;
  #items: Item[] = [];
  #bytes = 0;
  written = 0;

  constructor(scope: MendScope) {
    this.#scope = scope;
  }

  async add(action: object, body: Buffer | null, otherwise: object | null = null): Promise<void> {
    this.#items.push({ action, body, otherwise });
    this.#bytes += body?.length ?? 0;
    if (this.#bytes >= REQUEST_BYTES) await this.flush();
  }

  /** @throws GodwitError if the target takes one of them for no reason that passes by itself */
  async flush(): Promise<void> {
    for (let items = this.#items; items.length > 0; items = await this.#send(items)) {
      this.#items = [];
      this.#bytes = 0;
    }
  }

  /** @returns what is to be tried in another way */
  async #send(items: readonly Item[]): Promise<Item[]> {
    const body = items.flatMap(({ action, body: source }) => [Buffer.from(`${JSON.stringify(action)}\n`), ...(source === null ? [] : [source, LINE_FEED])]);
    const { target, targetName, reading } = this.#scope;
    const sink = new ByteSink();
    await call(target.cluster, { action: `repair ${targetName}`, subject: targetName }, () =>
      rawRequest(target.cluster.client, { method: 'POST', path: '/_bulk', query: { filter_path: ANSWER_FILTER, pipeline: '_none' }, body, signal: reading.signal, ...LIMITS }, sink),
    );
    const outcomes = readBulkAnswer(sink.bytes, items.length) ?? items.map(() => ({ kind: 'written' }) as const);
    return items.flatMap(({ body: source, otherwise }, at) => {
      const outcome = outcomes[at];
      if (outcome === undefined || outcome.kind === 'written') this.written += 1;
      else if (outcome.kind !== 'superseded') throw refused(targetName, outcome);
      // Else changed meanwhile, by somebody who knows better.
      else if (otherwise !== null) return [{ action: otherwise, body: source, otherwise: null }];
      return [];
    });
  }
}

function refused(index: string, { kind, status, type, reason }: { kind: string; status: number; type: string; reason: string }): GodwitError {
  return new GodwitError(kind === 'busy' ? 'Unavailable' : 'DocumentsRejected', `repairing ${index} failed: ${reason} (${type}, status ${String(status)})`, { subject: index });
}
