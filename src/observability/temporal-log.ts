/** Lets Temporal's SDK log through Godwit's log, so that its lines are redacted too. */
import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import type { Level, Logger } from 'pino';

const LEVELS: Readonly<Record<LogLevel, Level>> = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' };

/** pino prints no symbols and no functions; errors need the name under which they are serialised. */
function fieldsOf(meta: LogMetadata | undefined): Record<string, unknown> {
  const { error, ...fields } = meta ?? {};
  const shown = { ...fields, taskToken: undefined }; // binary, and of no use to a reader
  return error === undefined ? shown : { ...shown, err: error };
}

export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => log[LEVELS[level]](fieldsOf(meta), message);
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
