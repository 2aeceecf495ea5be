/**
 * Looks at the certificates that a server presents, without trusting it and without sending it anything.
 *
 * Only for telling a person what is wrong and what to trust; never for a connection that carries data.
 */
import type { DetailedPeerCertificate } from 'node:tls';
import { connect } from 'node:tls';
import { isIP } from 'node:net';

export interface PresentedCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256, pairs of hex digits with colons. */
  readonly fingerprint: string;
  /** RFC 3339, UTC. */
  readonly validTo: string;
  /** Host names and addresses it is for. */
  readonly names: readonly string[];
}

/** Longest look, milliseconds. */
const LOOK_TIMEOUT_MS = 5_000;
const MAX_CHAIN = 10;

const nameOf = (name: DetailedPeerCertificate['subject']): string =>
  [name.CN, name.O].flat().find((part) => typeof part === 'string' && part !== '') ?? 'without a name';

function describe(certificate: DetailedPeerCertificate): PresentedCertificate {
  const names = (certificate.subjectaltname ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    fingerprint: certificate.fingerprint256,
    validTo: new Date(certificate.valid_to).toISOString(),
    names: names.filter((name) => name !== ''),
  };
}

function isCertificate(value: Partial<DetailedPeerCertificate> | undefined): value is DetailedPeerCertificate {
  return value?.fingerprint256 !== undefined;
}

function chainOf(leaf: DetailedPeerCertificate): PresentedCertificate[] {
  const chain: PresentedCertificate[] = [];
  // Node.js ends a chain with a circle, an empty object or nothing at all, whatever its types say.
  let current: Partial<DetailedPeerCertificate> | undefined = leaf;
  while (isCertificate(current) && chain.length < MAX_CHAIN) {
    const { fingerprint256 } = current;
    if (chain.some((seen) => seen.fingerprint === fingerprint256)) break;
    chain.push(describe(current));
    current = current.issuerCertificate;
  }
  return chain;
}

/**
 * The chain that the server at a URL presents, its own certificate first.
 *
 * @returns undefined if there is no TLS at that address; an empty list if a handshake began and failed
 */
export function lookAtCertificates(url: string, signal?: AbortSignal): Promise<readonly PresentedCertificate[] | undefined> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port === '' ? 443 : port), rejectUnauthorized: false, ...(isIP(host) === 0 ? { servername: host } : {}) });
    const finish = (chain: readonly PresentedCertificate[] | undefined): void => {
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      resolve(chain);
    };
    const abort = (): void => finish(undefined);
    signal?.addEventListener('abort', abort, { once: true });
    socket.setTimeout(LOOK_TIMEOUT_MS, abort);
    socket.once('secureConnect', () => finish(chainOf(socket.getPeerCertificate(true))));
    // An alert is an answer in TLS; anything else is none.
    socket.once('error', (error: Error) => finish('code' in error && /ALERT/.test(String(error.code)) ? [] : undefined));
    socket.once('close', abort);
  });
}

/** `"es01" issued by "My CA", SHA-256 AB:CD..., valid until 2027-01-01` for each certificate of a chain. */
export function describeChain(chain: readonly PresentedCertificate[]): string {
  return chain
    .map(({ subject, issuer, fingerprint, validTo }) => `"${subject}" issued by "${issuer}", SHA-256 ${fingerprint}, valid until ${validTo.slice(0, 10)}`)
    .join('; ');
}
