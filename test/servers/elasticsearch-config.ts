/**
 * Writes the configuration folder of an Elasticsearch node: settings, JVM options, the file realm's user.
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { chownSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificates.js';
import { makeServerFolder, unprivilegedIds } from './run-folder.js';

export interface NodeConfiguration {
  name: string;
  dir: string;
  home: string;
  httpPort: number;
  transportPort: number;
  pathRepo: string;
  /** Authorities a remote `_reindex` from this node trusts, PEM. */
  trusted: string;
  security: { username: string; password: string; certificate: Certificate } | 'off' | 'unknown';
  settings: Record<string, unknown>;
}

/** Makes `dir` with config, data, logs and tmp, all owned by the server's user. */
export function writeConfiguration(node: NodeConfiguration): void {
  for (const folder of ['', 'config', 'data', 'logs', 'tmp']) makeServerFolder(join(node.dir, folder));
  const write = (name: string, content: string): void => {
    const file = join(node.dir, 'config', name);
    // The server's user reads it; keys and passwords are for nobody else.
    writeFileSync(file, content, { mode: 0o600 });
    const ids = unprivilegedIds();
    if (ids !== undefined) chownSync(file, ids.uid, ids.gid);
  };
  const settings = { ...baseSettings(node), ...securitySettings(node), ...node.settings };
  // JSON is YAML, so values need no quoting rules of their own.
  write('elasticsearch.yml', Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join(''));
  write('jvm.options', jvmOptions(join(node.home, 'config', 'jvm.options')));
  write('log4j2.properties', CONSOLE_LOGGING);
  write('trusted.crt', node.trusted);
  if (typeof node.security === 'string') return;
  const { username, password, certificate } = node.security;
  write('http.crt', certificate.certificate);
  write('http.key', readFileSync(certificate.keyFile, 'utf8'));
  write('users', `${username}:${hashPassword(password)}\n`);
  write('users_roles', `superuser:${username}\n`);
  for (const name of ['roles.yml', 'role_mapping.yml']) copyFileSync(join(node.home, 'config', name), join(node.dir, 'config', name));
}

function baseSettings(node: NodeConfiguration): Record<string, unknown> {
  return {
    'cluster.name': node.name,
    'node.name': `${node.name}-1`,
    'path.data': join(node.dir, 'data'),
    'path.logs': join(node.dir, 'logs'),
    'path.repo': [node.pathRepo],
    'http.port': node.httpPort,
    'transport.port': node.transportPort,
    'discovery.type': 'single-node',
    'cluster.routing.allocation.disk.threshold_enabled': false,
    'reindex.remote.whitelist': 'localhost:*,127.0.0.1:*',
    'reindex.ssl.certificate_authorities': ['trusted.crt'],
  };
}

/** 7.17.8 knows no setting of x-pack at all: not even the one that turns security off. */
function securitySettings({ security }: NodeConfiguration): Record<string, unknown> {
  if (security === 'unknown') return {};
  if (security === 'off') return { 'xpack.security.enabled': false };
  return {
    'xpack.security.enabled': true,
    'xpack.security.enrollment.enabled': false,
    'xpack.security.http.ssl.enabled': true,
    'xpack.security.http.ssl.certificate': 'http.crt',
    'xpack.security.http.ssl.key': 'http.key',
    'xpack.security.transport.ssl.enabled': false,
  };
}

/** The distribution's options without those that write logs and dumps into the working directory, which is shared. */
function jvmOptions(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => !/^#|^\s*$|Xlog|Xloggc|GCLog|PrintGC|ErrorFile|HeapDump/.test(line)).join('\n') + '\n';
}

/**
 * A password in the form the file realm reads by its prefix, which spares a bcrypt library.
 * @see Elasticsearch, `org.elasticsearch.xpack.core.security.authc.support.Hasher`: PBKDF2 with HMAC-SHA512
 */
function hashPassword(password: string): string {
  const iterations = 1000;
  const salt = randomBytes(32);
  const hash = pbkdf2Sync(password, salt, iterations, 32, 'sha512');
  return `{PBKDF2}${iterations}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Everything on standard output, which the starter redirects into one file. */
const CONSOLE_LOGGING = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`;
