/** Runs the program `godwit` from its sources, as a user would; or a build of it, if GODWIT_PROGRAM names its main.js, to measure what is shipped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

export interface GodwitProcess {
  readonly child: ChildProcess;
  /** Standard output and error so far. */
  output(): string;
  /** Waits until the output matches. @throws Error with the output, if the process ends first or after a minute */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code; null after a signal. */
  readonly exited: Promise<number | null>;
}

const START_MS = 90_000;

/** @param env beside PATH and HOME; nothing of the environment of the tests goes along */
export function runGodwit(args: readonly string[], env: Readonly<Record<string, string>> = {}): GodwitProcess {
  const { PATH = '', HOME = '' } = process.env;
  const built = process.env['GODWIT_PROGRAM'];
  const child = spawn(process.execPath, [...(built === undefined ? ['--import', 'tsx', MAIN] : [built]), ...args], { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    child,
    output: () => text,
    exited,
    async until(pattern) {
      const deadline = Date.now() + START_MS;
      for (;;) {
        const match = pattern.exec(text);
        if (match !== null) {
          return match;
        }
        if (child.exitCode !== null || Date.now() > deadline) {
          throw new Error(`${args.join(' ')} did not print ${String(pattern)}:\n${text}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
