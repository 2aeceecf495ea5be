/**
 * The settings of a Godwit process: environment in, typed and frozen values out.
 *
 * Only this folder reads the environment. Everything is checked at the start and all problems come in one
 * message. Temporal's own variables (TEMPORAL_ADDRESS...) are read by Temporal's environment configuration.
 */
import { isIPv4 } from 'node:net';
import { availableParallelism } from 'node:os';
import { type ApiToken, type EncryptionKey, parseEncryptionKeys, parseTokens } from './keys.js';
import { Secret } from './secret.js';
import { Variables } from './variables.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type ProcessMode = 'dev' | 'api' | 'worker';

/** Every GODWIT_* name there is. URL and TOKEN are the command line's, which may share a shell with a server. */
export const SETTING_NAMES = [
  'GODWIT_CONNECTIONS',
  'GODWIT_HOST',
  'GODWIT_PORT',
  'GODWIT_TOKENS',
  'GODWIT_TASK_QUEUE',
  'GODWIT_ENCRYPTION_KEYS',
  'GODWIT_DATABASE_URL',
  'GODWIT_DATA_DIR',
  'GODWIT_LOG_LEVEL',
  'GODWIT_METRICS_PORT',
  'GODWIT_RATE_LIMIT',
  'GODWIT_BODY_LIMIT',
  'GODWIT_COPY_THREADS',
  'GODWIT_TRANSFORMS',
  'GODWIT_URL',
  'GODWIT_TOKEN',
] as const;

export interface Settings {
  readonly mode: ProcessMode;
  /** Path of the connections file. */
  readonly connectionsPath: string;
  /** Address that the API binds. */
  readonly host: string;
  /** Port of the API; 0 = any free one. */
  readonly port: number;
  /** Empty: everybody who reaches the API is admin, and only loopback is bound. */
  readonly tokens: readonly ApiToken[];
  readonly taskQueue: string;
  /** Empty: payloads are not encrypted. The first encrypts, all decrypt. */
  readonly encryptionKeys: readonly EncryptionKey[];
  /** PostgreSQL; null = the embedded store under `dataDir`. */
  readonly databaseUrl: Secret | null;
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** Port of the worker's metrics; 0 = any free one. */
  readonly metricsPort: number;
  /** Requests a minute a client may send to the API. */
  readonly rateLimit: number;
  /** Longest request body, bytes. */
  readonly bodyLimit: number;
  /** Most threads in which a worker copies slices. */
  readonly copyThreads: number;
  /** Folder with modules that a transform may name; null: none may be named. */
  readonly transformsPath: string | null;
}

/** Whether only this machine reaches what is bound there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

function readDatabaseUrl(variables: Variables): Secret | null {
  const text = variables.optional('GODWIT_DATABASE_URL');
  if (text === undefined) return null;
  if (!URL.canParse(text) || !['postgres:', 'postgresql:'].includes(new URL(text).protocol)) {
    variables.problems.push('GODWIT_DATABASE_URL must be a PostgreSQL address: postgresql://user:password@host:5432/database');
  }
  return new Secret(text);
}

/**
 * Reads the settings of one process.
 *
 * @param env the environment, usually `process.env`
 * @param mode what the process is; a worker binds no API, so it needs no tokens
 * @throws SettingsError naming every unknown GODWIT_* variable and every bad value
 */
export function loadSettings(env: NodeJS.ProcessEnv, mode: ProcessMode): Settings {
  const variables = new Variables(env);
  variables.refuseUnknown('GODWIT_', SETTING_NAMES);
  const settings: Settings = {
    mode,
    connectionsPath: variables.text('GODWIT_CONNECTIONS', 'connections.yaml'),
    host: variables.text('GODWIT_HOST', '127.0.0.1'),
    port: variables.integer('GODWIT_PORT', 4700, 0, 65_535),
    tokens: parseTokens(variables, 'GODWIT_TOKENS'),
    taskQueue: variables.text('GODWIT_TASK_QUEUE', 'godwit'),
    encryptionKeys: parseEncryptionKeys(variables, 'GODWIT_ENCRYPTION_KEYS'),
    databaseUrl: readDatabaseUrl(variables),
    dataDir: variables.text('GODWIT_DATA_DIR', '.godwit'),
    logLevel: variables.oneOf('GODWIT_LOG_LEVEL', 'info', LOG_LEVELS),
    metricsPort: variables.integer('GODWIT_METRICS_PORT', 4701, 0, 65_535),
    rateLimit: variables.integer('GODWIT_RATE_LIMIT', 600, 1, 1_000_000),
    transformsPath: variables.optional('GODWIT_TRANSFORMS') ?? null,
    bodyLimit: variables.integer('GODWIT_BODY_LIMIT', 1024 * 1024, 1024, 64 * 1024 * 1024),
    copyThreads: variables.integer('GODWIT_COPY_THREADS', availableParallelism(), 1, 256),
  };
  if (!/^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,199}$/.test(settings.taskQueue)) {
    variables.problems.push('GODWIT_TASK_QUEUE must be letters, digits and _ . : / - (at most 200)');
  }
  if (!/^[A-Za-z0-9_.:[\]%-]+$/.test(settings.host)) {
    variables.problems.push('GODWIT_HOST must be a host name or IP address, without scheme, port or path');
  } else if (mode !== 'worker' && variables.optional('GODWIT_TOKENS') === undefined && !isLoopback(settings.host)) {
    variables.problems.push('GODWIT_HOST: without GODWIT_TOKENS everybody is admin, so only loopback (127.0.0.1) may be bound; set GODWIT_TOKENS');
  }
  variables.finish();
  return Object.freeze(settings);
}
