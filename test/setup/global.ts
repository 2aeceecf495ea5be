/**
 * Vitest's global set-up of the projects that need real servers: starts them once and tells the tests where they are.
 *
 * Vitest loads this file once for each project, and projects share one process: the servers hang on `globalThis`.
 */
import type { TestProject } from 'vitest/node';
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
const holder = globalThis as { [KEY]?: Shared };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (holder[KEY] ??= { running: startSharedServers((line) => process.stderr.write(`${line}\n`)), users: 0 });
  shared.users += 1;
  const { servers, stop } = await shared.running;
  project.provide('servers', servers);
  return async () => {
    shared.users -= 1;
    if (shared.users === 0) await stop();
  };
}
