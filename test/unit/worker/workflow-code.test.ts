import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, workflowCode } from '../../../src/worker/workflow-code.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'godwit-sources-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('of sources: bundled once, then found again', async () => {
  const first = await workflowCode();
  expect(await workflowCode()).toEqual(first);
  const path = first.workflowBundle !== undefined && 'codePath' in first.workflowBundle ? first.workflowBundle.codePath : '';
  expect(readFileSync(path, 'utf8')).toContain('reindexWorkflow');
});

describe('a bundle is made anew', () => {
  it('when a source has changed, got another name or is new, or another file that it depends on has changed', () => {
    const path = (name: string): string => join(folder, 'src', name);
    const lock = join(folder, 'lock.json');
    mkdirSync(path('a'), { recursive: true });
    writeFileSync(path('a/one.ts'), 'const one = 1;');
    writeFileSync(lock, '{}');
    const digests: string[] = [];
    const look = (): number => digests.push(digestOf(join(folder, 'src'), [lock]));
    look();
    writeFileSync(path('readme.md'), 'of no matter');
    expect(digestOf(join(folder, 'src'), [lock])).toBe(digests[0]);
    writeFileSync(path('a/one.ts'), 'const one = 2;');
    look();
    renameSync(path('a/one.ts'), path('a/two.ts'));
    look();
    writeFileSync(path('three.ts'), '');
    look();
    writeFileSync(lock, '{"a":1}');
    look();
    expect(new Set(digests).size).toBe(5);
  });
});
