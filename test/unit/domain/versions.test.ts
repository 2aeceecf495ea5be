import { describe, expect, it } from 'vitest';
import { createdMajor, indexIncompatibility, snapshotIncompatibility, type Version } from '../../../src/domain/versions.js';

const version = (text: string): Version => {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  return { major, minor, patch };
};

describe('versions', () => {
  it.each([
    ['7.17.8', '8.19.8'],
    ['8.19.8', '9.4.3'],
    ['8.19.8', '8.19.8'],
    ['8.1.0', '8.1.1'],
  ])('%s restores into %s', (source, target) => {
    expect(snapshotIncompatibility(version(source), version(target))).toBeNull();
  });

  it.each([
    ['9.4.3', '8.19.8', /older than the source/],
    ['8.19.8', '8.19.7', /older than the source/],
    ['7.17.8', '9.4.3', /more than one major ahead/],
  ])('%s does not restore into %s', (source, target, reason) => {
    expect(snapshotIncompatibility(version(source), version(target))).toMatch(reason);
  });

  it('reads the major from old and new version ids', () => {
    expect([7170899, 8100299, 8512000, 9009000].map(createdMajor)).toEqual([7, 8, 8, 9]);
  });

  it('judges an index by the version that created it, not by its cluster', () => {
    expect(indexIncompatibility(7, version('8.19.8'))).toBeNull();
    expect(indexIncompatibility(7, version('9.4.3'))).toMatch(/created in 7\.x/);
    expect(indexIncompatibility(9, version('8.19.8'))).toMatch(/newer than the target/);
  });
});
