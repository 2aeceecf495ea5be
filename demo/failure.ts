/** A failure of the demo as its user sees it: what happened, what to do, where to read more. */
import { tailOf } from '../src/dev/processes.js';

export class DemoFailure extends Error {
  constructor(
    message: string,
    readonly remedy: string,
    /** Names in the folder of logs. */
    readonly logs: readonly string[] = [],
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Gives an error of a stage its remedy and logs; one that has them already is left alone. */
export async function orFail<T>(work: Promise<T>, doing: string, remedy: string, logs: readonly string[]): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DemoFailure) throw error;
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new DemoFailure(`${doing}: ${first}`, remedy, logs, error);
  }
}

/** The one message about a failure. @param logFolder where logs are kept */
export function describeFailure(error: unknown, logFolder: string): string {
  const failure = error instanceof DemoFailure ? error : null;
  const [first, ...others] = (failure?.logs ?? []).map((name) => `${logFolder}/${name}`);
  const tail = first === undefined ? '' : tailOf(first, 5);
  return [
    '',
    `The demo failed: ${error instanceof Error ? error.message : String(error)}`,
    ...(tail === '' ? [] : ['', 'The end of the log:', ...tail.split('\n').map((line) => `  | ${line.slice(0, 300)}`)]),
    '',
    `What to do: ${failure?.remedy ?? 'run it again; if it fails in the same way, report it with the logs.'}`,
    `Logs: ${first === undefined ? logFolder : [first, ...others].join(', ')}`,
    '',
  ].join('\n');
}
