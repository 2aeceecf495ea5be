/** What the demo can be told on its command line. */
import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** End by itself, with an exit code that says whether the migration was verified. */
  readonly isOnce: boolean;
  readonly documents: number;
}

export const DEFAULT_DOCUMENTS = 200_000;
const MIN_DOCUMENTS = 10_000;

export const HELP = `npm run demo [-- OPTIONS]

Migrates a sample from Elasticsearch 8.19.8 to 9.4.3 over Godwit's HTTP API, kills the worker in the middle of it,
and compares both clusters in the end. Everything is real and runs on this machine: two clusters with HTTPS and a
private CA, Temporal's dev server, the API, the workers. It takes about two minutes, and 3 GB of memory.

  --once           end by itself: exit code 0 if everything was verified, 1 if not
                   (without it, it stays up until Ctrl-C, to be looked at)
  --documents N    load N documents (${String(DEFAULT_DOCUMENTS)}, at least ${String(MIN_DOCUMENTS)})
  --help           print this help

Everything is kept in temporary folders, which are removed in the end; the logs stay when something went wrong.`;

/** @returns null when the help is asked for. @throws Error that says what is wrong */
export function parseOptions(args: readonly string[]): DemoOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: { once: { type: 'boolean' }, documents: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) return null;
  const documents = Number(values.documents ?? DEFAULT_DOCUMENTS);
  if (!Number.isInteger(documents) || documents < MIN_DOCUMENTS) {
    throw new Error(`--documents must be a whole number of at least ${String(MIN_DOCUMENTS)}`);
  }
  return { isOnce: values.once === true, documents };
}
