/** A Temporal server of its own with the bundled workflows, for tests of a workflow alone. */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, type WorkflowBundleOption } from '@temporalio/worker';
import { startTemporalServer } from '../../src/dev/temporal-server.js';
import { SEARCH_ATTRIBUTE_KEYS } from '../../src/temporal/search-attribute-keys.js';

export interface WorkflowServer {
  readonly client: Client;
  /** For workers. */
  readonly native: NativeConnection;
  readonly workflowBundle: WorkflowBundleOption;
  readonly stop: () => Promise<void>;
}

/** Bundled once in a run of the tests: the temporary folder is the run's own. */
async function sharedBundle(): Promise<WorkflowBundleOption> {
  const codePath = join(tmpdir(), 'godwit-test-workflows.js');
  if (!existsSync(codePath)) {
    const pathOf = (relative: string): string => new URL(relative, import.meta.url).pathname;
    const { code } = await bundleWorkflowCode({ workflowsPath: pathOf('../../src/workflows/index.ts'), workflowInterceptorModules: [pathOf('./short-timers.ts')] });
    // Files run side by side: whoever sees it, sees it whole.
    const own = `${codePath}.${String(process.pid)}`;
    writeFileSync(own, code);
    renameSync(own, codePath);
  }
  return { codePath };
}

/** @param suggestContinueAsNew events after which a run is told to continue as new; without it as Temporal has it by itself */
export async function startWorkflowServer(suggestContinueAsNew?: number): Promise<WorkflowServer> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-workflow-'));
  const temporal = await startTemporalServer({
    logFile: join(folder, 'temporal.log'),
    headless: true,
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_KEYS.map((key) => [key.name, 'Keyword' as const])),
    ...(suggestContinueAsNew === undefined ? {} : { dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': suggestContinueAsNew } }),
  });
  const [connection, native] = await Promise.all([Connection.connect({ address: temporal.address }), NativeConnection.connect({ address: temporal.address })]);
  const workflowBundle = await sharedBundle();
  return {
    client: new Client({ connection }),
    native,
    workflowBundle,
    async stop() {
      await connection.close();
      await native.close();
      await temporal.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
