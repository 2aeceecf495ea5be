import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/config/secret.js';
import { classifyRemote } from '../../../src/elasticsearch/remote-failures.js';
import { remoteMember, remoteSourceOf } from '../../../src/elasticsearch/remote-source.js';

describe('why a target cannot read from its source', () => {
  it.each([
    [['illegal_argument_exception'], '[old:9200] not whitelisted in reindex.remote.whitelist', 'RemoteNotAllowed'],
    [['ssl_handshake_exception'], 'PKIX path building failed: unable to find valid certification path to requested target', 'RemoteTlsUntrusted'],
    [['ssl_peer_unverified_exception'], 'Host name \'old\' does not match the certificate subject provided by the peer', 'RemoteTlsWrongName'],
    [['s_s_l_exception'], 'Unrecognized SSL message, plaintext connection?', 'RemoteTlsFailed'],
    [['status_exception', 'response_exception'], 'body={"error":{"type":"security_exception"},"status":401}', 'RemoteCredentialsRejected'],
    [['status_exception', 'response_exception'], 'action [indices:data/read/search] is unauthorized for user [reader], "status":403', 'PrivilegeMissing'],
    [['connect_exception'], 'Connection refused', 'RemoteUnreachable'],
    [['unknown_host_exception'], 'old.internal', 'RemoteUnreachable'],
    [['status_exception'], 'body={"error":{"root_cause":[{"type":"search_context_missing_exception","reason":"No search context found for id [1]"}]},"status":404}', 'RemoteUnreachable'],
  ])('%s: %s', (types, text, code) => {
    expect(classifyRemote(types, text)?.code).toBe(code);
  });

  it('a script that fails says nothing about the source', () => {
    expect(classifyRemote(['script_exception'], 'runtime error')).toBeNull();
  });

  it('a source that has too much to do is reached', () => {
    expect(classifyRemote(['status_exception'], 'body={"error":{"type":"es_rejected_execution_exception"},"status":429}')).toBeNull();
  });
});

describe('the source in a request to the target', () => {
  const tls = { ca: null, fingerprint: null, insecure: false, cert: null, key: null };

  it('always has a port, and keeps a path', () => {
    const host = (url: string): string => remoteSourceOf({ urls: [url], auth: null, tls }).host;
    expect(host('https://old.example')).toBe('https://old.example:443');
    expect(host('http://old.example:9201/es/')).toBe('http://old.example:9201/es');
  });

  it('carries basic credentials in their fields, an API key in its own from 9.3 on and as a header before', () => {
    const urls = ['https://old:9200'];
    expect(remoteSourceOf({ urls, auth: { type: 'basic', username: 'u', password: new Secret('p') }, tls })).toEqual({ host: 'https://old:9200', username: 'u', password: 'p' });
    const remote = remoteSourceOf({ urls, auth: { type: 'apiKey', apiKey: new Secret('k') }, tls });
    const [field, header] = [{ host: 'https://old:9200', api_key: 'k' }, { host: 'https://old:9200', headers: { Authorization: 'ApiKey k' } }];
    for (const [major, minor] of [[8, 19], [9, 2]] as const) expect(remoteMember(remote, { flavor: 'default', major, minor })).toEqual(header);
    for (const [major, minor] of [[9, 3], [9, 4], [10, 0]] as const) expect(remoteMember(remote, { flavor: 'default', major, minor })).toEqual(field);
    expect(remoteMember(remote, { flavor: 'serverless', major: 8, minor: 11 })).toEqual(field);
  });
});
