import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, createCertificate, WRONG_NAMES, type Authority, type Certificate } from '../../servers/certificates.js';

const folder = mkdtempSync(join(tmpdir(), 'godwit-certificates-'));
let ours: Authority;
let other: Authority;

beforeAll(async () => {
  [ours, other] = await Promise.all([createAuthority(join(folder, 'ours')), createAuthority(join(folder, 'other'))]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The outcome of a client that trusts our authority: the error's code, or that it is content. */
async function meet(certificate: Certificate, host: string): Promise<unknown> {
  const server = createServer({ cert: certificate.certificate, key: readFileSync(certificate.keyFile) }, (socket) => socket.end());
  server.on('tlsClientError', () => undefined);
  server.listen(0, host);
  await once(server, 'listening');
  const socket = connect({ host, port: (server.address() as AddressInfo).port, ca: ours.ca });
  try {
    await once(socket, 'secureConnect');
    return 'trusted';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.destroy();
    server.close();
  }
}

describe('certificates of the test clusters', () => {
  it.each(['localhost', '127.0.0.1'])('are good for %s', async (host) => {
    expect(await meet(await createCertificate(ours, folder, `good-${host}`), host)).toBe('trusted');
  });

  it('with a wrong name are refused for it', async () => {
    expect(await meet(await createCertificate(ours, folder, 'wrong', WRONG_NAMES), 'localhost')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('of another authority are refused', async () => {
    expect(await meet(await createCertificate(other, folder, 'other'), 'localhost')).toMatch(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO/);
  });

  it('tell their own fingerprint and the authority\'s', async () => {
    const { fingerprint, caFingerprint } = await createCertificate(ours, folder, 'fingerprints');
    expect(fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(caFingerprint).not.toBe(fingerprint);
  });
});
