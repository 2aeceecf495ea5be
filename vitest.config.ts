/**
 * How the tests run: one project per kind, so that `--project unit` starts no server.
 */
import { defineConfig, type UserWorkspaceConfig as ProjectConfig } from 'vitest/config';

const SERVERS = './test/setup/global.ts';
const TEMPORARY_FOLDER = './test/setup/temporary-folder.ts';

/** Tests with real servers. They share nodes, and keep apart by names of indices and task queues. */
const WITH_SERVERS = {
  globalSetup: [TEMPORARY_FOLDER, SERVERS],
  pool: 'forks',
  testTimeout: 120_000,
  hookTimeout: 180_000,
} satisfies ProjectConfig['test'];

/** Files with servers at once: they wait for these more than they compute. */
const WORKERS = 2;

export default defineConfig({
  test: {
    reporters: ['default', './test/setup/closing-line.ts'],
    teardownTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], globalSetup: [TEMPORARY_FOLDER], testTimeout: 60_000, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          ...{ name: 'replay', include: ['test/replay/**/*.test.ts'], sequence: { groupOrder: 1 } },
          ...{ pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000 },
        },
      },
      {
        extends: true,
        test: {
          ...WITH_SERVERS,
          name: 'integration',
          include: ['test/{integration,workflow}/**/*.test.ts'],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          ...WITH_SERVERS,
          name: 'faults',
          include: ['test/faults/*.test.ts'],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          ...WITH_SERVERS,
          name: 'outages',
          include: ['test/faults/shared/*.test.ts'],
          // They kill the nodes that all share.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        // Over the real API with fakes behind it: no servers.
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000, sequence: { groupOrder: 4 } },
      },
    ],
  },
});
