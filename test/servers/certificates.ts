/**
 * A private certificate authority and server certificates, made by the openssl program.
 *
 * The defaults give what a test cluster needs; wrong names and other authorities are made by saying so.
 */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Authority {
  /** PEM of the authority's certificate, and the file it is in. */
  ca: string;
  caFile: string;
  keyFile: string;
}

export interface Certificate {
  /** PEM of the authority that signed it, and the file it is in. */
  ca: string;
  caFile: string;
  /** File with the server's certificate followed by the authority's, as a server should send them. */
  certificateFile: string;
  certificate: string;
  keyFile: string;
  /** SHA-256 of the server's own certificate, pairs of hex digits with colons. */
  fingerprint: string;
  /** SHA-256 of the authority's certificate, the same way. */
  caFingerprint: string;
}

/** Names a certificate is good for. */
export interface SubjectNames {
  dns: string[];
  ip: string[];
}

export const LOCAL_NAMES: SubjectNames = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] };
export const WRONG_NAMES: SubjectNames = { dns: ['elsewhere.invalid'], ip: [] };

/** Makes a new authority; each call another one, so two folders give two that do not trust each other. */
export async function createAuthority(folder: string, name = 'Godwit test authority'): Promise<Authority> {
  mkdirSync(folder, { recursive: true });
  const [caFile, keyFile, settings] = ['ca.crt', 'ca.key', 'ca.cnf'].map((file) => join(folder, file)) as [string, string, string];
  writeFileSync(
    settings,
    [
      ...['[req]', 'distinguished_name = dn', 'x509_extensions = ext', 'prompt = no', '[dn]', `CN = ${name}`, '[ext]'],
      ...['basicConstraints = critical, CA:TRUE', 'keyUsage = critical, keyCertSign, cRLSign', 'subjectKeyIdentifier = hash'],
    ].join('\n'),
  );
  await makeKey(keyFile);
  await run('openssl', ['req', '-x509', '-new', '-sha256', '-days', '365', '-config', settings, '-key', keyFile, '-out', caFile]);
  return { ca: readFileSync(caFile, 'utf8'), caFile, keyFile };
}

/** Makes a server certificate signed by the authority. @param name of its files in `folder` */
export async function createCertificate(
  authority: Authority,
  folder: string,
  name = 'server',
  names: SubjectNames = LOCAL_NAMES,
): Promise<Certificate> {
  mkdirSync(folder, { recursive: true });
  const file = (extension: string): string => join(folder, `${name}.${extension}`);
  const alternatives = [...names.dns.map((dns) => `DNS:${dns}`), ...names.ip.map((ip) => `IP:${ip}`)];
  const settings = ['[req]', 'distinguished_name = dn', 'prompt = no', '[dn]', `CN = ${names.dns[0] ?? names.ip[0] ?? name}`, '[ext]'];
  settings.push(`subjectAltName = ${alternatives.join(',')}`, 'extendedKeyUsage = serverAuth', 'basicConstraints = CA:FALSE');
  settings.push('authorityKeyIdentifier = keyid', 'subjectKeyIdentifier = hash');
  writeFileSync(file('cnf'), settings.join('\n'));
  await makeKey(file('key'));
  await run('openssl', ['req', '-new', '-sha256', '-config', file('cnf'), '-key', file('key'), '-out', file('csr')]);
  const serial = `0x${Date.now().toString(16)}${Math.floor(Math.random() * 0xffff).toString(16)}`;
  await run('openssl', [
    ...['x509', '-req', '-sha256', '-days', '365', '-in', file('csr'), '-CA', authority.caFile, '-CAkey', authority.keyFile],
    ...['-set_serial', serial, '-extfile', file('cnf'), '-extensions', 'ext', '-out', file('crt')],
  ]);
  const own = readFileSync(file('crt'), 'utf8');
  const certificate = own + authority.ca;
  writeFileSync(file('crt'), certificate);
  return {
    ca: authority.ca,
    caFile: authority.caFile,
    certificateFile: file('crt'),
    certificate,
    keyFile: file('key'),
    fingerprint: new X509Certificate(own).fingerprint256,
    caFingerprint: new X509Certificate(authority.ca).fingerprint256,
  };
}

async function makeKey(file: string): Promise<void> {
  await run('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file]);
}
