/**
 * Vitest's global set-up of the projects that need real servers: starts them once and tells the tests where they are.
 *
 * Vitest loads this file once for each project, and projects share one process: the servers hang on `globalThis`.
 */
import type { TestProject } from 'vitest/node';
import { readFileSync } from 'node:fs';
import { startSharedServers, type RunningServers, type SharedServers } from '../servers/shared.js';

declare module 'vitest' {
  export interface ProvidedContext {
    servers: SharedServers;
  }
}

interface Shared {
  running: Promise<RunningServers>;
  users: number;
}

const KEY = Symbol.for('godwit.shared-servers');
const holder = globalThis as unknown as Record<symbol, Shared | undefined>;

/** Those that `test/servers/keep.ts` keeps, if TEST_SERVERS names its file; else new ones. */
async function findOrStart(): Promise<RunningServers> {
  const kept = process.env['TEST_SERVERS'];
  if (kept === undefined) return startSharedServers((line) => process.stderr.write(`${line}\n`));
  const described = JSON.parse(readFileSync(kept, 'utf8')) as SharedServers;
  return { servers: described, stop: () => Promise.resolve() };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (holder[KEY] ??= { running: findOrStart(), users: 0 });
  shared.users += 1;
  const { servers, stop } = await shared.running;
  project.provide('servers', servers);
  return async () => {
    shared.users -= 1;
    if (shared.users === 0) await stop();
  };
}
