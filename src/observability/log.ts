/**
 * The log: JSON lines on standard output, each passed through the redactor as the finished text.
 *
 * Redacting the text, not the fields, means that no field, serialiser or child logger can let a secret through.
 */
import { pino, type Level, type Logger } from 'pino';
import { boundedMessage } from '../domain/errors.js';

export interface LogOptions {
  readonly level: Level | 'silent';
  /** What the process is: `api`, `worker`, `dev`. */
  readonly name: string;
  readonly redact: (text: string) => string;
  /** Default: standard output. */
  readonly write?: (line: string) => void;
}

const MAX_STACK_CHARS = 4_000;
/** A cause has a cause has a cause; past this, nobody reads on. */
const MAX_CAUSES = 4;

export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** Only what is known to be text: foreign errors carry whole requests and responses in their other fields. */
export function loggedError(error: unknown, depth: number = 1): LoggedError {
  if (!(error instanceof Error)) {
    return { type: typeof error, message: boundedMessage(String(error)) };
  }
  return {
    type: error.name,
    message: boundedMessage(error.message),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.stack === undefined ? {} : { stack: boundedMessage(error.stack, MAX_STACK_CHARS) }),
    ...(error.cause === undefined || depth === MAX_CAUSES ? {} : { cause: loggedError(error.cause, depth + 1) }),
  };
}

export function createLogger({ level, name, redact, write = (line) => void process.stdout.write(line) }: LogOptions): Logger {
  return pino(
    {
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => loggedError(error) },
    },
    { write: (line: string) => write(redact(line)) },
  );
}
