/**
 * Finds Java installations and their major versions.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Java {
  home: string;
  /** Path of the `java` program. */
  program: string;
  major: number;
}

let found: Java[] | undefined;

/** All Java installations: of JAVA_HOME, of PATH, and where Debian, Red Hat, macOS and Homebrew put them. */
export function findJavas(): Java[] {
  found ??= candidateHomes().flatMap((home) => {
    const java = inspect(home);
    return java === undefined ? [] : [java];
  });
  return found;
}

/** The oldest Java in the range: the one nearest to what the server was built for. */
export function findJava(range: { from: number; to: number }): Java | undefined {
  return findJavas()
    .filter((java) => java.major >= range.from && java.major <= range.to)
    .sort((a, b) => a.major - b.major)[0];
}

function candidateHomes(): string[] {
  const homes = [process.env['JAVA_HOME'], homeOfJavaInPath()];
  for (const [folder, inside] of [
    ['/usr/lib/jvm', ''],
    ['/Library/Java/JavaVirtualMachines', 'Contents/Home'],
    ['/opt/homebrew/opt', 'libexec/openjdk.jdk/Contents/Home'],
    ['/usr/local/opt', 'libexec/openjdk.jdk/Contents/Home'],
  ] as const) {
    if (existsSync(folder)) homes.push(...readdirSync(folder).map((name) => join(folder, name, inside)));
  }
  const real = homes.flatMap((home) => (home !== undefined && existsSync(join(home, 'bin', 'java')) ? [realpathSync(home)] : []));
  return [...new Set(real)];
}

function homeOfJavaInPath(): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const program = join(folder, 'java');
    if (folder !== '' && existsSync(program)) return dirname(dirname(realpathSync(program)));
  }
  return undefined;
}

function inspect(home: string): Java | undefined {
  const program = join(home, 'bin', 'java');
  const major = majorOf(releaseVersion(home) ?? runtimeVersion(program));
  return major === undefined ? undefined : { home, program, major };
}

function releaseVersion(home: string): string | undefined {
  const file = join(home, 'release');
  return existsSync(file) ? /^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
}

/** `java -version` writes to standard error. */
function runtimeVersion(program: string): string | undefined {
  const { stderr, status } = spawnSync(program, ['-version'], { encoding: 'utf8' });
  return status === 0 ? /version "([^"]+)"/.exec(stderr)?.[1] : undefined;
}

/** `17.0.15` -> 17, and the old scheme `1.8.0_392` -> 8. */
export function majorOf(version: string | undefined): number | undefined {
  const match = /^(?:1\.)?(\d+)/.exec(version ?? '');
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
