import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/settings.js';
import { SettingsError } from '../../../src/config/variables.js';

const key = (id: string) => `${id}:${Buffer.alloc(32, id).toString('base64')}`;

function problemsOf(env: NodeJS.ProcessEnv, mode: 'dev' | 'api' | 'worker' = 'api'): readonly string[] {
  try {
    loadSettings(env, mode);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadSettings', () => {
  it('has a default for everything, and an empty string is unset', () => {
    const settings = loadSettings({ PATH: '/bin', GODWIT_PORT: '', GODWIT_TOKENS: ' ' }, 'dev');
    expect(settings).toMatchObject({
      connectionsPath: 'connections.yaml',
      host: '127.0.0.1',
      port: 4700,
      tokens: [],
      taskQueue: 'godwit',
      encryptionKeys: [],
      databaseUrl: null,
      dataDir: '.godwit',
      logLevel: 'info',
      metricsPort: 4701,
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('reads tokens with a role and gives each a name for the audit', () => {
    const { tokens } = loadSettings({ GODWIT_TOKENS: 'viewer:vvvvvvvv, admin:a:b:cdefgh' }, 'api');
    expect(tokens.map(({ role, name, token }) => [role, name, token.reveal()])).toEqual([
      ['viewer', 'viewer-1', 'vvvvvvvv'],
      ['admin', 'admin-2', 'a:b:cdefgh'],
    ]);
  });

  it('reads encryption keys in order', () => {
    const { encryptionKeys } = loadSettings({ GODWIT_ENCRYPTION_KEYS: `${key('2026')},${key('2025')}` }, 'worker');
    expect(encryptionKeys.map(({ id }) => id)).toEqual(['2026', '2025']);
  });

  it('names every problem in one message', () => {
    const problems = problemsOf({
      GODWIT_PROT: '4700',
      GODWIT_PORT: 'http',
      GODWIT_LOG_LEVEL: 'loud',
      GODWIT_TOKENS: 'root:secretsecret,viewer:short,viewer:samesame,operator:samesame',
      GODWIT_ENCRYPTION_KEYS: `${key('a')},${key('a')},b:c2hvcnQ=`,
      GODWIT_DATABASE_URL: 'mysql://user:hunter22@db/x',
    });
    expect(problems.map((problem) => /^GODWIT_\w+/.exec(problem)?.[0])).toEqual([
      'GODWIT_PROT',
      'GODWIT_PORT',
      'GODWIT_TOKENS',
      'GODWIT_TOKENS',
      'GODWIT_TOKENS',
      'GODWIT_ENCRYPTION_KEYS',
      'GODWIT_ENCRYPTION_KEYS',
      'GODWIT_DATABASE_URL',
      'GODWIT_LOG_LEVEL',
    ]);
    expect(problems[0]).toContain('did you mean "GODWIT_PORT"?');
    expect(problems.join()).not.toMatch(/secretsecret|samesame|hunter22|c2hvcnQ/);
  });

  it.each(['0.0.0.0', '::', 'example.org', '10.0.0.1'])('refuses to bind %s while everybody is admin', (host) => {
    expect(problemsOf({ GODWIT_HOST: host })[0]).toMatch(/GODWIT_TOKENS/);
    expect(problemsOf({ GODWIT_HOST: host }, 'worker')).toEqual([]);
    expect(problemsOf({ GODWIT_HOST: host, GODWIT_TOKENS: 'admin:abcdefgh' })).toEqual([]);
  });

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('binds %s without tokens', (host) => {
    expect(problemsOf({ GODWIT_HOST: host })).toEqual([]);
  });

  it('shows no secret when it is printed', () => {
    const settings = loadSettings(
      { GODWIT_TOKENS: 'admin:hunter2222', GODWIT_DATABASE_URL: 'postgresql://u:hunter3333@db/x', GODWIT_ENCRYPTION_KEYS: key('k') },
      'api',
    );
    const shown = JSON.stringify(settings) + inspect(settings, { depth: 9 });
    expect(shown).not.toMatch(/hunter|a2tra2/);
  });
});
