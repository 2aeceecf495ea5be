/** How fast the slices of a migration may go, with clusters whose load the test decides on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Governors, type SliceSpeed } from '../../../src/activities/governors.js';
import type { ClusterLoad, Pool } from '../../../src/domain/load.js';

const LOOK_MS = 2_000;
const CONNECTIONS = { source: 'old', target: 'new' };
const idle: Pool = { threads: 1, queue: 0, capacity: 1, rejected: 0 };

let rejected: number;
/** Rejections between two looks. */
let storm: number;
let governors: Governors;

beforeEach(() => {
  vi.useFakeTimers();
  [rejected, storm] = [0, 0];
  const load = (write: Pool): ClusterLoad => ({ searches: 0, searchMillis: 0, nodes: [{ id: 'a', name: 'a', write, search: idle, heapPercent: 10, breakerTrips: 0, indexingRejections: 0, indexingMemory: 0 }] });
  const read = async (connection: string): Promise<ClusterLoad> => load(connection === 'new' ? { ...idle, rejected: (rejected += storm) } : idle);
  governors = new Governors((connection) => () => read(connection), { info: () => undefined });
});
afterEach(() => {
  vi.useRealTimers();
});

const looks = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * LOOK_MS);
const join = (documentBytes: number | null = null): SliceSpeed => governors.join('m', CONNECTIONS, documentBytes);

/** A slice that goes as fast as it may, and does so many documents a second if it may do all. */
async function go(speed: SliceSpeed, { asked = null, documents, from = 0 }: { asked?: number | null; documents: number; from?: number }): Promise<void> {
  for (let look = 0, done = from; look <= 5; look += 1) {
    speed.seen(done);
    done += Math.min(documents, speed.limit(asked) ?? Infinity) * (LOOK_MS / 1_000);
    await looks(1);
  }
}

describe('under pressure', () => {
  it('a slice falls to a share of what it did with nothing in its way, and one that begins then begins there', async () => {
    const first = join();
    first.limit(null);
    await go(first, { documents: 1_000 });
    storm = 7;
    await looks(1);
    expect(first.limit(null)).toBeCloseTo(600);
    expect(first.detail('shop: slice 1')).toBe('shop: slice 1; slowed to 60%: target write queue 0/1, 7 rejected');
    expect(join().limit(null)).toBeCloseTo(600);
    expect(governors.limitAtStart('m', { asked: 500, documentBytes: null })).toBeCloseTo(300);
    expect(governors.limitAtStart('another', { asked: 500, documentBytes: null })).toBe(500);
  });

  it('what a throttle allows is not taken for what a slice can do', async () => {
    const slice = join();
    await go(slice, { asked: 10, documents: 1_000 });
    storm = 7;
    await looks(30);
    expect(slice.limit(10)).toBe(1);
    // Nobody has seen it yet with nothing in its way.
    expect(slice.limit(null)).toBeNull();
    slice.seen(100);
    await looks(1);
    slice.seen(2_100);
    expect(slice.limit(null)).toBeCloseTo(50);
  });

  it('a slice keeps moving, however long it lasts and however little it was seen to do', async () => {
    const slice = join(200);
    slice.limit(null);
    await go(slice, { documents: 10 });
    storm = 7;
    await looks(1_000);
    expect(slice.detail('shop: slice 1')).toBe('shop: slice 1; slowed to 5%: target write queue 0/1, 7 rejected');
    expect(slice.limit(null)).toBeCloseTo((0.05 * 512 * 1024) / 200);
    expect(slice.limit(100)).toBeCloseTo(5);
  });

  it('the answers to its own writes count where a cluster shows nothing of its load', async () => {
    const slice = join();
    slice.answered({ turnedDown: 2, requests: 1, requestMs: 10 });
    expect(slice.detail('shop: slice 1')).toBe('shop: slice 1; slowed to 60%: target turned down 2 document(s)');
  });

  it('nothing is a share of what nobody has seen', async () => {
    const first = join(200);
    first.limit(null);
    first.refused('target turns batches down');
    expect(join(200).limit(null)).toBeNull();
    expect(join(200).limit(100)).toBeCloseTo(60);
  });

  it('slices that are turned down together slow down once', async () => {
    const all = Array.from({ length: 6 }, () => join());
    for (const slice of [...all, ...all]) slice.refused('target turns batches down');
    expect(governors.lowestShare).toBeCloseTo(0.6);
    await looks(2);
    for (const slice of all) slice.refused('target turns batches down');
    expect(governors.lowestShare).toBeGreaterThan(0.6);
    await looks(1);
    for (const slice of all) slice.refused('target turns batches down');
    expect(governors.lowestShare).toBeLessThan(0.6);
  });
});

it('speed comes back, and a task that was adopted has not done in a moment what it had done before', async () => {
  const slice = join();
  slice.limit(null);
  await go(slice, { documents: 100, from: 5_000_000 });
  storm = 7;
  await looks(1);
  expect(slice.limit(null)).toBeCloseTo(60);
  storm = 0;
  await looks(12);
  expect(slice.limit(null)).toBeNull();
  expect(slice.detail('shop: slice 1')).toBe('shop: slice 1');
});
