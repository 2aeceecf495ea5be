#!/usr/bin/env node
/**
 * The program `godwit`.
 *
 * Exit codes: 0 it did what was asked, 1 it failed, 2 wrong usage or configuration, 130 stopped by force.
 */
import { Command, CommanderError } from 'commander';
import { ConnectionsFileError } from '../config/connections-file.js';
import { loadSettings, type ProcessMode, type Settings } from '../config/settings.js';
import { SettingsError } from '../config/variables.js';
import { GodwitError } from '../domain/errors.js';
import { environmentHelp } from './environment-help.js';
import { EXIT } from './lifetime.js';
import { godwitVersion } from './version.js';

interface ServerCommand {
  readonly mode: ProcessMode;
  readonly summary: string;
  readonly description: string;
  /** Loaded when needed: neither `--help` nor a bad setting should wait for a Temporal worker to load. */
  readonly run: (settings: Settings) => Promise<void>;
}

const SERVERS: readonly ServerCommand[] = [
  {
    mode: 'dev',
    summary: 'run everything on this machine: Temporal, store, worker, API, dashboard',
    description:
      'Runs everything on this machine: Temporal\'s dev server, an embedded store, a worker, the API and the ' +
      'dashboard. State is kept in GODWIT_DATA_DIR over restarts. Not for production.',
    run: async (settings) => (await import('./commands/dev.js')).runDev(settings),
  },
  {
    mode: 'api',
    summary: 'run the HTTP API',
    description: 'Runs the HTTP API with its dashboard. It starts and controls migrations; workers carry them out.',
    run: async (settings) => (await import('./commands/api.js')).runApi(settings),
  },
  {
    mode: 'worker',
    summary: 'run a worker',
    description:
      'Runs a worker, which carries migrations out. Run as many as you like: a migration that loses its worker goes ' +
      'on with another one.',
    run: async (settings) => (await import('./commands/worker.js')).runWorker(settings),
  },
];

function createProgram(): Command {
  const program = new Command('godwit')
    .description('Durable Elasticsearch migrations on Temporal.')
    .version(godwitVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(godwit --help lists the commands)')
    .exitOverride();
  for (const { mode, summary, description, run } of SERVERS) {
    program.command(mode).summary(summary).description(description).addHelpText('after', environmentHelp(mode)).action(() => run(loadSettings(process.env, mode)));
  }
  return program;
}

/** What went wrong, for a person at a terminal. */
function explain(error: unknown): { text: string; code: number } {
  if (error instanceof SettingsError || error instanceof ConnectionsFileError) {
    return { text: error.message, code: EXIT.usage };
  }
  if (error instanceof GodwitError) {
    return { text: `${error.message}\n${error.remedy}`, code: EXIT.failure };
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return { text: `${error.message}\nChoose another port (GODWIT_PORT, GODWIT_METRICS_PORT), or stop what listens there.`, code: EXIT.failure };
  }
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: EXIT.failure };
}

async function main(): Promise<number> {
  try {
    await createProgram().parseAsync();
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // it has said why
    }
    const { text, code } = explain(error);
    process.stderr.write(`godwit: ${text}\n`);
    return code;
  }
}

// Explicitly, because Temporal's runtime keeps threads that would hold the process.
process.exit(await main());
