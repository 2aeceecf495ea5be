import { describe, expect, it } from 'vitest';
import { majorOf } from '../../servers/java.js';
import { describeMissing, findMissing, type Machine } from '../../servers/prerequisites.js';

const complete: Machine = { nodeVersion: 'v20.20.2', hasProgram: () => true, javas: [{ major: 17 }, { major: 25 }] };
const whatIsMissing = (change: Partial<Machine>): string[] => findMissing({ ...complete, ...change }).map(({ what }) => what);

describe('prerequisites of the real servers', () => {
  it('a complete machine misses nothing', () => {
    expect(findMissing(complete)).toEqual([]);
  });

  it('Node 20.19 is too old, 22 and 20.20 are not', () => {
    expect(whatIsMissing({ nodeVersion: 'v20.19.9' })).toEqual(['Node.js 20.20 or newer']);
    expect(whatIsMissing({ nodeVersion: 'v22.0.0' })).toEqual([]);
  });

  it('one Java 21 serves all versions of Elasticsearch', () => {
    expect(whatIsMissing({ javas: [{ major: 21 }] })).toEqual([]);
  });

  it('Java 17 alone misses the one for 9.4.3; Java 25 alone the one for 7.17.8', () => {
    expect(whatIsMissing({ javas: [{ major: 17 }] })).toEqual(['Java 21 or newer']);
    expect(whatIsMissing({ javas: [{ major: 25 }] })).toEqual(['Java 17 (up to 21)']);
  });

  it('all that is missing is told in one message, with what to install', () => {
    const message = describeMissing(findMissing({ nodeVersion: 'v18.0.0', hasProgram: () => false, javas: [] }));
    for (const part of ['Node.js 20.20', 'this is v18.0.0', 'golang-go', 'maven', 'unzip', 'openssl', 'openjdk-17', 'openjdk@21']) {
      expect(message).toContain(part);
    }
  });
});

describe('major version of Java', () => {
  it.each([['17.0.15', 17], ['25', 25], ['1.8.0_392', 8], ['21-ea', 21]])('%s is %d', (version, major) => {
    expect(majorOf(version)).toBe(major);
  });
});
