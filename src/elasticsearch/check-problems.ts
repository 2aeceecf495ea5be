/**
 * What went wrong in a connection check, told apart as far as can be: by error code, by what is presented in TLS,
 * by a second look at the same port in the other protocol, and by the marks that other products leave.
 */
import { errors } from '@elastic/elasticsearch';
import type { Auth } from '../config/connection-config.js';
import type { ConnectionProblem } from '../contracts/connections.js';
import type { ErrorCode, GodwitError } from '../domain/errors.js';
import { answersHttp } from './http-look.js';
import { networkCode } from './network-errors.js';
import { type PresentedCertificate, describeChain, lookAtCertificates } from './tls-look.js';

export interface CheckProblem {
  readonly problem: ConnectionProblem;
  readonly message: string;
  readonly remedy: string;
  /** Something answered there. */
  readonly isReachable?: boolean;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const BY_CODE: Partial<Record<ErrorCode, ConnectionProblem>> = {
  Timeout: 'timeout',
  Unavailable: 'unavailable',
  TlsUntrusted: 'tls-untrusted',
  TlsWrongName: 'tls-wrong-name',
  TlsFailed: 'tls-failed',
  AuthenticationRejected: 'bad-credentials',
  PrivilegeMissing: 'missing-privilege',
  NotElasticsearch: 'not-elasticsearch',
  NotKibana: 'not-kibana',
  UnsupportedVersion: 'unsupported-version',
};

const BY_NETWORK_CODE: Readonly<Record<string, ConnectionProblem>> = {
  ENOTFOUND: 'no-route',
  EAI_AGAIN: 'no-route',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  ECONNREFUSED: 'wrong-port',
};

/** The problem that a translated error stands for, when no closer look said more. */
export function problemOf(error: GodwitError): CheckProblem {
  return { problem: BY_CODE[error.code] ?? 'unavailable', message: error.message, remedy: error.remedy };
}

const isIncident = (code: string | undefined): boolean => code !== undefined && /^(EPROTO|ECONNRESET|EPIPE|UND_ERR_SOCKET|ERR_SSL_)/.test(code);

/** Tells HTTP and HTTPS at the wrong port apart by trying the other one. */
async function otherProtocol(url: string, code: string | undefined, signal?: AbortSignal): Promise<CheckProblem | undefined> {
  if (!isIncident(code)) return undefined;
  if (url.startsWith('http:')) {
    if ((await lookAtCertificates(url, signal)) === undefined) return undefined;
    const message = `The server at ${url} speaks HTTPS, but the URL says http.`;
    return { problem: 'wrong-port', message, remedy: 'Write https in the URL, with tls if the CA is private.', isReachable: true };
  }
  if (!(await answersHttp(url, signal))) return undefined;
  const message = `The server at ${url} speaks HTTP without TLS, but the URL says https.`;
  return { problem: 'wrong-port', message, remedy: 'Write http in the URL, or use the port that speaks HTTPS.', isReachable: true };
}

function aboutCertificates(url: string, error: GodwitError, isPinned: boolean, chain: readonly PresentedCertificate[]): CheckProblem {
  const [leaf] = chain;
  const root = chain.at(-1);
  const what = `${error.message}. Presented: ${chain.length === 0 ? 'nothing' : describeChain(chain)}.`;
  const plain: CheckProblem = { problem: BY_CODE[error.code] ?? 'tls-failed', message: what, remedy: error.remedy, isReachable: true };
  if (leaf === undefined || root === undefined) return plain;
  if (error.code === 'TlsWrongName') {
    const names = leaf.names.length === 0 ? 'no names at all' : leaf.names.join(', ');
    return { ...plain, message: `The certificate at ${url} is for ${names}. ${what}`, remedy: `Use one of these names in the URL, or have a certificate issued for ${new URL(url).hostname}.` };
  }
  if (error.code !== 'TlsUntrusted' || isPinned) return plain;
  const authority = root.subject === root.issuer ? `"${root.subject}"` : `"${root.issuer}" (which the server does not present)`;
  return {
    ...plain,
    remedy: `Put the certificate of the CA ${authority} into tls.ca of the connection; or tls.fingerprint: ${root.fingerprint} after comparing it on the server (openssl x509 -fingerprint -sha256).`,
  };
}

/**
 * Looks closer at an error that `GET /` gave.
 *
 * @param error as thrown by the client
 * @param translated the same, translated
 * @returns undefined if a closer look says no more than the error does
 */
export async function diagnose(url: string, error: unknown, translated: GodwitError, signal?: AbortSignal): Promise<CheckProblem | undefined> {
  const code = networkCode(error);
  const network = code === undefined ? undefined : BY_NETWORK_CODE[code];
  if (network !== undefined) return { problem: network, message: `${translated.message}.`, remedy: translated.remedy };
  const other = await otherProtocol(url, code, signal);
  if (other !== undefined) return other;
  if (/^Tls/.test(translated.code)) return aboutCertificates(url, translated, code === 'CERT_FINGERPRINT_MISMATCH', (await lookAtCertificates(url, signal)) ?? []);
  // Elasticsearch answers GET / with 200, or refuses with 401 or 403; it has no 404 there.
  if (error instanceof errors.ResponseError && translated.code === 'ElasticsearchRejected') {
    return notElasticsearch(url, error.statusCode ?? 0, error.headers ?? {}, error.body);
  }
  return undefined;
}

/** What else it may be, by the marks that it leaves. */
export function notElasticsearch(url: string, status: number, headers: Headers, body: unknown): CheckProblem {
  const text = typeof body === 'string' ? body.slice(0, 2_000) : JSON.stringify(body ?? '').slice(0, 2_000);
  const problem = { problem: 'not-elasticsearch', isReachable: true } as const;
  const remedy = 'Correct host and port of the URL; Elasticsearch is usually at 9200.';
  if (/opensearch/i.test(text)) return { ...problem, message: `The server at ${url} is OpenSearch.`, remedy: 'Godwit moves Elasticsearch clusters only.' };
  if (isKibana(headers)) return { ...problem, message: `The server at ${url} is Kibana.`, remedy: 'Put that URL under kibana, and the address of Elasticsearch here.' };
  return { ...problem, message: `The server at ${url} answers with HTTP ${status}, but not as Elasticsearch does.`, remedy };
}

const isKibana = (headers: Headers): boolean => headers['kbn-name'] !== undefined || headers['kbn-license-sig'] !== undefined;

/** 401: the credentials, unless it is not Elasticsearch that asks for them. */
export function badCredentials(url: string, auth: Auth | null, headers: Headers, body: unknown): CheckProblem {
  if (isKibana(headers)) return notElasticsearch(url, 401, headers, body);
  const who = auth?.type === 'basic' ? `user "${auth.username}" and its password` : auth?.type === 'apiKey' ? 'API key' : 'bearer token';
  return {
    problem: 'bad-credentials',
    message: auth === null ? `The cluster at ${url} asks for credentials, and the connection has none.` : `The cluster at ${url} does not accept the ${who}.`,
    remedy: auth === null ? 'Add auth to the connection.' : 'Correct auth of the connection; the file is read again when it changes.',
    isReachable: true,
  };
}
