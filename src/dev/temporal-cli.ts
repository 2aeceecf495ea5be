/**
 * Finds the Temporal CLI, which carries Temporal's dev server, or installs it into the cache.
 *
 * Built from source through the Go module proxy: there the download is verified against Go's checksum database, and
 * no release page has to be reachable.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheBinFolder, cacheFolder } from './cache.js';
import { withLock } from './lock.js';

const run = promisify(execFile);

/** Later tags carry `replace` directives, which `go install` refuses. */
const TEMPORAL_CLI_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/** A Temporal CLI that runs: from PATH, in any version, else from the cache. */
export async function findTemporalCli(): Promise<string | undefined> {
  for (const candidate of ['temporal', join(cacheBinFolder(), 'temporal')]) {
    if (await answersVersion(candidate)) return candidate;
  }
  return undefined;
}

async function answersVersion(program: string): Promise<boolean> {
  try {
    await run(program, ['--version']);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns a Temporal CLI, building it first when there is none (about three minutes, once per machine).
 * @param log told before and after the build, one line each
 * @throws Error when Go is missing or the build fails
 */
export async function ensureTemporalCli(log: (line: string) => void = () => undefined): Promise<string> {
  const found = await findTemporalCli();
  if (found !== undefined) return found;
  return withLock(join(cacheFolder(), 'locks', 'temporal'), async () => {
    const target = join(cacheBinFolder(), 'temporal');
    if (await answersVersion(target)) return target;
    log('Temporal CLI: building with Go, about three minutes the first time ...');
    const started = Date.now();
    await goInstall(TEMPORAL_CLI_MODULE, 'temporal', 'temporal');
    log(`Temporal CLI: built in ${Math.round((Date.now() - started) / 1000)} s`);
    return target;
  });
}

/**
 * Builds a Go program into the cache; it appears there complete or not at all.
 * @param module `path@version`
 * @param built the name Go gives the program
 * @param name the name it gets in the cache
 */
export async function goInstall(module: string, built: string, name: string): Promise<void> {
  const bin = cacheBinFolder();
  mkdirSync(bin, { recursive: true });
  const folder = mkdtempSync(join(bin, '.build-'));
  try {
    // Go finds its own folders through HOME, which a service or CI job may not have.
    const env = { HOME: homedir(), ...process.env, GOBIN: folder, GOFLAGS: '' };
    await run('go', ['install', module], { env, maxBuffer: 64 * 1024 * 1024, cwd: folder });
    renameSync(join(folder, built), join(bin, name));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'the program "go" was not found: install Go 1.23 or newer' : String(error);
    throw new Error(`cannot build ${module}: ${reason}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
