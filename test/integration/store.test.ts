/** The store, embedded and on a real PostgreSQL, and what happens when either breaks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { startRealPostgres, type RealPostgres } from './support/real-postgres.js';
import { storeContract } from './support/store-contract.js';

const log = pino({ level: 'silent' });
const START_MS = 120_000;

function lockOwner(dataDir: string): number {
  const directory = path.join(dataDir, 'store');
  const [name] = readdirSync(directory).filter((found) => found.startsWith('server.lock.'));
  const owner: unknown = JSON.parse(readFileSync(path.join(directory, name ?? ''), 'utf8'));
  return typeof owner === 'object' && owner !== null && 'pid' in owner ? Number(owner.pid) : 0;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('embedded store', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'godwit-store-'));
  const open = (): Promise<Store> => openStore({ dataDir, log, idleExitMs: 1_500 });
  let store: Store;

  beforeAll(async () => {
    // Two at once on a fresh directory: one server, one set of tables.
    const [first, second] = await Promise.all([open(), open()]);
    await second.close();
    store = first;
  }, START_MS);
  afterAll(async () => {
    await store.close();
    const pid = lockOwner(dataDir);
    for (let attempt = 0; isRunning(pid) && attempt < 300; attempt += 1) {
      await sleep(100);
    }
    expect(isRunning(pid), 'the server ends when nobody is connected').toBe(false);
    rmSync(dataDir, { recursive: true, force: true });
  });

  storeContract(() => store);

  it('keeps every acknowledged row when its server is killed in the middle of writes, and goes on', async () => {
    const acknowledged: string[] = [];
    const errors: unknown[] = [];
    let isKilled = false;
    const write = async (writer: number): Promise<void> => {
      for (let at = 0; !isKilled && errors.length < 10; at += 1) {
        const index = `w${writer}-${at}`;
        try {
          await store.ledger.add('killed', [{ index, slice: 0, target: 't', method: 'snapshot', documents: 1, bytes: 1, detail: { text: 'x'.repeat(500) } }]);
          acknowledged.push(index);
        } catch (error) {
          errors.push(error);
        }
      }
    };
    const writing = Promise.all([write(0), write(1), write(2), write(3)]);
    await sleep(1_500);
    process.kill(lockOwner(dataDir), 'SIGKILL');
    isKilled = true;
    await writing;
    for (const error of errors) {
      expect(error).toMatchObject({ name: 'GodwitError', code: 'StoreUnavailable', retryable: true });
    }
    const startedAt = performance.now();
    const rows = await store.ledger.page('killed', { limit: 100_000 });
    console.info(`killed after ${acknowledged.length} rows, ${errors.length} writes failed; answered again after ${Math.round(performance.now() - startedAt)} ms`);
    expect(acknowledged.length).toBeGreaterThan(10);
    const found = new Set(rows.map((row) => row.index));
    expect(acknowledged.filter((index) => !found.has(index))).toEqual([]);
  }, START_MS);

  it('survives being killed again and again, also with several clients that start it at once', async () => {
    for (let round = 0; round < 3; round += 1) {
      process.kill(lockOwner(dataDir), 'SIGKILL');
      const opened = await Promise.all(Array.from({ length: 3 }, open));
      await Promise.all(opened.map((one) => one.ping()));
      await Promise.all(opened.map((one) => one.close()));
    }
    await store.ping();
    expect(readdirSync(path.join(dataDir, 'store')).filter((name) => name.startsWith('server.lock.'))).toHaveLength(1);
  }, START_MS);

  it('is shared with another process, whose death it survives', async () => {
    const script = `
      import { openStore } from ${JSON.stringify(path.resolve('src/store/open.ts'))};
      const log = { warn() {}, debug() {} };
      const store = await openStore({ dataDir: ${JSON.stringify(dataDir)}, log });
      await store.audit.append('shared', { at: '2026-01-01T00:00:00.000Z', actor: 'other', role: 'admin', action: 'pause', detail: null });
      console.log('written');
      setInterval(() => store.ping(), 5);`;
    const other = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(other.stdout, 'data');
    other.kill('SIGKILL');
    expect((await store.audit.list('shared'))[0]?.actor).toBe('other');
  }, START_MS);

  it('uses a short socket elsewhere when its own path is too long for one', async () => {
    const long = path.join(dataDir, 'long'.repeat(30));
    const opened = await openStore({ dataDir: long, log, idleExitMs: 1_000 });
    await opened.ping();
    await opened.close();
  }, START_MS);
});

const postgres: RealPostgres | null = await startRealPostgres();
if (postgres === null) {
  console.warn('SKIPPED: store on a real PostgreSQL: no server binaries (Debian package postgresql) on this machine');
}

describe.skipIf(postgres === null)('store on a real PostgreSQL', () => {
  const open = (): Promise<Store> => openStore({ databaseUrl: postgres?.url, dataDir: 'unused', log });
  let store: Store;

  beforeAll(async () => {
    const opened = await Promise.all(Array.from({ length: 6 }, open));
    await Promise.all(opened.slice(1).map((one) => one.close()));
    store = await open();
    await opened[0]?.close();
  }, START_MS);
  afterAll(async () => {
    await store.close();
    await postgres?.stop();
  });

  storeContract(() => store);

  it('goes on after all of its connections were cut', async () => {
    await store.ping();
    await postgres?.cutConnections();
    await sleep(100);
    await store.ping();
  });

  it('two writers of the same rows in opposite order both succeed', async () => {
    const rows = Array.from({ length: 2_000 }, (_, at) => ({ index: `i${at}`, slice: 0, target: 't', method: 'm', documents: 1, bytes: 1, detail: {} }));
    const changes = rows.map(({ index, slice }) => ({ index, slice, countAttempt: true }));
    await Promise.all([store.ledger.add('both', rows), store.ledger.add('both', [...rows].reverse())]);
    await Promise.all([store.ledger.change('both', changes), store.ledger.change('both', [...changes].reverse())]);
    const found = await store.ledger.page('both', { limit: 5_000 });
    expect(found.every((row) => row.attempts === 2)).toBe(true);
  });
});

it('a PostgreSQL that is not there is StoreUnavailable, without the password', async () => {
  const error: unknown = await openStore({ databaseUrl: 'postgres://godwit:hunter2@127.0.0.1:1/none', dataDir: 'unused', log }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'StoreUnavailable', retryable: true });
  expect(JSON.stringify([error, String(error)])).not.toContain('hunter2');
});
