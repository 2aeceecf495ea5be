import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withLock } from '../../../src/dev/lock.js';
import { commandLineOf, endProcess, isAlive, readPidFile } from '../../../src/dev/processes.js';

const folder = mkdtempSync(join(tmpdir(), 'godwit-processes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function startSleeper(): number {
  const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  if (pid === undefined) throw new Error('node did not start');
  return pid;
}

describe('processes', () => {
  it('one that was ended is gone, and ending it again is no error', async () => {
    const pid = startSleeper();
    expect(isAlive(pid)).toBe(true);
    expect(commandLineOf(pid)).toContain('setInterval');
    await endProcess(pid, 5000);
    expect(isAlive(pid)).toBe(false);
    await endProcess(pid, 5000);
  });

  it('a pid file that is absent or holds something else gives no id', () => {
    writeFileSync(join(folder, 'pid'), 'nothing');
    expect(readPidFile(join(folder, 'pid'))).toBeUndefined();
    expect(readPidFile(join(folder, 'absent'))).toBeUndefined();
  });
});

describe('lock', () => {
  it('lets one at a time work', async () => {
    const file = join(folder, 'lock');
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push(`${name} ends`);
    };
    await Promise.all([withLock(file, work('a')), withLock(file, work('b'))]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('takes over what a dead process left, and gives way when the work fails', async () => {
    const file = join(folder, 'stale');
    const pid = startSleeper();
    await endProcess(pid, 5000);
    writeFileSync(file, String(pid));
    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withLock(file, () => Promise.resolve('done'))).toBe('done');
  });
});
