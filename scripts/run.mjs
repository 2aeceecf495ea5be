/**
 * `npm run demo`, `npm test` and `npm start`: from a fresh checkout to the running thing in one command.
 *
 * Plain JavaScript without dependencies, because it runs before node_modules exists. It installs what is missing and
 * then hands over to one child process, whose signals and exit code it passes on.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const TYPESCRIPT = ['--import', 'tsx'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const WITHOUT_SERVERS = ['unit', 'replay', 'browser'];

/** Options of vitest that are followed by a value of their own. */
const OPTIONS_WITH_VALUE = ['-t', '--testNamePattern', '--project', '--reporter', '--testTimeout', '--bail', '--retry', '--shard'];

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);

/** @param {string[]} args @returns {Promise<number>} the exit code */
async function main([command, ...args]) {
  checkNode();
  if (command === 'start') {
    await installDependencies();
    return run(process.execPath, [...TYPESCRIPT, 'src/cli/main.ts', ...args]);
  }
  if (command === 'demo') {
    await installDependencies();
    const code = await installServers();
    return code !== 0 ? code : run(process.execPath, [...TYPESCRIPT, 'demo/main.ts', ...args]);
  }
  if (command === 'test') return test(args);
  console.error('usage: node scripts/run.mjs demo | test [vitest arguments] | start dev|api|worker [arguments]');
  return 2;
}

/** Whatever goes wrong on the way, the last line says how many tests passed and failed. */
async function test(args) {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-test-'));
  const file = join(folder, 'counts.json');
  let code = 1;
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    await installDependencies();
    // The whole run also holds the code against the compiler and the linter, whose rules are the rooms' arrows.
    const refused = args.length === 0 ? await refusedChecks() : 0;
    code = needsServers(args) ? await installServers() : 0;
    if (code === 0) {
      const vitest = join('node_modules', 'vitest', 'vitest.mjs');
      code = await run(process.execPath, [vitest, 'run', ...args], { CLOSING_LINE_FILE: file });
      if (existsSync(file)) counts = JSON.parse(readFileSync(file, 'utf8'));
    }
    counts.failed += refused;
  } catch (error) {
    console.error(error.message);
  }
  rmSync(folder, { recursive: true, force: true });
  const { passed, failed, skipped } = counts;
  if (code === 0 && (failed > 0 || passed === 0)) code = 1;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return code;
}

/** @returns {Promise<number>} how many of type check and lint failed */
async function refusedChecks() {
  const tool = (...path) => join('node_modules', ...path);
  const codes = [
    await run(process.execPath, [tool('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.json']),
    await run(process.execPath, [tool('eslint', 'bin', 'eslint.js'), '.']),
  ];
  return codes.filter((code) => code !== 0).length;
}

/** False when the arguments choose unit and replay tests only. */
function needsServers(args) {
  const isWithout = (name) => WITHOUT_SERVERS.includes(name);
  const projects = args.flatMap((arg, at) => {
    if (arg.startsWith('--project=')) return [arg.slice('--project='.length)];
    return args[at - 1] === '--project' ? [arg] : [];
  });
  if (projects.length > 0) return !projects.every(isWithout);
  const files = args.filter((arg, at) => !arg.startsWith('-') && !OPTIONS_WITH_VALUE.includes(args[at - 1]));
  return files.length === 0 || !files.every((file) => isWithout(/(?:^|\/)test\/(\w+)(?:\/|$)/.exec(file)?.[1]));
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 20)) return;
  throw new Error(`Godwit needs Node.js 20.20 or newer; this is ${process.version}`);
}

/** npm writes node_modules/.package-lock.json at the end of each install: its age is that of the installation. */
async function installDependencies() {
  const changed = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const installed = changed(join('node_modules', '.package-lock.json'));
  if (installed > 0 && installed >= changed('package-lock.json')) return;
  console.log('installing the dependencies of package-lock.json ...');
  const npm = process.env.npm_execpath;
  const options = ['ci', '--no-audit', '--no-fund'];
  const code = npm === undefined ? await run('npm', options) : await run(process.execPath, [npm, ...options]);
  if (code !== 0) throw new Error(`npm ci ended with ${code}`);
}

async function installServers() {
  return run(process.execPath, [...TYPESCRIPT, 'test/servers/install.ts']);
}

/**
 * Runs a program to its end with our own input and output.
 *
 * Each signal is passed on once, as npm repeats to us what our process group was sent already. Ctrl-C is not passed
 * on at all: the terminal sends it to the child too, for which a second one means to stop at once.
 */
async function run(program, args, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
    const passed = new Set(process.stdin.isTTY ? ['SIGINT'] : []);
    const passOn = (signal) => {
      if (!passed.has(signal)) child.kill(signal);
      passed.add(signal);
    };
    for (const signal of SIGNALS) process.on(signal, passOn);
    const watch = watchParent(() => passOn('SIGTERM'));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, passOn);
      clearInterval(watch);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** npm hands SIGTERM to the shell between it and us, which dies of it and tells nobody: so look for the shell. */
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  return setInterval(() => process.ppid !== parent && onGone(), 300);
}
