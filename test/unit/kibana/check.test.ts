/** The check of a Kibana, and TLS to it, over real sockets against the stand-in. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionConfig, TlsConfig } from '../../../src/config/connection-config.js';
import { Secret } from '../../../src/config/secret.js';
import type { KibanaCheck } from '../../../src/contracts/connections.js';
import { checkKibana } from '../../../src/kibana/check.js';
import { createKibanas } from '../../../src/kibana/kibanas.js';
import { importObjects } from '../../../src/kibana/saved-objects.js';
import { WRONG_NAMES, createAuthority, createCertificate, type Authority, type Certificate } from '../../servers/certificates.js';
import { Refusal } from '../../servers/kibana-objects.js';
import { startKibana, type KibanaOptions, type KibanaStandIn } from '../../servers/kibana-stand-in.js';

const PASSWORD = 'a-password-of-kibana';
const folder = mkdtempSync(join(tmpdir(), 'godwit-kibana-'));
let ours: Authority;
let other: Authority;
let good: Certificate;
let misnamed: Certificate;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [ours, other] = await Promise.all([createAuthority(join(folder, 'ours')), createAuthority(join(folder, 'other'), 'Another authority')]);
  [good, misnamed] = await Promise.all([createCertificate(ours, join(folder, 'good')), createCertificate(ours, join(folder, 'misnamed'), 'server', WRONG_NAMES)]);
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function standIn(options: Partial<KibanaOptions> = {}): Promise<KibanaStandIn> {
  const kibana = await startKibana({ version: '8.19.8', username: 'godwit', password: PASSWORD, ...options });
  ends.push(() => kibana.stop());
  return kibana;
}

function configOf(url: string, tls: Partial<TlsConfig> = {}, password = PASSWORD): ConnectionConfig {
  const trust = { ca: null, fingerprint: null, insecure: false, cert: null, key: null, ...tls };
  const endpoint = { urls: [url], auth: { type: 'basic' as const, username: 'godwit', password: new Secret(password) }, tls: trust };
  return { name: 'old', kind: 'self-managed', revision: 1, elasticsearch: endpoint, kibana: { ...endpoint, connectorSecrets: {} }, logstash: null };
}

function kibanasOf(config: ConnectionConfig): ReturnType<typeof createKibanas> {
  const kibanas = createKibanas({ get: () => config }, redact);
  ends.push(() => kibanas.close());
  return kibanas;
}

const redact = (text: string): string => text.replaceAll(PASSWORD, '[redacted]');
const check = (config: ConnectionConfig): Promise<KibanaCheck | null> => checkKibana(kibanasOf(config), config, redact);
const hex = (fingerprint: string): string => fingerprint.replaceAll(':', '');

describe('a Kibana that can be used', () => {
  it('tells its version and how many spaces Godwit sees', async () => {
    const { url } = await standIn();
    expect(await check(configOf(url))).toEqual({ ok: true, reachable: true, url, version: '8.19.8', spaces: 1, problem: null, message: null, remedy: null });
  });

  it('a connection without one has no answer', async () => {
    expect(await check({ ...configOf('http://127.0.0.1:1'), kibana: null })).toBeNull();
  });

  it('with a private CA is trusted by the CA, by its fingerprint, by that of the server, or by insecure; and takes an import that way', async () => {
    const kibana = await standIn({ certificate: good });
    for (const tls of [{ ca: ours.ca }, { fingerprint: hex(good.fingerprint) }, { fingerprint: hex(good.caFingerprint) }, { insecure: true }]) expect(await check(configOf(kibana.url, tls))).toMatchObject({ ok: true, version: '8.19.8' });
    const line = JSON.stringify({ type: 'tag', id: 'a', attributes: { name: 'ä'.repeat(50_000) }, references: [] });
    expect(await importObjects(kibanasOf(configOf(kibana.url, { ca: ours.ca })).get('old'), 'default', [line])).toMatchObject({ success: true });
    expect(kibana.objects.get('default', { type: 'tag', id: 'a' })?.attributes['name']).toHaveLength(50_000);
  });
});

describe('a Kibana that cannot be used says why', () => {
  it('nothing listens', async () => {
    expect(await check(configOf('http://127.0.0.1:1'))).toMatchObject({ ok: false, reachable: false, version: null, problem: 'wrong-port', message: expect.stringContaining('nothing listens') });
  });

  it('TLS: an authority that is not trusted is named with its fingerprint, a wrong name with the right ones, http with https', async () => {
    const kibana = await standIn({ certificate: good });
    const untrusted = await check(configOf(kibana.url, { ca: other.ca }));
    expect(untrusted).toMatchObject({ ok: false, reachable: true, problem: 'tls-untrusted', remedy: expect.stringContaining('"Godwit test authority"') });
    expect(hex(untrusted?.remedy ?? '')).toContain(hex(good.caFingerprint));
    expect(await check(configOf(kibana.url, { fingerprint: 'AB'.repeat(32) }))).toMatchObject({ ok: false, reachable: true, problem: 'tls-untrusted', message: expect.stringContaining('fingerprint') });
    expect(await check(configOf(kibana.url.replace('https:', 'http:')))).toMatchObject({ ok: false, reachable: true, problem: 'wrong-port', message: expect.stringContaining('speaks HTTPS') });
    const { url } = await standIn({ certificate: misnamed });
    expect(await check(configOf(url, { ca: ours.ca }))).toMatchObject({ ok: false, problem: 'tls-wrong-name', message: expect.stringContaining('elsewhere.invalid') });
  });

  it('wrong password, no privilege, not ready, and never with the password', async () => {
    const kibana = await standIn();
    const rejected = await check(configOf(kibana.url, {}, 'wrong'));
    expect(rejected).toMatchObject({ ok: false, reachable: true, problem: 'bad-credentials', remedy: expect.stringContaining('kibana.auth') });
    kibana.before = ({ path }): void => {
      if (path === '/api/spaces/space') throw new Refusal(403, `Forbidden, says ${PASSWORD}`);
    };
    const forbidden = await check(configOf(kibana.url));
    expect(forbidden).toMatchObject({ ok: false, reachable: true, version: '8.19.8', problem: 'missing-privilege' });
    kibana.before = (): void => {
      throw new Refusal(503, 'License is not available.');
    };
    expect(await check(configOf(kibana.url))).toMatchObject({ ok: false, reachable: true, problem: 'unavailable' });
    expect(JSON.stringify([rejected, forbidden])).not.toContain(PASSWORD);
  });

  it('something else that answers', async () => {
    const server = createServer((_request, response) => void response.end('{"tagline":"You Know, for Search"}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    expect(await check(configOf(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`))).toMatchObject({ ok: false, reachable: true, problem: 'not-kibana' });
  });
});
