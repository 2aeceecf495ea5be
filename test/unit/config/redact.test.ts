import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/config/redact.js';
import { Secret } from '../../../src/config/secret.js';

const redactorOf = (...secrets: string[]) => createRedactor(() => secrets);

describe('createRedactor', () => {
  const secret = 'p@ss "wörd"/+=';

  it.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ s: secret }).toString().slice(2)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['in base64', Buffer.from(secret).toString('base64')],
  ])('takes a secret out %s', (_where, text) => {
    expect(redactorOf(secret)(`before ${text} after`)).toBe('before [redacted] after');
  });

  it('replaces the longer of two secrets that overlap', () => {
    expect(redactorOf('hunter', 'hunter22')('it is hunter22!')).toBe('it is [redacted]!');
  });

  it('sees secrets that are added later and keeps those that are gone', () => {
    let secrets = ['first-secret'];
    const redact = createRedactor(() => secrets);
    expect(redact('first-secret second-secret')).toBe('[redacted] second-secret');
    secrets = ['second-secret'];
    expect(redact('first-secret second-secret')).toBe('[redacted] [redacted]');
  });

  it('leaves a text alone when a secret is too short to be looked for', () => {
    expect(redactorOf('a', '')('a banana')).toBe('a banana');
  });

  it.each([
    ['Authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['{"authorization":"ApiKey VnVhQ2ZHY0JDZGJrU"}', 'VnVhQ2ZHY0JDZGJrU'],
    ['sent with Bearer eyJhbGciOi.J9.x1', 'eyJhbGciOi'],
    ['ApiKey VnVhQ2ZHY0JDZGJrU was refused', 'VnVhQ2ZHY0JDZGJrU'],
    ['connect to https://elastic:changeme@host:9200/x', 'changeme'],
    ['postgresql://godwit:se/cret@db', 'nothing'],
    ['{"password":"x1 y2z3"}', 'y2z3'],
    ['{\\"api_key\\": \\"x1y2z3\\"}', 'x1y2z3'],
    ['user=u&password=x1y2z3', 'x1y2z3'],
  ])('recognises credentials it does not know: %s', (text, hidden) => {
    expect(redactorOf()(text)).not.toContain(hidden);
  });

  it.each([
    'Basic authentication failed for user [elastic]',
    'missing authentication credentials for REST request [/_cluster/health]',
    'cannot restore index [orders] because an open index with same name already exists in the cluster',
    'connections.old.elasticsearch.auth.password: must be a text',
    'https://host:9200/_search?q=user@example.org',
  ])('leaves prose alone: %s', (text) => {
    expect(redactorOf()(text)).toBe(text);
  });
});

describe('Secret', () => {
  const secret = new Secret('hunter22');

  it('gives itself out only when revealed', () => {
    const shown = [String(secret), JSON.stringify({ secret }), inspect({ secret }, { depth: 5, showHidden: true })];
    expect(shown.join()).not.toContain('hunter22');
    expect(secret.reveal()).toBe('hunter22');
  });
});
