/**
 * `npm run demo`: a migration between two real clusters, with a worker killed in the middle of it.
 *
 * Whatever happens, everything that was started is stopped: at the end, on Ctrl-C (a second one: at once), on failure.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFailure } from './failure.js';
import { HELP, parseOptions, type DemoOptions } from './options.js';
import { play } from './play.js';
import type { View } from './render.js';
import { createScreen, type Screen } from './screen.js';
import { Stage } from './stage.js';

const EXIT = { verified: 0, failed: 1, usage: 2, interrupted: 130 } as const;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves at the first signal, or when nobody reads what we print any more; the second signal ends at once. */
function interruption(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    let isFirst = true;
    const interrupt = (): void => {
      if (!isFirst) process.exit(EXIT.interrupted);
      isFirst = false;
      resolve('interrupted');
    };
    for (const signal of SIGNALS) process.on(signal, interrupt);
    process.stdout.on('error', () => resolve('interrupted'));
  });
}

/** Falls at an interruption: what still plays behind it is not seen. */
class Curtain implements Screen {
  isDown = false;

  constructor(private readonly screen: Screen) {}

  say(text: string): void {
    if (!this.isDown) this.screen.say(text);
  }

  show(view: View): void {
    if (!this.isDown) this.screen.show(view);
  }

  settle(): void {
    if (!this.isDown) this.screen.settle();
  }
}

function addresses(stage: Stage): string {
  return [
    '',
    `  Dashboard     ${stage.url}/`,
    `  API docs      ${stage.url}/docs`,
    `  Temporal UI   ${stage.temporalUi}`,
    '',
  ].join('\n');
}

async function run({ isOnce, documents }: DemoOptions, stage: Stage, screen: Screen): Promise<number> {
  const interrupted = interruption();
  const curtain = new Curtain(screen);
  const playing = play(stage, curtain, documents);
  // After an interruption it fails because its servers are gone, and nobody cares.
  playing.catch(() => undefined);
  const isVerified = await Promise.race([playing, interrupted]);
  curtain.isDown = isVerified === 'interrupted';
  if (isVerified === 'interrupted') return EXIT.interrupted;
  screen.say(addresses(stage));
  if (!isOnce) {
    screen.say('  It stays up to be looked at; Ctrl-C stops everything.');
    const ended = await Promise.race([interrupted, stage.apiEnded]);
    if (ended !== 'interrupted') screen.say('  The API has ended by itself.');
  }
  return isVerified ? EXIT.verified : EXIT.failed;
}

async function main(): Promise<number> {
  let options: DemoOptions | null;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return EXIT.usage;
  }
  if (options === null) {
    console.log(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'godwit-demo-'));
  const stage = new Stage(folder);
  const screen = createScreen(process.stdout);
  let code: number = EXIT.failed;
  let keepsLogs = false;
  try {
    code = await run(options, stage, screen);
  } catch (error) {
    screen.settle();
    stage.keepLogs();
    keepsLogs = true;
    console.error(describeFailure(error, stage.logFolder));
  }
  screen.settle();
  screen.say('Stopping everything ...');
  // What is still under way when its servers are stopped may fail with nobody waiting for it any more.
  process.on('unhandledRejection', () => undefined);
  await stage.stop().catch((error: unknown) => console.error(`not all could be stopped in order: ${String(error)}`));
  clear(folder, keepsLogs);
  return code;
}

/** Removes what the demo has written; after a failure all but the logs. */
function clear(folder: string, keepsLogs: boolean): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name !== 'logs' || !keepsLogs) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  if (!keepsLogs) rmSync(folder, { recursive: true, force: true });
}

// Explicitly: followers of events and pools of connections would hold the process.
process.exit(await main());
