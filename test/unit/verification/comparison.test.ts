/** The comparison of two sides against a plain one, over indices in memory. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContentReport } from '../../../src/contracts/content-report.js';
import { FullComparison, sourceDocumentsOf, type ComparisonState, type ContentPair } from '../../../src/verification/full-comparison.js';
import { mending } from '../../../src/verification/mend.js';
import { Pace } from '../../../src/transfer/pace.js';
import { compareSample } from '../../../src/verification/sample-comparison.js';
import { Random } from '../transfer/random-json.js';
import { MemoryIndex } from './memory-index.js';

type Listening = Awaited<ReturnType<MemoryIndex['listen']>>;
let source: MemoryIndex;
let target: MemoryIndex;
let atSource: Listening;
let atTarget: Listening;
const sourceHolder = new MemoryIndex();
const targetHolder = new MemoryIndex();

beforeAll(async () => {
  [atSource, atTarget] = [await sourceHolder.listen('old'), await targetHolder.listen('new')];
});
afterAll(async () => {
  for (const side of [atSource, atTarget]) {
    await side.close();
    side.closeServer();
  }
});
beforeEach(() => {
  [source, target] = [sourceHolder, targetHolder];
  for (const index of [source, target]) {
    index.documents.clear();
    index.searchesLeft = null;
  }
});

const signal = new AbortController().signal;
const pairOf = (change: Partial<ContentPair> = {}): ContentPair => ({
  source: { cluster: atSource.cluster, indices: ['i'] },
  target: { cluster: atTarget.cluster, indices: ['i'] },
  content: 'exact',
  checkpoints: null,
  known: null,
  isOneWay: false,
  documents: source.documents.size,
  documentBytes: 50,
  note: null,
  ...change,
});

interface Ways {
  readonly state?: ComparisonState | null;
  readonly save?: (state: ComparisonState) => Promise<void>;
  readonly repair?: boolean;
}

async function compare(pair: ContentPair, { state = null, save = async () => undefined, repair = false }: Ways = {}): Promise<ContentReport> {
  const pace = new Pace(null);
  const mend = repair ? mending({ source: pair.source, target: pair.target, targetName: 'i', isStream: false, reading: { form: pair.content, signal, pace } }) : null;
  const comparison = await FullComparison.open(pair, { signal, pace, deadline: Infinity, save, onProgress: () => undefined, mend }, state);
  const report = await comparison.run();
  if (report === null) throw new Error('the time was over');
  return report;
}

const fill = (count: number): void => {
  for (let at = 0; at < count; at += 1) for (const index of [source, target]) index.put(`d${String(at)}`, `{"at":${String(at)}}`);
};

describe('a full comparison', () => {
  it('finds what a plain comparison of everything finds, and repairs it', async () => {
    const random = new Random(3);
    for (let round = 0; round < 12; round += 1) {
      for (const index of [source, target]) index.documents.clear();
      const chance = random.pick([0, 0.005, 0.05, 0.6]);
      const expected = { missing: 0, extra: 0, different: 0 };
      for (let at = 0; at < random.below(1_500); at += 1) {
        const id = random.pick([`d${String(at)}`, `"é\\\n${String(at)}`]);
        const routing = random.chance(0.2) ? `r${String(random.below(3))}` : null;
        const text = `{"at":${String(at)},  "u":"\\u00e9"}`;
        const fate = random.chance(chance) ? random.pick(['missing', 'extra', 'different', 'rerouted'] as const) : null;
        if (fate !== 'extra') source.put(id, text, routing);
        if (fate !== 'missing') target.put(id, fate === 'different' ? text.replace('  ', ' ') : text, fate === 'rerouted' ? 'other' : routing);
        if (fate === 'rerouted') expected.different += 1;
        else if (fate !== null) expected[fate] += 1;
      }
      const total = expected.missing + expected.extra + expected.different;
      const report = await compare(pairOf());
      expect(report).toMatchObject({ ...expected, rewritten: 0, afterCutoff: 0, sourceDocuments: source.documents.size, targetDocuments: target.documents.size });
      expect(report.differences).toHaveLength(Math.min(50, total));
      expect(report.digests?.source === report.digests?.target).toBe(total === 0);
      expect(await compare(pairOf(), { repair: true })).toMatchObject(expected);
      expect(await compare(pairOf())).toMatchObject({ missing: 0, extra: 0, different: 0, differences: [] });
      const plain = (index: MemoryIndex): unknown => [...index.documents.values()].map(({ id, routing, source: text }) => JSON.stringify([id, routing, text])).sort();
      expect(plain(target)).toEqual(plain(source));
    }
  }, 60_000);

  it('goes on from where another process was, whatever it was doing', async () => {
    fill(3_000);
    target.put('d5', '{"at":-5}');
    target.remove('d70');
    target.put('x', '{}');
    // Small parts, so that there are many places to stop at.
    const pair = pairOf({ documentBytes: 1_000_000 });
    const found = { missing: 1, extra: 1, different: 1, sourceDocuments: 3_000, targetDocuments: 3_000 };
    const states: ComparisonState[] = [];
    expect(await compare(pair, { save: async (state) => void states.push(structuredClone(state)) })).toMatchObject(found);
    expect(new Set(states.map(({ phase }) => phase))).toEqual(new Set(['digest', 'missing', 'extra', 'done']));
    expect(states.length).toBeGreaterThan(8);
    // What counts as read is kept with it: a worker that dies loses none of it, and none counts twice.
    const read = states.map(sourceDocumentsOf);
    expect(read).toEqual([...read].sort((a, b) => a - b));
    expect([read.at(-1), new Set(read).size > 2]).toEqual([3_000, true]);
    for (const state of states) expect(await compare(pair, { state: JSON.parse(JSON.stringify(state)) as ComparisonState })).toMatchObject(found);
  }, 60_000);

  it('does not read the source where the digest of the copy is the digest of the target', async () => {
    fill(200);
    const { digests } = await compare(pairOf());
    const known = digests?.source ?? '';
    source.searchesLeft = 0;
    expect(await compare(pairOf({ known }))).toMatchObject({ missing: 0, extra: 0, different: 0, sourceDocuments: null, digests: { source: known, target: known } });
    source.searchesLeft = null;
    target.put('d7', '{"at":"changed"}');
    expect(await compare(pairOf({ known }))).toMatchObject({ different: 1, sourceDocuments: 200 });
  });

  it('tells what the source wrote after the cut-off from a loss', async () => {
    fill(100);
    const checkpoints = { 'i/0': source.highest };
    source.put('new', '{}');
    source.put('d1', '{"at":"changed at the source"}');
    source.remove('d2');
    target.put('d3', '{"at":"changed at the target"}');
    target.remove('d4');
    const report = await compare(pairOf({ checkpoints }));
    expect(report).toMatchObject({ missing: 1, extra: 0, different: 1, afterCutoff: 1 });
    expect(report.differences.map(({ id, kind }) => `${kind} ${id}`).sort()).toEqual(['different d3', 'missing d4']);
  });

  it('canonical: other bytes are equal, other values are not, what Elasticsearch rounds is counted apart', async () => {
    for (const index of [source, target]) index.documents.clear();
    source.put('form', '{"b":1.0,"a":"\\u00e9"}');
    target.put('form', '{"a":"é","b":1}');
    source.put('rounded', '{"a":1e400,"b":0.1000000000000000055511151231257827}');
    target.put('rounded', '{"a":"Infinity","b":0.1}');
    source.put('damaged', '{"a":9007199254740993}');
    target.put('damaged', '{"a":9007199254740992}');
    const report = await compare(pairOf({ content: 'canonical' }));
    expect(report).toMatchObject({ different: 1, rewritten: 1, missing: 0, extra: 0 });
    expect(report.differences).toEqual([{ kind: 'different', id: 'damaged', routing: null, fields: [{ path: 'a', source: '9007199254740993', target: '9007199254740992' }] }]);
    expect(await compare(pairOf())).toMatchObject({ different: 3, rewritten: 0 });
  });

  it('canonical: large documents too, which are brought into their form in a thread', async () => {
    const large = (...members: string[]): string => `{${[...members, `"z":"${'x'.repeat(1_100_000)}"`].join(',')}}`;
    source.put('same', large('"b":1.0', '"a":\n"\\u00e9"'));
    target.put('same', large('"a":"é"', '"b":1'));
    source.put('other', large('"b":9007199254740993'));
    target.put('other', large('"b":9007199254740992'));
    source.put('rounded', large('"b":1e400'));
    target.put('rounded', large('"b":"Infinity"'));
    source.put('small', '{"b":1.0}');
    target.put('small', '{"b":1}');
    expect(await compare(pairOf({ content: 'canonical' }))).toMatchObject({ missing: 0, extra: 0, different: 1, rewritten: 1, differences: [{ id: 'other', fields: [{ path: 'b' }] }] });
    expect(await compare(pairOf({ content: 'canonical' }), { repair: true })).toMatchObject({ different: 1, repaired: 1 });
    expect(await compare(pairOf({ content: 'canonical' }))).toMatchObject({ different: 0, rewritten: 1 });
  });

  it('one way: what the target had before is no difference', async () => {
    fill(50);
    target.put('before', '{}');
    target.remove('d9');
    expect(await compare(pairOf({ isOneWay: true }))).toMatchObject({ missing: 1, extra: 0, different: 0, sourceDocuments: 50 });
  });

  it('a sample finds differences of either side', async () => {
    fill(100);
    target.put('d5', '{"at":-5}', null);
    source.remove('d6');
    target.remove('d7');
    const report = await compareSample(pairOf(), { signal, pace: new Pace(null), deadline: Infinity, save: async () => undefined, onProgress: () => undefined, mend: null });
    expect(report).toMatchObject({ mode: 'sample', missing: 1, extra: 1, different: 1, sourceDocuments: 99, targetDocuments: 99 });
  });
});
