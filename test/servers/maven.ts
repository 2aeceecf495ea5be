/**
 * Fetches an archive from Maven Central through the ordinary Maven client, which knows the user's mirrors and proxies.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get';

/**
 * Returns the path of the zip: the copy in the user's own Maven repository where there is one, else a download.
 * @param artifact `group:artifact:version`
 * @param repository folder for the download; the caller deletes it once the archive is unpacked
 * @throws Error with Maven's own words when the download fails
 */
export async function fetchZip(artifact: string, repository: string, onProgress: (megabytes: number) => void): Promise<string> {
  const existing = pathIn(join(homedir(), '.m2', 'repository'), artifact);
  if (existsSync(existing)) return existing;
  const report = setInterval(() => onProgress(megabytesIn(repository)), 20_000);
  try {
    // -C: a checksum that differs is an error; Maven's default is a warning.
    await runMaven(['-B', '-q', '-C', PLUGIN, '-Dtransitive=false', `-Dartifact=${artifact}:zip`, `-Dmaven.repo.local=${repository}`]);
  } finally {
    clearInterval(report);
  }
  return pathIn(repository, artifact);
}

function pathIn(repository: string, artifact: string): string {
  const [group = '', name = '', version = ''] = artifact.split(':');
  return join(repository, ...group.split('.'), name, version, `${name}-${version}.zip`);
}

async function runMaven(options: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('mvn', options, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`mvn ${options.join(' ')} ended with ${code}:\n${output.slice(-2000)}`));
    });
  });
}

function megabytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return Math.round(bytes / 1e6);
}
