/**
 * Trust by fingerprint (`tls.fingerprint`): the certificate of the server, or a CA that signed it.
 *
 * The client's own `caFingerprint` only looks whether a certificate with that fingerprint was presented; since
 * verification must be off for it, anybody could present the real CA beside a forged leaf. Here each signature up
 * to the pinned certificate is checked, and for a pinned CA also host name and dates.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';

/** A refusal of the presented certificate, with a code like those of Node.js. */
export class PinnedCertificateError extends Error {
  constructor(
    readonly code: 'CERT_FINGERPRINT_MISMATCH' | 'ERR_TLS_CERT_ALTNAME_INVALID' | 'CERT_HAS_EXPIRED',
    message: string,
  ) {
    super(message);
    this.name = 'PinnedCertificateError';
  }
}

/** No real chain is longer; a bound against circles. */
const MAX_CHAIN = 10;

const digits = (certificate: X509Certificate): string => certificate.fingerprint256.replaceAll(':', '');

function isCurrent(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
}

/**
 * Checks a presented chain against a pinned fingerprint.
 *
 * @param pin 64 hex digits, upper case
 * @param now milliseconds since 1970
 * @throws PinnedCertificateError
 */
export function verifyPinned(leaf: X509Certificate, pin: string, host: string, now: number): void {
  if (digits(leaf) === pin) return;
  let certificate = leaf;
  for (let depth = 0; depth < MAX_CHAIN; depth += 1) {
    const issuer = certificate.issuerCertificate;
    if (issuer === undefined || digits(issuer) === digits(certificate) || !issuer.ca || !certificate.verify(issuer.publicKey)) break;
    if (!isCurrent(certificate, now)) throw new PinnedCertificateError('CERT_HAS_EXPIRED', 'certificate has expired');
    if (digits(issuer) === pin) {
      const matches = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
      if (matches !== undefined) return;
      throw new PinnedCertificateError('ERR_TLS_CERT_ALTNAME_INVALID', `the certificate is not for ${host}`);
    }
    certificate = issuer;
  }
  throw new PinnedCertificateError(
    'CERT_FINGERPRINT_MISMATCH',
    `the server presented a certificate with the fingerprint ${leaf.fingerprint256}, which is neither the pinned one nor signed by it`,
  );
}

/** An undici connector that trusts what the pin says, and nothing else. */
export function pinnedConnector(pin: string, tls: buildConnector.BuildOptions): buildConnector.connector {
  // A resumed session presents no certificate, so sessions are not kept.
  const connect = buildConnector({ ...tls, rejectUnauthorized: false, maxCachedSessions: 0 });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      try {
        const leaf = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
        if (leaf === undefined) throw new PinnedCertificateError('CERT_FINGERPRINT_MISMATCH', 'the server presented no certificate');
        verifyPinned(leaf, pin, options.hostname.replace(/^\[|\]$/g, ''), Date.now());
      } catch (refusal) {
        socket.destroy();
        return callback(refusal instanceof Error ? refusal : new Error('certificate refused'), null);
      }
      return callback(null, socket);
    });
  };
}
