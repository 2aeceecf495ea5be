/**
 * A vitest reporter that counts the tests and says so in one line that a machine can read.
 *
 * The line must be the last of all output, after vitest's own summary and teardown: `scripts/run.mjs` prints it when
 * vitest has ended, from the file named by CLOSING_LINE_FILE; without that file it is printed as the process exits.
 */
import { writeFileSync, writeSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) count(module, counts);
    const file = process.env['CLOSING_LINE_FILE'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
    else process.once('exit', () => writeSync(1, `${closingLine(counts)}\n`));
  }
}

/** A file or suite that failed by itself, at its import or in a hook, counts as one failure of its own. */
function count(module: TestModule, counts: Counts): void {
  counts.failed += module.errors().length > 0 ? 1 : 0;
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length > 0 ? 1 : 0;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    counts[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1;
  }
}

export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
