/**
 * Why a target's `_reindex` cannot read from its remote source, told apart by error type and text.
 *
 * What another cluster does there is only seen through these: an error of the target itself (its own credentials, its
 * own privileges) is the translator's business.
 */
import type { ErrorCode } from '../domain/errors.js';

export interface RemoteFailure {
  readonly code: ErrorCode;
  readonly what: string;
}

const RULES: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/not (?:white|allow)listed in reindex\.remote|blocked in reindex\.remote/i, 'RemoteNotAllowed', 'it is not in reindex.remote.whitelist of the target'],
  [/PKIX path|unable to find valid certification path|certificate_unknown|self.signed|path validation failed|CertPathValidator/i, 'RemoteTlsUntrusted', 'the target does not trust its certificate'],
  [/No subject alternative|doesn't match any of the subject alternative names|No name matching|Host name .* does not match/i, 'RemoteTlsWrongName', 'its certificate is for another name'],
  [/Unrecognized SSL message|plaintext connection|Unsupported or unrecognized SSL|ssl_exception|s_s_l_|handshake/i, 'RemoteTlsFailed', 'the TLS connection fails'],
  [/"status":401|401 Unauthorized|unable to authenticate|missing authentication credentials/i, 'RemoteCredentialsRejected', 'it rejects the credentials of the source connection'],
  [/"status":403|403 Forbidden|is unauthorized for/i, 'PrivilegeMissing', 'the user of the source connection may not read there'],
  [/search_context_missing|No search context found/i, 'RemoteUnreachable', 'it has lost the place of the reader; it was restarted, or a batch took longer than it waits'],
  [/connection_closed_exception|Connection is closed|likely not an Elasticsearch instance/i, 'RemoteUnreachable', 'the server closes the connection; it may speak HTTPS where the address says http'],
  [
    /connect_exception|Connection refused|unknown_host|UnknownHost|no_route|NoRouteToHost|Name or service not known|timeout|timed out|Connection reset|"status":50[234]|50[234] |connection_request_timeout|unresolved|nodename/i,
    'RemoteUnreachable',
    'the target does not reach it',
  ],
];

/** @param types error types of the answer; @param text all its reasons. @returns null if it says nothing about the remote */
export function classifyRemote(types: readonly string[], text: string): RemoteFailure | null {
  const all = `${types.join(' ')} ${text}`;
  const found = RULES.find(([pattern]) => pattern.test(all));
  return found === undefined ? null : { code: found[1], what: found[2] };
}
