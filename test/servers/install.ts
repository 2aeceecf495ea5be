/**
 * Installs the real servers into the cache: once per machine, complete or not at all, one process at a time.
 *
 * `npx tsx test/servers/install.ts` installs all of them and says what takes long.
 */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { cacheBinFolder, cacheFolder } from '../../src/dev/cache.js';
import { withLock } from '../../src/dev/lock.js';
import { isAlive } from '../../src/dev/processes.js';
import { ensureTemporalCli, goInstall } from '../../src/dev/temporal-cli.js';
import { fetchZip } from './maven.js';
import { checkPrerequisites } from './prerequisites.js';
import { ELASTICSEARCH_VERSIONS, VERSION_FACTS, type ElasticsearchVersion } from './versions.js';

type Log = (line: string) => void;
const run = promisify(execFile);
const TOXIPROXY_MODULE = 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0';

/** The home folder of an installed Elasticsearch, whether it is there or not. */
export function elasticsearchHome(version: ElasticsearchVersion): string {
  return join(cacheFolder(), 'elasticsearch', version);
}

/** The path of the installed toxiproxy server, whether it is there or not. */
export function toxiproxyProgram(): string {
  return join(cacheBinFolder(), 'toxiproxy-server');
}

/** Installs one Elasticsearch unless it is there, and returns its home. */
export async function ensureElasticsearch(version: ElasticsearchVersion, log: Log): Promise<string> {
  const home = elasticsearchHome(version);
  await once(`elasticsearch-${version}`, home, log, async () => {
    const temporary = makeTemporaryFolder();
    try {
      const built = join(temporary, 'home');
      for (const archive of VERSION_FACTS[version].archives) {
        log(`Elasticsearch ${version}: fetching ${archive.artifact} (${archive.megabytes} MB) ...`);
        const zip = await fetchZip(archive.artifact, join(temporary, 'm2'), (megabytes) => {
          log(`Elasticsearch ${version}: ${megabytes} MB fetched`);
        });
        const unpacked = join(temporary, 'unpacked');
        await run('unzip', ['-q', '-o', zip, archive.entries, '-d', unpacked]);
        cpSync(join(unpacked, archive.root), join(built, archive.into ?? ''), { recursive: true });
        rmSync(unpacked, { recursive: true });
      }
      // Both are expected to exist; nothing is ever written there.
      for (const folder of ['plugins', 'logs']) mkdirSync(join(built, folder), { recursive: true });
      await run('chmod', ['-R', 'a+rX', built]);
      const parent = join(home, '..');
      mkdirSync(parent, { recursive: true });
      // Whatever the umask is: the servers' own user must get there.
      for (const folder of [cacheFolder(), parent]) chmodSync(folder, 0o755);
      renameSync(built, home);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
  return home;
}

/** Installs toxiproxy unless it is there, and returns the path of its server. */
export async function ensureToxiproxy(log: Log): Promise<string> {
  await once('toxiproxy', toxiproxyProgram(), log, async () => {
    log('toxiproxy: building with Go ...');
    await goInstall(TOXIPROXY_MODULE, 'server', 'toxiproxy-server');
  });
  return toxiproxyProgram();
}

/** Installs every server the tests and the demo use. */
export async function installServers(log: Log, versions: readonly ElasticsearchVersion[] = ELASTICSEARCH_VERSIONS): Promise<void> {
  checkPrerequisites();
  // One after the other: each is bound by the network or by the processors already.
  for (const version of versions) await ensureElasticsearch(version, log);
  await ensureTemporalCli(log);
  await ensureToxiproxy(log);
}

async function once(name: string, target: string, log: Log, install: () => Promise<void>): Promise<void> {
  if (existsSync(target)) return;
  const lock = join(cacheFolder(), 'locks', name);
  const onWait = (pid: number): void => log(`${name}: waiting for process ${pid}, which installs it`);
  await withLock(
    lock,
    async () => {
      if (existsSync(target)) return;
      const started = Date.now();
      await install();
      log(`${name}: installed in ${Math.round((Date.now() - started) / 1000)} s`);
    },
    onWait,
  );
}

/** Inside the cache, so that the final rename stays within one file system. Clears what a killed installation left. */
function makeTemporaryFolder(): string {
  const parent = join(cacheFolder(), 'tmp');
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const owner = Number(/^install-(\d+)-/.exec(name)?.[1]);
    if (!isAlive(owner)) rmSync(join(parent, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(parent, `install-${process.pid}-`));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await installServers((line) => console.log(line));
    console.log(`all servers are installed in ${cacheFolder()}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
