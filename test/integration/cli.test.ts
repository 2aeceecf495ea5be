/** The program as a user runs it: help, exit codes, start and graceful stop. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { SETTING_NAMES } from '../../src/config/settings.js';
import { runGodwit } from './support/godwit.js';

const folder = mkdtempSync(path.join(tmpdir(), 'godwit-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PASSWORD = 'correct-horse-battery-9';

function connectionsFile(): string {
  const file = path.join(folder, 'connections.yaml');
  writeFileSync(file, `connections:\n  old:\n    kind: self-managed\n    elasticsearch:\n      url: http://127.0.0.1:1\n      auth: { username: admin, password: "${PASSWORD}" }\n`);
  return file;
}

function environment(): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: inject('servers').temporal.address,
    GODWIT_CONNECTIONS: connectionsFile(),
    GODWIT_DATA_DIR: path.join(folder, 'data'),
    GODWIT_PORT: '0',
    GODWIT_METRICS_PORT: '0',
    GODWIT_LOG_LEVEL: 'debug',
  };
}

describe('help and usage', () => {
  it('lists the commands', async () => {
    const run = runGodwit(['--help']);
    expect(await run.exited).toBe(0);
    expect(run.output()).toMatch(/dev .*\n[^]*api .*\n[^]*worker /);
  });

  it('the help of the servers names every setting', async () => {
    const helps = ['dev', 'api', 'worker'].map((command) => runGodwit([command, '--help']));
    expect(await Promise.all(helps.map((run) => run.exited))).toEqual([0, 0, 0]);
    const text = helps.map((run) => run.output()).join('');
    // URL and TOKEN are those of the commands that call the API.
    const expected = [...SETTING_NAMES.filter((name) => name !== 'GODWIT_URL' && name !== 'GODWIT_TOKEN'), 'TEMPORAL_ADDRESS'];
    expect(expected.filter((name) => !text.includes(name))).toEqual([]);
  });

  it('prints the version', async () => {
    const run = runGodwit(['--version']);
    expect(await run.exited).toBe(0);
    expect(run.output().trim()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([[['fly']], [['worker', '--fast']], [[]]])('%j is wrong usage: exit 2', async (args) => {
    expect(await runGodwit(args).exited).toBe(2);
  });

  it('an unknown setting and a bad value: exit 2, both named, no stack', async () => {
    const run = runGodwit(['worker'], { GODWIT_POTR: '1', GODWIT_METRICS_PORT: 'many' });
    expect(await run.exited).toBe(2);
    expect(run.output()).toContain('GODWIT_POTR');
    expect(run.output()).toContain('GODWIT_METRICS_PORT');
    expect(run.output()).not.toMatch(/^\s+at /m);
  });

  it('a missing connections file: exit 2, its path named', async () => {
    const run = runGodwit(['worker'], { GODWIT_CONNECTIONS: path.join(folder, 'none.yaml'), GODWIT_DATA_DIR: path.join(folder, 'data') });
    expect(await run.exited).toBe(2);
    expect(run.output()).toContain('none.yaml');
    expect(run.output()).not.toMatch(/^\s+at /m);
  });
});

describe('servers', () => {
  it('a worker starts, shows metrics, and stops gracefully on SIGTERM', async () => {
    const run = runGodwit(['worker'], environment());
    const [, url = ''] = await run.until(/"metrics":"([^"]+)"/);
    const metrics = await (await fetch(url)).text();
    expect(metrics).toContain('godwit_activity_attempts_total');
    expect(metrics).toMatch(/^temporal_/m);
    expect(metrics).toContain('process_cpu_seconds_total');
    run.child.kill('SIGTERM');
    expect(await run.exited).toBe(0);
    expect(run.output()).toMatch(/"msg":"stopped"/);
    expect(run.output()).not.toContain(PASSWORD);
  });

  it('an API starts, answers, and stops on SIGINT', async () => {
    const run = runGodwit(['api'], environment());
    const [, url = ''] = await run.until(/"url":"([^"]+)","temporal"/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/v1/connections`)).text()).toContain('"old"');
    run.child.kill('SIGINT');
    expect(await run.exited).toBe(0);
    expect(run.output()).not.toContain(PASSWORD);
  });

  it('a worker without Temporal waits for it, says so, and can be interrupted', async () => {
    const run = runGodwit(['worker'], { ...environment(), TEMPORAL_ADDRESS: '127.0.0.1:1' });
    await run.until(/waiting for Temporal/);
    run.child.kill('SIGTERM');
    expect(await run.exited).toBe(0);
  });

  it('dev runs everything without a connections file, and leaves no Temporal behind', async () => {
    const dataDir = path.join(folder, 'dev');
    const run = runGodwit(['dev'], { GODWIT_DATA_DIR: dataDir, GODWIT_CONNECTIONS: path.join(folder, 'none.yaml'), GODWIT_PORT: '0' });
    const [, url = ''] = await run.until(/API docs\s+(\S+)\/docs/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('godwit_activity_attempts_total');
    expect(metrics.match(/^process_cpu_seconds_total /gm)).toHaveLength(1);
    run.child.kill('SIGINT');
    expect(await run.exited).toBe(0);
    expect(execFileSync('ps', ['-eo', 'args']).toString()).not.toContain(path.join(dataDir, 'temporal.db'));
  });
});
