/**
 * Reads connections.yaml: text in, resolved connections out, or one message with everything that is wrong.
 *
 * Reads are synchronous on purpose: a few small files, and a reload must not see one half old and one half new.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConnectionNameSchema } from '../contracts/requests.js';
import type { Auth, ConnectionConfig, KibanaConfig } from './connection-config.js';
import { type ConnectionInput, ConnectionSchema, ConnectionsFileSchema, knownKeys } from './connections-schema.js';
import { resolveEndpoint } from './endpoint.js';
import { type Surroundings, interpolate } from './interpolate.js';
import { secretsOf } from './known-secrets.js';
import { Secret } from './secret.js';
import { didYouMean } from './suggest.js';

/** What is wrong with the file, all of it, each problem with its place. */
export class ConnectionsFileError extends Error {
  constructor(
    readonly path: string,
    readonly problems: readonly string[],
    /** Files to watch for a better version. */
    readonly files: readonly string[],
    readonly isMissing = false,
  ) {
    super(`The connections file ${path} is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConnectionsFileError';
  }
}

/** A connection as read; the registry gives it its revision. */
export interface ReadConnection {
  readonly config: Omit<ConnectionConfig, 'revision'>;
  /** Changes with anything in the connection, secrets and certificates included. Never leaves the process. */
  readonly digest: string;
}

export interface ConnectionsFile {
  readonly connections: ReadonlyMap<string, ReadConnection>;
  /** Every file that was read, the connections file first. */
  readonly files: readonly string[];
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');

/** @param at where the parsed part is in the file */
function describeIssue(issue: z.core.$ZodIssue, at: readonly string[]): string[] {
  const path = [...at, ...issue.path];
  const place = path.length === 0 ? 'the file' : pathText(path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${pathText([...path, key])}: unknown key${didYouMean(key, knownKeys(path))}`);
  }
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return [`${place}: ${issue.message}`];
  return [`${place}: ${issue.message.includes('received undefined') ? 'is missing' : 'must be a block of keys'}`];
}

function parseYaml(text: string, problems: string[]): unknown {
  const lineCounter = new LineCounter();
  // Pretty errors quote the line, which may hold a password.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true });
  for (const error of [...document.errors, ...document.warnings]) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    problems.push(`line ${line}, column ${col}: ${error.message}`);
  }
  if (problems.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    problems.push('the aliases in it cannot be resolved');
    return undefined;
  }
}

function kibanaOf({ connectorSecrets = {}, ...endpoint }: NonNullable<ConnectionInput['kibana']>, at: string, inherited: Auth | null, around: Surroundings): KibanaConfig {
  const wrapped = Object.entries(connectorSecrets).map(([id, fields]) => [id, Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, new Secret(value)]))] as const);
  return Object.freeze({ ...resolveEndpoint(endpoint, at, inherited, around), connectorSecrets: Object.fromEntries(wrapped) });
}

/** Resolves what a connection of the right shape refers to; its problems go into `around`. */
function resolveConnection(name: string, input: ConnectionInput, around: Surroundings): ReadConnection {
  const at = `connections.${name}`;
  const elasticsearch = resolveEndpoint(input.elasticsearch, `${at}.elasticsearch`, null, around);
  const kibana = input.kibana === undefined ? null : kibanaOf(input.kibana, `${at}.kibana`, elasticsearch.auth, around);
  const logstash = input.logstash === undefined ? null : resolveEndpoint(input.logstash, `${at}.logstash`, elasticsearch.auth, around);
  if (input.kind === 'serverless' && elasticsearch.auth?.type !== 'apiKey') {
    around.problems.push(`${at}.elasticsearch.auth: a serverless project takes only { apiKey }`);
  }
  const config = Object.freeze({ name, kind: input.kind, elasticsearch, kibana, logstash });
  return { config, digest: digestOf(config) };
}

function resolveAll(tree: unknown, around: Surroundings): Map<string, ReadConnection> {
  const connections = new Map<string, ReadConnection>();
  const file = ConnectionsFileSchema.safeParse(tree);
  if (!file.success) {
    around.problems.push(...file.error.issues.flatMap((issue) => describeIssue(issue, [])));
    return connections;
  }
  for (const [name, block] of Object.entries(file.data.connections)) {
    const checkedName = ConnectionNameSchema.safeParse(name);
    if (!checkedName.success) around.problems.push(`connections.${name}: must be ${checkedName.error.issues[0]?.message ?? 'a connection name'}`);
    const parsed = ConnectionSchema.safeParse(block);
    if (parsed.success) connections.set(name, resolveConnection(name, parsed.data, around));
    else around.problems.push(...parsed.error.issues.flatMap((issue) => describeIssue(issue, ['connections', name])));
  }
  return connections;
}

/** Secrets give only `[redacted]` to JSON, so they are revealed here, into a hash. */
function digestOf(config: Omit<ConnectionConfig, 'revision'>): string {
  const text = JSON.stringify([config, [...secretsOf(config)]]);
  return createHash('sha256').update(text).digest('hex');
}

function readText(path: string, absolute: string): string {
  try {
    return readFileSync(absolute, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    const problem = code === 'ENOENT' ? 'it does not exist; write it, or set GODWIT_CONNECTIONS to its path' : `it cannot be read (${code})`;
    throw new ConnectionsFileError(path, [problem], [absolute], code === 'ENOENT');
  }
}

/**
 * Reads and checks a connections file.
 *
 * @throws ConnectionsFileError with all problems
 */
export function readConnectionsFile(path: string, env: NodeJS.ProcessEnv): ConnectionsFile {
  const absolute = resolve(path);
  const around: Surroundings = { env, folder: dirname(absolute), problems: [], files: new Set([absolute]) };
  const tree = parseYaml(readText(path, absolute), around.problems);
  const connections = around.problems.length === 0 ? resolveAll(interpolate(tree, '', around), around) : new Map<string, ReadConnection>();
  if (around.problems.length > 0) throw new ConnectionsFileError(path, around.problems, [...around.files]);
  return { connections, files: [...around.files] };
}
