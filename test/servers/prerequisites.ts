/**
 * What must be on the machine before the real servers can be installed and started.
 *
 * Everything that is missing is told at once: nobody likes to find out one by one.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findJava, findJavas, type Java } from './java.js';
import { VERSION_FACTS } from './versions.js';

/** What the check sees of the machine; tests give their own. */
export interface Machine {
  nodeVersion: string;
  hasProgram(name: string): boolean;
  javas: Pick<Java, 'major'>[];
}

export interface Missing {
  what: string;
  why: string;
  debian: string;
  brew: string;
}

const PROGRAMS: Record<string, Omit<Missing, 'what'>> = {
  go: { why: 'builds the Temporal CLI and toxiproxy', debian: 'golang-go', brew: 'go' },
  mvn: { why: 'downloads Elasticsearch from Maven Central', debian: 'maven', brew: 'maven' },
  unzip: { why: 'unpacks Elasticsearch', debian: 'unzip', brew: 'unzip' },
  openssl: { why: 'makes the certificates of the test clusters', debian: 'openssl', brew: 'openssl' },
};

/** Lists what is missing on the machine; empty when the servers can be installed and started. */
export function findMissing(machine: Machine): Missing[] {
  const missing: Missing[] = [];
  const [major = 0, minor = 0] = machine.nodeVersion.replace(/^v/, '').split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 20)) {
    const why = `runs everything; this is ${machine.nodeVersion}`;
    missing.push({ what: 'Node.js 20.20 or newer', why, debian: 'nodejs, from nodesource.com where Debian has an older one', brew: 'node' });
  }
  for (const [what, rest] of Object.entries(PROGRAMS)) if (!machine.hasProgram(what)) missing.push({ what, ...rest });
  const hasJava = ({ from, to }: { from: number; to: number }): boolean =>
    machine.javas.some((java) => java.major >= from && java.major <= to);
  if (!hasJava(VERSION_FACTS['7.17.8'].java)) {
    const why = 'runs Elasticsearch 7.17.8 and 8.19.8';
    missing.push({ what: 'Java 17 (up to 21)', why, debian: 'openjdk-17-jre-headless', brew: 'openjdk@17' });
  }
  if (!hasJava(VERSION_FACTS['9.4.3'].java)) {
    const why = 'runs Elasticsearch 9.4.3';
    const debian = 'openjdk-21-jre-headless, or temurin-25-jdk from adoptium.net where Debian has none';
    missing.push({ what: 'Java 21 or newer', why, debian, brew: 'openjdk@21' });
  }
  return missing;
}

/** The one message about all that is missing. */
export function describeMissing(missing: Missing[]): string {
  const lines = missing.flatMap(({ what, why, debian, brew }) => [
    `  - ${what}: ${why}`,
    `      Debian/Ubuntu: ${debian}`,
    `      Homebrew:      ${brew}`,
  ]);
  return ['The real servers need programs that were not found on this machine:', ...lines].join('\n');
}

/** Looks at this machine. @throws Error that names everything missing and how to install it */
export function checkPrerequisites(): void {
  const isInPath = (name: string): boolean =>
    (process.env['PATH'] ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, name)));
  const missing = findMissing({ nodeVersion: process.version, hasProgram: isInPath, javas: findJavas() });
  if (missing.length > 0) throw new Error(describeMissing(missing));
}

/** Java for a version; `checkPrerequisites` has found one. */
export function javaFor(version: keyof typeof VERSION_FACTS): Java {
  const range = VERSION_FACTS[version].java;
  const java = findJava(range);
  if (java === undefined) throw new Error(`Elasticsearch ${version} needs Java ${range.from} to ${range.to}, which was not found`);
  return java;
}
