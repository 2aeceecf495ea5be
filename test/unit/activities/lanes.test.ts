import { describe, expect, it } from 'vitest';
import { inLanes } from '../../../src/activities/lanes.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('work in lanes', () => {
  it('does each item once, never more at once than there are lanes', async () => {
    const done: number[] = [];
    let [running, most] = [0, 0];
    await inLanes(Array.from({ length: 25 }, (_, number) => number), 4, async (item, at) => {
      running += 1;
      most = Math.max(most, running);
      for (let turns = item % 3; turns >= 0; turns -= 1) await turn();
      running -= 1;
      done.push(item);
      expect(at).toBe(item);
    });
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, number) => number));
    expect(most).toBe(4);
  });

  it('ends with the first error when nothing runs any more, and begins nothing after it', async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    const working = inLanes([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await turn();
      if (item === 0) throw new Error('no');
      await turn();
      ended.push(item);
    });
    await expect(working).rejects.toThrow('no');
    expect(begun).toEqual([0, 1]);
    expect(ended).toEqual([1]);
  });

  it('has nothing to do without items', async () => {
    await inLanes([], 3, () => Promise.reject(new Error('called')));
  });
});
