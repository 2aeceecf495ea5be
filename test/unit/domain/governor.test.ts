import { describe, expect, it } from 'vitest';
import { describeSpeed, FULL_SPEED, govern, governRefusal, LEAST_SHARE, limitOf, lowerLimit, type Governing } from '../../../src/domain/governor.js';

const after = (pressures: readonly (string | null)[], state: Governing = FULL_SPEED): Governing => pressures.reduce(govern, state);
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('the speed', () => {
  it('is full as long as nothing is too much', () => {
    expect(after(times(50, null))).toEqual(FULL_SPEED);
    expect(describeSpeed(FULL_SPEED)).toBeNull();
  });

  it('falls at once, by a factor, and says why', () => {
    const slowed = after(['target write queue 180/200']);
    expect(slowed.share).toBeCloseTo(0.6);
    expect(describeSpeed(slowed)).toBe('slowed to 60%: target write queue 180/200');
  });

  it('does not fall again before the last fall can be seen', () => {
    expect(after(times(3, 'busy')).share).toBeCloseTo(0.6);
    expect(after(times(4, 'busy')).share).toBeCloseTo(0.36);
  });

  it('falls once for batches that are turned down together, and again only when that fall can have been seen', () => {
    const first = governRefusal(FULL_SPEED, 'target turns batches down');
    expect(first).toMatchObject({ share: 0.6, reason: 'target turns batches down' });
    const all = times(40, 'target has too much to do').reduce(governRefusal, first);
    expect(all).toEqual(first);
    const settled = after(times(3, 'busy'), all);
    expect(settled.share).toBeCloseTo(0.6);
    expect(governRefusal(settled, 'busy').share).toBeCloseTo(0.36);
  });

  it('never stops', () => {
    expect(after(times(1_000, 'busy')).share).toBe(LEAST_SHARE);
  });

  it('recovers in small steps, with its reason until it is full', () => {
    const slowed = after(['busy']);
    expect(after([null], slowed).share).toBeCloseTo(0.65);
    expect(after(times(7, null), slowed)).toMatchObject({ reason: 'busy' });
    expect(after(times(8, null), slowed)).toMatchObject({ share: 1, reason: null });
  });

  it('swings around what a cluster can bear', () => {
    let state = FULL_SPEED;
    const seen: number[] = [];
    for (let look = 0; look < 300; look += 1) {
      state = govern(state, state.share > 0.5 ? 'busy' : null);
      if (look > 30) seen.push(state.share);
    }
    expect(Math.min(...seen)).toBeGreaterThan(0.25);
    expect(Math.max(...seen)).toBeLessThan(0.6);
  });

  it('several that start together or one after the other end at about the same', () => {
    let [first, second] = [FULL_SPEED, after(times(20, 'busy'))];
    for (let look = 0; look < 400; look += 1) {
      const pressure = first.share + second.share > 1 ? 'busy' : null;
      [first, second] = [govern(first, pressure), govern(second, pressure)];
    }
    expect(Math.abs(first.share - second.share)).toBeLessThan(0.1);
  });
});

it('the lower of two limits', () => {
  expect([lowerLimit(null, null), lowerLimit(5, null), lowerLimit(null, 7), lowerLimit(5, 7)]).toEqual([null, 5, 7, 5]);
});

describe('what a slice may do', () => {
  const slowed: Governing = { share: 0.5, reason: 'busy', settling: 0 };
  const least: Governing = { share: LEAST_SHARE, reason: 'busy', settling: 0 };

  it.each([
    ['at full speed: what is asked for', FULL_SPEED, { asked: 100, full: 40 }, 100],
    ['without a throttle: of what it can do', slowed, { asked: null, full: 40 }, 20],
    ['with one that holds it back: of that', slowed, { asked: 30, full: 1_000 }, 15],
    ['with one that does not: of what it can do', slowed, { asked: 1_000, full: 40 }, 20],
    ['before it was seen: of what is asked for', slowed, { asked: 30, full: null }, 15],
    ['before it was seen, without a throttle: all', slowed, { asked: null, full: null }, null],
    ['a document a second at least', least, { asked: null, full: 3 }, 1],
    ['but never more than is asked for', least, { asked: 0.5, full: 3 }, 0.5],
  ])('%s', (_what, state, speeds, expected) => {
    expect(limitOf(state, speeds)).toBe(expected);
  });
});
