/** Codes of Node.js, OpenSSL and undici: what each says about reaching a server. */
import type { ErrorCode } from '../domain/errors.js';

interface NetworkFailure {
  readonly code: ErrorCode;
  /** What happened, for a person. */
  readonly what: string;
  readonly remedy?: string;
}

const failed = (what: string, remedy?: string): NetworkFailure => ({ code: 'ConnectionFailed', what, ...(remedy === undefined ? {} : { remedy }) });
const untrusted = (what: string): NetworkFailure => ({ code: 'TlsUntrusted', what });
const tls = (what: string, remedy?: string): NetworkFailure => ({ code: 'TlsFailed', what, ...(remedy === undefined ? {} : { remedy }) });

const NOT_TLS = tls('the server does not speak HTTPS at this port', 'Write http instead of https in the URL, or use the port that speaks HTTPS.');
const CLIENT_CERTIFICATE = tls(
  'the server wants a client certificate that it trusts',
  'Set tls.cert and tls.key of the connection to a certificate that the server accepts.',
);
const BROKEN = failed(
  'the server closed the connection',
  'Check that the cluster runs; a server that speaks HTTPS also does this to an http URL.',
);

const BY_CODE: Readonly<Record<string, NetworkFailure>> = {
  ENOTFOUND: failed('the host name is not known', 'Correct the host in the URL, or the name service of this machine.'),
  EAI_AGAIN: failed('the name service does not answer', 'Check the name service of this machine.'),
  ECONNREFUSED: failed('nothing listens at this address and port', 'Check that the cluster runs, and the port in the URL.'),
  EHOSTUNREACH: failed('there is no route to the host', 'Check network, firewall and the host in the URL.'),
  ENETUNREACH: failed('there is no route to the network', 'Check network, firewall and the host in the URL.'),
  EADDRNOTAVAIL: failed('the address cannot be used', 'Correct the URL.'),
  ECONNRESET: BROKEN,
  EPIPE: BROKEN,
  UND_ERR_SOCKET: BROKEN,
  UND_ERR_CLOSED: failed('the client was closed because its connection changed'),
  UND_ERR_DESTROYED: failed('the client was closed because its connection changed'),
  ETIMEDOUT: { code: 'Timeout', what: 'the connection was not answered', remedy: 'Check firewall and address: packets seem to be dropped.' },
  UND_ERR_CONNECT_TIMEOUT: { code: 'Timeout', what: 'the connection was not answered', remedy: 'Check firewall and address: packets seem to be dropped.' },
  UND_ERR_HEADERS_TIMEOUT: { code: 'Timeout', what: 'the request timed out' },
  UND_ERR_BODY_TIMEOUT: { code: 'Timeout', what: 'the request timed out' },

  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted('the certificate is self-signed and not trusted'),
  SELF_SIGNED_CERT_IN_CHAIN: untrusted('the certificate is signed by a CA that is not trusted'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted('the certificate is signed by a CA that is not trusted'),
  UNABLE_TO_GET_ISSUER_CERT: untrusted('the CA that signed the certificate is not known'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted('the CA that signed the certificate is not known'),
  CERT_UNTRUSTED: untrusted('the certificate is not trusted'),
  CERT_SIGNATURE_FAILURE: untrusted('the signature of the certificate is wrong'),
  INVALID_CA: untrusted('a certificate of the chain is not a CA'),
  CERT_FINGERPRINT_MISMATCH: {
    code: 'TlsUntrusted',
    what: 'the certificate does not have the fingerprint of the connection',
    remedy: 'If the certificate was renewed, set tls.fingerprint to the new one, having compared it on the server; otherwise somebody stands in between.',
  },
  CERT_REVOKED: tls('the certificate is revoked', 'Have a new certificate issued for the cluster.'),
  CERT_HAS_EXPIRED: tls('the certificate has expired', 'Renew the certificate of the cluster.'),
  CERT_NOT_YET_VALID: tls('the certificate is not valid yet', 'Check the clocks of both machines.'),
  ERR_TLS_CERT_ALTNAME_INVALID: { code: 'TlsWrongName', what: 'the certificate is for another host name' },
  HOSTNAME_MISMATCH: { code: 'TlsWrongName', what: 'the certificate is for another host name' },
  EPROTO: NOT_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_HTTP_REQUEST: NOT_TLS,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: CLIENT_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CLIENT_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CLIENT_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: CLIENT_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: tls('the server speaks no TLS version that is still safe', 'Enable TLS 1.2 or newer at the cluster.'),
  ERR_SSL_UNSUPPORTED_PROTOCOL: tls('the server speaks no TLS version that is still safe', 'Enable TLS 1.2 or newer at the cluster.'),
};

/** The errors of a chain of causes, outermost first. A host with several addresses gives an AggregateError. */
function* causes(error: unknown, depth = 0): Iterable<Error> {
  if (!(error instanceof Error) || depth > 8) return;
  yield error;
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causes(inner, depth + 1);
  yield* causes(error.cause, depth + 1);
}

/** The first code of Node.js, OpenSSL or undici in a chain of causes. */
export function networkCode(error: unknown): string | undefined {
  for (const cause of causes(error)) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}

/** What a network error means; undefined if it is none. An unknown TLS code is a TLS failure. */
export function networkFailure(error: unknown): NetworkFailure | undefined {
  const code = networkCode(error);
  if (code === undefined) return undefined;
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code];
  return /^ERR_(SSL|TLS)_/.test(code) ? tls('the TLS handshake failed') : undefined;
}
