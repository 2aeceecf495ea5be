import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cloudIdUrl } from '../../../src/config/cloud-id.js';
import { ConnectionsFileError, readConnectionsFile } from '../../../src/config/connections-file.js';
import { secretsOf } from '../../../src/config/known-secrets.js';
import { makeCertificate } from '../support/certificate.js';

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-connections-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

function read(yaml: string, env: NodeJS.ProcessEnv = {}, files: Record<string, string> = {}) {
  return readConnectionsFile(join(folderWith({ ...files, 'connections.yaml': yaml }), 'connections.yaml'), env);
}

function problemsOf(yaml: string, env: NodeJS.ProcessEnv = {}, files: Record<string, string> = {}): readonly string[] {
  try {
    read(yaml, env, files);
  } catch (error) {
    if (error instanceof ConnectionsFileError) return error.problems;
    throw error;
  }
  return [];
}

/** A file with one connection; `lines` go under elasticsearch. */
const one = (lines: string[], kind = 'self-managed'): string =>
  ['connections:', '  old:', `    kind: ${kind}`, '    elasticsearch:', ...lines.map((line) => `      ${line}`)].join('\n');

describe('readConnectionsFile', () => {
  it('resolves references, also inside a longer text, and inherits auth', () => {
    const certificate = makeCertificate();
    const yaml = `
connections:
  old:
    kind: self-managed
    elasticsearch:
      urls: ["https://\${env:HOST}:9200/", "https://b:9200/es/"]
      auth: { username: admin, password: "\${file:password}" }
      tls: { ca: ./ca.crt }
    kibana: { url: https://kibana:5601 }
    logstash: { url: http://logstash:9600, auth: { bearer: "\${env:TOKEN}" } }`;
    const { connections, files } = read(yaml, { HOST: 'a', TOKEN: 'tttttttt' }, { password: 'hunter22\n', 'ca.crt': certificate });
    const config = connections.get('old')?.config;
    expect(config?.elasticsearch.urls).toEqual(['https://a:9200', 'https://b:9200/es']);
    expect(config?.elasticsearch.tls.ca).toBe(certificate.trimEnd());
    expect(config?.kibana?.auth).toBe(config?.elasticsearch.auth);
    expect(config === undefined ? [] : [...secretsOf(config)]).toEqual(
      expect.arrayContaining(['hunter22', Buffer.from('admin:hunter22').toString('base64'), 'tttttttt']),
    );
    expect(files.map((file) => file.split('/').at(-1))).toEqual(['connections.yaml', 'password', 'ca.crt']);
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toMatch(/hunter22|tttttttt/);
  });

  it('takes a cloud id, and an API key in either form', () => {
    const cloudId = `my:label:${Buffer.from('eu.example.org$abc$def').toString('base64')}`;
    const { connections } = read(one([`cloudId: "${cloudId}"`, 'auth: { apiKey: "id1:key1" }'], 'hosted'));
    const { elasticsearch } = connections.get('old')?.config ?? {};
    expect(elasticsearch?.urls).toEqual(['https://abc.eu.example.org:443']);
    expect(elasticsearch?.auth?.type === 'apiKey' ? elasticsearch.auth.apiKey.reveal() : '').toBe(Buffer.from('id1:key1').toString('base64'));
  });

  it('a changed secret changes the digest', () => {
    const digests = ['a', 'b', 'a'].map((password) =>
      read(one(['url: http://h:9200', 'auth: { username: u, password: "${env:P}" }']), { P: password }).connections.get('old')?.digest,
    );
    expect(digests[0]).toBe(digests[2]);
    expect(digests[0]).not.toBe(digests[1]);
  });

  it('names all problems of the whole file with their places', () => {
    const problems = problemsOf(`
connections:
  old:
    kind: cloudy
    elasticsearh: { url: http://h:9200 }
  "bad name":
    kind: hosted
    elasticsearch: { url: http://h:9200, auth: { user: x, password: 123456 } }
  new:
    kind: hosted
    elasticsearch: { url: h }`);
    expect(problems).toEqual([
      'connections.old.kind: must be one of self-managed, hosted, ece, eck, serverless',
      'connections.old.elasticsearch: is missing',
      'connections.old.elasticsearh: unknown key (did you mean "elasticsearch"?)',
      expect.stringMatching(/^connections\.bad name: must be a connection name/),
      'connections.bad name.elasticsearch.auth.password: must be a text (quote it if it looks like a number)',
      'connections.bad name.elasticsearch.auth.user: unknown key (did you mean "username"?)',
      'connections.new.elasticsearch.url: must be a URL such as https://host:9200',
    ]);
  });

  it.each([
    [['url: http://h:9200', 'cloudId: x'], /elasticsearch: needs exactly one of url, urls and cloudId, but has url and cloudId/],
    [['auth: { apiKey: k }'], /elasticsearch: needs exactly one of/],
    [['url: h:9200'], /elasticsearch\.url: must be a URL/],
    [['url: http://elastic:hunter22@h:9200'], /elasticsearch\.url: must not hold a user or password; put them into auth/],
    [['url: http://h:9200', 'auth: {}'], /auth: needs exactly one of/],
    [['url: http://h:9200', 'auth: { username: u }'], /auth: needs password beside username/],
    [['url: http://h:9200', 'auth: { username: u, password: p, bearer: b }'], /auth: needs exactly one of/],
    [['url: http://h:9200', 'tls: { insecure: true }'], /tls: has no meaning with an http URL/],
    [['url: https://h:9200', 'tls: { insecure: true, fingerprint: "aa" }'], /tls: fingerprint and insecure exclude each other/],
    [['url: https://h:9200', 'tls: { fingerprint: "aa:bb" }'], /tls\.fingerprint: must be a SHA-256 fingerprint/],
    [['url: https://h:9200', 'tls: { ca: ./missing.crt }'], /tls\.ca: the file \.\/missing\.crt does not exist/],
    [['url: https://h:9200', 'tls: { ca: ./connections.yaml }'], /tls\.ca: must be a certificate in PEM form/],
    [['url: https://h:9200', 'tls: { cert: ./connections.yaml }'], /tls: cert and key go together; key is missing/],
    [['cloudId: nonsense!'], /cloudId: is not a Cloud ID/],
    [['url: "http://${env:NOPE}:9200"'], /elasticsearch\.url: the environment variable NOPE is not set/],
    [['url: "http://${file:nope}:9200"'], /elasticsearch\.url: the file nope does not exist/],
    [['url: "http://${vault:x}:9200"'], /\$\{vault:\.\.\.\} is not known/],
  ])('%s is refused', (lines, expected) => {
    const problems = problemsOf(one(lines)).join('\n');
    expect(problems).toMatch(expected);
    expect(problems).not.toContain('hunter22');
  });

  it('a serverless project takes only an API key', () => {
    expect(problemsOf(one(['url: https://h', 'auth: { username: u, password: p }'], 'serverless'))[0]).toMatch(/takes only \{ apiKey \}/);
  });

  it('a YAML error has its line and column and quotes nothing', () => {
    const problems = problemsOf('connections:\n  old:\n    kind: "hunter22\n  x: [');
    expect(problems[0]).toMatch(/^line \d+, column \d+: /);
    expect(problems.join()).not.toContain('hunter22');
  });

  it('a missing file says which setting names it', () => {
    expect(() => readConnectionsFile('/nonexistent/connections.yaml', {})).toThrow(/does not exist; write it, or set GODWIT_CONNECTIONS/);
  });
});

describe('cloudIdUrl', () => {
  const encode = (text: string) => `label:${Buffer.from(text).toString('base64')}`;

  it.each([
    ['eu.example.org$es$kb', 'https://es.eu.example.org:443'],
    ['eu.example.org:9243$es$kb', 'https://es.eu.example.org:9243'],
    ['eu.example.org$es:9244$kb', 'https://es.eu.example.org:9244'],
    ['eu.example.org', undefined],
    ['$es', undefined],
  ])('%s -> %s', (text, url) => {
    expect(cloudIdUrl(encode(text))).toBe(url);
  });
});
