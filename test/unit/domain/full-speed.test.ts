import { expect, it } from 'vitest';
import { fullSpeed, Stretches } from '../../../src/domain/full-speed.js';

it('full speed follows what is measured', () => {
  expect(fullSpeed(null, 100)).toBe(100);
  expect(fullSpeed(100, 200)).toBeCloseTo(130);
});

it('a stretch is measured from where a slice was seen first, and not while it is short', () => {
  const stretches = new Stretches();
  stretches.limited(null);
  // A task that was adopted has done these before.
  expect(stretches.seen(1_000_000, 0)).toBeNull();
  expect(stretches.seen(1_000_100, 100)).toBeNull();
  expect(stretches.seen(1_000_500, 1_000)).toBe(500);
  expect(stretches.seen(1_000_500, 2_000)).toBeNull();
  expect(stretches.seen(1_000_600, 3_000)).toBe(100);
});

it('what a limit allows is not what a slice can do: neither before it ends, nor in the stretch in which it comes or goes', () => {
  const stretches = new Stretches();
  stretches.seen(0, 0);
  // Nobody has said yet whether there is one.
  expect(stretches.seen(10, 1_000)).toBeNull();
  stretches.limited(10);
  expect(stretches.seen(20, 2_000)).toBeNull();
  stretches.limited(null);
  expect(stretches.seen(30, 3_000)).toBeNull();
  expect(stretches.seen(530, 4_000)).toBe(500);
  stretches.limited(10);
  stretches.limited(null);
  expect(stretches.seen(540, 5_000)).toBeNull();
});
