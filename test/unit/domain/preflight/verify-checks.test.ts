/** Which requests ask to compare documents that have nothing to be compared with. */
import { describe, expect, it } from 'vitest';
import { checkVerifyMode } from '../../../../src/domain/preflight/verify-checks.js';

const transform = [{ op: 'remove', field: 'a' }];

describe('the way in which documents are compared', () => {
  it.each([
    ['sample', { pipeline: 'p' }, 'pipeline'],
    ['full', { transform, pipeline: 'p' }, 'pipeline'],
    ['full', { script: { source: 'ctx._source.a = 1' } }, 'script'],
    ['full', { script: { source: 'ctx._source.a = 1' }, pipeline: 'p' }, 'script and pipeline'],
  ] as const)('%s is refused where documents change on their way: %j', (verify, change, by) => {
    expect(checkVerifyMode({ verify, ...change })).toEqual([
      { severity: 'error', code: 'ValidationFailed', subject: 'verify', message: `verify: "${verify}" compares documents, and ${by} change them on their way`, remedy: 'Use verify: "counts".' },
    ]);
  });

  it.each([
    { verify: 'counts', transform },
    { verify: 'full' },
    { verify: 'full', pipeline: '_none' },
    { verify: 'full', transform },
    { verify: 'sample', transform },
  ] as const)('is accepted: %j', (request) => {
    expect(checkVerifyMode(request)).toEqual([]);
  });
});
