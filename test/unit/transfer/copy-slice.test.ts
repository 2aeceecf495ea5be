/** The engine against a fake that fails on order; what real clusters answer is in test/integration/transfer.test.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CopyResult, type CopySliceOptions, copySlice } from '../../../src/transfer/copy-slice.js';
import { Pace } from '../../../src/transfer/pace.js';
import { digestSlice } from '../../../src/verification/digest.js';
import { FakeCluster } from './fake-cluster.js';

type Listening = Awaited<ReturnType<FakeCluster['listen']>>;

const retries = { attempts: 5, firstWaitMs: 1, longestWaitMs: 5 };
const never = new AbortController().signal;
let [from, to] = [new FakeCluster(), new FakeCluster()];
let source: Listening;
let target: Listening;

beforeEach(async () => {
  [from, to] = [new FakeCluster(), new FakeCluster()];
  source = await from.listen();
  target = await to.listen();
});
afterEach(async () => {
  for (const side of [source, target]) {
    side.closeServer();
    await side.close();
  }
});

const copy = (options: Partial<CopySliceOptions> = {}): Promise<CopyResult> =>
  copySlice(source.cluster, target.cluster, { index: 'i', targetIndex: 'o', requestBytes: 2_000, pageBytes: 5_000, signal: never, retries, ...options });
const content = ({ documents }: FakeCluster): Record<string, string> => Object.fromEntries([...documents.values()].map(({ id, source: text }) => [id, text]).sort());

describe('copySlice', () => {
  it('digests what has arrived: without what the target refused, also beyond the letters that are kept', async () => {
    from.put(100, (at) => `{"n":${String(at)}}`);
    to.itemError = (id) => (id.endsWith('7') ? { status: 400, type: 'document_parsing_exception', reason: 'no' } : undefined);
    const result = await copy({ maxDeadLetters: 2 });
    expect(result).toMatchObject({ read: 100, written: 90, refused: 10 });
    expect(result.deadLetters).toHaveLength(2);
    expect(await digestSlice(target.cluster, { index: 'o', signal: never })).toEqual({ documents: 90, digest: result.digest });
  });

  it('copies every document once, in requests of the wanted size and number, and digests what it read', async () => {
    from.put(500, (at) => `{"n":${String(at)},"exact":9007199254740993,"f":1.0}`);
    const seen: number[] = [];
    const result = await copy({ connections: 2, onProgress: ({ written }) => seen.push(written) });
    expect(result).toMatchObject({ read: 500, written: 500, noops: 0, refused: 0, deadLetters: [] });
    expect(content(to)).toEqual(content(from));
    const bulks = to.callsTo('_bulk');
    expect(Math.max(...bulks.map(({ body }) => body.length))).toBeLessThan(2_300);
    expect(result.bytes).toBe(bulks.reduce((sum, { body }) => sum + body.length, 0));
    expect(to.mostOpen).toBe(2);
    expect(seen.at(-1)).toBe(500);
    expect(await digestSlice(target.cluster, { index: 'o', signal: never })).toEqual({ documents: 500, digest: result.digest });
    expect(from.calls.at(-1)?.path).toBe('/_pit');
  });

  it('takes the time that its documents may take, also when they are less than a second holds, and ends at once when it may', async () => {
    from.put(30, () => '{}');
    const began = Date.now();
    await copy({ pace: new Pace(100) });
    expect(Date.now() - began).toBeGreaterThanOrEqual(300);

    const pace = new Pace(0.1);
    const copied = copy({ pace, onProgress: () => pace.change(null) });
    expect(await copied).toMatchObject({ read: 30, noops: 30 });
  });

  it('asks for a range of sequence numbers, a query, and no rewriting of the answer', async () => {
    await copy({ range: { from: 10, to: 20 }, query: { term: { a: 1 } } });
    const [search] = from.callsTo('/_search');
    expect(search?.path).toBe('/_search');
    expect(JSON.parse(search?.body ?? '')).toMatchObject({ query: { bool: { filter: [{ range: { _seq_no: { gte: 10, lt: 20 } } }, { term: { a: 1 } }] } }, version: true });
  });

  it.each([
    ['an answer that breaks off', (text: string) => text.slice(0, -30)],
    ['an answer that timed out', (text: string) => text.replace('"timed_out":false', '"timed_out":true')],
    ['an answer without all shards', (text: string) => text.replace('"failed":0', '"failed":1')],
  ])('asks again from the same place after %s', async (_what, spoil) => {
    from.put(300, (at) => `{"n":${String(at)}}`);
    let searches = 0;
    from.mishap = ({ path }, response) => {
      if (path !== '/_search') return false;
      searches += 1;
      if (searches % 2 === 0) return false;
      response.end(spoil('{"pit_id":"pit-1","timed_out":false,"_shards":{"failed":0},"hits":{"hits":[{"_id":"wrong","_version":1,"_source":{},"sort":[299]}]}}'));
      return true;
    };
    expect(await copy()).toMatchObject({ read: 300, written: 300 });
    expect(content(to)).toEqual(content(from));
  });

  it('asks again after a connection that breaks in the middle of a page or a bulk request', async () => {
    from.put(300, (at) => `{"n":${String(at)}}`);
    const broken = new Set<string>();
    const breakOnce: FakeCluster['mishap'] = ({ path, body }, response, socket) => {
      if (broken.has(body) || !/_search|_bulk/.test(path)) return false;
      broken.add(body);
      response.writeHead(200, { 'content-length': 5_000 });
      response.write('{"pit_id":', () => socket.destroy());
      return true;
    };
    from.mishap = to.mishap = breakOnce;
    expect(await copy()).toMatchObject({ read: 300, written: 300 });
    expect(content(to)).toEqual(content(from));
  });

  it('sends again only the items that the target had no room for', async () => {
    from.put(100, (at) => `{"n":${String(at)}}`);
    to.itemError = (id, attempt) => (attempt <= Number(id.slice(1)) % 4 ? { status: 429, type: 'es_rejected_execution_exception', reason: 'full' } : undefined);
    expect(await copy()).toMatchObject({ read: 100, written: 100, noops: 0 });
    expect(content(to)).toEqual(content(from));
    const lines = to.callsTo('_bulk').reduce((sum, { body }) => sum + (body.match(/\n/g)?.length ?? 0), 0);
    expect(lines).toBe(2 * (25 * 1 + 25 * 2 + 25 * 3 + 25 * 4));
  });

  it('does not give up a target that takes some of a request each time, however often', async () => {
    from.put(60, (at) => `{"n":${String(at)}}`);
    // More often than a request is tried that gets nowhere.
    to.itemError = (id, attempt) => (attempt <= Number(id.slice(1)) % 12 ? { status: 429, type: 'es_rejected_execution_exception', reason: 'full' } : undefined);
    expect(await copy({ requestBytes: 100_000 })).toMatchObject({ read: 60, written: 60, noops: 0 });
    expect(content(to)).toEqual(content(from));
  });

  it('does not wait for ever for a target whose heap is too small for one document, nor lets others suffer', async () => {
    from.put(40, (at) => `{"n":${String(at)}}`);
    to.mishap = ({ path, body }, response) => {
      if (!path.includes('_bulk') || !body.includes('"d13"')) return false;
      const error = { type: 'es_rejected_execution_exception', reason: 'rejected execution of primary operation [primary_operation_bytes=60000032, max_primary_bytes=53687091]' };
      const items = Array.from({ length: (body.match(/\n/g)?.length ?? 0) / 2 }, () => ({ index: { status: 429, error } }));
      response.end(JSON.stringify({ errors: true, items }));
      return true;
    };
    const result = await copy();
    expect(result).toMatchObject({ read: 40, written: 39, refused: 1 });
    expect(result.deadLetters).toMatchObject([{ id: 'd13', status: 429, reason: expect.stringContaining('max_primary_bytes') }]);
  });

  it('waits and goes on when whole requests are turned down', async () => {
    from.put(100, (at) => `{"n":${String(at)}}`);
    let bulks = 0;
    to.mishap = ({ path }, response) => {
      if (!path.includes('_bulk') || (bulks += 1) % 3 !== 1) return false;
      response.statusCode = 429;
      response.end('{"error":{"type":"es_rejected_execution_exception","reason":"full"},"status":429}');
      return true;
    };
    expect(await copy()).toMatchObject({ read: 100, written: 100 });
    expect(content(to)).toEqual(content(from));
  });

  it('gives up with a code that can be retried when the target stays busy', async () => {
    from.put(10, () => '{}');
    to.itemError = (id) => (id === 'd3' ? { status: 429, type: 'es_rejected_execution_exception', reason: 'full' } : undefined);
    await expect(copy()).rejects.toMatchObject({ code: 'Unavailable', retryable: true, message: expect.stringContaining('cannot write into o: full') });
  });

  it('keeps refused documents as dead letters, a bounded number of them', async () => {
    from.put(50, (at) => `{"n":${String(at)}}`);
    to.itemError = (id) => (id.endsWith('7') ? { status: 400, type: 'document_parsing_exception', reason: 'does not fit' } : undefined);
    const result = await copy({ maxDeadLetters: 3 });
    expect(result).toMatchObject({ read: 50, written: 45, refused: 5 });
    expect(result.deadLetters).toHaveLength(3);
    expect(result.deadLetters[0]).toEqual({ id: 'd7', routing: null, status: 400, type: 'document_parsing_exception', reason: 'does not fit', documentBytes: 7, document: '{"n":7}' });
  });

  it('finds the one document for which a whole request is refused', async () => {
    from.put(40, (at) => `{"n":${String(at)}}`);
    to.mishap = ({ path, body }, response) => {
      if (!path.includes('_bulk') || !body.includes('"d13"')) return false;
      response.statusCode = 400;
      response.end('{"error":{"type":"action_request_validation_exception","reason":"id is too long"},"status":400}');
      return true;
    };
    const result = await copy();
    expect(result).toMatchObject({ read: 40, written: 39, refused: 1 });
    expect(result.deadLetters).toMatchObject([{ id: 'd13', status: 400, reason: expect.stringContaining('id is too long') }]);
  });

  it.each([
    ['the index is not there', 404, 'index_not_found_exception', 'IndexNotFound'],
    ['the disk is full', 403, 'cluster_block_exception', 'ElasticsearchRejected'],
  ])('stops at once when %s', async (_what, status, type, code) => {
    from.put(5_000, () => '{}');
    to.itemError = () => ({ status, type, reason: 'no' });
    await expect(copy()).rejects.toMatchObject({ code });
    expect(to.callsTo('_bulk').length).toBeLessThan(10);
  });

  it('leaves newer versions at the target alone, and can run twice', async () => {
    from.put(30, () => '{"old":true}');
    to.documents.set('d4', { id: 'd4', source: '{"newer":true}', version: 9 });
    expect(await copy()).toMatchObject({ read: 30, written: 29, noops: 1 });
    expect(await copy()).toMatchObject({ read: 30, written: 0, noops: 30 });
    expect(to.documents.get('d4')?.source).toBe('{"newer":true}');
  });

  it('asks in smaller pages when documents turn out large, down to one', async () => {
    from.put(60, (at) => (at < 30 ? '{"n":1}' : `{"t":"${'x'.repeat(30_000)}"}`));
    expect(await copy()).toMatchObject({ read: 60, written: 60 });
    expect(content(to)).toEqual(content(from));
    expect(JSON.parse(from.callsTo('/_search').at(-1)?.body ?? '')).toMatchObject({ size: 1 });
  });

  it('says that a slice is to be read again when its search was lost', async () => {
    from.put(300, () => '{}');
    from.mishap = ({ path, body }, response) => {
      if (path !== '/_search' || !body.includes('search_after')) return false;
      response.statusCode = 404;
      response.end('{"error":{"root_cause":[{"type":"search_context_missing_exception","reason":"No search context found"}],"type":"search_phase_execution_exception","reason":"all shards failed"},"status":404}');
      return true;
    };
    await expect(copy()).rejects.toMatchObject({ code: 'Unavailable', retryable: true, message: expect.stringContaining('read again') });
  });

  it('refuses an index without _source, naming it', async () => {
    from.mishap = ({ path }, response) => {
      if (path !== '/_search') return false;
      response.end('{"pit_id":"p","timed_out":false,"_shards":{"failed":0},"hits":{"hits":[{"_id":"a","_version":1,"sort":[0]}]}}');
      return true;
    };
    await expect(copy()).rejects.toMatchObject({ code: 'ElasticsearchRejected', message: expect.stringContaining('cannot read i: the document a has no _source') });
  });

  it('ends soon, with nothing left open, when it is told to', async () => {
    from.put(5_000, () => `{"t":"${'x'.repeat(100)}"}`);
    const controller = new AbortController();
    await expect(copy({ signal: controller.signal, onProgress: () => controller.abort() })).rejects.toMatchObject({ code: 'Canceled' });
    expect(to.callsTo('_bulk').length).toBeLessThan(10);
    expect(from.calls.at(-1)?.path).toBe('/_pit');
  });
});
