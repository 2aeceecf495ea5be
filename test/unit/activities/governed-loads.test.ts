/**
 * What slows a migration down, by answers that real nodes of 7.17.8, 8.19.8 and 9.4.3 gave while each thing was done to them
 * (`test/fixtures/node-loads.json`: pools of one thread with a queue of 4, indexing pressure of 2 MB, a request breaker of 1 byte).
 */
import { readFileSync } from 'node:fs';
import type { Client } from '@elastic/elasticsearch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Governors } from '../../../src/activities/governors.js';
import { loadReader } from '../../../src/elasticsearch/load.js';
import type { Cluster } from '../../../src/elasticsearch/cluster.js';

interface Look {
  readonly nodes: Readonly<Record<string, { readonly name: string; readonly jvm: { readonly mem: { readonly heap_used_percent: number } } }>>;
}
type Recorded = Readonly<Record<string, { readonly sizes: object; readonly looks: Readonly<Record<string, Look>> }>>;

const RECORDED = JSON.parse(readFileSync(new URL('../../fixtures/node-loads.json', import.meta.url), 'utf8')) as Recorded;
const VERSIONS = Object.keys(RECORDED);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A cluster that answers with one look after the other, the last one again and again. */
class Answering {
  readonly cluster: Cluster;
  looks: readonly Look[];
  asked = 0;

  constructor(version: string, ...names: string[]) {
    this.looks = names.map((name) => lookOf(version, name));
    const request = async ({ path }: { path: string }): Promise<unknown> => {
      if (path === '/_nodes/thread_pool') return RECORDED[version]?.sizes;
      const look = this.looks[Math.min(this.asked, this.looks.length - 1)];
      this.asked += 1;
      return look;
    };
    this.cluster = { connection: 'some', kind: 'self-managed', client: { transport: { request } } as unknown as Client, identity: refuse, remoteSource: refuse, translate: refuse };
  }
}

function refuse(): never {
  throw new Error('is not asked for');
}

function lookOf(version: string, name: string): Look {
  const look = RECORDED[version]?.looks[name];
  if (look === undefined) throw new Error(`no look ${name} was recorded of ${version}`);
  return look;
}

/** The same with another heap: nobody fills a heap on purpose. */
function withHeap({ nodes }: Look, percent: number): Look {
  return { nodes: Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, { ...node, jvm: { mem: { heap_used_percent: percent } } }])) };
}

function worker(source: Answering, target: Answering): Governors {
  return new Governors((name) => loadReader(() => (name === 'source' ? source : target).cluster), { info: () => undefined });
}

const REQUEST = { source: 'source', target: 'target' };

/** Lets the governors look so many times, each to its end. */
async function looks(times: number): Promise<void> {
  for (let look = 0; look < times; look += 1) {
    vi.advanceTimersByTime(2_000);
    // Answers are there at once: what follows them is done by then.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.each(VERSIONS)('%s', (version) => {
  it.each([
    ['source', ['calm', 'searches-wait'], /^a; slowed to 60%: source search queue [2-4]\/4$/],
    ['source', ['calm', 'searches-rejected'], /^a; slowed to 60%: source search queue \d\/4, \d+ rejected$/],
    ['source', ['writes-rejected', 'breaker-tripped'], /^a; slowed to 60%: source circuit breaker tripped on \S+$/],
    ['target', ['writes-rejected', 'breaker-tripped'], /^a; slowed to 60%: target circuit breaker tripped on \S+$/],
    ['target', ['searches-slow', 'indexing-rejected'], /^a; slowed to 60%: target indexing pressure: 1 rejected on \S+$/],
    ['target', ['indexing-rejected', 'writes-rejected'], /^a; slowed to 60%: target write queue \d\/4, \d+ rejected$/],
    // What is the matter of searches is not the target's, and the other way round.
    ['target', ['calm', 'searched', 'searches-wait', 'searches-rejected', 'rested', 'searches-slow'], /^a$/],
    ['source', ['searches-slow', 'indexing-rejected', 'writes-rejected'], /^a$/],
  ])('%s: %j', async (side, names, expected) => {
    const [busy, calm] = [new Answering(version, ...names), new Answering(version, 'calm')];
    const governors = side === 'source' ? worker(busy, calm) : worker(calm, busy);
    const speed = governors.join('m', REQUEST, null);
    await looks(names.length - 1);
    expect(speed.detail('a')).toBe('a');
    await looks(1);
    expect(speed.detail('a')).toMatch(expected);
    expect(governors.lowestShare).toBeCloseTo(expected.source === '^a$' ? 1 : 0.6);
    speed.leave();
  });

  it('source: searches that take longer than they did', async () => {
    // Between the quick ones and the slow ones some were rejected.
    const speed = worker(new Answering(version, 'calm', 'searched', 'rested', 'searches-slow'), new Answering(version, 'calm')).join('m', REQUEST, null);
    await looks(2);
    expect(speed.detail('a')).toBe('a');
    await looks(1);
    expect(speed.detail('a')).toMatch(/source search queue 0\/4, \d+ rejected$/);
    await looks(1);
    expect(speed.detail('a')).toMatch(/^a; slowed to 60%: source searches take \d{3,} ms, usually \d+ ms$/);
    speed.leave();
  });

  it.each(['source', 'target'])('%s: a heap that stays full; once is none', async (side) => {
    const [busy, calm] = [new Answering(version, 'calm'), new Answering(version, 'calm')];
    const [rest, full] = [lookOf(version, 'calm'), withHeap(lookOf(version, 'calm'), 95)];
    busy.looks = [rest, full, rest, full, full];
    const speed = (side === 'source' ? worker(busy, calm) : worker(calm, busy)).join('m', REQUEST, null);
    await looks(4);
    expect(speed.detail('a')).toBe('a');
    await looks(1);
    expect(speed.detail('a')).toMatch(new RegExp(`^a; slowed to 60%: ${side} heap 95% on \\S+$`));
    speed.leave();
  });
});

it('several workers with the same target: each has its own idea of the speed, by the same load and by what it hears itself', async () => {
  const [version = ''] = VERSIONS;
  const [one, two] = [0, 1].map(() => worker(new Answering(version, 'calm'), new Answering(version, 'indexing-rejected', 'writes-rejected')));
  const [first, second] = [one?.join('m', REQUEST, null), two?.join('m', REQUEST, null)];
  const shares = (): (number | undefined)[] => [one?.lowestShare, two?.lowestShare];
  await looks(2);
  expect(shares()).toEqual([0.6, 0.6]);
  await looks(8);
  expect(shares()).toEqual([1, 1]);
  first?.refused('target turns batches down');
  expect(shares()).toEqual([0.6, 1]);
  first?.leave();
  second?.leave();
  // One that begins now knows nothing of it.
  expect(worker(new Answering(version, 'calm'), new Answering(version, 'calm')).limitAtStart('m', { asked: null, documentBytes: null })).toBeNull();
});
