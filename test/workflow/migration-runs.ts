/** A migration of any type alone, on a Temporal server with fake activities: started, looked at, controlled. */
import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { expect } from 'vitest';
import type { MigrationRequest } from '../../src/contracts/requests.js';
import type { MigrationState, UpdateInput } from '../../src/workflows/contract.js';
import type { WorkflowServer } from './workflow-server.js';

export interface MigrationRun {
  readonly id: string;
  readonly result: () => Promise<unknown>;
  readonly until: (condition: (state: MigrationState) => boolean) => Promise<MigrationState>;
  readonly update: (name: string, input?: Partial<UpdateInput>) => Promise<MigrationState>;
  /** Stops the worker, and starts another one with nothing in its memory. */
  readonly restartWorker: () => Promise<void>;
}

/**
 * @param workflow its name in the bundle
 * @param prefix of its id, see `short-timers.ts`
 */
export async function withMigration(server: WorkflowServer, workflow: string, request: MigrationRequest, activities: object, test: (run: MigrationRun) => Promise<void>, prefix = 'm'): Promise<void> {
  const id = `${prefix}${randomBytes(6).toString('hex')}`;
  const createWorker = (): Promise<Worker> => Worker.create({ connection: server.native, taskQueue: id, workflowBundle: server.workflowBundle, activities });
  const running = async (): Promise<{ stop: () => Promise<void> }> => {
    const worker = await createWorker();
    const done = worker.run();
    return {
      stop: async () => {
        worker.shutdown();
        await done;
      },
    };
  };
  let worker = await running();
  const handle = await server.client.workflow.start(workflow, { workflowId: id, taskQueue: id, args: [{ id, request, requestedBy: 'test', createdAt: new Date().toISOString() }] });
  try {
    await test({
      id,
      result: () => server.client.workflow.getHandle(id).result(),
      until: async (condition) => {
        const latest = server.client.workflow.getHandle(id);
        let last = await latest.query<MigrationState>('state');
        await expect.poll(async () => condition((last = await latest.query<MigrationState>('state'))), { timeout: 30_000, interval: 50 }).toBe(true);
        return last;
      },
      update: (name, input = {}) => server.client.workflow.getHandle(id).executeUpdate<MigrationState, [UpdateInput]>(name, { args: [{ actor: 'test', ...input }] }),
      restartWorker: async () => {
        await worker.stop();
        worker = await running();
      },
    });
  } finally {
    await handle.terminate().catch(() => undefined);
    await worker.stop();
  }
}
